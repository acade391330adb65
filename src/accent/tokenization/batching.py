"""Which rows are answered together: a pure function of their lengths and a budget of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["batch_by_length", "padding_share"]

Lengths = npt.NDArray[np.integer[Any]]
Rows = npt.NDArray[np.int64]

_NEAR = 15 / 16
_LEAST_FILLED = 4


def batch_by_length(lengths: Lengths, *, batch_tokens: int) -> list[Rows]:
    """Return batches of row indices, longest rows first, each row in exactly one.

    A batch padded to its longest row has at most `batch_tokens` tokens; a row that is longer than that stands alone.
    Once a quarter of the budget is used, a batch also ends before rows a sixteenth shorter than its longest, because
    padding costs more time than one more batch. The longest come first: memory that does not suffice shows at once.
    """
    descending = -np.asarray(lengths, dtype=np.int64)
    order = np.argsort(descending, kind="stable")
    descending = descending[order]
    batches: list[Rows] = []
    start = 0
    while start < len(order):
        longest = max(1, -int(descending[start]))
        most = max(1, batch_tokens // longest)
        least = max(1, batch_tokens // (_LEAST_FILLED * longest))
        near = int(np.searchsorted(descending, -longest * _NEAR, side="right")) - start
        count = min(most, max(least, near))
        batches.append(order[start : start + count])
        start += count
    return batches


def padding_share(lengths: Lengths, batches: list[Rows]) -> float:
    """Return the share of padding among all tokens when each batch is padded to its longest row."""
    padded = sum(int(lengths[batch].max()) * len(batch) for batch in batches)
    return 1.0 - sum(int(lengths[batch].sum()) for batch in batches) / padded if padded else 0.0
