"""Which blocks of running text stand in which update: a pure function of (blocks, seed, epoch).

All blocks of an update are as long as each other, so that order is free. A block is named by its number over all
epochs, epoch x K + block of K blocks: what is hidden in it may differ from epoch to epoch. Blocks of the same text cut
shorter, which a run may begin with, have negative names: -1 for the first.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from accent.seeds import generator

__all__ = ["BlockPlan", "EveryEpoch", "GrowingPlan"]

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


class GrowingPlan:
    """Short blocks in the first updates, then whole ones; passes are counted in whole ones."""

    def __init__(self, short: BlockPlan, whole: BlockPlan, *, updates: int) -> None:
        """Take a plan of each, and the number of updates of short blocks."""
        self._short = short
        self._whole = whole
        self._updates = updates

    @property
    def batch_size(self) -> int:
        """Whole blocks in an update."""
        return self._whole.batch_size

    @property
    def rows(self) -> int:
        """Whole blocks in one pass."""
        return self._whole.rows

    @property
    def updates_per_epoch(self) -> int:
        """Batches in one pass over the whole blocks."""
        return self._whole.updates_per_epoch

    def batch(self, update: int) -> Rows:
        """Return the names of the blocks of `update`, counted from 0."""
        return -1 - self._short.batch(update) if update < self._updates else self._whole.batch(update)


class EveryEpoch:
    """The lengths of blocks by their names, though they stand in memory once."""

    def __init__(self, lengths: Rows, short: Rows | None = None) -> None:
        """Take the tokens of each block of one epoch, and of each short one."""
        self._lengths = lengths
        self._short = lengths if short is None else short

    def __getitem__(self, names: Rows) -> Rows:
        """Return the tokens of some blocks."""
        short = self._short[(-1 - names) % len(self._short)]
        return np.where(names < 0, short, self._lengths[names % len(self._lengths)])
