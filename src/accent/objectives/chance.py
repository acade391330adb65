"""Chance that belongs to a block: a pure function of (seed, epoch, name, block, place).

A batch is drawn as a whole, and yet a block draws the same numbers in whatever batch, microbatch or process it stands:
cutting a batch, spreading it over processes and resuming leave every mask as it was.

Each block's numbers are the stream of SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195) from a key
of its own. Legend: B blocks, N numbers of each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from accent.seeds import derive

__all__ = ["Chance"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_BITS_DROPPED = np.uint64(11)  # 53 bits are what a float64 holds
_UNIT = 2.0**-53


class Chance:
    """Numbers for the blocks of one batch. Each use has a name of its own, so that adding one moves no other."""

    def __init__(self, seed: int, epoch: int, blocks_B: npt.NDArray[np.integer[Any]]) -> None:
        """Take the run's seed, the epoch (always the same where masks are static) and the blocks' numbers."""
        self._seed = seed
        self._epoch = epoch
        self._blocks_B = np.asarray(blocks_B, dtype=np.uint64)

    def uniform(self, name: str, count: int) -> npt.NDArray[np.float64]:
        """Return numbers from 0 (included) to 1 (excluded), (B, count); fewer of them are the same ones."""
        base = np.uint64(derive(self._seed, f"objective/{name}", self._epoch))
        keys_B = _mixed(base + (self._blocks_B + np.uint64(1)) * _GOLDEN)
        numbers_N = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
        return (_mixed(keys_B[:, None] + numbers_N) >> _BITS_DROPPED).astype(np.float64) * _UNIT

    def below(self, name: str, limit: int, count: int) -> npt.NDArray[np.int64]:
        """Return whole numbers from 0 to `limit` - 1, each equally likely, (B, count)."""
        return (self.uniform(name, count) * limit).astype(np.int64)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return SplitMix64's finalizer of each value."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))
