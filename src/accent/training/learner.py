"""One update: microbatches forward and backward, one division, one clip, one optimizer step.

The loss of an update is the sum over all its rows divided once by their weight, over microbatches and processes alike.
A loss or gradient that is not finite never reaches the weights. When memory runs out the microbatch is halved and the
update starts again: since dropout belongs to the row, the result is the same to float tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from accent.config import TrainingConfig
from accent.errors import RunError
from accent.strategies import RatedParameter
from accent.tasks import Batch, SummedLoss
from accent.training.batching import microbatches
from accent.training.dropout import install_row_dropout
from accent.training.groups import parameter_groups
from accent.training.schedules import rate_share
from accent.training.world import World

__all__ = ["Examples", "Learner", "UpdateReport"]

Rows = npt.NDArray[np.int64]
WEIGHTS_FILE = "weights.safetensors"
OPTIMIZER_FILE = "optimizer.safetensors"


@dataclass(frozen=True)
class Examples:
    """The training rows as the learner sees them: each is one example, or several windows of its text."""

    lengths: Rows
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
    """A model, its optimizer, and how an update is made. Its state is in `save` and `load`, and nowhere else."""

    def __init__(
        self,
        model: nn.Module,
        moving: list[RatedParameter],
        *,
        examples: Examples,
        loss: Callable[[Any, Mapping[str, Tensor]], SummedLoss],
        config: TrainingConfig,
        seed: int,
        world: World,
        autocast: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self.model = model.to(world.device)
        self.world = world
        self.microbatch = config.microbatch_size or config.batch_size
        self._examples = examples
        self._loss = loss
        self._config = config
        self._autocast = autocast
        self._noise = install_row_dropout(model, seed=seed)
        self._parameters = [moved.parameter for moved in moving]
        self._optimizer = torch.optim.AdamW(
            parameter_groups(moving, config.weight_decay), lr=config.learning_rate, fused=True
        )

    def update(self, rows: Rows, update: int, updates: int) -> UpdateReport:
        """Take update number `update` (from 0) of `updates` on `rows` and say what it did."""
        notes: list[str] = []
        sums = self._accumulate_within_memory(rows, update, notes)
        norm = self._reduce_and_measure(sums)
        rate = self._config.learning_rate * rate_share(self._config.schedule, update, updates)
        loss = sums.loss / sums.weight
        skipped = not (math.isfinite(loss) and math.isfinite(norm))
        if not skipped:
            self._step(norm, sums.weight, rate)
        self._optimizer.zero_grad(set_to_none=True)
        return UpdateReport(loss, norm, rate, len(rows), sums.tokens, sums.padded, skipped, tuple(notes))

    def save(self, folder: Path) -> None:
        """Write weights and optimizer state into `folder` as safetensors."""
        save_file(self._weights(), folder / WEIGHTS_FILE)
        state: dict[str, Tensor] = {}
        for name, parameter in self._named_moving():
            for key, value in self._optimizer.state.get(parameter, {}).items():
                state[f"{key}/{name}"] = value.contiguous()
        save_file(state, folder / OPTIMIZER_FILE)

    def load(self, folder: Path) -> None:
        """Take up weights and optimizer state from `folder`."""
        self.load_weights(folder)
        stored = load_file(folder / OPTIMIZER_FILE, device=str(self.world.device))
        for name, parameter in self._named_moving():
            keys = [key for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}/{name}" in stored]
            if keys:
                self._optimizer.state[parameter] = {key: stored[f"{key}/{name}"] for key in keys}

    def load_weights(self, folder: Path) -> None:
        """Take up the weights alone, as for the best checkpoint at the end."""
        stored = load_file(folder / WEIGHTS_FILE, device=str(self.world.device))
        with torch.no_grad():
            for name, tensor in self._weights().items():
                tensor.copy_(stored[name])

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
        self.model.train()
        sums = _Sums()
        examples = self._examples.of(rows)
        places = self.world.places(len(examples))
        for chosen in microbatches(self._examples.lengths[examples[places]], self.microbatch):
            part = places[chosen]
            batch = self._examples.collate(examples[part]).to(self.world.device)
            self._noise.set_rows(update, part)
            with self._autocast():
                outputs = self.model(**batch.inputs)
            loss = self._loss(outputs, batch.targets)
            loss.total.backward()  # type: ignore[no-untyped-call]
            sums.loss += float(loss.total.detach())
            sums.weight += loss.weight
            sums.tokens += batch.tokens
            sums.padded += batch.padded_tokens
        return sums

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

    def _named_moving(self) -> list[tuple[str, nn.Parameter]]:
        groups = self._optimizer.param_groups
        return [pair for group in groups for pair in zip(group["names"], group["params"], strict=True)]

    def _weights(self) -> dict[str, Tensor]:
        """Return each distinct tensor of the model once, under its first name."""
        seen: set[int] = set()
        weights: dict[str, Tensor] = {}
        for name, tensor in self.model.state_dict(keep_vars=True).items():
            if id(tensor) not in seen:
                seen.add(id(tensor))
                weights[name] = tensor.detach().contiguous()
        return weights


def _no_memory() -> RunError:
    return RunError(
        "the memory does not hold one row and the model's gradients",
        remedy="Lower --max-length, take a smaller base, or free memory.",
    )


def _out_of_memory(error: RuntimeError) -> bool:
    """Tell a full memory from other errors: CUDA has its own class, torch's CPU allocator only a text."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
