"""What frozen layers say of many examples, in one array that may lie on disk.

Shapes: E examples, M vectors of all examples, D width, B examples of a batch, T tokens of the longest of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["Activations"]


@dataclass(frozen=True)
class Activations:
    """The hidden states of E examples, as a model with a `Cut` takes them in the place of its frozen layers."""

    values: npt.NDArray[np.float32]
    """The vectors, (M, D), example after example; read only where they are asked for, so a memory map will do."""
    offsets: npt.NDArray[np.int64] | None = None
    """Where each example's vectors start, and the end, (E + 1,); None where one token of each is all that is read."""

    @property
    def single(self) -> bool:
        """Whether there is one vector an example."""
        return self.offsets is None

    def batch(self, chosen: npt.NDArray[np.int64]) -> Tensor:
        """Return the vectors of some examples as float32 (B, T, D), zeros on the padding; T is 1 where each has one."""
        if self.offsets is None:
            return torch.from_numpy(_gathered(self.values, chosen)[:, None])
        starts_B = self.offsets[chosen]
        lengths_B = self.offsets[chosen + 1] - starts_B
        columns_T = np.arange(int(lengths_B.max(initial=0)))
        mask_BT = columns_T < lengths_B[:, None]
        filled_BTD = np.zeros((*mask_BT.shape, self.values.shape[1]), dtype=np.float32)
        filled_BTD[mask_BT] = _gathered(self.values, (starts_B[:, None] + columns_T)[mask_BT])
        return torch.from_numpy(filled_BTD)


def _gathered(values: npt.NDArray[Any], places: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return a copy of some rows; a memory map's own indexing would make a memory map of them, which is slow."""
    return np.asarray(values)[places]
