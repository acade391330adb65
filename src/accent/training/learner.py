"""One update: microbatches forward and backward, one division, one clip, one optimizer step.

The loss of an update is the sum over all its rows divided once by their weight, over microbatches and processes alike.
A loss or gradient that is not finite never reaches the weights. When memory runs out the microbatch is halved and the
update starts again: since dropout belongs to the row, the result is the same to float tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from accent.config import LearningConfig
from accent.errors import RunError
from accent.strategies import RatedParameter
from accent.tasks import Batch, SummedLoss
from accent.training.batching import microbatches
from accent.training.blocks import EveryEpoch
from accent.training.compaction import IDLE, CompactVocabulary
from accent.training.costs import planned_tokens
from accent.training.dropout import install_row_dropout
from accent.training.optimizers import make_optimizer
from accent.training.schedules import rate_share
from accent.training.world import World

__all__ = ["Examples", "Learner", "UpdateReport"]

Rows = npt.NDArray[np.int64]
WEIGHTS_FILE = "weights.safetensors"
OPTIMIZER_FILE = "optimizer.safetensors"
STATE = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer", IDLE)
"""What the optimizers remember of a weight."""


@dataclass(frozen=True)
class Examples:
    """The training rows as the learner sees them: each is one example, or several windows of its text."""

    lengths: Rows | EveryEpoch
    """Tokens of each example."""
    collate: Callable[[Rows], Batch]
    """Makes the tensors of some examples."""
    windows: Rows | None = None
    """Where each row's examples start, and the end; None where each row is one example."""

    def of(self, rows: Rows) -> Rows:
        """Return the examples of some rows, row after row."""
        if self.windows is None:
            return rows
        counts = self.windows[rows + 1] - self.windows[rows]
        starts = np.repeat(self.windows[rows] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return np.asarray(starts + np.arange(counts.sum()), dtype=np.int64)

    def tokens_of(self, rows: Rows, most_rows: int) -> int:
        """Return the tokens of some rows, with the padding of microbatches of at most `most_rows` examples."""
        return planned_tokens(self.lengths[self.of(rows)], most_rows)


@dataclass(frozen=True)
class UpdateReport:
    """What one update did; a skipped one left the weights alone.

    `tokens` are those that the model read and wrote, `padded` with padding.
    """

    loss: float
    grad_norm: float
    learning_rate: float
    rows: int
    tokens: int
    padded: int
    skipped: bool
    notes: tuple[str, ...] = ()


@dataclass
class _Sums:
    """What the microbatches of an update add up to."""

    loss: float = 0.0
    weight: float = 0.0
    tokens: int = 0
    padded: int = 0
    notes: list[str] = field(default_factory=list)


class Learner:
    """A model, its optimizer, and how an update is made. Its state is in `save` and `load`, and nowhere else.

    State is what moves, its moments, and nothing of what is frozen: that stands in the base.
    """

    def __init__(
        self,
        model: nn.Module,
        moving: Sequence[RatedParameter],
        *,
        examples: Examples,
        loss: Callable[[Any, Mapping[str, Tensor]], SummedLoss],
        config: LearningConfig,
        seed: int,
        world: World,
        autocast: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self.model = model.to(world.device)
        self.world = world
        self.microbatch = config.microbatch_size or config.batch_size
        self.still: Sequence[nn.Module] = ()
        """Modules that drop nothing while the others learn: what is below all that moves."""
        self.examples = examples
        """What it learns from."""
        self.autocast = autocast
        """Makes the context in which the model is asked."""
        self.vocabulary: CompactVocabulary | None = None
        """What stands in the place of the table of tokens, where not all of its rows occur."""
        self._loss = loss
        self._config = config
        self._noise = install_row_dropout(model, seed=seed)
        self._moving = tuple(moving)
        self._optimizer = make_optimizer(moving, config)
        self._open(0)

    @property
    def last_stage(self) -> int:
        """The stage from which on everything moves that ever does."""
        return max((moved.stage for moved in self._moving), default=0)

    @property
    def parameters(self) -> int:
        """How many numbers the model has, those of a compact table's idle rows among them."""
        idle = self.vocabulary.idle if self.vocabulary else 0
        return sum(one.numel() for one in self.model.parameters()) + idle

    def trainable(self, stage: int) -> int:
        """Return how many numbers move at a stage; in a compact table those of its idle rows count, which decay."""
        moving = [moved.parameter for moved in self._moving if moved.stage <= stage]
        compact = self.vocabulary is not None and any(one is self.vocabulary.weight for one in moving)
        return sum(one.numel() for one in moving) + (self.vocabulary.idle if self.vocabulary and compact else 0)

    def update(
        self, rows: Rows, update: int, updates: int, stage: int = 0, *, position: float | None = None
    ) -> UpdateReport:
        """Take update number `update` (from 0) of `updates` on `rows` and say what it did.

        What joins at a later stage than `stage` gets no gradient, takes no step, and does not count in the norm.
        `position` is where on a schedule of `updates` the update stands, where that is not its number.
        """
        share = rate_share(self._config.schedule, update if position is None else position, updates)
        return self.update_at(rows, update, self._config.peak_rate * share, stage)

    def update_at(self, rows: Rows, update: int, rate: float, stage: int = 0) -> UpdateReport:
        """Take update number `update` on `rows` at a rate of its own, off the schedule."""
        if stage != self._stage:
            self._open(stage)
        notes: list[str] = []
        sums = self._accumulate_within_memory(rows, update, notes)
        norm = self._reduce_and_measure(sums)
        loss = sums.loss / sums.weight
        skipped = not (math.isfinite(loss) and math.isfinite(norm))
        if not skipped:
            self._step(norm, sums.weight, rate)
        self._optimizer.zero_grad(set_to_none=True)
        return UpdateReport(loss, norm, rate, len(rows), sums.tokens, sums.padded, skipped, tuple(notes))

    def compact(self, vocabulary: CompactVocabulary) -> None:
        """Train the compact table that stands in the place of one that moves."""
        self.vocabulary = vocabulary
        vocabulary.follow(self._optimizer)

    def finish(self) -> None:
        """Leave the model as a plain training would have left it: no update is taken any more."""
        if self.vocabulary is not None:
            self.vocabulary.restore()
            self.vocabulary = None

    def tokens_of(self, rows: Rows) -> int:
        """Return the tokens of an update on `rows`, with the padding of its microbatches."""
        return self.examples.tokens_of(rows, self.microbatch)

    def rehearse(self, rows: Rows, stage: int = 0) -> int:
        """Compute the gradients of `rows`, drop them, and return the tokens it took, with padding.

        It costs what an update costs but for its step, and leaves no trace: where memory runs out in it, the first
        update finds that too, and says so.
        """
        if stage != self._stage:
            self._open(stage)
        microbatch = self.microbatch
        try:
            return self._accumulate_within_memory(rows, 0, []).padded
        finally:
            self.microbatch = microbatch
            self._optimizer.zero_grad(set_to_none=True)

    @contextmanager
    def preserved(self) -> Iterator[None]:
        """Put weights and optimizer state back at the end, whatever updates were taken within."""
        weights = [moved.parameter.detach().clone() for moved in self._moving]
        state = deepcopy(self._optimizer.state_dict())
        try:
            yield
        finally:
            with torch.no_grad():
                for moved, weight in zip(self._moving, weights, strict=True):
                    moved.parameter.copy_(weight)
            self._optimizer.load_state_dict(state)

    def save(self, folder: Path) -> None:
        """Write the weights that move and the optimizer's state into `folder` as safetensors."""
        weights = {moved.name: moved.parameter.detach().contiguous() for moved in self._moving}
        save_file(weights, folder / WEIGHTS_FILE)
        state: dict[str, Tensor] = {}
        for moved in self._moving:
            for key, value in self._optimizer.state.get(moved.parameter, {}).items():
                state[f"{key}/{moved.name}"] = value.contiguous()
        save_file(state, folder / OPTIMIZER_FILE)

    def load(self, folder: Path) -> None:
        """Take up weights and optimizer state from `folder`."""
        self.load_weights(folder)
        stored = load_file(folder / OPTIMIZER_FILE, device=str(self.world.device))
        for moved in self._moving:
            keys = [key for key in STATE if f"{key}/{moved.name}" in stored]
            if keys:
                self._optimizer.state[moved.parameter] = {key: stored[f"{key}/{moved.name}"] for key in keys}

    def load_weights(self, folder: Path) -> None:
        """Take up the weights alone, as for the best checkpoint at the end."""
        stored = load_file(folder / WEIGHTS_FILE, device=str(self.world.device))
        with torch.no_grad():
            for moved in self._moving:
                moved.parameter.copy_(stored[moved.name])

    def _open(self, stage: int) -> None:
        """Let move what has joined by `stage`, and nothing else."""
        for moved in self._moving:
            moved.parameter.requires_grad_(moved.stage <= stage)
        self._parameters = [moved.parameter for moved in self._moving if moved.stage <= stage]
        self._stage = stage

    def _accumulate_within_memory(self, rows: Rows, update: int, notes: list[str]) -> _Sums:
        while True:
            try:
                return self._accumulate(rows, update)
            except RuntimeError as error:
                if not _out_of_memory(error):
                    raise
                if self.microbatch == 1:
                    raise _no_memory() from error
            self._optimizer.zero_grad(set_to_none=True)
            self.microbatch = math.ceil(self.microbatch / 2)
            if self.world.device.type == "cuda":
                torch.cuda.empty_cache()
            notes.append(f"out of memory: the microbatch is now {self.microbatch} rows; the batch stays the same")

    def _accumulate(self, rows: Rows, update: int) -> _Sums:
        self._set_modes()
        sums = _Sums()
        examples = self.examples.of(rows)
        places = self.world.places(len(examples))
        for chosen in microbatches(self.examples.lengths[examples[places]], self.microbatch):
            part = places[chosen]
            batch = self.examples.collate(examples[part]).to(self.world.device)
            self._noise.set_rows(update, part)
            with self.autocast():
                outputs = self.model(**batch.inputs)
            loss = self._loss(outputs, batch.targets)
            loss.total.backward()  # type: ignore[no-untyped-call]
            sums.loss += float(loss.total.detach())
            sums.weight += loss.weight
            sums.tokens += batch.tokens
            sums.padded += batch.padded_tokens
        return sums

    def _set_modes(self) -> None:
        """Let all but the still modules drop values; to walk over every module takes as long as a head's update."""
        if not self.model.training or any(module.training for module in self.still):
            self.model.train()
            for module in self.still:
                module.train(False)

    def _reduce_and_measure(self, sums: _Sums) -> float:
        """Add up over processes; return the norm of the mean gradient."""
        if self.world.count > 1:
            self._sum_over_processes(sums)
        sums.weight = sums.weight or 1.0  # no target in any row of the batch: loss and gradients are 0
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        return float(torch.nn.utils.get_total_norm(gradients)) / sums.weight

    def _sum_over_processes(self, sums: _Sums) -> None:
        for parameter in self._parameters:
            if parameter.grad is None:  # this process had no rows
                parameter.grad = torch.zeros_like(parameter)
            parameter.grad = self.world.sum(parameter.grad)
        own = torch.tensor([sums.loss, sums.weight, sums.tokens, sums.padded], dtype=torch.float64)
        loss, weight, tokens, padded = self.world.sum(own.to(self.world.device)).tolist()
        sums.loss, sums.weight, sums.tokens, sums.padded = loss, weight, int(tokens), int(padded)

    def _step(self, norm: float, weight: float, rate: float) -> None:
        limit = self._config.max_grad_norm
        scale = 1.0 / weight if limit is None or norm <= limit else limit / (norm * weight)
        torch._foreach_mul_([p.grad for p in self._parameters if p.grad is not None], scale)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        self._optimizer.step()


def _no_memory() -> RunError:
    return RunError(
        "the memory does not hold one row and the model's gradients",
        remedy="Lower --max-length, take a smaller base, or free memory.",
    )


def _out_of_memory(error: RuntimeError) -> bool:
    """Tell a full memory from other errors: CUDA has its own class, torch's CPU allocator only a text."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
