"""ROUGE equals the rouge-score package's, ties between longest common subsequences included."""

from __future__ import annotations

import json
import lzma
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer

from accent.evaluation.rouge import SummaryScorer, rouge
from accent.evaluation.scorer import Scorer

KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
PLAIN, STEMMED = (RougeScorer(KINDS, use_stemmer=stemmed) for stemmed in (False, True))
# Few different words, for many equally long subsequences; lines, which rougeLsum reads as sentences.
PARTS = st.sampled_from(
    ["a", "b", "c", "d", "running", "runs", "Ran!", "it's", "naïve", "42", "\n", "\n", "\n\n", "..."]
)
TEXT = st.lists(PARTS, max_size=24).map(" ".join)


def check(prediction: str, references: list[str], *, stemmed: bool = False) -> None:
    expected = (STEMMED if stemmed else PLAIN).score_multi(references, prediction)
    found = rouge(prediction, references, stem=PorterStemmer().stem if stemmed else None)
    assert list(found) == KINDS
    for kind in KINDS:
        assert found[kind] == pytest.approx(tuple(expected[kind]), abs=1e-12), kind


@given(prediction=TEXT, references=st.lists(TEXT, min_size=1, max_size=3), stemmed=st.booleans())
def test_random_texts_score_as_in_rouge_score(prediction: str, references: list[str], *, stemmed: bool) -> None:
    check(prediction, references, stemmed=stemmed)


def test_longer_random_texts_score_as_in_rouge_score() -> None:
    chance = np.random.default_rng(0)
    for words in (3, 10, 60):
        for _ in range(12):
            texts = [
                "\n".join(
                    " ".join(f"w{word}" for word in chance.integers(0, words, size))
                    for size in chance.integers(0, 15, 5)
                )
                for _ in range(3)
            ]
            check(texts[0], texts[1:])


def test_real_summaries_score_as_in_rouge_score(shared_data: Path) -> None:
    lines = lzma.decompress((shared_data / "dialogsum" / "test.jsonl.xz").read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines][::25]
    for row in rows:
        references = [row["summary1"], row["summary2"].replace(". ", ".\n"), row["summary3"]]
        prediction = row["dialogue"][:600]
        check(prediction, references)
        check(prediction, references, stemmed=True)
        check(row["summary2"].replace(". ", ".\n"), [row["summary1"].replace(". ", ".\n")])


def test_values_worked_by_hand() -> None:
    found = rouge("the cat sat on the mat", ["the cat was on the mat today"])
    assert found["rouge1"] == pytest.approx((5 / 6, 5 / 7, 10 / 13))
    assert found["rouge2"] == pytest.approx((3 / 5, 3 / 6, 6 / 11))  # the cat, on the, the mat
    assert found["rougeL"] == found["rougeLsum"] == pytest.approx((5 / 6, 5 / 7, 10 / 13))
    nothing = rouge("...", ["the cat"])
    assert set(nothing.values()) == {(0.0, 0.0, 0.0)}


def test_the_union_of_subsequences_of_lins_paper() -> None:
    # Section 3.2: reference w1 w2 w3 w4 w5; candidates w1 w2 w6 w7 w8 and w1 w3 w8 w9 w5; the union is w1 w2 w3 w5.
    found = rouge("w1 w3 w8 w9 w5\nw1 w2 w6 w7 w8", ["w1 w2 w3 w4 w5"])
    assert found["rougeLsum"][1] == pytest.approx(4 / 5)
    assert found["rougeL"][1] == pytest.approx(3 / 5)


@given(prediction=st.lists(st.sampled_from("abc"), max_size=7), reference=st.lists(st.sampled_from("abc"), max_size=7))
def test_the_longest_common_subsequence_is_that_of_trying_all(prediction: list[str], reference: list[str]) -> None:
    subsequences = [
        {part for size in range(len(words) + 1) for part in combinations(words, size)}
        for words in (prediction, reference)
    ]
    longest = max(map(len, subsequences[0] & subsequences[1]))
    found = rouge(" ".join(prediction), [" ".join(reference)])
    assert found["rougeL"][0] == pytest.approx(longest / len(prediction) if prediction else 0)
    assert found["rougeLsum"] == found["rougeL"]  # on texts of one line


def test_each_kind_takes_its_own_best_reference() -> None:
    references = ["b a d c", "a b x y z"]  # all the words, or a pair of them in order
    found = rouge("a b c d", references)
    assert found["rouge1"] == (1.0, 1.0, 1.0)
    assert found["rouge2"] == pytest.approx((1 / 3, 1 / 4, 2 / 7))
    with pytest.raises(ValueError, match="at least one reference"):
        rouge("a", [])


def test_long_documents_take_milliseconds() -> None:
    chance = np.random.default_rng(0)
    long, short = (" ".join(f"w{word}" for word in chance.zipf(1.5, size) % 500) for size in (1000, 300))
    lines = "\n".join(long[start : start + 150] for start in range(0, len(long), 150))
    start = time.perf_counter()
    for _ in range(10):
        rouge(long, [short])
    rouge(lines, [lines])
    assert time.perf_counter() - start < 2


def added(gold: list[list[str]], predictions: list[str]) -> SummaryScorer:
    scorer = SummaryScorer()
    scorer.add(gold[:1], predictions[:1])
    scorer.add(gold[1:], predictions[1:])
    return scorer


def test_scores_are_means_of_f_over_rows() -> None:
    gold = [["a b c d", "a b"], ["e f"], ["g h i"]]
    said = ["a b c", "f e", " "]
    scorer = added(gold, said)
    one, two = (PLAIN.score_multi(references, text) for references, text in zip(gold[:2], said[:2], strict=True))
    points = scorer.points()
    for kind in KINDS:
        assert points[kind] == pytest.approx((one[kind].fmeasure + two[kind].fmeasure) / 3)
    assert points["words"] == pytest.approx(5 / 3)
    assert scorer.page() == {"lengths": {"predicted": pytest.approx(5 / 3), "references": (3 + 2 + 3) / 3}, "empty": 1}
    scores = scorer.scores(seed=0)
    assert {name: score.value for name, score in scores.items()} == points
    assert all(score.low < score.value < score.high and score.n == 3 for score in scores.values())
    assert SummaryScorer().add(gold, said) == pytest.approx([6 / 7, 0.5, 0])
    assert SummaryScorer().add([["running"]], ["runs"]) == [0]
    assert SummaryScorer(stem=PorterStemmer().stem).add([["running"]], ["runs"]) == [1]


def test_a_comparison_is_of_rouge_l() -> None:
    one: Scorer = added([["a b c d"]] * 30, ["a b c d"] * 20 + ["d c b a"] * 10)
    other = added([["a b c d"]] * 30, ["d c b a"] * 30)  # rouge1 sees no difference
    paired = one.compare(other, seed=0)
    assert paired.difference.value == pytest.approx(20 / 30 * 0.75)
    assert paired.significant
    assert one.points()["rouge1"] == other.points()["rouge1"] == 1


@pytest.mark.parametrize(
    ("gold", "predictions", "message"),
    [
        ([["a"]], [], "1 rows of references do not fit 0"),
        ([["a"], []], ["a", "b"], "at least 1 reference; row 1 has 0"),
        (["a"], ["a"], "row 0 has 'a'"),
        ([["a"]], [1], "row 0 has 1"),
    ],
)
def test_what_does_not_fit_is_named(gold: list, predictions: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SummaryScorer().add(gold, predictions)
