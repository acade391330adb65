"""Which rows stand in which update: a pure function of (lengths, seed, epoch).

Rows are shuffled, cut into windows of 100 batches, sorted by length within a window, cut into batches, and the batches
are shuffled again: neighbours in length share a batch, so little is padded, and every epoch has its own order. Where
the rows' classes are given, an epoch has as many rows, drawn with replacement so that every class is equally likely:
P(row) = 1 / (K n_c) for K classes and n_c rows of the row's own. Where one long row would pad all others of its batch,
the batch is computed in several microbatches: the update is the same.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

from accent.seeds import generator

__all__ = ["BatchPlan", "Plan", "microbatches", "padding_share"]

Rows = npt.NDArray[np.int64]
Lengths = npt.NDArray[np.int64]
WINDOW_BATCHES = 100
MICROBATCH_TOKENS = 384
"""What a further microbatch costs beside its tokens, in tokens: weights cast once more, gradients added once more."""


class Plan(Protocol):
    """What stands in which update."""

    @property
    def batch_size(self) -> int:
        """Rows in an update."""
        ...

    @property
    def rows(self) -> int:
        """Rows in one pass."""
        ...

    @property
    def updates_per_epoch(self) -> int:
        """Updates in one pass."""
        ...

    def batch(self, update: int) -> Rows:
        """Return the rows of `update`, counted from 0 over all passes."""
        ...


class BatchPlan:
    """The batches of every epoch. Only the epoch that is asked for is in memory.

    `lengths` are tokens a row; the last batch of a window that the rows do not fill is smaller, and no row is left out.
    With `classes`, the number of each row's class, rows are drawn so that all classes are equally likely.
    """

    def __init__(self, lengths: Lengths, batch_size: int, *, seed: int, classes: Rows | None = None) -> None:
        self._lengths = np.asarray(lengths)
        self._chances = None if classes is None else _even_chances(classes)
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

    def longest(self, rows: Rows) -> int:
        """Return the tokens of the longest of some rows."""
        return int(self._lengths[rows].max())

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
        if self._chances is not None:
            rows = chance.choice(len(rows), size=len(rows), p=self._chances)
        batches: list[Rows] = []
        window = WINDOW_BATCHES * self._batch_size
        for start in range(0, len(rows), window):
            near = rows[start : start + window]
            near = near[np.argsort(self._lengths[near], kind="stable")]
            batches += [near[at : at + self._batch_size] for at in range(0, len(near), self._batch_size)]
        return [batches[index] for index in chance.permutation(len(batches))]


def _even_chances(classes: Rows) -> npt.NDArray[np.float64]:
    """Return each row's chance to be drawn, the same for every class that has rows."""
    _, own, counts = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (len(counts) * counts[own]))


def microbatches(lengths: Lengths, most_rows: int) -> list[Rows]:
    """Cut a batch into the microbatches that cost least: their tokens with padding, and a fixed cost each.

    `lengths` are those of the batch's rows; each answer is an array of places in the batch, at most `most_rows` long.
    Dynamic programming over the rows in order of length: cost(j) = min over i of cost(i) + (j - i) length(j) + fixed.
    """
    order = np.argsort(lengths, kind="stable")
    ordered = np.asarray(lengths)[order]
    if 0 < len(order) <= most_rows and ordered[0] == ordered[-1]:  # nothing would be padded
        return [order]
    cost = np.zeros(len(order) + 1)
    cut = np.zeros(len(order) + 1, dtype=np.int64)
    for end in range(1, len(order) + 1):
        starts = np.arange(max(0, end - most_rows), end)
        costs = cost[starts] + (end - starts) * ordered[end - 1] + MICROBATCH_TOKENS
        best = int(costs.argmin())
        cost[end], cut[end] = costs[best], starts[best]
    found, end = [], len(order)
    while end > 0:
        found.append(order[cut[end] : end])
        end = int(cut[end])
    return found[::-1]


def padding_share(lengths: Lengths, batches: list[Rows]) -> float:
    """Return padding tokens over all tokens when each batch is computed in its cheapest microbatches."""
    padded = 0
    for batch in batches:
        own = lengths[batch]
        padded += sum(int(own[part].max()) * len(part) for part in microbatches(own, len(batch)))
    return 1.0 - float(sum(int(lengths[batch].sum()) for batch in batches)) / max(1, padded)
