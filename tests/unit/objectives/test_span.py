"""Spans: their lengths, their ends, and that their tokens share a fate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from accent.objectives import Chance, Span, make_mixture
from accent.objectives.framing import lay_rows
from accent.objectives.masking import budgets, word_numbers
from accent.objectives.protocol import Laid
from accent.objectives.span import draw_lengths
from tests.unit.objectives.corpora import KINDS, context_of


def test_lengths_are_geometric_and_clipped() -> None:
    chances = np.random.default_rng(0).random(40_000)
    lengths = draw_lengths(chances)
    shares = 0.2 * 0.8 ** np.arange(10)
    shares /= shares.sum()
    assert chisquare(np.bincount(lengths, minlength=11)[1:], 40_000 * shares).pvalue > 1e-3
    assert lengths.mean() == pytest.approx(3.8, abs=0.05)  # as in the paper
    assert draw_lengths(np.array([0.0, 1.0 - 2.0**-53])).tolist() == [1, 10]


def runs_of(flags: np.ndarray) -> list[tuple[int, int]]:
    found, start = [], None
    for place, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = place
        elif not flag and start is not None:
            found.append((start, place - 1))
            start = None
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_places_know_the_ends_of_their_span(kind: str) -> None:
    context = context_of(kind)
    prepared = make_mixture("span", length=context.length).make(np.arange(12), context=context, seed=0, epoch=0)
    inputs = prepared.inputs
    hidden = np.zeros(inputs["input_ids"].size, dtype=bool)
    hidden[inputs["places"]] = True
    expected = {
        place: (first - 1, last + 1, place - first)
        for first, last in runs_of(hidden)
        for place in range(first, last + 1)
    }
    ends = zip(inputs["lefts"].tolist(), inputs["rights"].tolist(), inputs["offsets"].tolist(), strict=True)
    assert dict(zip(inputs["places"].tolist(), ends, strict=True)) == expected
    assert not hidden[inputs["lefts"]].any()
    assert not hidden[inputs["rights"]].any()
    width = inputs["input_ids"].shape[1]
    assert (inputs["lefts"] // width == inputs["rights"] // width).all()


def test_tokens_of_a_span_share_their_fate() -> None:
    context = context_of("wordpiece")
    blocks = np.arange(len(context.starts))
    laid = lay_rows(blocks, context=context)
    fates = []
    for epoch in range(4):
        prepared = make_mixture("span", length=64).make(blocks, context=context, seed=0, epoch=epoch)
        ids, places = prepared.inputs["input_ids"].ravel(), prepared.inputs["places"]
        hidden = np.zeros(ids.size, dtype=bool)
        hidden[places] = True
        for first, last in runs_of(hidden):
            masked = set((ids[first : last + 1] == context.symbols.mask).tolist())
            assert len(masked) == 1
            same = ids[first : last + 1] == laid.ids.ravel()[first : last + 1]
            fates.append("masked" if masked == {True} else "same" if same.all() else "others")
    counts = [fates.count(one) for one in ("masked", "others", "same")]
    assert chisquare(counts, np.array([0.8, 0.1, 0.1]) * sum(counts)).pvalue > 1e-3


def one_token_words(rows: int, width: int) -> Laid:
    text = np.ones((rows, width), dtype=bool)
    text[:, [0, -1]] = False
    shape = (rows, width)
    return Laid(ids=np.zeros(shape, dtype=np.int64), lengths=np.full(rows, width), text=text, starts=text.copy())


def test_spans_are_of_the_lengths_drawn_and_begin_anywhere() -> None:
    laid = one_token_words(3_000, 202)
    objective = Span(rate=0.005)  # one hidden token: the start of the first span
    hidden = objective.choose(laid, Chance(0, 0, np.arange(3_000)))
    assert (hidden.sum(axis=1) == 1).all()
    assert chisquare(np.bincount(hidden.argmax(axis=1), minlength=202)[1:-1]).pvalue > 1e-3
    few = Span(rate=0.05).choose(laid, Chance(1, 0, np.arange(3_000)))  # ten tokens: the first span fits in most rows
    assert (few.sum(axis=1) == 10).all()
    starts = few & ~np.pad(few, ((0, 0), (1, 0)))[:, :-1]
    assert few.sum() / starts.sum() == pytest.approx(3.1, abs=0.15)  # 10 tokens in spans of 3.8 with the last cut short


def test_spans_begin_with_words_and_stay_in_the_text() -> None:
    context = context_of("bpe")
    laid = lay_rows(np.arange(len(context.starts)), context=context)
    assert laid.starts is not None
    hidden = Span(rate=0.15).choose(laid, Chance(0, 0, np.arange(len(laid.ids))))
    np.testing.assert_array_equal(hidden.sum(axis=1), budgets(laid, 0.15))
    assert not (hidden & ~laid.text).any()
    numbers = word_numbers(laid)
    begins = hidden & ~np.pad(hidden, ((0, 0), (1, 0)))[:, :-1]
    at_starts = np.diff(numbers, axis=1, prepend=-1)[begins] > 0
    assert at_starts.all()


def test_a_row_hides_what_it_shall_however_much_that_is() -> None:
    laid = one_token_words(20, 30)
    for rate in (0.02, 0.5, 0.95):
        hidden = Span(rate=rate).choose(laid, Chance(0, 0, np.arange(20)))
        np.testing.assert_array_equal(hidden.sum(axis=1), budgets(laid, rate))
