"""Label names: in which order they stand, and which number each has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from accent.errors import DataError

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["distinct", "label_names", "numbered"]

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_LABELS_SHOWN = 8
_ROWS_AT_ONCE = 10_000


def distinct(splits: Iterable[Dataset]) -> set[str]:
    """Return the different labels of all rows, or of all of a row's labels where it has a list of them."""
    found: set[str] = set()
    for rows in splits:
        for table in rows.select_columns(["label"]).with_format("arrow").iter(batch_size=_ROWS_AT_ONCE):
            labels = table.column("label").combine_chunks()
            values = labels.flatten() if pa.types.is_list(labels.type) else labels
            found.update(values.unique().to_pylist())
    return found


def label_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct labels in reading order: numbers by value (2 before 10), others by their letters."""
    names = set(labels)
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names, key=lambda name: (_reading_order(name), name)))


def numbered(labels: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the place of each label among `names`; one that is not there is a DataError."""
    index = {name: number for number, name in enumerate(names)}
    unknown = sorted(set(labels) - index.keys())
    if unknown:
        more = ", ..." if len(names) > _LABELS_SHOWN else ""
        raise DataError(
            f"label {unknown[0]!r} is not one of the model's {len(names)} classes",
            where=f"known: {', '.join(names[:_LABELS_SHOWN])}{more}",
            remedy="Mend the label, leave those rows out, or fine-tune on data that has the class.",
        )
    return np.fromiter((index[label] for label in labels), dtype=np.int64, count=len(labels))


def _reading_order(label: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", label) if part]
