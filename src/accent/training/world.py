"""The devices and processes that share a run: accelerate's one home."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import torch
from accelerate import Accelerator
from torch import Tensor

__all__ = ["World"]


class World:
    """This process's device and its place among the processes of the run."""

    def __init__(self) -> None:
        self._accelerator = Accelerator()
        found: torch.device = self._accelerator.device
        # Several processes on a CPU get "cpu:0", a name that safetensors does not know.
        self.device = torch.device("cpu") if found.type == "cpu" else found
        self.index: int = self._accelerator.process_index
        self.count: int = self._accelerator.num_processes

    @property
    def is_main(self) -> bool:
        """Whether this process writes the run folder."""
        return self.index == 0

    def places(self, rows: int) -> npt.NDArray[np.int64]:
        """Return which places of a batch of `rows` are this process's: every count-th, so that lengths are even."""
        return np.arange(rows)[self.index :: self.count]

    def sum(self, values: Tensor) -> Tensor:
        """Return `values` summed over all processes."""
        if self.count == 1:
            return values
        summed: Tensor = self._accelerator.reduce(values, reduction="sum")
        return summed

    def any(self, flag: bool) -> bool:
        """Return whether `flag` is true in any process, so that all of them stop at the same update."""
        return flag if self.count == 1 else bool(self.sum(torch.tensor(float(flag), device=self.device)) > 0)

    def from_main(self, numbers: dict[str, float] | None) -> dict[str, float]:
        """Return the main process's numbers in every process; the others pass None."""
        if self.count == 1 and numbers is not None:
            return numbers
        text = json.dumps(numbers).encode() if numbers is not None else b""
        size = int(self.sum(torch.tensor([len(text)], device=self.device)))
        shared = torch.zeros(size, dtype=torch.int32, device=self.device)
        if numbers is not None:
            shared += torch.tensor(list(text), dtype=torch.int32, device=self.device)
        found: dict[str, float] = json.loads(bytes(self.sum(shared).tolist()))
        return found

    def wait(self) -> None:
        """Wait until every process has come here."""
        self._accelerator.wait_for_everyone()
