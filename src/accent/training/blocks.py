"""Which blocks of running text stand in which update: a pure function of (blocks, seed, epoch).

All blocks are as long as each other, so that order is free. A block is named by its number over all epochs,
epoch x K + block of K blocks: what is hidden in it may differ from epoch to epoch.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from accent.seeds import generator

__all__ = ["BlockPlan", "EveryEpoch"]

Rows = npt.NDArray[np.int64]


class BlockPlan:
    """The blocks of every update. Only the order of the epoch that is asked for is in memory."""

    def __init__(self, blocks: int, batch_size: int, *, seed: int) -> None:
        """Take the number of blocks, at least 1."""
        self._blocks = blocks
        self._batch_size = min(batch_size, blocks)
        self._seed = seed
        self._epoch: tuple[int, Rows] | None = None

    @property
    def batch_size(self) -> int:
        """Blocks in an update."""
        return self._batch_size

    @property
    def rows(self) -> int:
        """Blocks in one pass."""
        return self._blocks

    @property
    def updates_per_epoch(self) -> int:
        """Batches in one pass over the blocks."""
        return math.ceil(self._blocks / self._batch_size)

    def batch(self, update: int) -> Rows:
        """Return the numbers over all epochs of the blocks of `update`, counted from 0."""
        epoch, position = divmod(update, self.updates_per_epoch)
        if self._epoch is None or self._epoch[0] != epoch:
            order = generator(self._seed, "blocks", epoch).permutation(self._blocks)
            self._epoch = (epoch, epoch * self._blocks + order)
        return self._epoch[1][position * self._batch_size : (position + 1) * self._batch_size]


class EveryEpoch:
    """The lengths of blocks by their numbers over all epochs, though they stand in memory once."""

    def __init__(self, lengths: Rows) -> None:
        """Take the tokens of each block of one epoch."""
        self._lengths = lengths

    def __getitem__(self, numbers: Rows) -> Rows:
        """Return the tokens of some blocks."""
        return np.asarray(self._lengths[numbers % len(self._lengths)])
