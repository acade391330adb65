"""One update: parity with a plain step, microbatches, memory, and losses that are not finite."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from accent.config import ScheduleConfig, TrainingConfig
from accent.errors import RunError
from accent.strategies import RatedParameter
from accent.tasks import Batch, SummedLoss
from accent.training import Examples, Learner, World
from accent.training.groups import parameter_groups
from tests.unit.training.tiny import TARGETS, collate_rows, tiny_learner, tiny_model

FLAT = ScheduleConfig(kind="constant", warmup_ratio=0.0)
ROWS = np.arange(16)


def weights(learner: Learner) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in learner.model.named_parameters()}


def assert_close(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], tolerance: float = 2e-6) -> None:
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=tolerance, atol=tolerance, msg=name)


def test_an_update_is_the_plain_step_of_torch_on_transformers_own_loss() -> None:
    config = TrainingConfig(batch_size=16, learning_rate=1e-3, max_grad_norm=0.5, weight_decay=0.1, schedule=FLAT)
    learner = tiny_learner(config, dropout=0.0)
    plain = tiny_model(dropout=0.0).train()
    decayed = [p for p in plain.parameters() if p.ndim > 1]
    others = [p for p in plain.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=1e-3
    )
    for update in range(3):
        report = learner.update(ROWS, update, 3)
        batch = collate_rows(ROWS)
        loss = plain(**batch.inputs, labels=batch.targets["labels"]).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
        assert report.loss == pytest.approx(loss.item(), rel=1e-5)
        assert report.grad_norm == pytest.approx(norm.item(), rel=1e-4)
    assert_close(weights(learner), dict(plain.named_parameters()), tolerance=2e-5)


@pytest.mark.parametrize("microbatch", [1, 3, 8])
def test_microbatches_change_nothing_with_dropout_on(microbatch: int) -> None:
    whole, parts = tiny_learner(), tiny_learner()
    parts.microbatch = microbatch
    for update in range(3):
        one, other = whole.update(ROWS, update, 3), parts.update(ROWS, update, 3)
        assert other.loss == pytest.approx(one.loss, rel=1e-5)
    assert_close(weights(whole), weights(parts), tolerance=1e-4)


def test_out_of_memory_halves_the_microbatch_and_not_the_result() -> None:
    plain, tight = tiny_learner(), tiny_learner()
    fail_above(tight, rows=4)
    expected = plain.update(ROWS, 0, 2)
    report = tight.update(ROWS, 0, 2)
    assert tight.microbatch == 4
    assert len(report.notes) == 2
    assert report.loss == pytest.approx(expected.loss, rel=1e-5)
    assert_close(weights(plain), weights(tight), tolerance=1e-5)


def test_a_rehearsal_that_runs_out_of_memory_leaves_no_trace() -> None:
    tight = tiny_learner()
    fail_above(tight, rows=4)
    tight.rehearse(ROWS)
    assert tight.microbatch == 16
    assert len(tight.update(ROWS, 0, 2).notes) == 2


def test_out_of_memory_for_one_row_is_told_to_the_user() -> None:
    learner = tiny_learner()
    fail_above(learner, rows=0)
    with pytest.raises(RunError, match="does not hold one row"):
        learner.update(ROWS, 0, 2)
    assert learner.microbatch == 1


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_what_is_not_finite_never_reaches_the_weights(poison: float) -> None:
    learner = tiny_learner()
    learner.update(ROWS, 0, 9)
    before, clean = weights(learner), learner._loss

    def poisoned(logits: torch.Tensor, targets: torch.Tensor) -> SummedLoss:
        found = clean(logits, targets)
        return SummedLoss(found.total * poison, found.weight)

    learner._loss = poisoned
    report = learner.update(ROWS, 1, 9)
    assert report.skipped
    assert all(torch.equal(value, before[name]) for name, value in weights(learner).items())
    learner._loss = clean
    assert not learner.update(ROWS, 2, 9).skipped


def test_state_goes_through_a_folder_bit_by_bit(tmp_path: Path) -> None:
    one, other = tiny_learner(), tiny_learner()
    for update in range(3):
        one.update(ROWS, update, 6)
    one.save(tmp_path)
    other.load(tmp_path)
    for update in range(3, 6):
        assert one.update(ROWS, update, 6) == other.update(ROWS, update, 6)
    assert all(torch.equal(value, weights(other)[name]) for name, value in weights(one).items())


def test_matrices_decay_and_vectors_do_not() -> None:
    learner = tiny_learner()
    groups = {group["weight_decay"]: group for group in learner._optimizer.param_groups}
    assert set(groups) == {0.01, 0.0}
    assert all(parameter.ndim > 1 for parameter in groups[0.01]["params"])
    assert all(name.endswith("bias") or "LayerNorm" in name for name in groups[0.0]["names"])
    assert parameter_groups([], 0.1) == []


def fail_above(learner: Learner, rows: int) -> None:
    """Let the learner's forward pass run out of memory on more than `rows` rows."""
    forward: Callable[..., object] = learner.model.forward

    def failing(**inputs: torch.Tensor) -> object:
        if len(inputs["input_ids"]) > rows:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")
        return forward(**inputs)

    learner.model.forward = failing  # type: ignore[method-assign]


def test_targets_of_the_tiny_task_have_both_classes() -> None:
    assert set(TARGETS.tolist()) == {0, 1}


def test_tokens_are_those_read_and_written() -> None:
    """Rows of 3 and 2 tokens to read and of 1 and 4 to write: 10 tokens, and 14 with padding."""
    read = {"input_ids": torch.ones(2, 3, dtype=torch.long), "attention_mask": torch.tensor([[1, 1, 1], [1, 1, 0]])}
    labels = torch.tensor([[5, -100, -100, -100], [5, 6, 7, 8]])
    written = Batch({**read, "decoder_input_ids": labels.clamp(min=0)}, {"labels": labels})
    assert (written.tokens, written.padded_tokens) == (10, 14)
    assert (Batch(read, {"labels": torch.ones(2, 3)}).tokens, Batch(read).padded_tokens) == (5, 6)

    class Both(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, **inputs: torch.Tensor) -> torch.Tensor:
            return self.weight * inputs["decoder_input_ids"].sum()

    model = Both()
    learner = Learner(
        model,  # type: ignore[arg-type]
        [RatedParameter("weight", model.weight)],
        examples=Examples(np.array([4, 6]), lambda _: written),
        loss=lambda outputs, _: SummedLoss(outputs.sum(), 5.0),
        config=TrainingConfig(batch_size=2, learning_rate=5e-5),
        seed=0,
        world=World(),
        autocast=nullcontext,
    )
    report = learner.update(np.arange(2), 0, 1)
    assert (report.tokens, report.padded) == (10, 14)
