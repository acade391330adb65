"""Blocks against a cut by hand and against plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from accent.data.corpus.blocks import Blocks, cut
from accent.errors import ConfigError


def blocks(sizes: list[int], length: int, *, cross_documents: bool) -> Blocks:
    documents = np.cumsum([0, *sizes])
    starts, ends = cut(documents, length, cross_documents=cross_documents)
    tokens = np.arange(100, 100 + documents[-1]).astype(np.uint16)
    words = tokens % 3 == 0
    return Blocks(length=length, starts=starts, ends=ends, tokens=tokens, words=words, documents=documents)


def test_blocks_that_cross_documents_are_full_but_for_the_last() -> None:
    found = blocks([3, 5, 1, 2], 4, cross_documents=True)
    assert [(found[number].start, found[number].end) for number in range(len(found))] == [(0, 4), (4, 8), (8, 11)]
    assert [found[number].boundaries.tolist() for number in range(3)] == [[3], [], [1]]


def test_blocks_end_with_their_document() -> None:
    found = blocks([3, 5, 1, 8], 4, cross_documents=False)
    edges = [(0, 3), (3, 7), (7, 8), (8, 9), (9, 13), (13, 17)]
    assert [(found[number].start, found[number].end) for number in range(len(found))] == edges
    assert found.lengths.tolist() == [3, 4, 1, 1, 4, 4]
    assert all(not found[number].boundaries.size for number in range(len(found)))


def test_batches_are_filled_behind_the_end() -> None:
    found = blocks([3, 5, 1, 2], 4, cross_documents=True)
    assert found.tokens_of([2, 0], fill=7).tolist() == [[108, 109, 110, 7], [100, 101, 102, 103]]
    assert found.tokens_of([2], fill=7).tolist() == [[108, 109, 110]]
    assert found.documents_of([2, 0]).tolist() == [[0, 1, 1, -1], [0, 0, 0, 1]]
    words = [[True, False, False, False], [False, False, True, False]]
    assert found.words_of([2, 0]).tolist() == words
    assert found.tokens_of([0], fill=-100).dtype == np.int64


@given(some.lists(some.integers(1, 9), min_size=1, max_size=8), some.integers(1, 7), some.booleans())
def test_each_token_stands_in_one_block(sizes: list[int], length: int, cross: bool) -> None:
    found = blocks(sizes, length, cross_documents=cross)
    edges = [(found[number].start, found[number].end) for number in range(len(found))]
    assert [place for start, end in edges for place in range(start, end)] == list(range(sum(sizes)))
    assert all(0 < end - start <= length for start, end in edges)
    owner = [number for number, size in enumerate(sizes) for _ in range(size)]
    for number, (start, end) in enumerate(edges):
        owners = owner[start:end]
        changes = [place for place, (one, other) in enumerate(pairwise(owners), start=1) if one != other]
        assert found[number].boundaries.tolist() == changes
        if not cross:
            assert not changes
    numbers = np.arange(len(found))
    for row, (start, end) in zip(found.documents_of(numbers).tolist(), edges, strict=True):
        assert row[: end - start] == [one - owner[start] for one in owner[start:end]]
        assert set(row[end - start :]) <= {-1}


def test_a_length_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="blocks of 0 tokens"):
        cut(np.array([0, 3]), 0, cross_documents=True)
