"""Which rows stand in which update: a pure function of (lengths, seed, epoch).

Rows are shuffled, cut into windows of 50 batches, sorted by length within a window, cut into batches, and the batches
are shuffled again: neighbours in length share a batch, so little is padded, and every epoch has its own order.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from accent.seeds import generator

__all__ = ["BatchPlan", "padding_share"]

Rows = npt.NDArray[np.int64]
WINDOW_BATCHES = 50


class BatchPlan:
    """The batches of every epoch. Only the epoch that is asked for is in memory.

    `lengths` are tokens a row; the last batch of a window that the rows do not fill is smaller, and no row is left out.
    """

    def __init__(self, lengths: npt.NDArray[np.int64], batch_size: int, *, seed: int) -> None:
        self._lengths = np.asarray(lengths)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch: tuple[int, list[Rows]] | None = None

    @property
    def batch_size(self) -> int:
        """Rows in an update."""
        return self._batch_size

    @property
    def rows(self) -> int:
        """Rows in one pass."""
        return len(self._lengths)

    @property
    def updates_per_epoch(self) -> int:
        """Batches in one pass over the rows."""
        return math.ceil(len(self._lengths) / self._batch_size)

    def batch(self, update: int) -> Rows:
        """Return the rows of `update`, counted from 0 over all epochs."""
        epoch, position = divmod(update, self.updates_per_epoch)
        if self._epoch is None or self._epoch[0] != epoch:
            self._epoch = (epoch, self.epoch(epoch))
        return self._epoch[1][position]

    def epoch(self, epoch: int) -> list[Rows]:
        """Return the batches of one epoch in the order in which they are trained on."""
        chance = generator(self._seed, "batches", epoch)
        rows = chance.permutation(len(self._lengths))
        batches: list[Rows] = []
        window = WINDOW_BATCHES * self._batch_size
        for start in range(0, len(rows), window):
            near = rows[start : start + window]
            near = near[np.argsort(self._lengths[near], kind="stable")]
            batches += [near[at : at + self._batch_size] for at in range(0, len(near), self._batch_size)]
        return [batches[index] for index in chance.permutation(len(batches))]


def padding_share(lengths: npt.NDArray[np.int64], batches: list[Rows]) -> float:
    """Return padding tokens over all tokens when each batch is padded to its longest row."""
    padded = sum(int(lengths[batch].max()) * len(batch) for batch in batches)
    return 1.0 - float(sum(int(lengths[batch].sum()) for batch in batches)) / max(1, padded)
