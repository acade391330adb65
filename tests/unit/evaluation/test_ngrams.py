"""Byte n-grams: worked by hand, probabilities that sum to one, and contexts that reach no further than they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from accent.evaluation import ngrams
from accent.evaluation.ngrams import ByteNgrams


def test_two_orders_by_hand() -> None:
    # Symbols of "aab": a a b END, so c(a) = 2, c(b) = c(END) = 1, 4 in all, 3 kinds. After a start: a. After a: a, b.
    model = ByteNgrams(["aab"], order=2)
    low = 1 / 257
    a, b, end = (2 + 3 * low) / 7, (1 + 3 * low) / 7, (1 + 3 * low) / 7
    a_first = (1 + 1 * a) / 2
    b_after_a = (1 + 2 * b) / 4
    end_after_b = (1 + 1 * end) / 2
    (nll, symbols, size) = model.nll(["ab"])[0]
    assert nll == pytest.approx(-math.log(a_first * b_after_a * end_after_b), rel=1e-12)
    assert (symbols, size) == (3, 2)


def test_an_unseen_context_falls_back_to_the_order_below() -> None:
    one, two = ByteNgrams(["aab"], order=1), ByteNgrams(["aab"], order=2)
    unseen = two.nll(["b"], after=["z"])[0][0] - two.nll([""], after=["zb"])[0][0]
    assert unseen == pytest.approx(one.nll(["b"])[0][0] - one.nll([""])[0][0], rel=1e-12)


@pytest.mark.parametrize("context", ["", "t", "the", "the c", "qqqq", "é"])
def test_probabilities_sum_to_one(context: str) -> None:
    model = ByteNgrams(["the cat sat", "the dog", "théâtre"], order=5)
    symbols = ngrams._symbols([context.encode()], 5)
    total = 0.0
    for symbol in range(257):
        asked = np.append(symbols[:-1], symbol)
        total += float(model._probabilities(asked, np.asarray([len(asked) - 1]))[0])
    assert total == pytest.approx(1.0, rel=1e-12)


def test_bytes_are_those_of_utf8_and_the_text_before_is_not_counted() -> None:
    model = ByteNgrams(["smörgås"])
    whole, behind, alone = *model.nll(["smörgås", "gås"], after=["", "smör"]), model.nll(["gås"])[0]
    assert whole[1:] == (10, 9)
    assert behind[1:] == (5, 4)
    assert behind[0] < alone[0]  # what stands before helps
    first = model.nll([""], after=["smör"])[0][0]
    assert whole[0] - behind[0] == pytest.approx(model.nll(["smör"])[0][0] - first, rel=1e-9)


def test_a_text_is_foretold_from_its_own_beginning_and_not_from_the_text_before() -> None:
    model = ByteNgrams(["abcde", "vwxyz"])
    together = model.nll(["abcde", "vwxyz"])
    assert together == [model.nll(["abcde"])[0], model.nll(["vwxyz"])[0]]
    assert together[0][0] == pytest.approx(together[1][0], rel=1e-12)


def test_text_beyond_the_limit_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "MOST_BYTES", 6)
    cut = ByteNgrams(["abcd", "efgh", "ijkl"])
    monkeypatch.undo()
    assert cut.nll(["efij"]) == ByteNgrams(["abcd", "ef"]).nll(["efij"])


def test_no_text_knows_nothing() -> None:
    assert ByteNgrams([]).nll(["ab"])[0][0] == pytest.approx(3 * math.log(257), rel=1e-12)


def test_orders_that_no_code_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="not of 8"):
        ByteNgrams(["a"], order=8)
