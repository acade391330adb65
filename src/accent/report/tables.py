"""The tables of numbers: scores beside baselines, classes, confusions, splits, labels and the worst errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accent.report.reading import Material, Score
from accent.report.wording import count, interval, metric_name, number, percent, place, short_text, to_float

__all__ = [
    "Bar",
    "Cell",
    "ClassRow",
    "Error",
    "ScoreRow",
    "ScoreTable",
    "class_table",
    "confusions",
    "label_table",
    "score_table",
    "split_table",
    "worst_errors",
]

ORDER = (
    "accuracy",
    "f1_macro",
    "f1_weighted",
    "f1_micro",
    "precision_macro",
    "recall_macro",
    "matthews",
    "roc_auc",
    "ece",
    "log_loss",
)
LOWER_IS_BETTER = frozenset({"log_loss", "ece"})
UNBOUNDED = frozenset({"log_loss"})
COLUMNS = (("test", "Test"), ("validation", "Validation"), ("tfidf", "TF-IDF"), ("majority", "Majority"))
TICK = 0.2
CONFUSIONS = 10
TEXT_LIMIT = 420
PAIR_LIMIT = 260


@dataclass(frozen=True)
class Bar:
    """An interval on an axis: percent of the axis from the left."""

    left: float
    width: float
    at: float
    who: str


@dataclass(frozen=True)
class Cell:
    """A score as written."""

    value: str
    interval: str


@dataclass(frozen=True)
class ScoreRow:
    """One metric of the run and of the baselines."""

    name: str
    lower_is_better: bool
    cells: tuple[Cell | None, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class ScoreTable:
    """All metrics, and the axis of their bars."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[ScoreRow, ...]
    axis: tuple[str, str]
    """The axis's ends as written."""
    step: float
    """Percent of the axis between two of its lines, 0.2 apart."""


@dataclass(frozen=True)
class ClassRow:
    """One class: how many rows it has in each split and how well it is answered."""

    name: str
    train: str
    n: str
    precision: Cell | None
    recall: Cell | None
    f1: Cell | None
    bar: Bar | None


@dataclass(frozen=True)
class Error:
    """A confident wrong answer with its row."""

    place: str
    file: str
    texts: tuple[tuple[str, int], ...]
    label: str
    answer: str
    score: str
    own: str
    """The probability that the right label was given."""


def score_table(material: Material) -> ScoreTable | None:
    """Return the scores on test and validation beside those of the baselines; None without scores."""
    if material.judged is None:
        return None
    sources = {name: _source(material, name) for name, _ in COLUMNS}
    columns = tuple((name, title) for name, title in COLUMNS if sources[name])
    known = {name for name, _ in columns}
    metrics = [metric for metric in ORDER if any(metric in sources[name] for name in known)]
    found = {metric: {name: Score.of(sources[name].get(metric)) for name in known} for metric in metrics}
    lowest = min(
        (one.low for metric in metrics if metric not in UNBOUNDED for one in found[metric].values() if one), default=0.0
    )
    start = min(0.0, math.floor(lowest / TICK) * TICK) if math.isfinite(lowest) else 0.0
    rows = tuple(_score_row(metric, found[metric], columns, start) for metric in metrics)
    return ScoreTable(columns, rows, (number(start, 1) if start else "0", "1"), round(100 * TICK / (1 - start), 3))


def _source(material: Material, name: str) -> dict[str, Any]:
    if name in {"test", "validation"}:
        return dict(material.scores.get(name) or {})
    return dict(material.scores.get("baselines", {}).get(name) or {})


def _score_row(
    metric: str, scores: dict[str, Score | None], columns: Sequence[tuple[str, str]], start: float
) -> ScoreRow:
    cells = tuple(_cell(scores[name]) for name, _ in columns)
    shown = [] if metric in UNBOUNDED else [(name, scores[name]) for name, _ in columns]
    bars = tuple(_bar(score, name, start) for name, score in shown if score is not None)
    return ScoreRow(metric_name(metric), metric in LOWER_IS_BETTER, cells, bars)


def _cell(score: Score | None) -> Cell | None:
    return Cell(number(score.value), interval(score.low, score.high)) if score else None


