"""Scores of tags are scikit-learn's over all words; intervals resample rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from accent.evaluation import Score
from accent.evaluation.intervals import wilson
from accent.evaluation.scorer import Scorer
from accent.evaluation.tags import TagScorer
from accent.seeds import generator

EXACT = {"rel": 0, "abs": 1e-12}
TAGS = ("ADJ", "NOUN", "VERB", "X")
WORDS = st.tuples(st.sampled_from([*TAGS, "NEW", "a/b"]), st.sampled_from(TAGS[:3]))
ROWS = st.lists(st.lists(WORDS, min_size=1, max_size=8), min_size=1, max_size=6)
Tags = list[list[str]]


def flat(rows: Tags) -> list[str]:
    return [tag for row in rows for tag in row]


def sklearn_values(gold: Tags, predicted: Tags) -> dict[str, float]:
    labels, answers = flat(gold), flat(predicted)
    used = sorted({*labels, *answers})
    values = {
        "accuracy": metrics.accuracy_score(labels, answers),
        "f1_macro": metrics.f1_score(labels, answers, average="macro", zero_division=0),
        "f1_weighted": metrics.f1_score(labels, answers, average="weighted", zero_division=0),
    }
    for name in ("precision", "recall", "f1"):
        by_tag = getattr(metrics, f"{name}_score")(labels, answers, average=None, labels=used, zero_division=0)
        values |= {f"{name}/{tag}": value for tag, value in zip(used, by_tag, strict=True)}
    return values


def scorer(gold: Tags, predicted: Tags) -> TagScorer:
    made = TagScorer(TAGS)
    made.add(gold, predicted)
    return made


@given(ROWS)
def test_values_are_scikit_learns(rows: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in rows] for side in (0, 1))
    expected = sklearn_values(gold, predicted)
    made = scorer(gold, predicted)
    scores = made.scores(seed=0, resamples=2)
    found = {key: score.value for key, score in scores.items()}
    assert {key: found[key] for key in expected} == pytest.approx(expected, **EXACT)
    assert {found[key] for key in set(found) - set(expected)} <= {0.0}
    assert made.points() == {key: found[key] for key in ("accuracy", "f1_macro", "f1_weighted")}
    assert scores["accuracy"].n == len(gold)
    for tag in TAGS:
        assert scores[f"f1/{tag}"].n == flat(gold).count(tag)


@given(ROWS)
def test_the_table_of_confusions_is_scikit_learns(rows: list[list[tuple[str, str]]]) -> None:
    gold, predicted = ([[pair[side] for pair in row] for row in rows] for side in (0, 1))
    found = scorer(gold, predicted).page()["confusion"]
    unknown = dict.fromkeys(tag for tag in flat(gold) if tag not in TAGS)
    assert found["labels"][:4] == list(TAGS)
    assert set(found["labels"][4:]) == set(unknown)
    expected = metrics.confusion_matrix(flat(gold), flat(predicted), labels=found["labels"])
    assert found["counts"] == expected.tolist()


def test_intervals_are_those_of_a_plain_loop_over_rows() -> None:
    chance = np.random.default_rng(0)
    gold = [chance.choice(TAGS, chance.integers(4, 20)).tolist() for _ in range(30)]
    predicted = [[tag if chance.random() < 0.7 else str(chance.choice(TAGS)) for tag in row] for row in gold]
    found = scorer(gold, predicted).scores(seed=4, resamples=80)
    draws = generator(4, "bootstrap")
    plain = []
    for _ in range(80):
        rows = draws.integers(0, 30, size=30).tolist()
        plain.append(sklearn_values([gold[row] for row in rows], [predicted[row] for row in rows]))
    assert set(found) == set(plain[0])
    for key, score in found.items():
        low, high = np.quantile([values[key] for values in plain], [0.025, 0.975])
        assert 0 < score.value < 1
        assert (score.low, score.high) == pytest.approx((min(low, score.value), max(high, score.value)), **EXACT)


def test_words_that_go_wrong_together_make_a_score_less_certain() -> None:
    row = ["NOUN"] * 10
    wrong = ["VERB"] * 10
    together = scorer([row] * 40, [row] * 30 + [wrong] * 10).scores(seed=0)["accuracy"]
    apart = scorer([[tag] for tag in row * 40], [[tag] for tag in row * 30 + wrong * 10]).scores(seed=0)["accuracy"]
    assert together.value == apart.value == 0.75
    assert together.high - together.low > 2.5 * (apart.high - apart.low)  # the square root of ten words a row


def test_all_right_has_wilsons_bound_on_rows() -> None:
    made: Scorer = TagScorer(TAGS)
    rows = [["NOUN", "NOUN"]] * 12 + [["VERB", "NOUN"]] * 8
    assert made.add(rows, rows) == [1.0] * 20
    found = made.scores(seed=0)
    assert found["accuracy"] == Score(1.0, pytest.approx(wilson(1, 20)[0]), 1.0, 20)
    assert found["recall/VERB"] == Score(1.0, pytest.approx(wilson(1, 8)[0]), 1.0, 8)
    assert found["f1/NOUN"] == Score(1.0, pytest.approx(wilson(1, 32**2 / (12 * 2**2 + 8))[0]), 1.0, 32)


def test_the_credit_of_a_row_is_its_share_of_right_words() -> None:
    gold = [["NOUN", "VERB", "X", "NEW"], ["ADJ"], []]
    assert TagScorer(TAGS).add(gold, [["NOUN", "VERB", "ADJ", "X"], ["X"], []]) == [0.5, 0.0, 1.0]


def test_a_gold_tag_that_the_tagger_lacks_is_wrong_under_its_own_name() -> None:
    made = scorer([["NOUN", "NEW"]], [["NOUN", "X"]])
    scores = made.scores(seed=0, resamples=5)
    assert scores["accuracy"].value == 0.5
    assert (scores["recall/NEW"].value, scores["recall/NEW"].n) == (0.0, 1)
    assert made.points()["f1_macro"] == pytest.approx(1 / 3)  # NOUN 1, X and NEW 0
    assert made.page()["confusion"]["labels"] == [*TAGS, "NEW"]


def test_rows_that_do_not_fit_are_named_and_none_is_taken() -> None:
    made = TagScorer(TAGS)
    with pytest.raises(ValueError, match="1 rows of gold tags do not fit 2 predictions"):
        made.add([["X"]], [["X"], ["X"]])
    with pytest.raises(ValueError, match="row 1 has 2 gold tags and 1 predicted ones"):
        made.add([["X"], ["X", "X"]], [["X"], ["X"]])
    with pytest.raises(ValueError, match="at least one row"):
        made.scores(seed=0)
    with pytest.raises(ValueError, match="names must differ"):
        TagScorer(["X", "X"])


def test_a_comparison_is_of_accuracy_on_the_same_rows() -> None:
    gold = [["NOUN", "VERB"]] * 25
    better = scorer(gold, [["NOUN", "VERB"]] * 20 + [["NOUN", "X"]] * 5)
    worse = scorer(gold, [["NOUN", "X"]] * 25)
    found = better.compare(worse, seed=0)
    assert found.difference.value == pytest.approx(45 / 50 - 25 / 50)
    assert found.difference.n == 25
    # Only the words of 20 rows tell: the difference is half the share of these among the drawn rows.
    draws = generator(0, "bootstrap")
    shares = [(draws.integers(0, 25, size=25) < 20).mean() / 2 for _ in range(2000)]
    ends = np.quantile(shares, [0.025, 0.975]).tolist()
    assert [found.difference.low, found.difference.high] == pytest.approx(ends, abs=1e-12)
    with pytest.raises(ValueError, match="needs the same rows"):
        better.compare(scorer([["NOUN"]] * 25, [["NOUN"]] * 25), seed=0)
