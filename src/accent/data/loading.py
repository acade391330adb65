"""From DATA to the standard rows of each split: read, find the columns, clean, split, limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import datasets

from accent.config.data import DataConfig, adds_up
from accent.data.cleaning import DROPPING, label_spellings
from accent.data.fingerprint import fingerprint
from accent.data.hub import read_hub
from accent.data.partition import partition
from accent.data.profiles import profile_columns
from accent.data.reading import Rows, read_file
from accent.data.schema import Found, Schema, find_schema
from accent.data.sources import find_sources
from accent.data.standard import Cleaning, count_labels, standard_rows
from accent.data.store import Stored
from accent.data.vocabulary import ALL_ROWS, SPLITS
from accent.errors import ConfigError, DataError

__all__ = ["LoadedData", "load", "load_rows"]

Parts = Mapping[str, Sequence[Rows]]


@dataclass(frozen=True, kw_only=True)
class LoadedData:
    """The rows of each split in standard columns, and how they came to be.

    `splits` has keys among train, validation, test; each data set has `text` (str), for pairs `text_pair` (str),
    `label` (str), with a group column `group` (str), `origin_file` (str) and `origin_line` (int, from 1). `cleaning` is
    step -> rows changed; `skipped` the rows that cleaning dropped; `given_split` whether the source brought a test
    split of its own; `files` path -> SHA-256.
    """

    splits: dict[str, datasets.Dataset]
    schema: Schema
    notes: tuple[str, ...]
    cleaning: dict[str, int]
    given_split: bool
    fingerprint: str
    files: dict[str, str]
    skipped: int


def load(config: DataConfig, *, seed: int, offline: bool = False, require_labels: bool = True) -> LoadedData:
    """Return the rows that `config` describes, by split.

    A split that the source brings is kept; what is missing of it is cut from the training rows by `config.split`. The
    seed moves rows between splits and nothing else. With `require_labels` false, rows without a label column will do.
    Raises DataError for everything in the data that does not fit, ConfigError for shares that do not add up.
    """
    _check_shares(config)
    parts = _read(config, offline=offline)
    if "train" not in parts and ALL_ROWS not in parts:
        raise DataError(
            f"no training rows: there is only {' and '.join(parts)}",
            where=config.source,
            remedy="Add a train file, or give the one file itself to have it split.",
        )
    found = _schema(parts, config, require_labels=require_labels)
    cleaning = _cleaning(parts, found.schema, config)
    tables = {split: standard_rows(rows, found.schema, cleaning) for split, rows in parts.items()}
    whole, notes = partition({split: table.dataset() for split, table in tables.items()}, config.split, seed=seed)
    splits = {split: _limit(rows, config.limit) for split, rows in whole.items()}
    return LoadedData(
        splits=splits,
        schema=found.schema,
        notes=(*_reading_notes(parts), *found.notes, *notes),
        cleaning=_sum_cleaning(tables.values(), config),
        given_split="test" in parts,
        fingerprint=fingerprint(splits),
        files={rows.name: rows.digest for split in parts.values() for rows in split},
        skipped=sum(table.facts["dropped"] for table in tables.values()),
    )


def load_rows(config: DataConfig, *, require_labels: bool, offline: bool = False) -> datasets.Dataset:
    """Return the standard rows of one file, or of the test split of a folder or set, as they stand there.

    Without `require_labels` the cleaning steps that drop rows are left out: each row keeps its place. Raises DataError
    where there are several splits and none is a test split, and for all that `load` raises it for.
    """
    parts = _read(config, offline=offline)
    split = next((name for name in ("test", ALL_ROWS) if name in parts), None)
    if split is None and len(parts) > 1:
        raise DataError(
            f"no test rows: there are {' and '.join(parts)}",
            where=config.source,
            remedy="Give one of the files itself.",
        )
    chosen = {"rows": parts[split or next(iter(parts))]}
    schema = _schema(chosen, config, require_labels=require_labels).schema
    steps = config.clean if require_labels else tuple(step for step in config.clean if step not in DROPPING)
    cleaning = _cleaning(chosen, schema, replace(config, clean=steps))
    return _limit(standard_rows(chosen["rows"], schema, cleaning).dataset(), config.limit)


def _check_shares(config: DataConfig) -> None:
    if not adds_up(config.split) or not config.split[0]:
        raise ConfigError(
            f"the shares {', '.join(f'{share:g}' for share in config.split)} do not add up to 100 with some for train",
            where="split",
            remedy="Give the shares of train, validation and test in percent, such as 80,10,10.",
        )


def _read(config: DataConfig, *, offline: bool) -> dict[str, list[Rows]]:
    sources = find_sources(config)
    parts = (
        {} if sources.hub is None else {split: [rows] for split, rows in read_hub(sources.hub, offline=offline).items()}
    )
    for split, files in sources.files.items():
        parts[split] = [read_file(file, config) for file in files]
    return {split: parts[split] for split in (ALL_ROWS, *SPLITS) if split in parts}


def _schema(parts: Parts, config: DataConfig, *, require_labels: bool) -> Found:
    first = next(iter(parts.values()))[0]
    return find_schema(profile_columns(first.table), config, where=first.name, require_labels=require_labels)


def _cleaning(parts: Parts, schema: Schema, config: DataConfig) -> Cleaning:
    if "labels" not in config.clean or schema.label_column is None:
        return Cleaning(steps=config.clean)
    counts: Counter[str] = Counter()
    for rows in parts.values():
        counts.update(count_labels(rows, schema.label_column))
    return Cleaning(steps=config.clean, spellings=label_spellings(counts))


def _limit(rows: datasets.Dataset, limit: int | None) -> datasets.Dataset:
    return rows if limit is None or limit >= len(rows) else rows.select(range(limit))


def _reading_notes(parts: Parts) -> tuple[str, ...]:
    notes = (note for rows in parts.values() for part in rows for note in part.notes)
    return tuple(dict.fromkeys(notes))


def _sum_cleaning(tables: Collection[Stored], config: DataConfig) -> dict[str, int]:
    return {step: sum(table.facts["cleaning"][step] for table in tables) for step in config.clean}
