"""Strategies with stages: what waits costs nothing and takes no step, what joins starts afresh, resuming is exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from accent.config import GradualConfig, ScheduleConfig, TrainingConfig
from accent.modeling import Anatomy
from accent.strategies import Full, Gradual, Strategy, rated
from accent.tasks import Classification
from accent.training import (
    BatchPlan,
    Cadence,
    CheckpointDue,
    Event,
    Examples,
    Learner,
    Patience,
    Progress,
    StageOpened,
    Updated,
    World,
    learn,
)
from tests.unit.training.tiny import LENGTHS, collate_rows, tiny_model

ROWS = np.arange(16)
CONFIG = TrainingConfig(
    batch_size=16, learning_rate=1e-2, schedule=ScheduleConfig(kind="constant", warmup_ratio=0.0), max_grad_norm=0.05
)
LAST = 3
"""Two layers: the head, the upper layer, the lower layer, the embeddings."""


def make_learner(strategy: Strategy | None = None, config: TrainingConfig = CONFIG) -> Learner:
    model = tiny_model()
    anatomy = Anatomy.of(model, "sequence")
    return Learner(
        model,
        rated((strategy or Gradual()).prepare(model, anatomy, seed=1), anatomy, config),
        examples=Examples(LENGTHS, collate_rows),
        loss=Classification(["no", "yes"]).loss,
        config=config,
        seed=3,
        world=World(),
        autocast=nullcontext,
    )


def values(learner: Learner) -> dict[str, torch.Tensor]:
    return {moved.name: moved.parameter.detach().clone() for moved in learner._moving}


@pytest.mark.parametrize("stage", range(LAST + 1))
def test_what_waits_gets_no_gradient_and_takes_no_step(stage: int, monkeypatch: pytest.MonkeyPatch) -> None:
    learner, graded = make_learner(), set[str]()
    measure = learner._reduce_and_measure

    def look(sums: object) -> float:
        graded.update(name for name, parameter in learner.model.named_parameters() if parameter.grad is not None)
        return measure(sums)  # type: ignore[arg-type]

    monkeypatch.setattr(learner, "_reduce_and_measure", look)
    before = values(learner)
    report = learner.update(ROWS, 0, 9, stage)
    joined = {moved.name for moved in learner._moving if moved.stage <= stage}
    after = values(learner)
    assert graded == joined == {name for name in after if not torch.equal(after[name], before[name])}
    assert {id(parameter) for parameter in learner._optimizer.state} == {
        id(moved.parameter) for moved in learner._moving if moved.name in joined
    }
    assert report.grad_norm > 0


def test_the_first_stage_saves_the_backward_pass() -> None:
    """A backward pass takes twice the products of a forward pass; the pooler and the head have few of them."""
    counts = {name: _products(make_learner(strategy)) for name, strategy in (("full", Full()), ("gradual", Gradual()))}
    assert counts["gradual"] < 0.4 * counts["full"]


def test_norms_and_clipping_are_of_what_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The norm of a step of the head alone is that of the head's part of a full step's gradients."""
    learner, full = make_learner(), make_learner(Full())
    norms: list[float] = []
    monkeypatch.setattr(full, "_step", lambda *given: norms.append(_norm(full)))
    found, whole = learner.update(ROWS, 0, 9, 0), full.update(ROWS, 0, 9)
    assert found.grad_norm == pytest.approx(norms[0] / len(ROWS), rel=1e-5)
    assert found.grad_norm < whole.grad_norm


def test_moments_start_when_a_layer_joins_and_are_kept_from_then_on() -> None:
    learner = make_learner()
    for update, stage in enumerate((0, 0, 1, 3)):
        learner.update(ROWS, update, 9, stage)
    steps = {moved.stage: int(learner._optimizer.state[moved.parameter]["step"].item()) for moved in learner._moving}
    assert steps == {0: 4, 1: 2, 2: 1, 3: 1}


def test_parameters_of_all_stages_are_counted() -> None:
    learner = make_learner()
    model = tiny_model()
    expected = sum(p.numel() for name, p in model.named_parameters() if "encoder" not in name and "embed" not in name)
    assert learner.trainable(0) == expected
    assert learner.trainable(LAST) == sum(p.numel() for p in model.parameters())
    assert learner.last_stage == LAST


