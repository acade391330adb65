from __future__ import annotations

import math

import numpy as np
import pytest

from accent.errors import DataError
from accent.evaluation.language import LanguageScorer
from accent.evaluation.scorer import Scorer

ROWS = [(6.0, 3, 10), (2.0, 4, 22), (0.0, 0, 0)]


def added(rows: list[tuple[float, ...]]) -> LanguageScorer:
    scorer = LanguageScorer()
    scorer.add([None] * len(rows), rows)
    return scorer


def test_scores_are_ratios_of_sums() -> None:
    scorer = LanguageScorer()
    credits = [*scorer.add([], ROWS[:1]), *scorer.add("anything", ROWS[1:])]
    assert credits == pytest.approx([math.exp(-2), math.exp(-0.5), 0])  # nothing was foretold of the last
    points = {"loss": 8 / 7, "perplexity": math.exp(8 / 7), "bits_per_byte": 8 / math.log(2) / 32}
    assert scorer.points() == pytest.approx(points)
    assert scorer.page() == {"tokens": 7, "bytes": 32}


def test_a_coin_costs_a_bit() -> None:
    # A model that is sure of nothing but that bytes are of 256 kinds pays 8 bits each, however tokens cut them.
    assert added([(80 * math.log(2), 10, 10)]).points()["bits_per_byte"] == pytest.approx(8)
    pairs = added([(80 * math.log(2), 5, 10)]).points()
    assert pairs["bits_per_byte"] == pytest.approx(8)
    assert pairs["perplexity"] == pytest.approx(65_536)


def test_intervals_are_of_rows() -> None:
    chance = np.random.default_rng(0)
    tokens = chance.integers(5, 50, 300)
    rows = [
        (float(count * loss), int(count), int(4 * count))
        for count, loss in zip(tokens, chance.gamma(9, 0.3, 300), strict=True)
    ]
    scorer = added(rows)
    scores = scorer.scores(seed=0)
    assert {name: score.value for name, score in scores.items()} == pytest.approx(scorer.points())
    loss, perplexity = scores["loss"], scores["perplexity"]
    assert (perplexity.low, perplexity.high) == pytest.approx((math.exp(loss.low), math.exp(loss.high)))
    assert loss.n == perplexity.n == 300
    # The delta method's error of a ratio of sums.
    nll, count = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    error = np.sqrt(((nll - loss.value * count) ** 2).sum()) / count.sum()
    assert loss.high - loss.low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_a_fourth_number_adds_accuracy() -> None:
    scorer = added([(6.0, 3, 10, 1), (2.0, 5, 22, 3)])
    assert list(scorer.points()) == ["loss", "perplexity", "bits_per_byte", "token_accuracy"]
    assert scorer.points()["token_accuracy"] == 0.5
    with pytest.raises(ValueError, match="all rows or none"):
        scorer.add([], ROWS)


def test_a_hopeless_model_has_numbers_that_json_can_hold() -> None:
    found = added([(1e6, 10, 10)])
    assert math.isfinite(found.points()["perplexity"])
    assert found.add([], [(1e6, 10, 10)]) == [0]


def test_a_comparison_below_zero_is_won() -> None:
    chance = np.random.default_rng(1)
    base = chance.gamma(9, 10, 200)
    better: Scorer = added([(float(nll), 30, 120) for nll in base])
    worse = added([(float(nll + 1), 30, 120) for nll in base])
    paired = better.compare(worse, seed=0)
    assert paired.difference.value == pytest.approx(-1 / math.log(2) / 120)
    assert paired.difference.high < 0
    assert paired.significant


@pytest.mark.parametrize(
    "row",
    [
        (math.nan, 3, 4),
        (math.inf, 3, 4),
        (-1.0, 3, 4),
        (1.0, -3, 4),
        (1.0, 3, -4),
        (1.0, 3, 4, 5),
        (1.0, 0, 4),
        (1.0, 3),
        (),
    ],
)
def test_what_cannot_be_is_named(row: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="row 0"):
        LanguageScorer().add([None], [row])


def test_nothing_scored_is_no_score() -> None:
    for nothing in ((0.0, 0, 0), (3.0, 1, 0)):
        with pytest.raises(DataError, match="no row has anything to foretell") as caught:
            added([nothing]).points()
        assert len(str(caught.value).splitlines()) == 2
    with pytest.raises(ValueError, match="at least one row"):
        LanguageScorer().scores(seed=0)
