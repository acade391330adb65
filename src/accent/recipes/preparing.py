"""What training needs, in order: the rows, the base, the audit, the token ids."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.config import DataConfig, FinetuneConfig
from accent.data import Audit, LoadedData, audit, load
from accent.errors import DataError, Problems, RunError
from accent.modeling import Base, find_base
from accent.recipes.writing import RunWriter
from accent.records import write_json
from accent.tokenization import EncodedRows, Encoder, encode_rows, load_tokenizer

__all__ = ["Prepared", "label_names", "prepare", "stop_on_errors"]

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Prepared:
    """Everything that does not depend on the weights."""

    data: LoadedData
    base: Base
    encoder: Encoder
    labels: tuple[str, ...]
    """The classes of all splits: where the audit was told to allow it, some may be in no training row."""
    training_rows: EncodedRows
    training_labels: npt.NDArray[np.str_]


def prepare(config: FinetuneConfig, writer: RunWriter) -> Prepared:
    """Read, audit and encode; the audit stands in the run folder even when it stops the run."""
    with writer.stage("data", "reading the data"):
        data = load(config.data, seed=config.run.seed, offline=config.run.offline)
        _take_fingerprint(data, config.data, writer)
    with writer.stage("base", "finding the base"):
        base = find_base(config.model.base, revision=config.model.revision, offline=config.run.offline)
        _check_same_base(base, writer)
        encoder = Encoder(load_tokenizer(base.folder), config.training.max_length)
    with writer.stage("audit", "auditing the data"):
        found = _audit_for_training(data, config, encoder.lengths, encoder.max_length)
        if writer.active:
            write_json(writer.folder.audit, found.to_json())
        writer.tell("audit", {"audit": found})
        stop_on_errors(found)
    with writer.stage("data", "encoding the training rows"):
        train = data.splits["train"]
        encoded = encode_rows(train, encoder)
    labels = np.asarray(train["label"][:])
    known = np.concatenate([np.unique(np.asarray(rows["label"][:])) for rows in data.splits.values()])
    writer.record.training["truncated_rows"] = encoded.truncated_rows
    return Prepared(data, base, encoder, label_names(known), encoded, labels)


def _audit_for_training(
    data: LoadedData,
    config: FinetuneConfig,
    lengths: Callable[[list[str], list[str] | None], npt.NDArray[np.int64]],
    max_length: int,
) -> Audit:
    """Audit `data` as `accent check` would with the same settings."""
    return audit(data, allow=config.data.allow, lengths=lengths, max_length=max_length, seed=config.run.seed)


def stop_on_errors(found: Audit) -> None:
    """Raise every audit error that was not allowed, together."""
    if found.errors:
        raise Problems(
            [
                DataError(error.what, where=str(error.places[0]) if error.places else None, remedy=error.remedy)
                for error in found.errors
            ]
        )


def label_names(labels: npt.NDArray[np.str_]) -> tuple[str, ...]:
    """Return the distinct labels in reading order: numbers by value (2 before 10), others by their letters."""
    names = [str(label) for label in np.unique(labels)]
    if all(_NUMBER.fullmatch(name) for name in names):
        return tuple(sorted(names, key=lambda name: (float(name), name)))
    return tuple(sorted(names, key=lambda name: (_reading_order(name), name)))


def _reading_order(label: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", label) if part]


def _take_fingerprint(data: LoadedData, config: DataConfig, writer: RunWriter) -> None:
    """Write down what was read; a resumed run must have read the same."""
    begun = writer.record.data.get("fingerprint")
    if begun is not None and begun != data.fingerprint:
        raise RunError(
            "the data has changed since the run was begun",
            where=config.source,
            remedy="Put the data back as it was, or start a new run.",
        )
    writer.record.data = {
        "source": config.source,
        "fingerprint": data.fingerprint,
        "rows": {name: len(rows) for name, rows in data.splits.items()},
        "files": data.files,
        "notes": list(data.notes),
        "cleaning": data.cleaning,
        "dropped": data.skipped,
        "given_split": data.given_split,
        "schema": {
            "text_columns": list(data.schema.text_columns),
            "label_column": data.schema.label_column,
            "group_column": data.schema.group_column,
        },
    }
    writer.tell("data", writer.record.data)
    writer.save()


def _check_same_base(base: Base, writer: RunWriter) -> None:
    """Refuse to go on from another base: a resumed run must start from the weights that it began with."""
    begun = writer.record.base.get("digest")
    if begun is not None and begun != base.digest:
        raise RunError(
            "the base has changed since the run was begun",
            where=base.name,
            remedy="Put the base back as it was, or start a new run.",
        )
