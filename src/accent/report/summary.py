"""The run in a few honest sentences: what it reaches, against what, how sure that is, and what flatters it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accent.report.reading import Material, Score
from accent.report.wording import count, interval, number, p_value, percent, plural

__all__ = ["Statement", "headline", "statements"]

COMMON_SHARE = 0.7
"""From this share of the most frequent class on, accuracy alone flatters."""
LEAKS = frozenset({"leaks", "near-leaks"})
WIDE = 0.06
"""An accuracy interval wider than this is called wide."""
CALIBRATED = 0.05
"""Below this expected calibration error, confidence may be read as probability."""
BASELINES = {"tfidf": "TF-IDF with logistic regression", "majority": "always answering the most frequent class"}
HEADLINE_BASELINES = {"tfidf": "the TF-IDF baseline", "majority": "the majority class"}


@dataclass(frozen=True)
class Statement:
    """One sentence of the summary; a caution is one that the reader must not miss."""

    text: str
    caution: bool = False


def headline(material: Material) -> str:
    """Return the first sentence: the score with its interval and the baseline, or why there is none."""
    accuracy = material.score("accuracy")
    if accuracy is None:
        return _unscored(material)
    parts = [f"Accuracy {_with_interval(accuracy)}"]
    name = _main_baseline(material)
    if name is not None:
        parts.append(_against(material, name))
    return "; ".join(parts) + "."


def statements(material: Material) -> list[Statement]:
    """Return what belongs to the headline, cautions first."""
    found = [*_cautions(material), *_comments(material)]
    return [one for one in found if one.caution] + [one for one in found if not one.caution]


def _unscored(material: Material) -> str:
    status = material.record.status
    done = max((int(event.get("update", 0)) for event in material.events), default=0)
    planned = next((event.get("updates") for event in material.events if event["kind"] == "start"), None)
    at = f"at update {count(done)}" + (f" of {count(planned)}" if planned else "")
    endings = {
        "interrupted": f"Interrupted {at}: there are no scores, and the test rows are unused",
        "running": f"Still running, or ended without a word, {at}: there are no scores yet",
        "failed": f"Failed {at}: there are no scores",
        "done": "Done, but this folder holds no scores",
    }
    return endings[status] + "."


def _with_interval(score: Score) -> str:
    return f"{number(score.value)} (95\u00a0% interval {interval(score.low, score.high)}, n = {count(score.n)})"


def _main_baseline(material: Material) -> str | None:
    return next((name for name in HEADLINE_BASELINES if material.baseline(name, "accuracy")), None)


def _against(material: Material, name: str) -> str:
    baseline = material.baseline(name, "accuracy")
    reached = f"{HEADLINE_BASELINES[name]} reaches {number(baseline.value if baseline else None)}"
    compared = material.scores.get("comparisons", {}).get(name)
    if not compared:
        return f"{reached}; the difference was not tested"
    test = f"McNemar {p_value(float(compared['p_value']))}"
    if not compared["significant"]:
        return f"{reached}; the difference is not significant ({test}): these rows do not tell the two apart"
    difference = Score.of(compared["difference"])
    if difference is not None and difference.value < 0:
        return f"{reached} and is significantly better ({test}): use it rather than this model"
    return f"{reached}; the difference is significant ({test})"


def _cautions(material: Material) -> list[Statement]:
    found = [*_leak_cautions(material), *_run_cautions(material)]
    if material.judged == "validation":
        text = "There were no test rows. The scores are those of the validation rows, which also chose the best "
        found.append(text + "checkpoint: expect less on new rows.")
    return [Statement(text, caution=True) for text in [*found, *_score_cautions(material)]]


def _run_cautions(material: Material) -> list[str]:
    record, found = material.record, []
    if record.error:
        found.append(f"The run ended with an error: {record.error}")
    if record.status == "interrupted":
        found.append(f"Go on with: accent finetune --resume {material.path}")
    warned = sum(event["kind"] == "warning" for event in material.events)
    if warned:
        found.append(f"{plural(warned, 'warning')} while training.")
    return found


def _leak_cautions(material: Material) -> list[str]:
    leaks = [one for one in material.findings if one.get("kind") in LEAKS and _concerns(one, material.judged)]
    if not leaks:
        return []
    total = sum(int(one.get("count", 0)) for one in leaks)
    others = f"copies of {material.judged} texts in other splits, exact or near ({count(total)})"
    return [f"The scores are flattered: the audit found {others}."]


def _concerns(finding: dict[str, Any], split: str | None) -> bool:
    """Tell whether a leak reaches the rows that the run is judged by, as far as its places say."""
    places = finding.get("places") or []
    return split is not None and (not places or any(place.get("split") == split for place in places))


def _score_cautions(material: Material) -> list[str]:
    accuracy, found = material.score("accuracy"), []
    if accuracy is None:
        return []
    if accuracy.high - accuracy.low > WIDE:
        found.append(
            f"The interval is wide, as it must be with {plural(accuracy.n, 'row')}: differences of a few points "
            "cannot be seen."
        )
    share = _common_share(material)
    macro = material.score("f1_macro")
    if share > COMMON_SHARE and macro:
        found.append(
            f"{percent(share, 0)} of the rows bear one label, so accuracy flatters; macro F1, in which every class "
            f"counts the same, is {_with_interval(macro)}."
        )
    return found


def _common_share(material: Material) -> float:
    """The share of the most frequent true class among the rows that were scored."""
    totals = [sum(row) for row in material.scores.get("confusion", {}).get("counts", [])]
    return max(totals) / sum(totals) if sum(totals) else 0.0


def _comments(material: Material) -> list[Statement]:
    if material.judged is None:
        return []
    found = [_baseline_comment(material, name) for name in BASELINES if name != _main_baseline(material)]
    found += [_weakest(material), _calibration(material), _one_seed(material)]
    return [Statement(text) for text in found if text]


def _baseline_comment(material: Material, name: str) -> str | None:
    baseline = material.baseline(name, "accuracy")
    if baseline is None:
        return None
    text = f"{BASELINES[name][0].upper()}{BASELINES[name][1:]} reaches {number(baseline.value)}"
    compared = material.scores.get("comparisons", {}).get(name)
    if compared and not compared["significant"]:
        text += f"; the model's difference from that is not significant ({p_value(float(compared['p_value']))})"
    return text + "."


def _weakest(material: Material) -> str | None:
    """Name the class with the lowest F1."""
    scores = material.scores.get(material.judged or "", {})
    classes = {name.removeprefix("f1/"): Score.of(raw) for name, raw in scores.items() if name.startswith("f1/")}
    known: list[tuple[str, Score]] = [(name, score) for name, score in classes.items() if score is not None]
    if not known:
        return None
    name, score = min(known, key=lambda pair: pair[1].value)
    return f"The weakest class is {name}: F1 {_with_interval(score)}."


def _calibration(material: Material) -> str | None:
    error = material.score("ece")
    if error is None:
        return None
    off = f"Confidence and accuracy are {number(100 * error.value, 1)} points apart on average"
    if error.value < CALIBRATED:
        return f"{off}: a confidence may roughly be read as a probability."
    return f"{off}: do not read a confidence as a probability."


def _one_seed(material: Material) -> str:
    return (
        f"The intervals cover the choice of {material.judged} rows only. Another seed than "
        f"{material.record.seed} would move the scores too."
    )
