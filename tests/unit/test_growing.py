"""A growing array is the concatenation of its chunks, in memory and in a file."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest

from accent.growing import Grown


def open_files() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    return {link for link in found if "accent-" in link or "(deleted)" in link}


@pytest.mark.parametrize("limit", [1 << 20, 100, 0], ids=["memory", "both", "file"])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_it_holds_what_was_appended(limit: int, shape: tuple[int, ...]) -> None:
    chance = np.random.default_rng(0)
    grown = Grown(np.float32, shape, bytes_in_memory=limit)
    parts = [chance.normal(size=(rows, *shape)) for rows in (4, 1, 0, 30)]
    for index, part in enumerate(parts):
        grown.append(part)
        expected = np.concatenate(parts[: index + 1]).astype(np.float32)
        assert np.array_equal(grown.array(), expected)
        assert len(grown) == len(expected)
    assert isinstance(grown.array(), np.memmap) == (limit < 1000)
    assert grown.array().dtype == np.float32


def test_nothing_yet_is_an_empty_array() -> None:
    assert Grown(np.int32, (2,)).array().shape == (0, 2)


@pytest.mark.parametrize("limit", [1 << 20, 0], ids=["memory", "file"])
def test_an_array_stays_as_it_is_when_rows_come(limit: int) -> None:
    grown = Grown(np.int64, bytes_in_memory=limit)
    part = np.arange(5)
    grown.append(part)
    first = grown.array()
    part[:] = 9
    grown.append(part)
    assert first.tolist() == [0, 1, 2, 3, 4]
    assert grown.array().tolist() == [0, 1, 2, 3, 4, 9, 9, 9, 9, 9]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_the_file_goes_with_the_object_and_its_arrays() -> None:
    before = open_files()
    grown = Grown(np.int64, bytes_in_memory=0)
    grown.append(np.arange(5))
    mapped = grown.array()
    assert open_files() - before
    del grown
    gc.collect()
    assert mapped.tolist() == [0, 1, 2, 3, 4]
    del mapped
    gc.collect()
    assert open_files() == before


def test_rows_of_another_shape_are_refused() -> None:
    grown = Grown(np.int64, (2,))
    with pytest.raises(ValueError, match=r"rows of shape \(2,\) were promised, not \(3,\)"):
        grown.append(np.zeros((4, 3)))
    assert len(grown) == 0
