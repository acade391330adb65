"""The tables of numbers beside the scores: classes, confusions, splits, labels and numbers of the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accent.report.cells import Bar, Cell, bar, cell
from accent.report.metrics import brief
from accent.report.reading import Material, Score
from accent.report.wording import count, number, percent, to_float

__all__ = ["ClassRow", "class_names", "class_table", "confusions", "label_table", "number_table", "split_table"]

CONFUSIONS = 10


@dataclass(frozen=True)
class ClassRow:
    """One class, label, type or tag: how many rows it has in each split and how well it is answered."""

    name: str
    train: str
    n: str
    precision: Cell | None
    recall: Cell | None
    f1: Cell | None
    bar: Bar | None


def class_names(material: Material) -> list[str]:
    """Return the classes, labels or types in the order of scores.json; tags stand in its confusion table only."""
    scores = material.scores
    names = scores.get("classes") or scores.get("types") or scores.get("confusion", {}).get("labels") or []
    return [str(name) for name in names]


def class_table(material: Material) -> list[ClassRow]:
    """Return precision, recall and F1 of each class; nothing without scores."""
    if material.judged is None:
        return []
    scores = material.scores[material.judged]
    train = material.splits.get("train", {}).get("labels", {})
    return [_class_row(name, scores, train.get(name)) for name in class_names(material)]


def _class_row(name: str, scores: Mapping[str, Any], train: Any) -> ClassRow:
    found = {metric: Score.of(scores.get(f"{metric}/{name}")) for metric in ("precision", "recall", "f1")}
    counted = found["recall"] or found["f1"]
    return ClassRow(
        name=name,
        train=count(train),
        n=count(counted.n if counted else 0),
        **{metric: cell(metric, score) for metric, score in found.items()},
        bar=bar(found["f1"], "test") if found["f1"] else None,
    )


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
    """Return the splits, and for each label its count in each with its share in percent of that split's rows."""
    splits = [name for name in sorted(material.splits, key=_split_order) if material.splits[name].get("labels")]
    counted = {name: material.splits[name]["labels"] for name in splits}
    totals = {name: material.splits[name].get("rows") or sum(counted[name].values()) or 1 for name in splits}
    labels = sorted(
        {label for name in splits for label in counted[name]},
        key=lambda label: (-sum(counted[name].get(label, 0) for name in splits), label),
    )

    def share(label: str, name: str) -> tuple[str, float]:
        n = counted[name].get(label, 0)
        return count(n), 100 * n / totals[name]

    return splits, [(label, [share(label, name) for name in splits]) for label in labels]


def number_table(material: Material) -> list[tuple[str, str, str, str, str]]:
    """Return (split, number, least, mean, most) of the numbers that rows are labelled with."""
    return [
        (split, str(name), brief(facts.get("min")), brief(facts.get("mean")), brief(facts.get("max")))
        for split in sorted(material.splits, key=_split_order)
        for name, facts in (material.splits[split].get("numbers") or {}).items()
    ]


def _split_order(name: str) -> tuple[int, str]:
    known = ("train", "validation", "test")
    return (known.index(name) if name in known else len(known), name)
