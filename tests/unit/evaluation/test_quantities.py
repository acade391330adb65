"""The scorer of numbers: scikit-learn's and SciPy's values, and the intervals of a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from accent.evaluation.quantities import QuantityScorer
from accent.seeds import generator

NAMES = ("pearson", "spearman", "mae", "rmse", "r2")


def made(rows: int, width: int = 1, seed: int = 0):
    chance = np.random.default_rng(seed)
    gold = chance.normal(size=(rows, width)).round(1) * 3 + 2
    return gold, gold + chance.normal(size=(rows, width)) * (1 + np.arange(width))


def filled(gold, predicted, names=None, batch: int = 11, **kwargs):
    scorer = QuantityScorer(names or [f"q{index}" for index in range(gold.shape[1])], **kwargs)
    credits = []
    for start in range(0, len(gold), batch):
        credits += scorer.add(gold[start : start + batch], predicted[start : start + batch])
    return scorer, credits


def plain(gold, predicted) -> dict[str, float]:
    return {
        "pearson": np.mean([stats.pearsonr(*pair).statistic for pair in zip(gold.T, predicted.T, strict=True)]),
        "spearman": np.mean([stats.spearmanr(*pair).statistic for pair in zip(gold.T, predicted.T, strict=True)]),
        "mae": metrics.mean_absolute_error(gold, predicted),
        "rmse": metrics.root_mean_squared_error(gold, predicted),
        "r2": metrics.r2_score(gold, predicted),
    }


@pytest.mark.parametrize("width", [1, 3])
def test_values_are_scikit_learns_and_scipys(width: int) -> None:
    gold, predicted = made(80, width)
    scorer, _ = filled(gold, predicted)
    scores = scorer.scores(seed=0, resamples=3)
    found = {name: score.value for name, score in scores.items()}
    assert {name: found[name] for name in NAMES} == pytest.approx(plain(gold, predicted), rel=0, abs=1e-9)
    named = [f"{name}/q{column}" for name in NAMES for column in range(width)] if width > 1 else []
    assert list(found) == [*NAMES, *named]
    for column in range(width if width > 1 else 0):
        alone = plain(gold[:, [column]], predicted[:, [column]])
        assert {name: found[f"{name}/q{column}"] for name in NAMES} == pytest.approx(alone, rel=0, abs=1e-9)
    expected = {**{name: found[name] for name in NAMES}, "loss": metrics.mean_squared_error(gold, predicted)}
    assert scorer.points() == pytest.approx(expected, abs=1e-9)
    assert {score.n for score in scores.values()} == {80}
    assert scorer.main == next(iter(found))


@pytest.mark.parametrize("width", [1, 2])
def test_intervals_are_those_of_a_plain_loop(width: int) -> None:
    gold, predicted = made(50, width, seed=4)
    found = filled(gold, predicted)[0].scores(seed=4, resamples=70)
    chance = generator(4, "bootstrap")
    drawn = [chance.integers(0, 50, size=50) for _ in range(70)]
    loop = [plain(gold[row], predicted[row]) for row in drawn]
    for name in NAMES:
        low, high = np.quantile([one[name] for one in loop], [0.025, 0.975])
        assert [found[name].low, found[name].high] == pytest.approx([low, high], abs=1e-9)


def test_constant_predictions_correlate_with_nothing() -> None:
    gold, _ = made(30)
    found = filled(gold, np.full_like(gold, 0.1))[0].scores(seed=0, resamples=20)
    for name in ("pearson", "spearman"):
        assert (found[name].value, found[name].low, found[name].high) == (0.0, -1.0, 1.0)
    assert found["r2"].value == pytest.approx(metrics.r2_score(gold, np.full_like(gold, 0.1)), abs=1e-9)


def test_one_constant_quantity_counts_as_zero() -> None:
    gold, predicted = made(30, 2)
    predicted[:, 1] = 0.3
    found = filled(gold, predicted)[0].scores(seed=0, resamples=50)
    assert found["pearson"].value == pytest.approx(found["pearson/q0"].value / 2, abs=1e-12)
    assert found["pearson"].high < 0.5
    assert (found["pearson/q1"].low, found["pearson/q1"].high) == (-1.0, 1.0)


def test_two_rows_say_nothing_of_a_correlation() -> None:
    found = filled(np.array([[1.0], [2.0]]), np.array([[3.0], [9.0]]))[0].scores(seed=0, resamples=20)
    assert (found["pearson"].value, found["pearson"].low, found["pearson"].high) == (1.0, -1.0, 1.0)
    assert (found["mae"].value, found["mae"].low, found["mae"].high) == (4.5, 2.0, 7.0)


def test_one_row_has_errors_only() -> None:
    points = filled(np.array([[1.0]]), np.array([[3.0]]))[0].points()
    assert points == {"pearson": 0.0, "spearman": 0.0, "mae": 2.0, "rmse": 2.0, "r2": 0.0, "loss": 4.0}


def test_a_rows_credit_halves_at_the_spread() -> None:
    gold, predicted = np.array([[1.0, 5.0], [1.0, 5.0]]), np.array([[1.0, 5.0], [3.0, 7.0]])
    assert filled(gold, predicted)[1] == pytest.approx([1.0, 1 / 3], abs=1e-12)
    assert filled(gold, predicted, spreads=[2.0, 6.0])[1] == pytest.approx([1.0, (1 / 2 + 3 / 4) / 2], abs=1e-12)
    with pytest.raises(ValueError, match="spreads must be 2 numbers above 0"):
        QuantityScorer(("a", "b"), spreads=[1.0])


def test_the_page_has_errors_pairs_and_ranges() -> None:
    gold = np.arange(2000.0)[:, None]
    predicted = gold + np.where(np.arange(2000) % 10 == 0, -5.0, 1.0)[:, None]
    page = filled(gold, predicted, names=["price"], batch=300)[0].page()
    assert page["quantities"] == ["price"]
    assert page["errors"] == {"p50": 1.0, "p90": np.quantile(np.abs(predicted - gold), 0.9), "max": 5.0}
    assert page["range"] == {"gold": [0.0, 1999.0], "predicted": [-5.0, 2000.0]}
    places = [int(pair[0]) for pair in page["scatter"]]
    assert len(places) == 500
    assert (places[0], places[-1]) == (0, 1999)
    assert set(np.diff(places)) <= {4, 5}
    assert page["scatter"] == [[gold[place, 0], predicted[place, 0]] for place in places]
    assert len(filled(gold[:7], predicted[:7])[0].page()["scatter"]) == 7


def test_a_comparison_is_of_pearson() -> None:
    gold, predicted = made(120, 2)
    worse = predicted + np.random.default_rng(1).normal(size=gold.shape) * 4
    found = filled(gold, predicted)[0].compare(filled(gold, worse)[0], seed=3)
    value = plain(gold, predicted)["pearson"] - plain(gold, worse)["pearson"]
    assert found.difference.value == pytest.approx(value, abs=1e-9)
    assert found.significant
    assert found.difference.low > 0
    assert not filled(gold, predicted)[0].compare(filled(gold, predicted)[0], seed=3).significant
    with pytest.raises(ValueError, match="their gold differs"):
        filled(gold, predicted)[0].compare(filled(gold + 1, worse)[0], seed=3)


@pytest.mark.parametrize(
    ("gold", "predictions", "message"),
    [
        ([[float("nan")]], [[1.0]], r"gold must be finite; row 0 has \[nan\]"),
        ([[1.0], [1.0]], [[1.0], [float("inf")]], "predictions must be finite; row 1"),
        ([1.0], [[1.0]], r"gold must be \(rows, 1\)"),
        ([[1.0], [2.0]], [[1.0]], "2 rows of gold do not fit 1 rows"),
    ],
)
def test_what_does_not_fit_is_named(gold, predictions, message: str) -> None:
    scorer = QuantityScorer()
    with pytest.raises(ValueError, match=message):
        scorer.add(gold, predictions)
    for asked in (scorer.points, scorer.page):
        with pytest.raises(ValueError, match="no rows to score"):
            asked()
