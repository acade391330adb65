"""Entities and their scores are those of seqeval, value by value and interval by interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accent.evaluation.entities import EntityScorer
from accent.evaluation.tag_schemes import Span, spans, to_bio
from accent.seeds import generator

pytest.importorskip("seqeval", reason="needs seqeval, the reference for scores of entities")

from seqeval.metrics import accuracy_score, classification_report
from seqeval.metrics.sequence_labeling import get_entities

EXACT = {"rel": 0, "abs": 1e-12}
TYPES = ("A", "B", "C-c")
TAGS = ["O", "O", *(f"{letter}-{kind}" for letter in "BI" for kind in TYPES)]
ROWS = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=9), min_size=1, max_size=6
)
Tags = list[list[str]]


def seqeval_values(gold: Tags, predicted: Tags) -> dict[str, float]:
    report = classification_report(gold, predicted, output_dict=True, zero_division=0)
    values = {
        "precision": report["micro avg"]["precision"],
        "recall": report["micro avg"]["recall"],
        "f1": report["micro avg"]["f1-score"],
        "f1_macro": report["macro avg"]["f1-score"],
        "f1_weighted": report["weighted avg"]["f1-score"],
        "token_accuracy": accuracy_score(gold, predicted),
    }
    for name in set(report) - {"micro avg", "macro avg", "weighted avg"}:
        fields = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
        values |= {f"{ours}/{name}": report[name][theirs] for ours, theirs in fields.items()}
    return {key: float(value) for key, value in values.items()}


def scorer(gold: Tags, predicted: Tags, types: tuple[str, ...] = TYPES) -> EntityScorer:
    made = EntityScorer(types)
    made.add(gold, predicted)
    return made


def drawn_tags(rows: int, seed: int, agree: float) -> tuple[Tags, Tags]:
    """Return gold tags, and predictions that repeat a gold row as often as `agree` says."""
    chance = np.random.default_rng(seed)
    gold = [chance.choice(TAGS, chance.integers(1, 15)).tolist() for _ in range(rows)]
    return gold, [row if chance.random() < agree else chance.choice(TAGS, len(row)).tolist() for row in gold]


@given(st.lists(st.sampled_from([*TAGS, "B", "I", "B-_"]), max_size=15))
def test_spans_are_get_entities(tags: list[str]) -> None:
    assert spans(tags) == [Span(start, end + 1, kind) for kind, start, end in get_entities(tags)]


@given(st.lists(st.sampled_from([*TAGS, "E-A", "S-A", "E-B", "S-B"]), max_size=15))
def test_any_sequence_of_iobes_has_the_entities_of_get_entities(tags: list[str]) -> None:
    assert spans(to_bio(tags, "bilou")) == [Span(start, end + 1, kind) for kind, start, end in get_entities(tags)]


@given(ROWS)
def test_values_are_seqevals(rows: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in rows] for side in (0, 1))
    if not any(tag != "O" for row in gold + predicted for tag in row):
        return  # seqeval divides by nothing; see test_entities
    expected = seqeval_values(gold, predicted)
    made = scorer(gold, predicted)
    found = {key: score.value for key, score in made.scores(seed=0, resamples=2).items()}
    assert {key: found[key] for key in expected} == pytest.approx(expected, **EXACT)
    absent = [kind for kind in TYPES if f"f1/{kind}" not in expected]
    assert {found[f"{name}/{kind}"] for name in ("precision", "recall", "f1") for kind in absent} <= {0.0}
    assert made.points() == {key: found[key] for key in found if "/" not in key}
    support = classification_report(gold, predicted, output_dict=True, zero_division=0)
    scores = made.scores(seed=0, resamples=2)
    for kind in set(TYPES) - set(absent):
        assert scores[f"recall/{kind}"].n == support[kind]["support"]


@given(ROWS, st.integers(0, 6))
@settings(max_examples=30)
def test_batches_and_unannounced_types_change_nothing(rows: list[list[tuple[str, str]]], cut: int) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in rows] for side in (0, 1))
    at_once, by_parts = scorer(gold, predicted), EntityScorer(())
    credits = EntityScorer(TYPES).add(gold, predicted)
    assert by_parts.add(gold[:cut], predicted[:cut]) + by_parts.add(gold[cut:], predicted[cut:]) == credits
    assert by_parts.points() == pytest.approx(at_once.points(), **EXACT)
    scores = at_once.scores(seed=1, resamples=20)
    for key, score in by_parts.scores(seed=1, resamples=20).items():
        assert (score.value, score.low, score.high) == pytest.approx(
            (scores[key].value, scores[key].low, scores[key].high), **EXACT
        )


@pytest.mark.parametrize(("rows", "agree", "seed"), [(40, 0.6, 1), (25, 0.8, 2)])
def test_intervals_are_those_of_a_plain_loop_over_seqeval(rows: int, agree: float, seed: int) -> None:
    gold, predicted = drawn_tags(rows, seed, agree)
    found = scorer(gold, predicted).scores(seed=seed, resamples=60)
    chance = generator(seed, "bootstrap")
    drawn = [chance.integers(0, rows, size=rows).tolist() for _ in range(60)]
    plain = [seqeval_values([gold[n] for n in rows_], [predicted[n] for n in rows_]) for rows_ in drawn]
    checked = [key for key in found if all(key in values for values in plain)]
    assert len(checked) == 6 + 3 * len(TYPES)
    for key in checked:
        low, high = np.quantile([values[key] for values in plain], [0.025, 0.975])
        value = found[key].value
        assert 0 < value < 1
        assert (found[key].low, found[key].high) == pytest.approx((min(low, value), max(high, value)), **EXACT)


def test_the_comparison_is_that_of_a_plain_loop_over_seqeval() -> None:
    gold, one = drawn_tags(30, 3, 0.7)
    other = [row if index % 3 else ["O"] * len(row) for index, row in enumerate(one)]
    found = scorer(gold, one).compare(scorer(gold, other), seed=5)
    chance = generator(5, "bootstrap")
    differences = []
    for _ in range(2000):
        weights = np.bincount(chance.integers(0, 30, size=30), minlength=30)
        rows = np.repeat(np.arange(30), weights)
        differences.append(f1(gold, one, rows) - f1(gold, other, rows))
    assert found.difference.value == pytest.approx(f1(gold, one, range(30)) - f1(gold, other, range(30)), abs=1e-12)
    ends = np.quantile(differences, [0.025, 0.975]).tolist()
    assert [found.difference.low, found.difference.high] == pytest.approx(ends, abs=1e-12)
    below = 1 + sum(difference <= 0 for difference in differences)
    assert found.p_value == pytest.approx(2 * below / 2001)


def f1(gold: Tags, predicted: Tags, rows: object) -> float:
    """Return F1 over entities that seqeval's reader finds; rows may come several times."""
    right = total = 0
    for row in rows:
        one, other = set(get_entities(gold[row])), set(get_entities(predicted[row]))
        right, total = right + len(one & other), total + len(one) + len(other)
    return 2 * right / total
