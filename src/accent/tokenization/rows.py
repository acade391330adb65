"""Many encoded rows in few arrays: no Python object a row, so that millions fit.

Shapes: E examples, R rows, N tokens of all examples together. A row is one example, or several where its text is read
in windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Digest", "EncodedRows"]

HASHED_AT_ONCE = 1 << 22


class Digest(Protocol):
    """A hash on its way, of `hashlib`."""

    def update(self, data: Any, /) -> None:
        """Take in further bytes."""
        ...


@dataclass(frozen=True)
class EncodedRows:
    """Token ids of E examples, one behind the other; example i is `ids[offsets[i]:offsets[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    """Token ids, (N,)."""
    offsets: npt.NDArray[np.int64]
    """Where each example starts, and the end, (E + 1,)."""
    type_ids: npt.NDArray[np.uint8] | None
    """Which text of a pair a token belongs to, (N,); None where the model takes none."""
    cut: npt.NDArray[np.int32]
    """Tokens that truncation removed from each row, (R,)."""
    windows: npt.NDArray[np.int64] | None = None
    """Where each row's examples start, and the end, (R + 1,); None where each row is one example."""
    spans: npt.NDArray[np.int32] | None = None
    """First character and end of each token in the row's text (of a pair, the second), (N, 2).

    -1 for special tokens and other texts; None where nobody asked for them.
    """

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.offsets) - 1

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self) if self.windows is None else len(self.windows) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each example, special tokens counted, (E,)."""
        return np.diff(self.offsets)

    @property
    def row_lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each row, over all of its windows, (R,)."""
        return self.lengths if self.windows is None else np.diff(self.offsets[self.windows])

    @property
    def truncated_rows(self) -> int:
        """Rows that were cut."""
        return int(np.count_nonzero(self.cut))

    @property
    def truncated_tokens(self) -> int:
        """Tokens that were cut, of all rows together."""
        return int(self.cut.sum(dtype=np.int64))

    def row_of(self) -> npt.NDArray[np.int64]:
        """Return the row that each example belongs to, (E,)."""
        if self.windows is None:
            return np.arange(len(self), dtype=np.int64)
        return np.repeat(np.arange(self.rows, dtype=np.int64), np.diff(self.windows))

    def digest_into(self, state: Digest) -> None:
        """Hand a hash what a model would read: the examples' tokens, in their order."""
        columns: list[npt.NDArray[Any]] = [self.offsets, self.ids, *([] if self.type_ids is None else [self.type_ids])]
        for values in columns:
            for start in range(0, len(values), HASHED_AT_ONCE):
                state.update(np.ascontiguousarray(values[start : start + HASHED_AT_ONCE]).data)
