"""Multilabel on the page: labels, how many a row has and is given, and the rows whose labels fit least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Worst
from accent.report.kinds.shared import class_section, temperature, weakest
from accent.report.reading import Material
from accent.report.rows import Chip, WorstRow, texts_of, worst_row
from accent.report.wording import number, plural

__all__ = ["KIND"]

NONE = Chip("none")


def _per_row(material: Material) -> str:
    held = material.scores.get("labels_per_row")
    without = material.scores.get("rows_without")
    if not held or not without:
        return ""
    return (
        f"A {material.judged} row has {number(held['gold'], 2)} labels on average and is given "
        f"{number(held['predicted'], 2)}. {plural(without['gold'], 'row')} {_verb(without['gold'], 'has', 'have')} "
        f"none, {plural(without['predicted'], 'row')} {_verb(without['predicted'], 'is', 'are')} given none."
    )


def _verb(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _comments(material: Material) -> list[str]:
    return [*weakest(material, "label"), *temperature(material)]


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    answer, due = line["answer"], [str(name) for name in line.get("label") or ()]
    given = {str(one["label"]): one.get("score") for one in answer.get("labels") or ()}
    shares = answer.get("scores") or {}
    return worst_row(
        line,
        tuple(Chip(name, number(score), wrong=name not in due) for name, score in given.items()) or (NONE,),
        tuple(Chip(name, number(shares.get(name)), wrong=name not in given) for name in due) or (NONE,),
        passages=texts_of(line),
    )


KIND = Kind(
    noun="text classifier that gives any number of labels",
    metrics=(
        "f1_micro", "f1_macro", "f1_weighted", "f1_samples", "precision_micro", "recall_micro", "exact",
        "cell_accuracy", "average_precision_macro", "roc_auc_macro", "log_loss",
    ),
    titles={
        "f1_micro": "Micro F1",
        "exact": "All labels of a row right",
        "cell_accuracy": "Right cells (1 \u2212 Hamming loss)",
        "average_precision_macro": "Average precision, macro",
        "roc_auc_macro": "ROC-AUC, macro",
    },
    baselines={
        "tfidf": Baseline("TF-IDF", "the TF-IDF baseline", "TF-IDF with a logistic regression for each label"),
        "majority": Baseline("Majority", "giving frequent labels", "always giving the labels that most rows have"),
    },
    labels="Labels",
    sections=(class_section("Labels", "Label", facts=_per_row),),
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Given, probability", "True labels, probability", "Text and place"),
        said="rows are not given exactly their labels",
        note="Labels that are given wrongly or missed stand out. Worst is where given and true labels overlap least.",
    ),
    card=Card(
        pipeline_tag="text-classification",
        task="Text classification with several labels",
        metrics={"f1_micro": "f1", "exact": "accuracy"},
        usage="multilabel.md.j2",
        limits=("It knows the labels above and no others. A text may be given several of them, or none.",),
    ),
)  # fmt: skip
"""How a multilabel task is shown."""
