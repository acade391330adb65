"""What the tasks share that give one answer to a whole text: classification, multilabel, regression.

A text that is read in windows counts once: each of its W windows bears the text's targets with weight 1/W in the loss,
and its answer is pooled from theirs. Letters: E examples, R rows, C outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.tasks.examples import Batch, Examples
from accent.tasks.protocol import Columns
from accent.tokenization import EncodedRows, Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["encode_texts", "joined_texts", "pool_windows", "read_logits", "stacked", "weighed"]

Floats = npt.NDArray[np.float64]


def encode_texts(columns: Columns, encoder: Encoder, targets: npt.NDArray[Any] | None) -> Examples:
    """Encode texts or pairs; `targets` (R, ...) go to each of a row's windows, with the weights that make them one."""
    rows = encoder.encode_flat(list(columns["text"]), list(columns["text_pair"]) if "text_pair" in columns else None)
    if targets is None:
        return Examples(rows=rows, pad_id=encoder.pad_id)
    if rows.windows is None:
        return Examples(rows=rows, pad_id=encoder.pad_id, of_examples={"labels": targets})
    row_of_E = rows.row_of()
    weights_E = (1.0 / np.diff(rows.windows)[row_of_E]).astype(np.float32)
    return Examples(rows=rows, pad_id=encoder.pad_id, of_examples={"labels": targets[row_of_E], "weights": weights_E})


def weighed(
    losses_B: Tensor, targets: Mapping[str, Tensor], row_weights_B: Tensor | None = None
) -> tuple[Tensor, float]:
    """Return the sum of the examples' losses, each with its weight where there are weights, and the sum of weights.

    `row_weights_B` are the weights of the rows that the examples are windows of, or all of.
    """
    weights_B = targets.get("weights")
    if row_weights_B is not None:
        weights_B = row_weights_B if weights_B is None else weights_B * row_weights_B
    if weights_B is None:
        return losses_B.sum(), float(losses_B.shape[0])
    return (losses_B * weights_B).sum(), float(weights_B.sum(dtype=torch.float64))


def read_logits(model: PreTrainedModel, batch: Batch) -> npt.NDArray[np.float32]:
    """Return the logits (B, C) of a batch in float32."""
    logits_BC: Tensor = model(**batch.inputs).logits
    found: npt.NDArray[np.float32] = logits_BC.float().cpu().numpy()
    return found


def pool_windows(rows: EncodedRows, values_EC: Floats, pool: str) -> Floats:
    """Return each row's mean or largest value over its windows (R, C)."""
    if rows.windows is None or len(values_EC) == rows.rows:
        return values_EC
    starts_R = rows.windows[:-1]
    if pool == "max":
        return np.asarray(np.maximum.reduceat(values_EC, starts_R, axis=0))
    return np.asarray(np.add.reduceat(values_EC, starts_R, axis=0) / np.diff(rows.windows)[:, None])


def stacked(readings: Sequence[Any], width: int) -> Floats:
    """Return one reading an example as an array (E, C)."""
    return np.asarray(readings, dtype=np.float64).reshape(len(readings), width)


def joined_texts(dataset: Dataset) -> list[str]:
    """Return the texts for a baseline that reads one text a row: a pair's two with a space between."""
    if "text_pair" not in dataset.column_names:
        return list(dataset["text"][:])
    return [f"{one} {other}" for one, other in zip(dataset["text"][:], dataset["text_pair"][:], strict=True)]
