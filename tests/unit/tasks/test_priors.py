from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from accent.tasks.priors import log_odds, log_shares


def test_a_head_at_the_shares_gives_each_class_its_share() -> None:
    logs = log_shares(np.array([0, 0, 0, 2, -100]), 3)
    assert softmax(logs).tolist() == pytest.approx([3.5 / 5.5, 0.5 / 5.5, 1.5 / 5.5])
    assert logs.mean() == pytest.approx(0.0)


def test_classes_that_are_as_common_as_each_other_start_at_zero() -> None:
    assert log_shares(np.array([1, 0, 0, 1]), 2).tolist() == [0.0, 0.0]


def test_a_head_at_the_odds_gives_each_label_its_share() -> None:
    targets = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    assert expit(log_odds(targets)).tolist() == pytest.approx([2.5 / 4, 0.5 / 4])


def test_weights_that_make_classes_even_start_them_even() -> None:
    """Counts and a half of 3.5 and 1.5: weights in inverse proportion leave nothing; of odds 3 to 1, a third does."""
    assert log_shares(np.array([0, 0, 0, 1]), 2, (1 / 3.5, 1 / 1.5)).tolist() == pytest.approx([0.0, 0.0])
    targets = np.array([[1.0], [1.0], [1.0], [0.0], [0.0]])
    assert expit(log_odds(targets, (2.5 / 3.5,))).tolist() == pytest.approx([0.5])
