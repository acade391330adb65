"""From DATA to the standard rows of each split: read, find the columns, clean, split, limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import datasets

from accent.config.data import DataConfig, adds_up
from accent.config.tasks import TaskName
from accent.data.cleaning import DROPPING, TEXT_STEPS, label_spellings
from accent.data.fingerprint import fingerprint
from accent.data.hub import read_hub
from accent.data.layouts import LAYOUTS, Layout
from accent.data.partition import partition
from accent.data.profiles import profile_columns
from accent.data.reading import Documents, Rows, read_file
from accent.data.schema import Found, Schema
from accent.data.sources import find_sources
from accent.data.standard import Cleaning, count_labels, standard_rows
from accent.data.store import Stored
from accent.data.vocabulary import ALL_ROWS, SPLITS
from accent.errors import ConfigError, DataError

__all__ = ["LoadedData", "load", "load_rows"]

Parts = Mapping[str, Sequence[Rows]]


@dataclass(frozen=True, kw_only=True)
class LoadedData:
    """The rows of each split in standard columns, laid out for `task`, and how they came to be.

    `splits` has keys among train, validation, test; each data set has `text` (str), for pairs `text_pair` (str),
    `label` (of the type that the task's layout gives it), with a group column `group` (str), `origin_file` (str) and
    `origin_line` (int, from 1). `cleaning` is step -> rows changed; `skipped` the rows that cleaning dropped;
    `given_split` whether the source brought a test split of its own; `files` path -> SHA-256.
    """

    task: TaskName = "classification"
    splits: dict[str, datasets.Dataset]
    schema: Schema
    notes: tuple[str, ...]
    cleaning: dict[str, int]
    given_split: bool
    fingerprint: str
    files: dict[str, str]
    skipped: int


def load(
    config: DataConfig,
    *,
    task: TaskName = "classification",
    seed: int,
    offline: bool = False,
    require_labels: bool = True,
) -> LoadedData:
    """Return the rows that `config` describes, laid out for `task`, by split.

    A split that the source brings is kept; what is missing of it is cut from the training rows by `config.split`. The
    seed moves rows between splits and nothing else. With `require_labels` false, rows without a label column will do.
    Raises DataError for everything in the data that does not fit, ConfigError for shares that do not add up and for
    cleaning steps that the task does not bear.
    """
    layout = LAYOUTS[task]
    _check_shares(config)
    _check_settings(config, layout)
    parts = _read(config, layout, require_labels=require_labels, offline=offline)
    if "train" not in parts and ALL_ROWS not in parts:
        raise DataError(
            f"no training rows: there is only {' and '.join(parts)}",
            where=config.source,
            remedy="Add a train file, or give the one file itself to have it split.",
        )
    found = _schema(parts, config, layout, require_labels=require_labels)
    cleaning = _cleaning(parts, found.schema, config, layout)
    tables = {split: standard_rows(rows, found.schema, cleaning, layout=layout) for split, rows in parts.items()}
    given = {split: table.dataset() for split, table in tables.items()}
    whole, notes = partition(given, config.split, layout=layout, seed=seed)
    splits = {split: _limit(rows, config.limit) for split, rows in whole.items()}
    return LoadedData(
        task=task,
        splits=splits,
        schema=found.schema,
        notes=(*_reading_notes(parts), *found.notes, *layout.notes(_sum_counts(tables.values())), *notes),
        cleaning=_sum_cleaning(tables.values(), config),
        given_split="test" in parts,
        fingerprint=fingerprint(splits),
        files={rows.name: rows.digest for split in parts.values() for rows in split},
        skipped=sum(table.facts["dropped"] for table in tables.values()),
    )


def load_rows(
    config: DataConfig, *, task: TaskName = "classification", require_labels: bool, offline: bool = False
) -> datasets.Dataset:
    """Return the standard rows of one file, or of the test split of a folder or set, as they stand there.

    They are laid out for `task`. Without `require_labels` the cleaning steps that drop rows are left out, and a line of
    plain text is a row for every task: each row keeps its place. Raises DataError where there are several splits and
    none is a test split, and for all that `load` raises it for.
    """
    layout = LAYOUTS[task]
    _check_settings(config, layout)
    parts = _read(config, layout, require_labels=require_labels, offline=offline)
    split = next((name for name in ("test", ALL_ROWS) if name in parts), None)
    if split is None and len(parts) > 1:
        raise DataError(
            f"no test rows: there are {' and '.join(parts)}",
            where=config.source,
            remedy="Give one of the files itself.",
        )
    chosen = {"rows": parts[split or next(iter(parts))]}
    schema = _schema(chosen, config, layout, require_labels=require_labels).schema
    steps = config.clean if require_labels else tuple(step for step in config.clean if step not in DROPPING)
    cleaning = _cleaning(chosen, schema, replace(config, clean=steps), layout)
    return _limit(standard_rows(chosen["rows"], schema, cleaning, layout=layout).dataset(), config.limit)


def _check_shares(config: DataConfig) -> None:
    if not adds_up(config.split) or not config.split[0]:
        raise ConfigError(
            f"the shares {', '.join(f'{share:g}' for share in config.split)} do not add up to 100 with some for train",
            where="split",
            remedy="Give the shares of train, validation and test in percent, such as 80,10,10.",
        )


def _check_settings(config: DataConfig, layout: Layout) -> None:
    """Raise ConfigError for steps that would move what labels point at, and for settings without an effect."""
    moving = [step for step in config.clean if step in TEXT_STEPS]
    if layout.points_into_text and moving:
        raise ConfigError(
            f"the cleaning {'steps' if len(moving) > 1 else 'step'} {', '.join(moving)} would move the spans of "
            f"{layout.task} in their texts",
            where="clean",
            remedy="Leave out what changes texts; drop-empty and drop-duplicates may stay.",
        )
    if config.label_delimiter is not None and layout.task != "multilabel":
        raise ConfigError(
            f"--label-delimiter would have no effect: a row of {layout.task} has no list of labels",
            where="label_delimiter",
            remedy="Leave it out, or say --task multilabel.",
        )
    if "labels" in config.clean and layout.task not in {"classification", "multilabel"}:
        raise ConfigError(
            f"the cleaning step labels would have no effect: {layout.task} has no labels with several spellings",
            where="clean",
            remedy="Leave it out.",
        )


def _read(config: DataConfig, layout: Layout, *, require_labels: bool, offline: bool) -> dict[str, list[Rows]]:
    sources = find_sources(config)
    parts = (
        {} if sources.hub is None else {split: [rows] for split, rows in read_hub(sources.hub, offline=offline).items()}
    )
    for split, files in sources.files.items():
        documents = _documents(layout, require_labels=require_labels)
        parts[split] = [read_file(file, config, documents=documents) for file in files]
    return {split: parts[split] for split in (ALL_ROWS, *SPLITS) if split in parts}


def _documents(layout: Layout, *, require_labels: bool) -> Documents | None:
    """Return what a row of plain text is: texts to learn from may be paragraphs, what is asked stands on a line."""
    if layout.documents == "line":
        return None
    return layout.documents if require_labels else "line"


def _schema(parts: Parts, config: DataConfig, layout: Layout, *, require_labels: bool) -> Found:
    first = next(iter(parts.values()))[0]
    return layout.find(profile_columns(first.table), config, where=first.name, require_labels=require_labels)


def _cleaning(parts: Parts, schema: Schema, config: DataConfig, layout: Layout) -> Cleaning:
    if "labels" not in config.clean or not schema.label_columns:
        return Cleaning(steps=config.clean)
    counts: Counter[str] = Counter()
    for rows in parts.values():
        counts.update(count_labels(rows, schema, layout=layout))
    return Cleaning(steps=config.clean, spellings=label_spellings(counts))


def _limit(rows: datasets.Dataset, limit: int | None) -> datasets.Dataset:
    return rows if limit is None or limit >= len(rows) else rows.select(range(limit))


def _reading_notes(parts: Parts) -> tuple[str, ...]:
    notes = (note for rows in parts.values() for part in rows for note in part.notes)
    return tuple(dict.fromkeys(notes))


def _sum_cleaning(tables: Collection[Stored], config: DataConfig) -> dict[str, int]:
    return {step: sum(table.facts["cleaning"][step] for table in tables) for step in config.clean}


def _sum_counts(tables: Iterable[Stored]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for table in tables:
        counts.update(table.facts["counts"])
    return counts
