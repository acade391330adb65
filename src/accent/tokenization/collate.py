"""Encoded rows into the tensors of one batch.

Shapes: B rows, T tokens of the longest of them, N tokens of all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from accent.tokenization.rows import EncodedRows

__all__ = ["collate"]


def collate(encoded: EncodedRows, rows: npt.ArrayLike, *, pad_id: int) -> dict[str, torch.Tensor]:
    """Gather rows into `input_ids`, `attention_mask` and, where the model takes them, `token_type_ids`.

    Each is int64 (B, T), padded on the right to the longest row; the mask is 1 on tokens and 0 on padding. A row
    without any token (an empty text where the tokenizer adds no special tokens) is one token of padding that counts:
    attention over nothing is not a number.
    """
    chosen = np.asarray(rows, dtype=np.int64)
    starts_B = encoded.offsets[chosen]
    lengths_B = encoded.offsets[chosen + 1] - starts_B
    columns_T = np.arange(max(1, int(lengths_B.max(initial=0))))
    mask_BT = columns_T < lengths_B[:, None]
    source_N = (starts_B[:, None] + columns_T)[mask_BT]
    tensors = {
        "input_ids": _fill(mask_BT, encoded.ids[source_N], pad_id),
        "attention_mask": torch.from_numpy((mask_BT | (columns_T == 0)).astype(np.int64)),
    }
    if encoded.type_ids is not None:
        tensors["token_type_ids"] = _fill(mask_BT, encoded.type_ids[source_N], 0)
    return tensors


def _fill(mask_BT: npt.NDArray[np.bool_], values_N: npt.NDArray[Any], fill: int) -> torch.Tensor:
    """Lay the values where the mask is true, row after row, and `fill` elsewhere."""
    filled_BT = np.full(mask_BT.shape, fill, dtype=np.int64)
    filled_BT[mask_BT] = values_N
    return torch.from_numpy(filled_BT)
