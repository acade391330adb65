"""`accent serve RUN...`: answers over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.config import ServeConfig

__all__ = ["VERB"]


def _run(config: ServeConfig, console: Console) -> int:
    """Serve until Ctrl-C or SIGTERM, which end in peace: then the exit code is 0."""
    from accent.serving import make_host, serve

    host = make_host(config)

    def listen(kind: str, fields: Mapping[str, Any]) -> None:
        match kind:
            case "stage":
                console.tell(f"{fields['what']} ...")
            case "warning":
                console.tell(f"warning: {fields['what']}\n  {fields['remedy']}")
            case "serving":
                runs = [_described(hosted) for hosted in host.runs()]
                console.document({"url": fields["url"], "runs": runs})
                console.show(*_lines(fields["url"], runs))

    serve(config, host, listen)
    console.tell("every request that was taken is answered; the server has ended")
    return 0


def _described(hosted: Any) -> dict[str, Any]:
    facts = ("name", "task", "strategy", "base", "shared", "memory")
    return {name: getattr(hosted, name) for name in facts}


def _lines(url: str, runs: list[dict[str, Any]]) -> list[str]:
    """Return a line that says where, and one for each run."""
    wide = max((len(run["name"]) for run in runs), default=0)
    return [
        f"serving {len(runs)} run{'' if len(runs) == 1 else 's'} on {url}",
        *(f"  {run['name']:{wide}}  {run['task']}, {run['strategy']}, {_held(run)}" for run in runs),
    ]


def _held(run: Mapping[str, Any]) -> str:
    size = f"{run['memory'] / 10**6:,.1f} MB"
    return f"{size} beside {run['base']}" if run["shared"] else size


VERB = Verb(
    name="serve",
    help=(
        "Answer over HTTP until Ctrl-C. Runs of LoRA, adapters, prefixes or a head alone share one copy of their base, "
        "and one batch answers rows of several. A page to try each stands at the address that is shown. Needs: pip "
        "install 'accent[serve]'."
    ),
    examples=(
        "accent serve runs/reviews",
        "accent serve reviews=runs/lora-7 topics=runs/lora-9 --port 8080",
        "accent serve runs/reviews --allow runs --memory 4GB",
    ),
    config=ServeConfig,
    run=_run,
    arguments=(Argument(name="targets", metavar="RUN", many=True),),
    metavars={
        "host": "ADDRESS",
        "allow": "DIR",
        "max_body": "SIZE",
        **dict.fromkeys(("request_timeout", "body_timeout", "shutdown_timeout"), "TIME"),
    },
)