def _bar(score: Score, who: str, start: float = 0.0) -> Bar:
    def share(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - start) / (1 - start))), 2)

    low = share(score.low if math.isfinite(score.low) else score.value)
    high = share(score.high if math.isfinite(score.high) else score.value)
    return Bar(low, round(high - low, 2), share(score.value), who)


def class_table(material: Material) -> list[ClassRow]:
    """Return precision, recall and F1 of each class; nothing without scores."""
    if material.judged is None:
        return []
    scores = material.scores[material.judged]
    names = [str(name) for name in material.scores.get("classes", [])]
    train = material.splits.get("train", {}).get("labels", {})
    rows = []
    for name in names:
        f1 = Score.of(scores.get(f"f1/{name}"))
        recall = Score.of(scores.get(f"recall/{name}"))
        rows.append(
            ClassRow(
                name=name,
                train=count(train.get(name)),
                n=count(recall.n if recall else f1.n if f1 else 0),
                precision=_cell(Score.of(scores.get(f"precision/{name}"))),
                recall=_cell(recall),
                f1=_cell(f1),
                bar=_bar(f1, "test") if f1 else None,
            )
        )
    return rows


def confusions(material: Material) -> list[tuple[str, str, str, str]]:
    """Return (true class, answer, rows, share of the true class) of the most frequent confusions."""
    matrix = material.scores.get("confusion", {})
    labels, counts = matrix.get("labels", []), matrix.get("counts", [])
    wrong = [
        (counts[true][answer], true, answer)
        for true in range(len(labels))
        for answer in range(len(labels))
        if true != answer and counts[true][answer]
    ]
    wrong.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    return [
        (str(labels[true]), str(labels[answer]), count(rows), percent(rows / sum(counts[true])))
        for rows, true, answer in wrong[:CONFUSIONS]
    ]


def split_table(material: Material) -> list[dict[str, str]]:
    """Return rows, classes, lengths and truncation of each split, as written."""
    table = []
    for name in sorted(material.splits, key=_split_order):
        facts = material.splits[name]
        rows, cut = to_float(facts.get("rows")), to_float(facts.get("truncated_rows"))
        table.append(
            {
                "name": name,
                "rows": count(rows),
                "classes": count(len(facts["labels"])) if facts.get("labels") else count(None),
                "mean": number(facts.get("length_mean"), 1),
                "p95": count(facts.get("length_p95")),
                "max": count(facts.get("length_max")),
                "truncated": f"{count(cut)} ({percent(cut / rows)})" if rows and math.isfinite(cut) else count(None),
                "tokens_cut": count(facts.get("truncated_tokens")),
            }
        )
    return table


def label_table(material: Material) -> tuple[list[str], list[tuple[str, list[tuple[str, float]]]]]:
    """Return the splits, and for each label its count in each with its share in percent of that split."""
    splits = [name for name in sorted(material.splits, key=_split_order) if material.splits[name].get("labels")]
    counted = {name: material.splits[name]["labels"] for name in splits}
    totals = {name: sum(counted[name].values()) or 1 for name in splits}
    labels = sorted(
        {label for name in splits for label in counted[name]},
        key=lambda label: (-sum(counted[name].get(label, 0) for name in splits), label),
    )

    def cell(label: str, name: str) -> tuple[str, float]:
        n = counted[name].get(label, 0)
        return count(n), 100 * n / totals[name]

    return splits, [(label, [cell(label, name) for name in splits]) for label in labels]


def _split_order(name: str) -> tuple[int, str]:
    known = ("train", "validation", "test")
    return (known.index(name) if name in known else len(known), name)


def worst_errors(material: Material) -> list[Error]:
    """Return the most confident wrong answers; nothing where there are no predictions."""
    return [_error(line) for line in material.answers.worst] if material.answers else []


def _error(line: dict[str, Any]) -> Error:
    answer = line["answer"]
    texts = [short_text(line.get("text"), TEXT_LIMIT if line.get("text_pair") is None else PAIR_LIMIT)]
    if line.get("text_pair") is not None:
        texts.append(short_text(line["text_pair"], PAIR_LIMIT))
    return Error(
        place=place(line.get("file"), line.get("line")),
        file=f"{line.get('file')}:{line.get('line')}",
        texts=tuple(texts),
        label=str(line.get("label")),
        answer=str(answer["label"]),
        score=number(answer.get("score")),
        own=number(answer.get("scores", {}).get(line.get("label"))),
    )
