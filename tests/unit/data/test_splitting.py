"""Splits do not depend on the order of rows, keep texts and groups together, and give each class its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.data.audit.keys import digests, letters
from accent.data.splitting import TEST, TRAIN, VALIDATION, RowKeys, assign, digest
from accent.errors import DataError

SHARES = (80.0, 10.0, 10.0)

Row = tuple[str, int]


def keys(rows: Sequence[Row], groups: Sequence[str] | None = None) -> RowKeys:
    return RowKeys(
        texts=digests([text for text, _ in rows], None)[:, 0],
        classes=np.array([label for _, label in rows], dtype=np.int32),
        groups=None if groups is None else np.array([digest(group) for group in groups], dtype=np.uint64),
    )


def distinct_rows(counts: Sequence[int]) -> list[Row]:
    return [(f"text {label} {number}", label) for label, count in enumerate(counts) for number in range(count)]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 5))
def test_each_class_has_its_share_to_within_one_row_and_so_has_the_whole(counts: list[int], seed: int) -> None:
    splits = assign(keys(distinct_rows(counts)), SHARES, seed=seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    for label, count in enumerate(counts):
        for split in (VALIDATION, TEST):
            assert abs(np.sum(splits[labels == label] == split) - 0.1 * count) <= 1
        assert TRAIN in splits[labels == label]
    if min(counts) > 1:
        assert abs(np.sum(splits == TEST) - 0.1 * sum(counts)) <= 0.5


@given(st.lists(st.tuples(st.sampled_from("abcdefghij"), st.integers(0, 2)), min_size=1, max_size=80), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Row], chance: object) -> None:
    order = list(range(len(rows)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    splits = assign(keys(rows), SHARES, seed=1)
    shuffled = assign(keys([rows[place] for place in order]), SHARES, seed=1)
    assert shuffled.tolist() == splits[order].tolist()


@given(st.lists(st.tuples(st.sampled_from(["A b", "a  B!", "ab", "c", "C.", "d"]), st.integers(0, 1)), min_size=1))
def test_equal_texts_stay_in_one_split_whatever_their_labels(rows: list[Row]) -> None:
    splits = assign(keys(rows), SHARES, seed=0)
    homes: dict[str, set[int]] = {}
    for (text, _), split in zip(rows, splits.tolist(), strict=True):
        homes.setdefault(letters(text), set()).add(split)
    assert all(len(found) == 1 for found in homes.values())


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefghijkl"), st.integers(0, 2), st.sampled_from("uvwxyz")),
        min_size=1,
        max_size=60,
    )
)
def test_groups_and_equal_texts_stay_together(rows: list[tuple[str, int, str]]) -> None:
    splits = assign(keys([row[:2] for row in rows], [row[2] for row in rows]), SHARES, seed=3).tolist()
    for place in (0, 2):
        homes: dict[str, set[int]] = {}
        for row, split in zip(rows, splits, strict=True):
            homes.setdefault(str(row[place]), set()).add(split)
        assert all(len(found) == 1 for found in homes.values())


def test_many_groups_give_about_the_shares() -> None:
    rows = distinct_rows([500, 500])
    splits = assign(keys(rows, [f"group {number % 250}" for number in range(1000)]), SHARES, seed=0)
    shares = {split: count / 1000 for split, count in Counter(splits.tolist()).items()}
    assert shares[TEST] == pytest.approx(0.1, abs=0.01)
    assert shares[VALIDATION] == pytest.approx(0.1, abs=0.01)


def test_another_seed_is_another_split_and_the_same_seed_the_same() -> None:
    rows = keys(distinct_rows([300, 200]))
    first, again, other = (assign(rows, SHARES, seed=seed).tolist() for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_ranks_are_spread_over_the_rows() -> None:
    splits = assign(keys(distinct_rows([2000])), SHARES, seed=0)
    halves = [np.sum(splits[:1000] == TEST), np.sum(splits[1000:] == TEST)]
    assert sum(halves) == 200
    assert min(halves) > 70


def test_shares_may_leave_a_split_out() -> None:
    splits = assign(keys(distinct_rows([10, 10])), (90.0, 0.0, 10.0), seed=0)
    assert Counter(splits.tolist()) == {TRAIN: 18, TEST: 2}


def test_without_training_rows_there_is_no_split() -> None:
    with pytest.raises(DataError, match="no training rows"):
        assign(keys(distinct_rows([4])), (0.0, 50.0, 50.0), seed=0)
