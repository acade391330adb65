"""Objectives, families, scores and large numbers in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.report.metrics import is_lower_better, with_interval, written
from accent.report.reading import Material, Score
from accent.report.wording import MISSING, count, number, to_float

__all__ = [
    "FAMILIES",
    "GAUGES",
    "family_of",
    "large",
    "learned",
    "objectives_of",
    "plain_metric",
    "score_name",
    "score_with_interval",
    "score_written",
]

FAMILIES: Mapping[str, str] = {
    "albert": "ALBERT",
    "bert": "BERT",
    "distilbert": "DistilBERT",
    "electra": "ELECTRA",
    "gpt2": "GPT-2",
    "modernbert": "ModernBERT",
    "roberta": "RoBERTa",
    "t5": "T5",
}
LEARNED: Mapping[str, str] = {
    "mlm": "to fill in hidden tokens",
    "wwm": "to fill in hidden words",
    "span": "to fill in hidden spans of words",
    "nsp": "to tell whether one text follows another",
    "sop": "to tell in which order two texts stood",
    "rtd": "to tell replaced tokens from those of the text",
    "clm": "to say the next token",
    "tlm": "to fill in hidden tokens of a text beside its translation",
}
SCORES: Mapping[str, str] = {
    "loss": "Loss",
    "perplexity": "Perplexity",
    "accuracy": "Tokens guessed right",
    "boundary_loss": "Loss, from the ends of spans",
    "boundary_perplexity": "Perplexity, from the ends of spans",
    "boundary_accuracy": "Guessed right from the ends of spans",
    "pair_loss": "Loss of pairs",
    "pair_accuracy": "Pairs told right",
    "replaced_loss": "Loss of replaced tokens",
    "replaced_auroc": "Replaced tokens, ROC-AUC",
    "replaced_f1": "Replaced tokens, F1",
    "generator_loss": "Loss of the generator",
    "generator_perplexity": "Perplexity of the generator",
    "generator_accuracy": "Guessed right by the generator",
}
GAUGES = ("accuracy", "pair_accuracy", "replaced_auroc")
"""Scores up to 1 that say most, each where the objective has it."""
_UNITS = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
_PLAIN = 10_000


def objectives_of(material: Material) -> tuple[str, ...]:
    """Return the names of what was learned; of a run that has not begun to learn, what was asked for."""
    asked = (material.record.config.get("objective") or {}).get("objective")
    name = material.record.training.get("objective") or asked
    return tuple(str(name).split("+")) if name else ()


def learned(material: Material) -> str:
    """Return what was learned as a phrase: "to fill in hidden tokens (mlm)"."""
    names = objectives_of(material)
    phrases = [f"{LEARNED.get(name, 'to predict text')} ({name})" for name in names]
    return " and ".join(phrases) or "from running text"


def family_of(material: Material) -> str:
    """Return the family of the model as people write it."""
    asked = (material.record.config.get("architecture") or {}).get("architecture")
    name = str(material.record.base.get("family") or asked or "model")
    return FAMILIES.get(name, name)


def large(value: Any) -> str:
    """Return 1,234 as it is, 245760 as "246 thousand" and 1234567 as "1.2 million"."""
    known = to_float(value)
    unit = next(((size, name) for size, name in _UNITS if abs(known) >= size), None)
    if unit is None or abs(known) < _PLAIN:
        return count(value)
    size, name = unit
    return f"{number(known / size, 0 if size < 1e6 else 1)} {name}"  # noqa: PLR2004 - thousands have no tenths


def plain_metric(name: str) -> str:
    """Return the metric that a score of some part is: `generator_loss` is a loss."""
    last = name.rpartition("_")[2]
    return last if last in ("loss", "perplexity") else name


def score_name(name: str) -> str:
    """Return a score's name as people write it, with the side that is better where it is the lower."""
    return SCORES.get(name, name.replace("_", " ").capitalize())


def score_written(name: str, score: Score | None) -> str:
    """Return a score as the page writes it."""
    return MISSING if score is None else written(plain_metric(name), score.value)


def score_with_interval(name: str, score: Score) -> str:
    """Return a score with its interval and the number of blocks."""
    plain = plain_metric(name)
    text = with_interval(plain, score).replace(f"n = {score.n:,}", f"{score.n:,} blocks")
    return text.replace("; lower is better", "") if is_lower_better(plain) else text
