"""Exact match and F1 by the rules of SQuAD: against torchmetrics, and against values worked by hand from the rules."""

from __future__ import annotations

import json
import lzma
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torchmetrics.functional.text import squad

from accent.evaluation.answers import AnswerScorer, answer_f1, exact_match, normalise_answer, tune_null_threshold
from accent.evaluation.scorer import Scorer

WORDS = st.lists(
    st.sampled_from(["the", "a", "Red", "red,", "car", "cars", "U.S.", "42", "-", "o'clock", "naïve"]), max_size=6
)
TEXT = WORDS.map(" ".join)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Red, car!", "red car"),
        ("An apple a day", "apple day"),
        ("U.S.", "us"),
        ("U.S.A. (the)", "usa"),
        ("theatre", "theatre"),
        ("\tthe\n", ""),
        ("$3", "3"),
        ("a\N{EN DASH}b", "\N{EN DASH}b"),  # only ASCII punctuation goes, but it bounds a word
        ("\N{RIGHT DOUBLE QUOTATION MARK}yes", "\N{RIGHT DOUBLE QUOTATION MARK}yes"),
        ("a-b", "ab"),  # punctuation goes first, so this is no article
        ("ÉTÉ", "été"),
    ],
)
def test_texts_are_normalised_by_the_rules(text: str, normalised: str) -> None:
    assert normalise_answer(text) == normalised


@pytest.mark.parametrize(
    ("prediction", "references", "exact", "f1"),
    [
        ("the red car", ["Red car."], 1, Fraction(1)),
        ("red car", ["red cars"], 0, Fraction(1, 2)),
        ("red red car", ["red car"], 0, Fraction(4, 5)),  # 2 shared of 3 and 2: P 2/3, R 1
        ("car red", ["red car"], 0, Fraction(1)),  # F1 knows no order
        ("green", ["red", "green tea", "tea"], 0, Fraction(2, 3)),  # the best reference
        ("green", ["red"], 0, Fraction(0)),
        ("", ["red"], 0, Fraction(0)),
        ("", [], 1, Fraction(1)),
        ("red", [], 0, Fraction(0)),
        ("the", [], 1, Fraction(1)),  # normalises to nothing
        ("A.", ["a"], 1, Fraction(1)),
        ("", ["the"], 1, Fraction(1)),  # the only reference normalises to nothing
        ("", ["the", "red"], 0, Fraction(0)),  # beside another it does not count
        ("the", ["the", "red"], 0, Fraction(0)),
    ],
)
def test_scores_worked_by_hand(prediction: str, references: list[str], exact: int, f1: Fraction) -> None:
    assert exact_match(prediction, references) == exact
    assert answer_f1(prediction, references) == pytest.approx(float(f1), abs=1e-15)


def in_torchmetrics(prediction: str, references: list[str]) -> tuple[float, float]:
    found = squad(
        [{"prediction_text": prediction, "id": "0"}],
        [{"answers": {"answer_start": [0] * len(references), "text": references}, "id": "0"}],
    )
    return found["exact_match"].item() / 100, found["f1"].item() / 100


@given(prediction=TEXT, references=st.lists(TEXT, min_size=1, max_size=3))
def test_torchmetrics_agrees_where_the_rules_of_both_versions_do(prediction: str, references: list[str]) -> None:
    usable = [text for text in references if normalise_answer(text)]
    assume(usable and normalise_answer(prediction))  # 1.1 gives no F1 to two texts without words
    exact, f1 = in_torchmetrics(prediction, usable)
    assert exact_match(prediction, references) == exact
    assert answer_f1(prediction, references) == pytest.approx(f1, abs=1e-6)  # theirs is float32


