"""What a pretrained model says of a text, as tables: guesses for gaps, pairs, replaced tokens, and how it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accent.cli.console import Console
from accent.cli.tables import new_table

__all__ = ["show_pretrained"]

Fact = Mapping[str, Any]
REPLACED = 0.5


def show_pretrained(facts: Mapping[str, Any], console: Console) -> None:
    """Show each part that is there."""
    if "fill_mask" in facts:
        _show_gaps(facts["fill_mask"], console)
    if "next_sentence" in facts:
        share = facts["next_sentence"]["as_in_a_text"]
        console.show(f"\nthe two texts stand as in one text: {share:.1%}")
    if "replaced" in facts:
        _show_replaced(facts["replaced"], console)
    if "continuation" in facts:
        found = facts["continuation"]
        text = found["text"].replace("\n", "\\n")
        console.show(f"\nnext          {_guesses(found['next'])}", f"continuation  {text}")


def _show_gaps(gaps: Sequence[Fact], console: Console) -> None:
    table = new_table("place", "own", "probability")
    table.add_column("guesses")
    for gap in gaps:
        score = f"{gap['own_score']:.3f}" if "own_score" in gap else ""
        table.add_row(str(gap["place"]), str(gap.get("own", "")), score, _guesses(gap["guesses"]))
    in_turn = any("own" in gap for gap in gaps)
    console.show("\nfill-mask" + (", each word hidden in turn" if in_turn else ""), table)


def _show_replaced(tokens: Sequence[Fact], console: Console) -> None:
    table = new_table("place", "token", "replaced")
    table.add_column("")
    for one in tokens:
        said = "looks replaced" if one["score"] > REPLACED else ""
        table.add_row(str(one["place"]), one["token"], f"{one['score']:.3f}", said)
    console.show("\nprobability of having been replaced", table)


def _guesses(guesses: Sequence[Fact]) -> str:
    return "  ".join(f"{one['token']} {one['score']:.3f}" for one in guesses)
