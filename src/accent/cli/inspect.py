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

PRETRAINED = frozenset({"fill_mask", "next_sentence", "replaced", "continuation"})
"""What a pretrained model says of a text."""


def _run(config: InspectConfig, console: Console) -> int:
    from accent.cli.tables import facts_lines
    from accent.recipes import inspect

    with Progress(console) as progress:
        facts = inspect(config, listen=progress)
    if config.output is not None:
        from accent.records import write_json

        write_json(Path(config.output) / "inspect.json", facts)
    console.document(facts)
    shown = {name: value for name, value in facts.items() if name not in {"text", "corpus", *PRETRAINED}}
    console.show(*facts_lines(_without_classes(shown)))
    if "corpus" in facts:
        _show_corpus(facts["corpus"], console)
    if "text" in facts:
        _show_text(facts["text"], console)
    if not PRETRAINED.isdisjoint(facts):
        from accent.cli.pretrained import show_pretrained

        show_pretrained(facts, console)
    return 0


def _without_classes(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the scores of single classes (`f1/NAME`) of a run: the report has them."""
    return {
        name: _without_classes(value) if isinstance(value, Mapping) else value
        for name, value in facts.items()
        if not name.startswith(("precision/", "recall/", "f1/"))
    }


def _show_corpus(facts: Mapping[str, Any], console: Console) -> None:
    """Show how well the vocabulary covers running text, and the words that cost most."""
    from accent.cli.tables import facts_lines, new_table

    table = new_table("word", "times", "pieces")
    for one in facts["worst"]:
        table.add_row(one["word"], f"{one['count']:,}", " ".join(one["pieces"]))
    numbers = {name: value for name, value in facts.items() if name not in {"worst", "special_tokens"}}
    console.show(*facts_lines({"corpus": numbers}), "the words that cost the most pieces beyond one", table)


def _show_text(text: Mapping[str, Any], console: Console) -> None:
    """Show a text's tokens one a line, each with its id; what the tokenizer added is marked."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("token", "id", "type", "mask", "word", ""):
        table.add_column(name, justify="left" if name in ("token", "") else "right")
    columns = [text[name] for name in ("tokens", "ids", "type_ids", "attention_mask", "word_index", "special")]
    for token, number, kind, mask, word, special in zip(*columns, strict=True):
        place = "" if word is None else str(word)
        table.add_row(token, str(number), str(kind), str(mask), place, "special" if special else "")
    summary = f"{text['words']} words, {text['pieces_per_word']:.2f} pieces a word, {text['unknown_share']:.1%} unknown"
    console.show("text", table, summary)


VERB = Verb(
    name="inspect",
    help=(
        "Describe a base, a run, a tokenizer or a data set: architecture, parameters by part, what loading found, "
        "columns, scores, and the input ids of --text.\n\n"
    ),
    examples=(
        "accent inspect builtin:minilm --text 'Unbelievably good.'",
        "accent inspect runs/books --text 'It was a dark and [MASK] night.'",
    ),
    config=InspectConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="TARGET"),),
)
