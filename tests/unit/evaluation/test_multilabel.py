"""Scores of several labels a row are scikit-learn's, and so is each resample of their intervals."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from accent.evaluation import Score
from accent.evaluation.multilabel import MultilabelScorer
from accent.evaluation.resampling import bootstrap_comparison
from accent.seeds import generator

RANKED = ("average_precision_macro", "roc_auc_macro")
EXACT = {"rel": 0, "abs": 1e-9}


def made(rows: int, labels: int, *, seed: int = 0, share: float = 0.3, decimals: int | None = None):
    chance = np.random.default_rng(seed)
    gold = chance.random((rows, labels)) < share
    probabilities = 1 / (1 + np.exp(1 - 2 * gold - chance.normal(size=gold.shape)))
    return gold, probabilities if decimals is None else probabilities.round(decimals)


def filled(gold, probabilities, thresholds=0.5, batch: int = 9):
    scorer = MultilabelScorer([f"l{index}" for index in range(gold.shape[1])], thresholds)
    credits = []
    for start in range(0, len(gold), batch):
        credits += scorer.add(gold[start : start + batch].astype(int), probabilities[start : start + batch])
    return scorer, credits


def plain(gold, probabilities, predicted, empty=0) -> dict[str, float]:
    f1, precision, recall = metrics.f1_score, metrics.precision_score, metrics.recall_score
    cells = np.clip(np.where(gold, probabilities, 1 - probabilities), np.finfo(float).eps, 1)
    found = {
        **{f"f1_{kind}": f1(gold, predicted, average=kind, zero_division=0) for kind in ("macro", "weighted")},
        "f1_micro": f1(gold, predicted, average="micro", zero_division=empty),
        "f1_samples": f1(gold, predicted, average="samples", zero_division=0),
        "precision_micro": precision(gold, predicted, average="micro", zero_division=empty),
        "recall_micro": recall(gold, predicted, average="micro", zero_division=empty),
        "exact": metrics.accuracy_score(gold, predicted),
        "cell_accuracy": 1 - metrics.hamming_loss(gold, predicted),
        "log_loss": -np.log(cells).mean(),
    }
    told = [column for column in range(gold.shape[1]) if 0 < gold[:, column].sum() < len(gold)]
    if told:
        found["average_precision_macro"] = metrics.average_precision_score(gold[:, told], probabilities[:, told])
        found["roc_auc_macro"] = metrics.roc_auc_score(gold[:, told], probabilities[:, told])
    for name, score in (("precision", precision), ("recall", recall), ("f1", f1)):
        for column in range(gold.shape[1]):
            pair = gold[:, column], predicted[:, column]
            found[f"{name}/l{column}"] = score(*pair, zero_division=empty)
    return found


@pytest.mark.parametrize(
    ("rows", "labels", "share", "decimals"),
    [(120, 5, 0.3, None), (120, 5, 0.3, 1), (60, 12, 0.02, 1), (1, 3, 0.5, None)],
)
def test_values_are_scikit_learns(rows: int, labels: int, share: float, decimals: int | None) -> None:
    gold, probabilities = made(rows, labels, share=share, decimals=decimals)
    thresholds = np.linspace(0.3, 0.7, labels)
    scorer, _ = filled(gold, probabilities, thresholds)
    expected = plain(gold, probabilities, probabilities >= thresholds)
    found = scorer.scores(seed=0, resamples=3)
    assert {name: score.value for name, score in found.items()} == pytest.approx(expected, **EXACT)
    assert next(iter(found)) == scorer.main
    points = scorer.points()
    assert points.pop("loss") == points["log_loss"]
    assert points == {name: score.value for name, score in found.items() if "/" not in name}


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 4), st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_points_are_scikit_learns_on_any_table(seed: int, rows: int, labels: int, share: float) -> None:
    gold, probabilities = made(rows, labels, seed=seed, share=share, decimals=1)
    expected = plain(gold, probabilities, probabilities >= 0.5)
    points = filled(gold, probabilities)[0].points()
    del points["loss"]
    assert points == pytest.approx({name: expected[name] for name in expected if "/" not in name}, **EXACT)


@pytest.mark.parametrize(("decimals", "share"), [(None, 0.3), (1, 0.05)])
def test_intervals_are_those_of_a_plain_loop(decimals: int | None, share: float) -> None:
    rows, labels, resamples = 40, 3, 60
    gold, probabilities = made(rows, labels, seed=5, decimals=decimals, share=share)
    found = filled(gold, probabilities)[0].scores(seed=5, resamples=resamples)
    chance = generator(5, "bootstrap")
    drawn = [chance.integers(0, rows, size=rows) for _ in range(resamples)]
    loop = [plain(gold[row], probabilities[row], probabilities[row] >= 0.5, empty=np.nan) for row in drawn]
    for name, score in found.items():
        if score.value in {0.0, 1.0}:
            continue
        values = np.array([one.get(name, np.nan) for one in loop])
        low, high = np.nanquantile(values, [0.025, 0.975])
        assert [score.low, score.high] == pytest.approx([min(low, score.value), max(high, score.value)], **EXACT), name
    undefined = any(np.isnan(value) for one in loop for value in one.values())
    assert undefined == (share < 0.2)


def test_n_is_the_rows_or_the_label_s_rows() -> None:
    gold, probabilities = made(50, 3)
    found = filled(gold, probabilities)[0].scores(seed=0, resamples=3)
    assert {score.n for name, score in found.items() if "/" not in name} == {50}
    assert [found[f"f1/l{column}"].n for column in range(3)] == gold.sum(axis=0).tolist()


def test_nothing_wrong_is_not_certain() -> None:
    gold = np.array([[1, 0], [0, 1], [0, 0], [1, 1]] * 5)
    found = filled(gold, gold * 0.9)[0].scores(seed=0, resamples=50)
    for name in ("f1_micro", "exact", "cell_accuracy", "precision_micro"):
        trials = 15 if name in {"f1_micro", "precision_micro"} else 20
        low = trials / (trials + 1.959963984540054**2)
        assert (found[name].value, found[name].high) == (1.0, 1.0)
        assert found[name].low == pytest.approx(low, abs=1e-12), name
    assert all(found[name].low < 0.9 for name in RANKED)


def test_no_label_anywhere() -> None:
    found = filled(np.zeros((4, 2)), np.full((4, 2), 0.1))[0].scores(seed=0, resamples=20)
    assert not set(RANKED) & set(found)
    assert found["f1_micro"] == Score(0.0, 0.0, 1.0, 4)
    assert found["recall/l1"] == Score(0.0, 0.0, 1.0, 0)
    assert found["exact"].value == found["cell_accuracy"].value == 1.0


def test_a_rows_credit_is_jaccards_index() -> None:
    gold = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    probabilities = np.array([[0.9, 0.1, 0.9], [0.1, 0.2, 0.3], [0.9, 0.1, 0.1], [0.9, 0.1, 0.1]])
    assert filled(gold, probabilities)[1] == pytest.approx([1 / 3, 1, 0, 1], abs=1e-12)


def test_the_page_counts_labels() -> None:
    gold = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    probabilities = np.array([[0.9, 0.8, 0.9], [0.1, 0.2, 0.3], [0.9, 0.1, 0.1], [0.9, 0.1, 0.1]])
    assert filled(gold, probabilities)[0].page() == {
        "classes": ["l0", "l1", "l2"],
        "labels_per_row": {"gold": 0.75, "predicted": 1.25},
        "rows_without": {"gold": 2, "predicted": 1},
    }


def test_a_comparison_is_of_f1_micro() -> None:
    gold, probabilities = made(60, 4)
    _, other = made(60, 4, seed=9)
    found = filled(gold, probabilities)[0].compare(filled(gold, other)[0], seed=2)

    def looped(answers):
        def metric(weights):
            return np.array(
                [
                    metrics.f1_score(
                        np.repeat(gold, weight, axis=0), np.repeat(answers >= 0.5, weight, axis=0), average="micro"
                    )
                    for weight in weights.T.astype(int)
                ]
            )

        return metric

    value = looped(probabilities)(np.ones((60, 1)))[0] - looped(other)(np.ones((60, 1)))[0]
    assert found.difference.value == pytest.approx(value, **EXACT)
    assert found.significant
    few = bootstrap_comparison(looped(probabilities), looped(other), 60, seed=2, resamples=50)
    mine = bootstrap_comparison(
        filled(gold, probabilities)[0]._micro(), filled(gold, other)[0]._micro(), 60, seed=2, resamples=50
    )
    assert [mine.difference.low, mine.difference.high] == pytest.approx([few.difference.low, few.difference.high])
    with pytest.raises(ValueError, match="their gold differs"):
        filled(gold, probabilities)[0].compare(filled(~gold, other)[0], seed=2)


def test_many_rows_of_many_labels_take_seconds() -> None:
    gold, probabilities = made(5000, 28, share=0.05)
    scorer, _ = filled(gold, probabilities, batch=500)
    start = time.process_time()
    scorer.scores(seed=0)
    assert time.process_time() - start < 20


@pytest.mark.parametrize(
    ("gold", "predictions", "message"),
    [
        ([[0, 2]], [[0.1, 0.2]], r"gold must be 0 or 1; row 0 has \[0, 2\]"),
        ([[0, 1]], [[0.1, 1.2]], "between 0 and 1; row 0"),
        ([[0, 1]], [[0.1, float("nan")]], "between 0 and 1; row 0"),
        ([[0, 1, 1]], [[0.1, 0.2]], r"gold must be \(rows, 2\) with at least one row, not \(1, 3\)"),
        ([[0, 1], [1, 1]], [[0.1, 0.2]], "2 rows of gold do not fit 1"),
    ],
)
def test_what_does_not_fit_is_named(gold, predictions, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MultilabelScorer(("a", "b")).add(gold, predictions)


def test_rows_are_needed() -> None:
    with pytest.raises(ValueError, match="no rows to score"):
        MultilabelScorer(("a", "b")).points()
