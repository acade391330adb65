"""Many encoded rows in few arrays: no Python object a row, so that millions fit.

Shapes: B rows, N tokens of all rows together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["EncodedRows"]


@dataclass(frozen=True)
class EncodedRows:
    """Token ids of B rows, one behind the other; row i is `ids[offsets[i]:offsets[i + 1]]`."""

    ids: npt.NDArray[np.int32]
    """Token ids, (N,)."""
    offsets: npt.NDArray[np.int64]
    """Where each row starts, and the end, (B + 1,)."""
    type_ids: npt.NDArray[np.uint8] | None
    """Which text of a pair a token belongs to, (N,); None where the model takes none."""
    cut: npt.NDArray[np.int32]
    """Tokens that truncation removed from each row, (B,)."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each row, special tokens counted, (B,)."""
        return np.diff(self.offsets)

    @property
    def truncated_rows(self) -> int:
        """Rows that were cut."""
        return int(np.count_nonzero(self.cut))

    @property
    def truncated_tokens(self) -> int:
        """Tokens that were cut, of all rows together."""
        return int(self.cut.sum(dtype=np.int64))

    def select(self, rows: npt.ArrayLike) -> EncodedRows:
        """Return the rows at these indices (or where this mask is true), in the order given."""
        chosen = np.asarray(rows)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        lengths = self.lengths[chosen]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        source = np.repeat(self.offsets[chosen] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return EncodedRows(
            ids=self.ids[source],
            offsets=offsets,
            type_ids=None if self.type_ids is None else self.type_ids[source],
            cut=self.cut[chosen],
        )
