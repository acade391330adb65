"""Arrays that grow as rows come in, and leave memory for an unnamed temporary file once they are large."""

from __future__ import annotations

import tempfile
import weakref
from typing import IO, Any

import numpy as np
import numpy.typing as npt

__all__ = ["Grown"]

_BYTES_IN_MEMORY = 64 * 2**20  # 8 million float64: the probabilities of 55,000 rows of 150 classes


class Grown:
    """Rows of one type and shape, appended chunk by chunk.

    Beyond `bytes_in_memory` they move to a temporary file without a name, which the system removes with the object (or
    with the process, however that ends), and `array` maps it: what is read of it takes memory that the system can take
    back. `shape` is that of one row.
    """

    def __init__(
        self, dtype: npt.DTypeLike, shape: tuple[int, ...] = (), *, bytes_in_memory: int = _BYTES_IN_MEMORY
    ) -> None:
        self._dtype = np.dtype(dtype)
        self._shape = shape
        self._bytes_in_memory = bytes_in_memory
        self._parts: list[npt.NDArray[Any]] = []
        self._rows = 0
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return self._rows

    def append(self, part: npt.NDArray[Any]) -> None:
        """Take in a copy of some rows; ValueError where they are not of the shape."""
        if part.ndim != len(self._shape) + 1 or part.shape[1:] != self._shape:
            raise ValueError(f"rows of shape {self._shape} were promised, not {part.shape[1:]}")
        self._parts.append(np.array(part, dtype=self._dtype, order="C"))
        self._rows += len(part)
        row_bytes = self._dtype.itemsize * int(np.prod(self._shape))
        if self._file is not None or self._rows * row_bytes > self._bytes_in_memory:
            self._spill()

    def array(self) -> npt.NDArray[Any]:
        """Return all rows so far, to be read only. It stays as it is when more rows are appended."""
        if self._file is not None:
            self._file.flush()
            return np.memmap(self._file, dtype=self._dtype, mode="r", shape=(self._rows, *self._shape))
        joined = np.concatenate([np.zeros((0, *self._shape), dtype=self._dtype), *self._parts])
        joined.flags.writeable = False
        self._parts = [joined]
        return joined

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="accent-")  # noqa: SIM115 - it lives as long as the object
            weakref.finalize(self, self._file.close)
        for part in self._parts:
            self._file.write(part.tobytes())
        self._parts = []
