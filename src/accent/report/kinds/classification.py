"""Classification on the page: confusions, confidence, classes, and the most confident wrong answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Worst
from accent.report.kinds.shared import class_section, confusion_section, reliability_section, temperature, weakest
from accent.report.metrics import with_interval
from accent.report.reading import Material
from accent.report.rows import Chip, WorstRow, texts_of, worst_row
from accent.report.wording import number, percent

__all__ = ["KIND"]

COMMON_SHARE = 0.7
"""From this share of the most frequent class on, accuracy alone flatters."""
CALIBRATED = 0.05
"""Below this expected calibration error, confidence may be read as probability."""


def _cautions(material: Material) -> list[str]:
    share = _common_share(material)
    macro = material.score("f1_macro")
    if share <= COMMON_SHARE or macro is None or material.score("accuracy") is None:
        return []
    return [
        f"{percent(share, 0)} of the rows bear one label, so accuracy flatters; macro F1, in which every class "
        f"counts the same, is {with_interval('f1_macro', macro)}."
    ]


def _common_share(material: Material) -> float:
    """The share of the most frequent true class among the rows that were scored."""
    totals = [sum(row) for row in material.scores.get("confusion", {}).get("counts", [])]
    return max(totals) / sum(totals) if sum(totals) else 0.0


def _comments(material: Material) -> list[str]:
    return [*weakest(material, "class"), *_calibration(material), *temperature(material)]


def _calibration(material: Material) -> list[str]:
    error = material.score("ece")
    if error is None:
        return []
    off = f"Confidence and accuracy are {number(100 * error.value, 1)} points apart on average"
    if error.value < CALIBRATED:
        return [f"{off}: a confidence may roughly be read as a probability."]
    return [f"{off}: do not read a confidence as a probability."]


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    answer, label = line["answer"], line.get("label")
    own = answer.get("scores", {}).get(label)
    return worst_row(
        line,
        (Chip(str(answer.get("label")), number(answer.get("score")), wrong=True),),
        (Chip(str(label), number(own)),),
        passages=texts_of(line),
    )


KIND = Kind(
    noun="text classifier",
    metrics=(
        "accuracy", "f1_macro", "f1_weighted", "f1_micro", "precision_macro", "recall_macro", "matthews", "roc_auc",
        "map", "mrr", "ece", "log_loss",
    ),
    baselines={
        "tfidf": Baseline("TF-IDF", "the TF-IDF baseline", "TF-IDF with logistic regression"),
        "majority": Baseline("Majority", "the majority class", "always answering the most frequent class"),
    },
    test="McNemar",
    labels="Classes",
    sections=(confusion_section(), reliability_section(), class_section("Classes", "Class")),
    cautions=_cautions,
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Answer, confidence", "True class, its share", "Text and place"),
        order="most confident",
        note="Some may be labels that are wrong.",
    ),
    card=Card(
        pipeline_tag="text-classification",
        task="Text classification",
        metrics={"accuracy": "accuracy", "f1_macro": "f1", "matthews": "matthews_correlation", "roc_auc": "roc_auc"},
        usage="classification.md.j2",
        limits=("It knows the labels above and no others: a text about something else still gets one of them.",),
    ),
)  # fmt: skip
"""How a classification is shown."""
