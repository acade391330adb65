"""The search of best spans against every span there is, and answers' tokens against places worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from accent.tasks.spans import answer_tokens, best_spans, window_weights
from accent.tokenization import EncodedRows

GAP = (-1, -1)
"""A token that stands for no character of the context."""


def rows_of(
    examples: list[list[tuple[int, int]]], *, windows: list[int] | None = None, cut: list[int] | None = None
) -> EncodedRows:
    """Make rows of the tokens' spans alone."""
    lengths = [len(spans) for spans in examples]
    count = len(examples) if windows is None else len(windows) - 1
    return EncodedRows(
        ids=np.zeros(sum(lengths), dtype=np.int32),
        offsets=np.cumsum([0, *lengths], dtype=np.int64),
        type_ids=None,
        cut=np.asarray(cut or [0] * count, dtype=np.int32),
        windows=None if windows is None else np.asarray(windows, dtype=np.int64),
        spans=np.asarray([span for spans in examples for span in spans], dtype=np.int32).reshape(-1, 2),
    )


def places(rows: EncodedRows, answers: list[tuple[int, int]]) -> list[tuple[int, int]]:
    starts_E, ends_E = answer_tokens(rows, np.asarray(answers, dtype=np.int64).reshape(-1, 2))
    return list(zip(starts_E.tolist(), ends_E.tolist(), strict=True))


def every_span(
    starts_T: np.ndarray, ends_T: np.ndarray, allowed_T: np.ndarray, longest: int
) -> dict[tuple[int, int], float]:
    tokens = len(starts_T)
    return {
        (first, last): float(starts_T[first] + ends_T[last])
        for first in range(tokens)
        for last in range(first, min(tokens, first + longest))
        if allowed_T[first] and allowed_T[last]
    }


@pytest.mark.parametrize(
    ("tokens", "longest", "count"), [(1, 1, 1), (7, 3, 5), (12, 30, 20), (12, 1, 20), (40, 8, 3), (33, 33, 2000)]
)
def test_the_best_spans_are_those_of_a_search_through_all(tokens: int, longest: int, count: int) -> None:
    rng = np.random.default_rng(tokens)
    starts_BT, ends_BT = rng.normal(size=(2, 6, tokens)).astype(np.float32)
    allowed_BT = rng.random((6, tokens)) < 0.8
    found = best_spans(*map(torch.from_numpy, (starts_BT, ends_BT, allowed_BT)), longest=longest, count=count)
    seen = 0
    for row, (scores, firsts, lasts) in enumerate(zip(*(part.tolist() for part in found), strict=True)):
        expected = every_span(starts_BT[row], ends_BT[row], allowed_BT[row], longest)
        spans = [(a, b) for score, a, b in zip(scores, firsts, lasts, strict=True) if score > -np.inf]
        assert spans == sorted(expected, key=lambda span: -expected[span])[:count]
        assert scores[: len(spans)] == pytest.approx([expected[span] for span in spans], abs=1e-6)
        seen += len(spans)
    assert seen > 0


def test_no_span_is_found_where_nothing_is_allowed() -> None:
    logits_BT = torch.ones(2, 5)
    allowed_BT = torch.tensor([[False] * 5, [False, False, True, False, False]])
    found = best_spans(logits_BT, logits_BT, allowed_BT, longest=3, count=4)
    assert torch.isneginf(found.scores_BK[0]).all()
    assert found.scores_BK[1].tolist() == [2.0, *[-np.inf] * 3]
    assert (found.starts_BK[1, 0], found.ends_BK[1, 0]) == (2, 2)


#          0123456789012345678
# context: Oslo lies in Norway
WORDS = [(0, 4), (5, 9), (10, 12), (13, 19)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((0, 4), (2, 2)),
        ((5, 12), (3, 4)),
        ((13, 19), (5, 5)),
        ((0, 19), (2, 5)),
        ((6, 8), (3, 3)),  # within a word: the word covers it
        ((3, 11), (2, 4)),
        ((4, 5), (-1, -1)),  # the space between two words has no token
        ((-1, -1), (-1, -1)),
    ],
)
def test_tokens_are_the_smallest_cover(answer: tuple[int, int], expected: tuple[int, int]) -> None:
    assert places(rows_of([[GAP, GAP, *WORDS, GAP]]), [answer]) == [expected]


def test_tokens_that_hold_the_space_before_them_and_parts_of_a_letter_are_found() -> None:
    spans = [(0, 4), (4, 9), (9, 10), (9, 10), (10, 12)]  # the tenth character is two tokens of bytes
    assert places(rows_of([spans]), [(5, 9)]) == [(1, 1)]
    assert places(rows_of([spans]), [(9, 10)]) == [(2, 3)]


def test_a_window_has_an_answer_only_whole() -> None:
    rows = rows_of([[GAP, *WORDS[:2]], [GAP, *WORDS[1:3]], [GAP, *WORDS[2:]], [GAP, *WORDS]], windows=[0, 3, 4])
    assert places(rows, [(5, 9), (5, 19)]) == [(2, 2), (1, 1), (-1, -1), (2, 4)]
    assert places(rows, [(5, 12), (-1, -1)]) == [(-1, -1), (1, 2), (-1, -1), (-1, -1)]


def test_a_cut_row_has_an_answer_only_whole_and_dropped_letters_do_not_matter_elsewhere() -> None:
    short = [[GAP, *WORDS[:2]]]
    assert places(rows_of(short, cut=[2]), [(5, 12)]) == [(-1, -1)]
    assert places(rows_of(short, cut=[2]), [(5, 9)]) == [(2, 2)]
    # A tokenizer that drops the character before "lies" and the one after it: the answer with both has its tokens.
    assert places(rows_of(short), [(4, 10)]) == [(2, 2)]


def test_examples_without_tokens_have_no_answer() -> None:
    assert places(rows_of([[], WORDS[:1], [], []]), [(0, 4)] * 4) == [(-1, -1), (0, 0), (-1, -1), (-1, -1)]
    assert places(rows_of([]), []) == []


def test_windows_with_the_answer_weigh_as_much_as_those_without() -> None:
    row_of = np.asarray([0, 1, 1, 1, 1, 2, 2, 3, 3])
    found = np.asarray([True, True, False, False, False, False, False, True, True])
    expected = [1, 1 / 2, 1 / 6, 1 / 6, 1 / 6, 1 / 2, 1 / 2, 1 / 2, 1 / 2]
    weights = window_weights(row_of, found)
    assert weights == pytest.approx(expected)
    assert np.bincount(row_of, weights) == pytest.approx([1, 1, 1, 1])