def test_torchmetrics_agrees_on_real_answers(shared_data: Path) -> None:
    pages = json.loads(lzma.decompress((shared_data / "squad1" / "dev.json.xz").read_bytes()))["data"]
    asked = [qa for page in pages for paragraph in page["paragraphs"] for qa in paragraph["qas"]][::11]
    gold = [[answer["text"] for answer in qa["answers"]] for qa in asked]
    # Another annotator's answer, or that to the question before: right, overlapping and wrong ones.
    said = [texts[0] if row % 3 else gold[row - 1][-1] for row, texts in enumerate(gold)]
    said = [text + " of it" if row % 4 == 0 else text for row, text in enumerate(said)]
    found = squad(
        [{"prediction_text": text, "id": str(row)} for row, text in enumerate(said)],
        [{"answers": {"answer_start": [0], "text": texts}, "id": str(row)} for row, texts in enumerate(gold)],
    )
    points = added(gold, said).points()
    assert 0.3 < points["exact_match"] < points["f1"] < 0.9
    assert points["exact_match"] == pytest.approx(found["exact_match"].item() / 100, abs=1e-6)
    assert points["f1"] == pytest.approx(found["f1"].item() / 100, abs=1e-5)


@given(prediction=TEXT, references=st.lists(TEXT, max_size=3))
def test_scores_have_the_order_they_must(prediction: str, references: list[str]) -> None:
    exact, f1 = exact_match(prediction, references), answer_f1(prediction, references)
    assert exact <= f1 <= 1
    assert all(
        answer_f1(text, references) == exact_match(text, references) == 1
        for text in references
        if normalise_answer(text)
    )
    assert answer_f1(prediction, [*references, prediction]) == 1 or not normalise_answer(prediction)


GOLD = [["red car", "car"], ["blue"], ["one two"], ["green"], [], [], ["", " "]]
SAID = ["the car", "blue sky", "three", "", "", "something", "no"]


def added(gold: list[list[str]], predictions: list[str]) -> AnswerScorer:
    scorer = AnswerScorer()
    scorer.add(gold, predictions)
    return scorer


def test_rows_with_and_without_answers_are_scored_apart() -> None:
    scorer = AnswerScorer()
    credits = [*scorer.add(GOLD[:3], SAID[:3]), *scorer.add([], []), *scorer.add(GOLD[3:], SAID[3:])]
    assert credits == pytest.approx([1, 2 / 3, 0, 0, 1, 0, 0])
    points = {
        "exact_match": 2 / 7,
        "f1": (2 + 2 / 3) / 7,
        "has_answer_exact_match": 1 / 4,
        "has_answer_f1": (1 + 2 / 3) / 4,
        "no_answer_accuracy": 1 / 3,
    }
    assert scorer.points() == pytest.approx(points)
    scores = scorer.scores(seed=0)
    assert {name: score.value for name, score in scores.items()} == scorer.points()
    assert [score.n for score in scores.values()] == [7, 7, 4, 4, 3]
    assert all(score.low < score.value < score.high for score in scores.values())
    assert scorer.page() == {
        "with_answer": 4,
        "without_answer": 3,
        "kinds": {
            "exact": 2,
            "overlapping": 1,
            "wrong": 1,
            "answered though there is none": 2,
            "no answer given": 1,
        },
    }


def test_scores_of_a_kind_of_rows_need_such_rows() -> None:
    assert list(added(GOLD[:4], SAID[:4]).points()) == ["exact_match", "f1"]
    assert list(added(GOLD[4:], SAID[4:]).points()) == ["exact_match", "f1", "no_answer_accuracy"]
    assert list(added([["a"], ["b"]], ["A", ""]).points()) == ["exact_match", "f1"]  # the answer "a" is an answer
    assert added([["a"], ["b"]], ["A", ""]).page()["without_answer"] == 0


def test_a_comparison_is_of_mean_f1() -> None:
    one: Scorer = added([["red car"]] * 40, ["red car"] * 30 + ["red"] * 10)
    other = added([["red car"]] * 40, ["red"] * 35 + ["red car"] * 5)
    paired = one.compare(other, seed=1)
    assert paired.difference.value == pytest.approx((30 + 10 * 2 / 3 - 5 - 35 * 2 / 3) / 40)
    assert paired.significant
    assert one.main in one.points()


