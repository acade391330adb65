"""A known temperature is found again, and no other gives the labels a higher likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special
from sklearn import metrics

from accent.evaluation.temperature import fit_temperature


def made(rows: int, classes: int, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels that softmax(logits / temperature) draws."""
    chance = np.random.default_rng(0)
    honest = 1.5 * chance.normal(size=(rows, classes))
    labels = (honest + chance.gumbel(size=honest.shape)).argmax(axis=1)
    return labels, honest * temperature


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("classes", [2, 5])
def test_it_recovers_a_known_temperature(temperature: float, classes: int) -> None:
    assert fit_temperature(*made(30_000, classes, temperature)) == pytest.approx(temperature, rel=0.03)


def test_no_temperature_near_it_is_better() -> None:
    labels, logits = made(300, 4, 2.0)
    found = fit_temperature(labels, logits + 1000)  # a shift of all logits changes no probability

    def loss(temperature: float) -> float:
        return metrics.log_loss(labels, special.softmax(logits / temperature, axis=1), labels=range(4))

    grid = np.geomspace(0.05, 20, 500)
    assert loss(found) <= min(map(loss, grid)) + 1e-9
    assert found == pytest.approx(grid[np.argmin([*map(loss, grid)])], rel=0.02)


def test_the_search_ends_where_rows_cannot_refuse() -> None:
    logits = np.array([[3.0, 0.0], [0.0, 3.0]])
    assert 0.05 <= fit_temperature(np.array([0, 1]), logits) < 0.2
    assert fit_temperature(np.array([1, 0]), logits) == pytest.approx(20, rel=0.01)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="logits must be finite; row 0"):
        fit_temperature(np.array([0]), np.array([[np.inf, 0.0]]))
    with pytest.raises(ValueError, match="labels must be 0 to 1; row 0 has 2"):
        fit_temperature(np.array([2]), np.array([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="2 labels do not fit 1 rows of logits"):
        fit_temperature(np.array([0, 1]), np.array([[1.0, 0.0]]))
