"""The run in a few honest sentences: what it reaches, against what, how sure that is, and what flatters it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accent.report.kinds import kind_named
from accent.report.metrics import is_bounded, is_lower_better, with_interval, written
from accent.report.reading import Material, Score
from accent.report.scores import baselines_by_strength, metric_title
from accent.report.students import student_sentence
from accent.report.wording import count, p_value, plural

__all__ = ["Statement", "headline", "statements"]

LEAKS = frozenset({"leaks", "near-leaks"})
WIDE = 0.06
"""An interval of a score up to 1 that is wider than this is called wide."""
WIDE_SHARE = 0.1
"""The same of a score without such a bound, as a share of its value."""


@dataclass(frozen=True)
class Statement:
    """One sentence of the summary; a caution is one that the reader must not miss."""

    text: str
    caution: bool = False


def headline(material: Material) -> str:
    """Return the first sentence: the score with its interval and the best baseline, or why there is none."""
    score = material.score(material.main)
    if score is None:
        return _unscored(material)
    parts = [f"{metric_title(kind_named(material.task), material.main)} {with_interval(material.main, score)}"]
    parts += [_against(material, name) for name in baselines_by_strength(material)[:1]]
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
        "trained": f"A trial of a search, trained {at}: its test rows are unused",
        "pruned": f"A trial of a search, given up {at}: its test rows are unused",
        "done": "Done, but this folder holds no scores",
    }
    return endings[status] + "."


def _against(material: Material, name: str) -> str:
    kind, baseline = kind_named(material.task), material.baseline(name, material.main)
    reached = f"{kind.baseline(name).short} reaches {written(material.main, baseline.value if baseline else None)}"
    compared = material.scores.get("comparisons", {}).get(name)
    if not compared:
        return f"{reached}; the difference was not tested"
    test = f"{kind.test} {p_value(float(compared['p_value']))}"
    if not compared["significant"]:
        return f"{reached}; the difference is not significant ({test}): these rows do not tell the two apart"
    difference = Score.of(compared["difference"])
    if difference is not None and _is_worse(difference.value, material.main):
        return f"{reached} and is significantly better ({test}): use it rather than this model"
    return f"{reached}; the difference is significant ({test})"


def _is_worse(difference: float, metric: str) -> bool:
    """Tell whether the model minus the baseline speaks for the baseline."""
    return difference > 0 if is_lower_better(metric) else difference < 0


def _cautions(material: Material) -> list[Statement]:
    found = [*_leak_cautions(material), *_run_cautions(material)]
    if material.scores.get("tuned_on") is not None and material.scores["tuned_on"] == material.judged:
        what = "Thresholds or a temperature were tuned on the very rows that the scores are of"
        found.append(f"{what}: expect less on new rows.")
    if material.judged == "validation":
        text = "There were no test rows. The scores are those of the validation rows, which also chose the best "
        found.append(text + "checkpoint: expect less on new rows.")
    if material.judged is not None:
        found += [*_wide_interval(material), *kind_named(material.task).cautions(material)]
    return [Statement(text, caution=True) for text in found]


def _run_cautions(material: Material) -> list[str]:
    record, found = material.record, []
    if record.error:
        found.append(f"The run ended with an error: {record.error}")
    if record.status == "interrupted":
        found.append(f"Go on with: {record.resume_command(material.path)}")
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


def _wide_interval(material: Material) -> list[str]:
    score = material.score(material.main)
    if score is None:
        return []
    bounded = is_bounded(material.main)
    if score.high - score.low <= (WIDE if bounded else WIDE_SHARE * abs(score.value)):
        return []
    small = "differences of a few points" if bounded else "small differences"
    return [f"The interval is wide, as it must be with {plural(score.n, 'row')}: {small} cannot be seen."]


def _comments(material: Material) -> list[Statement]:
    if material.judged is None:
        return []
    student = student_sentence(material)
    found = [] if student is None else [student]
    found += [_baseline_comment(material, name) for name in baselines_by_strength(material)[1:]]
    found += [*kind_named(material.task).comments(material), _one_seed(material)]
    return [Statement(text) for text in found]


def _baseline_comment(material: Material, name: str) -> str:
    baseline = material.baseline(name, material.main)
    long = kind_named(material.task).baseline(name).long
    text = f"{long[0].upper()}{long[1:]} reaches {written(material.main, baseline.value if baseline else None)}"
    compared = material.scores.get("comparisons", {}).get(name)
    if compared and not compared["significant"]:
        text += f"; the model's difference from that is not significant ({p_value(float(compared['p_value']))})"
    return text + "."


def _one_seed(material: Material) -> str:
    return (
        f"The intervals cover the choice of {material.judged} rows only. Another seed than "
        f"{material.record.seed} would move the scores too."
    )