def test_rates_of_parts_reach_the_optimizer() -> None:
    """The first step of AdamW without decay is the rate itself, whatever the gradient: g / (|g| + eps)."""
    config = TrainingConfig(
        batch_size=16, learning_rate=1e-3, layer_decay=0.5, head_learning_rate=1e-2, weight_decay=0.0,
        max_grad_norm=None, schedule=CONFIG.schedule,
    )  # fmt: skip
    learner = make_learner(Full(), config)
    before = values(learner)
    learner.update(ROWS, 0, 9)
    moved = {name: float((value - before[name]).abs().max()) for name, value in values(learner).items()}
    assert moved["classifier.weight"] == pytest.approx(1e-2, rel=1e-2)
    assert moved["bert.pooler.dense.weight"] == pytest.approx(1e-3, rel=1e-2)
    assert moved["bert.encoder.layer.1.output.dense.weight"] == pytest.approx(5e-4, rel=1e-2)
    assert moved["bert.encoder.layer.0.output.dense.weight"] == pytest.approx(2.5e-4, rel=1e-2)
    assert moved["bert.embeddings.word_embeddings.weight"] == pytest.approx(1.25e-4, rel=1e-2)


def test_the_loop_opens_a_stage_each_epoch_and_says_so_once() -> None:
    learner = make_learner()
    events = list(run(learner, Gradual(), Progress(Patience(None)), updates=18))
    opened = [event for event in events if isinstance(event, StageOpened)]
    assert [(event.update, event.stage) for event in opened] == [(3, 1), (6, 2), (9, 3)]  # three updates an epoch
    assert [event.trainable for event in opened] == [learner.trainable(stage) for stage in (1, 2, 3)]
    following = [events[events.index(event) + 1] for event in opened]
    assert [event.update for event in following if isinstance(event, Updated)] == [4, 7, 10]


@pytest.mark.parametrize("cut", [2, 4, 6, 8, 10])
def test_a_run_that_waits_for_plateaus_goes_on_exactly(cut: int, tmp_path: Path) -> None:
    """The scores fall at updates 4, 6 and 10: each lets a layer join."""
    strategy = Gradual(GradualConfig(unfreeze_by="plateau"))
    scores = {2: 0.5, 4: 0.4, 6: 0.3, 8: 0.9, 10: 0.1, 12: 0.2}
    whole = list(
        run(make_learner(), strategy, progress := Progress(Patience(None)), scores=lambda: scores[progress.update])
    )
    assert [(one.update, one.stage) for one in whole if isinstance(one, StageOpened)] == [(4, 1), (6, 2), (10, 3)]

    first, begun = make_learner(), Progress(Patience(None))
    for event in run(first, strategy, begun, scores=lambda: scores[begun.update]):
        if isinstance(event, CheckpointDue) and event.update == cut:
            first.save(tmp_path)
            break
    kept = (begun.update, begun.plateaus, begun.stage, begun.patience.state())
    second, resumed = make_learner(), Progress(Patience(None), update=kept[0], plateaus=kept[1], stage=kept[2])
    resumed.patience.restore(kept[3])
    second.load(tmp_path)
    rest = list(run(second, strategy, resumed, scores=lambda: scores[resumed.update]))
    assert told(rest) == told(whole)[-len(told(rest)) :]
    assert {one for one in told(whole) if one[0] > cut} <= set(told(rest))


def run(
    learner: Learner,
    strategy: Strategy,
    progress: Progress,
    *,
    updates: int = 12,
    scores: Callable[[], float] | None = None,
) -> Iterator[Event]:
    return learn(
        learner,
        BatchPlan(LENGTHS, 16, seed=1),
        cadence=Cadence(updates, 2, 2),
        progress=progress,
        evaluate=None if scores is None else lambda: {"accuracy": scores()},
        metric="accuracy",
        stop_requested=lambda: False,
        stage_of=strategy.stage,
    )


def told(events: list[Event]) -> list[tuple[int, float]]:
    """Return what updates and stages said, without what a clock says."""
    return [
        (event.update, event.report.loss if isinstance(event, Updated) else event.stage)
        for event in events
        if isinstance(event, (Updated, StageOpened))
    ]


def _products(learner: Learner) -> int:
    with FlopCounterMode(display=False) as counter:
        learner.update(ROWS, 0, 9)
    return int(counter.get_total_flops())


def _norm(learner: Learner) -> float:
    """Return the norm of the gradients of what stands above the layers."""
    above = [moved.parameter.grad for moved in learner._moving if moved.name.startswith(("classifier", "bert.pooler"))]
    return float(torch.cat([gradient.flatten() for gradient in above if gradient is not None]).norm())
