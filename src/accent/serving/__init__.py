"""Serving: runs that answer over HTTP. The web framework lives here, and is loaded with the first server."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from accent.config import ServeConfig
from accent.errors import ConfigError
from accent.recipes import Listen, ignore
from accent.serving.hosts import make_host

if TYPE_CHECKING:
    from fastapi import FastAPI

    from accent.inference import Host

__all__ = ["make_app", "make_host", "serve"]


def serve(config: ServeConfig, host: Host, listen: Listen = ignore) -> None:
    """Load the runs of `config` that `host` does not have yet, and answer until Ctrl-C or SIGTERM.

    `listen` is told of each run as it is loaded ("stage"), of dangers ("warning"), and when clients can come
    ("serving": url, runs). Raises ConfigError where the extra is missing or the address cannot be taken, and the errors
    of loading a run; all that before the first client can come.
    """
    _need_extra()
    from accent.serving.server import serve_until_told

    serve_until_told(config, host, listen)


def make_app(host: Host, config: ServeConfig) -> FastAPI:
    """Return the ASGI application that answers from `host`; its batcher starts and ends with the lifespan.

    What belongs to connections (their number, slow heads) is `serve`'s: another ASGI server has limits of its own.
    Raises ConfigError where the extra is missing.
    """
    _need_extra()
    from accent.serving.app import build

    return build(host, config)


def _need_extra() -> None:
    missing = [name for name in ("fastapi", "uvicorn", "prometheus_client") if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"serving needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            remedy="Install what it needs: pip install 'accent[serve]'",
        )
