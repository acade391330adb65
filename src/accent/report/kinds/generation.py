"""Generation on the page: how well text was foretold, and the rows that were foretold worst."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Worst
from accent.report.metrics import amount
from accent.report.reading import Material
from accent.report.rows import PAIR_LIMIT, Chip, WorstRow, passage, texts_of, worst_row
from accent.report.wording import count, number, to_float

__all__ = ["KIND"]

LARGEST = 700.0
"""Nats whose exponential a float still holds."""


def _comments(material: Material) -> list[str]:
    tokens, size = to_float(material.scores.get("tokens")), to_float(material.scores.get("bytes"))
    if not tokens or not math.isfinite(tokens) or not math.isfinite(size):
        return []
    return [
        f"Scored on {count(tokens)} tokens ({count(size)} bytes, {number(size / tokens, 2)} a token).",
        "Loss and perplexity compare models of one tokenizer only; bits a byte compare all.",
    ]


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    loss, bits = _loss(line), line["answer"].get("bits_per_byte")
    told = (Chip(amount(loss), f"perplexity {amount(math.exp(min(loss, LARGEST)))}", wrong=True),)
    return worst_row(
        line, told if bits is None else (*told, Chip("", f"{amount(bits)} bits a byte")), passages=_passages(line)
    )


def _passages(line: Mapping[str, Any]) -> tuple[Any, ...]:
    if not line.get("label"):
        return texts_of(line)
    return (
        passage(line.get("text"), PAIR_LIMIT, title="prompt"),
        passage(line["label"], PAIR_LIMIT, title="completion"),
    )


def _loss(line: Mapping[str, Any]) -> float:
    """Return nats a token, which a row's credit is another form of: the geometric mean of its tokens' probabilities."""
    told = to_float(line["answer"].get("loss"))
    credit = to_float(line.get("credit"))
    return told if math.isfinite(told) else -math.log(credit) if credit > 0 else math.inf


KIND = Kind(
    noun="language model",
    metrics=("bits_per_byte", "loss", "perplexity", "token_accuracy"),
    titles={
        "bits_per_byte": "Bits a byte",
        "loss": "Loss (nats a token)",
        "perplexity": "Perplexity",
        "token_accuracy": "Tokens foretold right",
    },
    baselines={"5-gram": Baseline("5-gram", "a 5-gram model of bytes", "a 5-gram model of the training text's bytes")},
    own_scores=frozenset({"loss", "perplexity", "token_accuracy"}),
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Loss a token", "Text and place"),
        title="Worst rows",
        said=None,
        note="Worst is the highest loss a token. Text in another language, noise and long numbers often stand here.",
    ),
    card=Card(
        pipeline_tag="text-generation",
        task="Text generation",
        metrics={"perplexity": "perplexity"},
        usage="generation.md.j2",
        limits=(
            "It goes on with text as its training text does. What it writes may be wrong, offensive or copied, and "
            "reads as sure as what is right.",
        ),
    ),
)
"""How generation is shown."""
