"""What every task promises, checked on each member of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from accent.config import TaskConfig
from accent.errors import DataError
from accent.tasks import TASKS, Task, make_task
from tests.conformance.members import documented, kinds_of

LABELS = ("bad", "fine", "good")
MAKERS: dict[str, Callable[[], Task]] = {"classification": lambda: TASKS["classification"](LABELS)}
"""How the suite makes each task; a task without a maker here fails the suite."""


@pytest.fixture(params=sorted(TASKS))
def task(request: pytest.FixtureRequest) -> Task:
    return MAKERS[request.param]()


def test_table_config_documentation_and_suite_name_the_same_members() -> None:
    assert set(TASKS) == set(MAKERS) == kinds_of(TaskConfig) == documented("tasks.md")


def test_the_config_makes_the_task_of_its_kind(task: Task) -> None:
    config = next(member for member in _configs() if member.kind == task.kind)
    assert type(make_task(config, LABELS)) is type(task)


def test_losses_add_up_over_microbatches(task: Task) -> None:
    logits, targets = _logits(8), torch.arange(8) % 3
    whole = task.loss(logits, targets)
    parts = [task.loss(logits[:3], targets[:3]), task.loss(logits[3:], targets[3:])]
    assert float(whole.total) == pytest.approx(sum(float(part.total) for part in parts), rel=1e-5)
    assert whole.weight == sum(part.weight for part in parts)


def test_the_loss_has_a_finite_gradient_and_falls_along_it(task: Task) -> None:
    logits, targets = _logits(8).requires_grad_(), torch.arange(8) % 3
    loss = task.loss(logits, targets).total
    loss.backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert float(task.loss(logits.detach() - 0.1 * logits.grad, targets).total) < float(loss.detach())


def test_targets_come_back_as_the_answers_of_certain_logits(task: Task) -> None:
    targets = task.targets(list(LABELS))
    certain = np.full((3, 3), -20.0)
    certain[np.arange(3), targets] = 20.0
    answers = [task.answer(row) for row in task.probabilities(certain)]
    assert [answer["label"] for answer in answers] == list(LABELS)
    assert all(answer["score"] > 0.999 for answer in answers)


def test_unknown_labels_are_named(task: Task) -> None:
    with pytest.raises(DataError, match="excellent") as caught:
        task.targets(["good", "excellent"])
    assert str(caught.value).count("\n") == 1


def _logits(rows: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32))


def _configs() -> list[Any]:
    from accent.config import ClassificationConfig

    return [ClassificationConfig()]
