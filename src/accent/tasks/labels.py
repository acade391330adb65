"""Label names: in which order they stand, which number each has, and which a model does not know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from accent.errors import DataError

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["counted", "distinct", "label_names", "label_slices", "numbered", "refuse_unknown"]

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_LABELS_SHOWN = 8
_ROWS_AT_ONCE = 10_000
_REMEDY = "Mend the label, leave those rows out, or fine-tune on data that has the class."


def label_slices(rows: Dataset) -> Iterator[pa.Array]:
    """Yield the column of labels, 10,000 rows at a time; nothing else of the rows is read."""
    for table in rows.select_columns(["label"]).with_format("arrow").iter(batch_size=_ROWS_AT_ONCE):
        yield table.column("label").combine_chunks()


def distinct(splits: Iterable[Dataset]) -> set[str]:
    """Return the different labels of all rows, or of all of a row's labels where it has a list of them."""
    found: set[str] = set()
    for rows in splits:
        for labels in label_slices(rows):
            values = labels.flatten() if pa.types.is_list(labels.type) else labels
            found.update(values.unique().to_pylist())
    return found


def counted(rows: Dataset, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return how many rows have each of the classes or labels `names` (C,)."""
    counts = Counter[str]()
    for labels in label_slices(rows):
        values = labels.flatten() if pa.types.is_list(labels.type) else labels
        counts.update({one["values"]: one["counts"] for one in values.value_counts().to_pylist()})
    return np.asarray([counts[name] for name in names], dtype=np.int64)


def refuse_unknown(rows: Dataset, names: Sequence[str]) -> None:
    """Raise DataError where rows have classes that are not among `names`: how many rows, and the first one's place.

    Labels that are no classes, such as numbers and texts (then there are no names), have nothing to be refused.
    """
    if not names:
        return
    known = pa.array(names, pa.string())
    count, first = 0, None
    for start, labels in enumerate(label_slices(rows)):
        for row in _rows_with_others(labels, known):
            first = start * _ROWS_AT_ONCE + row if first is None else first
            count += 1
    if first is None:
        return
    row = rows[first]
    labels = row["label"] if isinstance(row["label"], list) else [row["label"]]
    label = next(one for one in labels if one not in names)
    others = f" ({count:,} rows have such labels)" if count > 1 else ""
    raise DataError(
        f"label {label!r} is not one of the model's {len(names)} classes, {_shown(names)}{others}",
        where=f"{row['origin_file']}:{row['origin_line']}",
        remedy=_REMEDY,
    )


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
        raise DataError(
            f"label {unknown[0]!r} is not one of the model's {len(names)} classes",
            where=f"known: {_shown(names)}",
            remedy=_REMEDY,
        )
    return np.fromiter((index[label] for label in labels), dtype=np.int64, count=len(labels))


def _rows_with_others(labels: pa.Array, known: pa.Array) -> list[int]:
    """Return the rows of a slice that have other classes than the known ones; none where labels are no classes."""
    in_lists = pa.types.is_list(labels.type)
    values = labels.flatten() if in_lists else labels
    if not pa.types.is_string(values.type):
        return []
    places = pc.list_parent_indices(labels) if in_lists else pa.array(range(len(labels)))
    found: list[int] = places.filter(pc.invert(pc.is_in(values, known))).unique().to_pylist()
    return found


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:_LABELS_SHOWN]) + (", ..." if len(names) > _LABELS_SHOWN else "")


def _reading_order(label: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", label) if part]
