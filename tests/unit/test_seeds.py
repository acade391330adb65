"""Named streams: the same for the same names, moved by nothing else, and never the global state."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.seeds import derive, generator

KNOWN = {
    (42, "order", ()): 7827107569428156913,
    (42, "order", (0,)): 1186917750850176449,
    (42, "dropout", (3, 17)): 5130765466408687391,
    (0, "", ()): 1151662994310453691,
}
"""Streams as they were released: a change here changes what every recorded run gives when it is run again."""


@pytest.mark.parametrize(("stream", "value"), KNOWN.items())
def test_streams_are_those_of_every_release(stream: tuple[int, str, tuple[int, ...]], value: int) -> None:
    seed, name, indices = stream
    assert derive(seed, name, *indices) == value


def test_the_generator_is_that_of_every_release() -> None:
    assert generator(42, "order", 1).integers(0, 1000, 5).tolist() == [425, 168, 369, 521, 310]


@given(st.integers(0, 2**64), st.text(max_size=20), st.lists(st.integers(0, 10**9), max_size=3))
def test_63_bits_and_the_same_each_time(seed: int, name: str, indices: list[int]) -> None:
    value = derive(seed, name, *indices)
    assert 0 <= value < 2**63
    assert value == derive(seed, name, *indices)


def test_seed_name_and_every_index_matter() -> None:
    places = ((), (0,), (1,), (0, 0), (0, 1), (1, 0), (10,))
    streams = itertools.product((0, 1, 42), ("order", "dropout", "head"), places)
    values = [derive(seed, name, *indices) for seed, name, indices in streams]
    assert len(set(values)) == len(values) == 63


def test_neighbouring_streams_are_not_alike() -> None:
    draws = np.array([generator(42, "order", epoch).standard_normal(1000) for epoch in range(20)])
    correlation = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlation).max() < 0.15


def test_the_bits_are_spread_evenly() -> None:
    values = [derive(seed, "bits") for seed in range(2000)]
    shares = [sum(value >> bit & 1 for value in values) / len(values) for bit in range(63)]
    assert min(shares) > 0.45
    assert max(shares) < 0.55


def test_a_stream_starts_anew_each_time() -> None:
    first = generator(7, "order", 1, 2).random(5)
    assert np.array_equal(first, generator(7, "order", 1, 2).random(5))
    assert not np.array_equal(first, generator(7, "order", 2, 1).random(5))


def test_drawing_from_one_stream_moves_no_other() -> None:
    other = generator(7, "dropout")
    expected = generator(7, "order").random(3)
    other.random(1000)
    assert np.array_equal(generator(7, "order").random(3), expected)


def test_the_global_states_are_let_be() -> None:
    before = random.getstate(), str(np.random.get_state())
    generator(1, "order").random(10)
    assert (random.getstate(), str(np.random.get_state())) == before


@pytest.mark.parametrize("salt", ["0", "1"])
def test_another_process_gets_the_same(salt: str) -> None:
    code = "from accent.seeds import derive; print(derive(42, 'order', 3))"
    environment = os.environ | {"PYTHONHASHSEED": salt, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(told.stdout) == derive(42, "order", 3)


def test_deriving_needs_no_numpy() -> None:
    code = "import sys; from accent.seeds import derive; derive(1, 'x'); print('numpy' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
