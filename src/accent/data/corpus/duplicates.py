"""Which digests have been met before, exactly, with memory that does not grow with their number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accent.growing import Grown

__all__ = ["Met"]

Digests = npt.NDArray[np.bytes_]

BITS = 8
"""Sorted runs are merged by the first byte, one of 256 parts at a time."""
BYTES_IN_MEMORY = 8 << 20


class Met:
    """Digests of 16 bytes (type S16) in sorted runs, which leave memory for temporary files once they are large.

    Two runs of like size are merged to one, so that N digests stand in about log2(N) runs.
    """

    def __init__(self, *, bytes_in_memory: int = BYTES_IN_MEMORY) -> None:
        """Begin without any; a run beyond `bytes_in_memory` is a file."""
        self._bytes_in_memory = bytes_in_memory
        self._runs: list[Digests] = []

    def add(self, digests: Digests) -> npt.NDArray[np.bool_]:
        """Take in digests (N,) and return True for each that was not met before, in them or in earlier ones."""
        unique, first = np.unique(digests, return_index=True)
        new = np.ones(len(unique), dtype=bool)
        for run in self._runs:
            places = np.searchsorted(run, unique)
            new &= run[np.minimum(places, len(run) - 1)] != unique
        self._take(unique[new])
        answer = np.zeros(len(digests), dtype=bool)
        answer[first[new]] = True
        return answer

    def _take(self, run: Digests) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = self._merged(self._runs.pop(), run)
        if len(run):
            self._runs.append(run)

    def _merged(self, one: Digests, other: Digests) -> Digests:
        merged = Grown(one.dtype, bytes_in_memory=self._bytes_in_memory)
        edges = np.array([bytes([first]) for first in range(1, 1 << BITS)], dtype=one.dtype)
        cuts = [[0, *np.searchsorted(run, edges).tolist(), len(run)] for run in (one, other)]
        for part in range(1 << BITS):
            pieces = [run[cut[part] : cut[part + 1]] for run, cut in zip((one, other), cuts, strict=True)]
            merged.append(np.sort(np.concatenate(pieces), kind="stable"))
        return merged.array()