@pytest.mark.parametrize(
    ("gold", "predictions", "message"),
    [
        ([["a"]], ["a", "b"], "1 rows of references do not fit 2"),
        ([["a"], "b"], ["a", "b"], "row 1 has 'b'"),
        ([["a"], [None]], ["a", "b"], "row 1"),
        ([["a"], ["b"]], ["a", None], "row 1 has None"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_taken_in(gold: list, predictions: list, message: str) -> None:
    scorer = AnswerScorer()
    with pytest.raises(ValueError, match=message):
        scorer.add(gold, predictions)
    with pytest.raises(ValueError, match="at least one row"):
        scorer.points()


def mean_f1(threshold: float, odds: list[float], texts: list[str], gold: list[list[str]]) -> float:
    said = ["" if null > threshold else text for null, text in zip(odds, texts, strict=True)]
    return float(np.mean([answer_f1(text, references) for text, references in zip(said, gold, strict=True)]))


ROW = st.tuples(
    st.one_of(st.integers(-3, 3).map(float), st.floats(-4, 4)),
    st.sampled_from(["red car", "red", "blue", "the", "red car today"]),
    st.sampled_from([[], ["red car"], ["blue", "red"], ["the"]]),
)


@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_the_tuned_threshold_is_the_best_of_all(rows: list[tuple[float, str, list[str]]]) -> None:
    odds, texts, gold = (list(column) for column in zip(*rows, strict=True))
    threshold = tune_null_threshold(odds, texts, gold)
    found = mean_f1(threshold, odds, texts, gold)
    cuts = [min(odds) - 1, *sorted(odds)]
    best = max(mean_f1(cut, odds, texts, gold) for cut in cuts)
    assert found == pytest.approx(best, abs=1e-8)
    lower = [cut for cut in cuts if sum(null <= cut for null in odds) < sum(null <= threshold for null in odds)]
    assert all(mean_f1(cut, odds, texts, gold) < best - 1e-10 for cut in lower)


def test_a_threshold_stands_in_the_middle_or_beyond_the_ends() -> None:
    odds, texts = [-2.0, -1.0, 3.0, 4.0], ["red"] * 4
    assert tune_null_threshold(odds, texts, [["red"], ["red"], [], []]) == 1.0
    assert tune_null_threshold(odds, texts, [["red"]] * 4) == 5.0
    assert tune_null_threshold(odds, texts, [[]] * 4) == -3.0
    assert tune_null_threshold([1e300, 1e300], ["red"] * 2, [[]] * 2) < 1e300


def test_rows_of_equal_odds_are_not_cut_apart() -> None:
    # One by one, the cut after the first row would win with 2 of 3; as it stands either none or two are answered.
    assert tune_null_threshold([0.0, 0.0, 1.0], ["red"] * 3, [["red"], [], []]) == -1.0
    near = float(np.nextafter(1.0, 2.0))
    nearer = float(np.nextafter(near, 2.0))  # their middle rounds to the higher one, which would answer both
    assert tune_null_threshold([near, nearer], ["red"] * 2, [["red"], []]) == near


def test_cuts_that_are_equal_but_for_rounding_are_equal() -> None:
    texts, gold = ["no", "one two three", "u v w x y"], [[], ["one two"], ["u p q r s"]]
    assert -1 + answer_f1(texts[1], gold[1]) + answer_f1(texts[2], gold[2]) > 0  # 0.8 and 0.2, in floating point
    assert tune_null_threshold([0.0, 1.0, 2.0], texts, gold) == -1.0


@pytest.mark.parametrize("odds", [[], [1.0], [1.0, float("nan")], [[1.0], [2.0]]])
def test_odds_that_do_not_fit_are_refused(odds: list) -> None:
    with pytest.raises(ValueError, match="finite number for each of 2 texts"):
        tune_null_threshold(odds, ["a", "b"], [[], []])


def test_a_threshold_of_many_rows_takes_seconds() -> None:
    chance = np.random.default_rng(0)
    gold = [["red car"] if has else [] for has in chance.random(12_000) < 0.5]
    start = time.perf_counter()
    tune_null_threshold(chance.normal(size=12_000), ["the red car"] * 12_000, gold)
    assert time.perf_counter() - start < 10  # trying each threshold on all rows would take hours
