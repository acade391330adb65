"""`accent inspect TARGET`: describes a base, a run, a tokenizer or a data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import InspectConfig

__all__ = ["VERB"]


def _run(config: InspectConfig, console: Console) -> int:
    from accent.cli.tables import facts_lines
    from accent.recipes import inspect

    with Progress(console) as progress:
        facts = inspect(config, listen=progress)
    if config.output is not None:
        from accent.records import write_json

        write_json(Path(config.output) / "inspect.json", facts)
    console.document(facts)
    shown = {name: value for name, value in facts.items() if name != "text"}
    console.show(*facts_lines(_without_classes(shown)))
    if "text" in facts:
        _show_text(facts["text"], console)
    return 0


def _without_classes(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the scores of single classes (`f1/NAME`) of a run: the report has them."""
    return {
        name: _without_classes(value) if isinstance(value, Mapping) else value
        for name, value in facts.items()
        if not name.startswith(("precision/", "recall/", "f1/"))
    }


def _show_text(text: Mapping[str, Any], console: Console) -> None:
    """Show a text's tokens one a line, each with its id; what the tokenizer added is marked."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("token", "id", "type", ""):
        table.add_column(name, justify="right" if name in ("id", "type") else "left")
    columns = (text["tokens"], text["ids"], text["type_ids"], text["special"])
    for token, number, kind, special in zip(*columns, strict=True):
        table.add_row(token, str(number), str(kind), "special" if special else "")
    summary = f"{text['words']} words, {text['pieces_per_word']:.2f} pieces a word, {text['unknown_share']:.1%} unknown"
    console.show("text", table, summary)


VERB = Verb(
    name="inspect",
    help=(
        "Describe a base, a run, a tokenizer or a data set: architecture, parameters by part, what loading found, "
        "columns, scores, and the input ids of --text.\n\n"
    ),
    examples=("accent inspect builtin:minilm --text 'Unbelievably good.'",),
    config=InspectConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="TARGET"),),
)
