"""A task learned from a teacher: the loss written out row by row, for every kind of answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Categorical, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers.modeling_outputs import ModelOutput

from accent.errors import ConfigError
from accent.tasks import (
    IGNORED,
    TAUGHT_HIDDEN,
    TAUGHT_LOGITS,
    Classification,
    Generation,
    Imitation,
    Multilabel,
    Qa,
    Regression,
    Tagging,
    check_imitable,
)

ROWS, TOKENS, CLASSES, WIDTH = 3, 4, 3, 5
ALPHA, WEIGHT, HEAT = 0.3, 0.7, 2.0


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def outputs_of(*logits: int) -> Any:
    return ModelOutput(logits=normal(*logits, seed=1), hidden_states=(None, normal(ROWS, TOKENS, WIDTH, seed=2)))


def taught(*logits: int) -> dict[str, torch.Tensor]:
    """Return what a teacher says; the second row has three tokens, the third one."""
    hidden = normal(ROWS, TOKENS, WIDTH, seed=3)
    hidden[1, 3:] = hidden[2, 1:] = 0.0
    return {TAUGHT_LOGITS: 2 * normal(*logits, seed=4), TAUGHT_HIDDEN: hidden}


def imitation(task: Any, **changes: float) -> Imitation:
    settings = {"temperature": HEAT, "alpha": ALPHA, "hidden_weight": WEIGHT}
    return Imitation(task=task, **{**settings, **changes})


def angle(outputs: Any, targets: dict[str, torch.Tensor], row: int, token: int) -> float:
    one, other = outputs.hidden_states[-1][row, token], targets[TAUGHT_HIDDEN][row, token]
    return 1.0 - float(one @ other / (one.norm() * other.norm()))


def mean_angle(outputs: Any, targets: dict[str, torch.Tensor], row: int) -> float:
    read = range((4, 3, 1)[row])
    return float(np.mean([angle(outputs, targets, row, token) for token in read]))


def test_a_class_a_row() -> None:
    outputs, labels = outputs_of(ROWS, CLASSES), torch.tensor([2, 0, 1])
    targets = {"labels": labels, **taught(ROWS, CLASSES)}
    expected = 0.0
    for row in range(ROWS):
        pair = [Categorical(logits=one[row] / HEAT) for one in (targets[TAUGHT_LOGITS], outputs.logits)]
        expected += (1 - ALPHA) * float(cross_entropy(outputs.logits[row], labels[row]))
        expected += ALPHA * HEAT**2 * float(kl_divergence(*pair)) + WEIGHT * mean_angle(outputs, targets, row)
    found = imitation(Classification(["a", "b", "c"])).loss(outputs, targets)
    assert float(found.total) == pytest.approx(expected, rel=1e-5)
    assert found.weight == ROWS


def test_a_row_in_windows_counts_once() -> None:
    outputs, shares = outputs_of(ROWS, CLASSES), torch.tensor([0.5, 0.5, 1.0])
    targets = {"labels": torch.tensor([2, 2, 1]), "weights": shares, **taught(ROWS, CLASSES)}
    task = imitation(Classification(["a", "b", "c"]))
    alone = [
        float(task.loss(_row(outputs, row), {name: one[row : row + 1] for name, one in targets.items()}).total)
        for row in range(ROWS)
    ]
    found = task.loss(outputs, targets)
    assert float(found.total) == pytest.approx(sum(alone), rel=1e-5)
    assert found.weight == 2.0
    whole = task.loss(outputs, {name: one for name, one in targets.items() if name != "weights"})
    doubled = [2 * alone[0], 2 * alone[1], alone[2]]
    assert float(whole.total) == pytest.approx(sum(doubled), rel=1e-5)


def test_any_number_of_labels() -> None:
    outputs, labels = outputs_of(ROWS, CLASSES), torch.tensor([[1.0, 0, 1], [0, 0, 0], [1, 1, 1]])
    targets = {"labels": labels, **taught(ROWS, CLASSES)}
    expected = 0.0
    for row in range(ROWS):
        coins = [Bernoulli(logits=one[row] / HEAT) for one in (targets[TAUGHT_LOGITS], outputs.logits)]
        expected += (1 - ALPHA) * float(binary_cross_entropy_with_logits(outputs.logits[row], labels[row]))
        expected += ALPHA * HEAT**2 * float(kl_divergence(*coins).mean()) + WEIGHT * mean_angle(outputs, targets, row)
    found = imitation(Multilabel(["a", "b", "c"])).loss(outputs, targets)
    assert float(found.total) == pytest.approx(expected, rel=1e-5)


def test_numbers() -> None:
    outputs, labels = outputs_of(ROWS, 1), normal(ROWS, 1, seed=9)
    targets = {"labels": labels, **taught(ROWS, 1)}
    expected = 0.0
    for row in range(ROWS):
        said = float(outputs.logits[row])
        expected += (1 - ALPHA) * (said - float(labels[row])) ** 2
        expected += ALPHA * (said - float(targets[TAUGHT_LOGITS][row])) ** 2 + WEIGHT * mean_angle(
            outputs, targets, row
        )
    found = imitation(Regression(["score"], means=[0.0], scales=[1.0])).loss(outputs, targets)
    assert float(found.total) == pytest.approx(expected, rel=1e-5)


def test_a_tag_a_word_at_its_first_token() -> None:
    outputs = outputs_of(ROWS, TOKENS, CLASSES)
    labels = torch.full((ROWS, TOKENS), IGNORED)
    labels[0, 1], labels[0, 2], labels[1, 0] = 2, 0, 1
    targets = {"labels": labels, **taught(ROWS, TOKENS, CLASSES)}
    expected = 0.0
    for row, token in ((0, 1), (0, 2), (1, 0)):
        pair = [Categorical(logits=one[row, token] / HEAT) for one in (targets[TAUGHT_LOGITS], outputs.logits)]
        expected += (1 - ALPHA) * float(cross_entropy(outputs.logits[row, token], labels[row, token]))
        expected += ALPHA * HEAT**2 * float(kl_divergence(*pair)) + WEIGHT * angle(outputs, targets, row, token)
    found = imitation(Tagging(["X", "Y", "Z"], entities=False, common="X")).loss(outputs, targets)
    assert float(found.total) == pytest.approx(expected, rel=1e-5)
    assert found.weight == 3.0


@pytest.mark.parametrize(("alpha", "weight"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
def test_a_part_of_weight_0_is_not_even_asked_for(alpha: float, weight: float) -> None:
    outputs, labels = outputs_of(ROWS, CLASSES), torch.tensor([2, 0, 1])
    targets = {"labels": labels, **taught(ROWS, CLASSES)}
    if not alpha:
        del targets[TAUGHT_LOGITS]
    if not weight:
        del targets[TAUGHT_HIDDEN]
    found = imitation(Classification(["a", "b", "c"]), alpha=alpha, hidden_weight=weight).loss(outputs, targets)
    own = float(cross_entropy(outputs.logits, labels, reduction="sum"))
    hidden = sum(mean_angle(outputs, targets, row) for row in range(ROWS)) if weight else 0.0
    soft = 0.0
    if alpha:
        pair = [Categorical(logits=one / HEAT) for one in (targets[TAUGHT_LOGITS], outputs.logits)]
        soft = HEAT**2 * float(kl_divergence(*pair).sum())
    assert float(found.total) == pytest.approx((1 - alpha) * own + alpha * soft + weight * hidden, rel=1e-5)


@pytest.mark.parametrize("task", [Qa(), Generation()])
def test_answers_that_are_not_given_in_one_look_are_refused(task: Any) -> None:
    with pytest.raises(ConfigError, match=f"a teacher of {task.kind} cannot be distilled"):
        check_imitable(task)


def _row(outputs: Any, row: int) -> Any:
    states = outputs.hidden_states[-1][row : row + 1]
    return ModelOutput(logits=outputs.logits[row : row + 1], hidden_states=(None, states))
