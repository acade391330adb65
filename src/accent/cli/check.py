"""`accent check DATA`: audits a data set."""

from __future__ import annotations

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import CheckConfig

__all__ = ["VERB"]


def _run(config: CheckConfig, console: Console) -> int:
    """Print what the audit finds; the exit code is 2 where it finds an error that is not allowed."""
    from accent.cli.tables import audit_parts
    from accent.recipes import check

    with Progress(console) as progress:
        audit = check(config, listen=progress)
    console.document(audit.to_json())
    console.show(*audit_parts(audit))
    if not audit.errors:
        console.show("no errors found")
        return 0
    found = "1 error" if len(audit.errors) == 1 else f"{len(audit.errors)} errors"
    console.show(f"{found} found: mend the data, or go on with --allow")
    if console.quiet:
        from accent.recipes.preparing import stop_on_errors

        stop_on_errors(audit)
    return 2


VERB = Verb(
    name="check",
    help=(
        "Audit a data set: schema, empty and duplicate rows, copies across splits, conflicting labels, labels that "
        "differ by case or space, imbalance, lengths and what truncation would cut. Exits with 2 when it finds an "
        "error."
    ),
    examples=("accent check reviews.csv --text-column text --label-column stars",),
    config=CheckConfig,
    run=_run,
    arguments=(Argument(name="data", metavar="DATA"),),
)
