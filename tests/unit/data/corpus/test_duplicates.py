"""Digests that were met before, against a set of all of them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from accent.data.corpus.duplicates import Met


def digests(numbers: list[int]) -> np.ndarray[tuple[int], np.dtype[np.bytes_]]:
    return np.array([hashlib.blake2b(str(number).encode(), digest_size=16).digest() for number in numbers], dtype="S16")


@pytest.mark.parametrize("bytes_in_memory", [0, 1 << 20])
def test_every_digest_is_new_once(bytes_in_memory: int) -> None:
    met, known = Met(bytes_in_memory=bytes_in_memory), set[int]()
    chance = np.random.default_rng(0)
    for size in (1, 700, 3, 0, 650, 650, 40, 2000, 5):
        numbers = chance.integers(0, 3000, size).tolist()
        expected = []
        for number in numbers:
            expected.append(number not in known)
            known.add(number)
        assert met.add(digests(numbers)).tolist() == expected


def test_digests_that_differ_in_their_last_byte_only() -> None:
    met = Met()
    first = np.array([b"\x00" * 15 + b"\x01", b"\x00" * 16], dtype="S16")
    assert met.add(first).tolist() == [True, True]
    assert met.add(np.array([b"\x00" * 15 + b"\x02", b"\x00" * 16], dtype="S16")).tolist() == [True, False]


def test_runs_are_few_however_many_parts_came() -> None:
    met = Met()
    for start in range(0, 6400, 100):
        met.add(digests(list(range(start, start + 100))))
    assert len(met._runs) <= 7
    assert sum(map(len, met._runs)) == 6400
