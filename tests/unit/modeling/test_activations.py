"""Vectors of chosen examples, laid out by hand."""

from __future__ import annotations

import numpy as np

from accent.modeling import Activations

VALUES = np.arange(12, dtype=np.float32).reshape(6, 2)


def test_vectors_stand_in_the_order_asked_and_zeros_on_the_padding() -> None:
    activations = Activations(VALUES, np.array([0, 1, 4, 6]))
    batch = activations.batch(np.array([2, 1]))
    assert batch.tolist() == [[[8, 9], [10, 11], [0, 0]], [[2, 3], [4, 5], [6, 7]]]
    assert activations.batch(np.array([0])).tolist() == [[[0, 1]]]
    assert not activations.single


def test_one_vector_an_example_is_one_token_wide() -> None:
    activations = Activations(VALUES)
    assert activations.single
    assert activations.batch(np.array([5, 0])).tolist() == [[[10, 11]], [[0, 1]]]
