"""Finds columns in ways that several layouts share: as asked, else by their names, else by their contents."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process

from accent.config.data import DataConfig
from accent.data.profiles import Profile
from accent.data.readers import ORIGIN_LINE
from accent.data.schema import Schema
from accent.data.vocabulary import PAIR_NAMES, TEXT_NAMES
from accent.errors import DataError

__all__ = [
    "all_named",
    "check_apart",
    "check_column",
    "check_named",
    "columns_note",
    "find_texts",
    "first_named",
    "fit_columns",
    "only_one",
    "single_text",
    "strings",
    "untaken",
]


def check_named(profiles: Iterable[str], config: DataConfig, where: str) -> None:
    """Raise DataError for a column that `config` names and that is not there, with the nearest name."""
    for name in filter(None, [*config.text_column, *config.label_column, config.group_column]):
        check_column(name, profiles, where)


def check_column(name: str, columns: Iterable[str], where: str) -> None:
    """Raise DataError where there is no such column, with the nearest name."""
    names = list(columns)
    if name in names:
        return
    nearest = process.extractOne(name.lower(), {column: column.lower() for column in names}, score_cutoff=50)
    guess = f"Did you mean {nearest[2]!r}? " if nearest else ""
    raise DataError(f"no column {name!r}", where=where, remedy=f"{guess}The columns are: {', '.join(names)}.")


def fit_columns(schema: Schema, columns: Collection[str], *, where: str) -> Schema:
    """Return the schema as it is, for a file that has all of its columns; DataError for one that lacks a column."""
    for name in filter(None, [*schema.text_columns, *schema.label_columns, schema.group_column]):
        if name not in columns:
            names = ", ".join(column for column in columns if column != ORIGIN_LINE)
            raise DataError(
                f"no column {name!r}, which the training rows have",
                where=where,
                remedy=f"Give all files the same columns; those of this file are: {names}.",
            )
    return schema


def find_texts(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> tuple[str, ...]:
    """Return the text column or pair: as asked, else by name, else the columns whose contents read like text."""
    texts = config.text_column or _infer_texts(profiles, config, where)
    _check_texts(texts, profiles, where)
    return texts


def first_named(profiles: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    """Return the column that has the first of `names`, in whatever case, or nothing."""
    lower = {name.lower(): name for name in profiles}
    return next(((lower[name],) for name in names if name in lower), ())


def all_named(profiles: Iterable[str], names: Collection[str]) -> tuple[str, ...]:
    """Return all columns that have one of `names`, in whatever case, in their own order."""
    return tuple(name for name in profiles if name.lower() in names)


def untaken(profiles: Mapping[str, Profile], taken: Iterable[str | None]) -> dict[str, Profile]:
    """Return the profiles of the other columns."""
    return {name: profile for name, profile in profiles.items() if name not in set(taken)}


def only_one(columns: Sequence[str], *, option: str, what: str, where: str) -> str:
    """Return the one column that was named with `option`; DataError where there are several, for `what` there is."""
    if len(columns) > 1:
        raise DataError(
            f"{len(columns)} columns for {what}: {', '.join(columns)}", where=where, remedy=f"Give {option} once."
        )
    return columns[0]


def single_text(columns: Sequence[str], *, what: str, where: str) -> str:
    """Return the one column that was found to hold `what`; DataError where several may."""
    if len(columns) > 1:
        raise DataError(
            f"{len(columns)} columns may hold the {what}: {', '.join(columns)}",
            where=where,
            remedy=f"Say which: --text-column {columns[0]!r}; to use several, join them in one column.",
        )
    return columns[0]


def check_apart(labels: Sequence[str], texts: Sequence[str], *, what: str, where: str) -> None:
    """Raise DataError where a column of labels is named twice, or is a column of texts; `what` is what labels hold."""
    both = next((name for name in labels if name in texts), None)
    if both is None and len(set(labels)) == len(labels):
        return
    raise DataError(
        "a label column is named twice" if both is None else f"the label column {both!r} is the text column too",
        where=where,
        remedy=f"Name each column of {what} with --label-column, once.",
    )


def columns_note(kind: str, columns: Sequence[str]) -> str:
    """Return the note on columns that were inferred; `kind` is what they hold."""
    return f"{kind}: {' + '.join(columns)} (inferred)"


def strings(batch: pa.RecordBatch, columns: Iterable[str]) -> tuple[pa.Array, ...]:
    """Return the columns as strings, with "" for empty cells."""
    return tuple(pc.fill_null(batch.column(name).cast(pa.string()), "") for name in columns)


def _infer_texts(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> tuple[str, ...]:
    taken = {*config.label_column, config.group_column}
    open_profiles = {name: profile for name, profile in profiles.items() if name not in taken and not profile.lists}
    by_name = _pair_by_name(open_profiles) or first_named(open_profiles, TEXT_NAMES)
    if by_name:
        return by_name
    texts = tuple(name for name, profile in open_profiles.items() if profile.reads_like_text)
    nameless = all(re.fullmatch(r"column_\d+", name) for name in profiles)
    if len(texts) == 1 or (len(texts) == 2 and nameless):  # noqa: PLR2004 - a pair
        return texts
    if not texts and len(open_profiles) == 1:
        return tuple(open_profiles)
    return _only_other(open_profiles, profiles, where) if not texts else _refuse_texts(texts, where)


def _only_other(open_profiles: dict[str, Profile], profiles: Iterable[str], where: str) -> tuple[str, ...]:
    """Return the column with the longest values: texts of one word each, such as names or hashtags."""
    if not open_profiles:
        raise DataError(
            f"no column of texts among {', '.join(profiles)}",
            where=where,
            remedy="Give a column of texts with --text-column; lists of tokens are for --task tagging.",
        )
    words = {name: profile for name, profile in open_profiles.items() if not profile.numeric} or open_profiles
    return (max(words, key=lambda name: (words[name].distinct, words[name].mean_length)),)


def _refuse_texts(texts: Sequence[str], where: str) -> tuple[str, ...]:
    raise DataError(
        f"{len(texts)} columns may hold the text: {', '.join(texts)}",
        where=where,
        remedy=f"Say which: --text-column {texts[0]!r} (give it twice for a pair of texts).",
    )


def _pair_by_name(profiles: dict[str, Profile]) -> tuple[str, ...]:
    lower = {name.lower(): name for name in profiles}
    for first, second in PAIR_NAMES:
        if first in lower and second in lower:
            return lower[first], lower[second]
    skeletons: dict[str, list[str]] = {}
    for name, profile in profiles.items():
        if profile.reads_like_text and (place := re.search(r"[12]|[_ -]?[ab]$", name, re.IGNORECASE)):
            skeletons.setdefault(name[: place.start()] + "#" + name[place.end() :], []).append(name)
    pairs = [names for shared, names in skeletons.items() if len(names) == 2 and shared != "#"]  # noqa: PLR2004 - a pair
    nameless = all(re.fullmatch(r"column_\d+", name) for name in profiles)
    return tuple(pairs[0]) if len(pairs) == 1 and not nameless else ()


def _check_texts(texts: Sequence[str], profiles: Mapping[str, Profile], where: str) -> None:
    if len(texts) > 2 or len(set(texts)) < len(texts):  # noqa: PLR2004 - a pair
        raise DataError(
            f"{len(texts)} text columns: {', '.join(texts)}",
            where=where,
            remedy="Give --text-column once, or twice with two columns for a pair.",
        )
    lists = next((name for name in texts if profiles[name].lists), None)
    if lists is not None:
        raise DataError(
            f"the column {lists!r} holds lists, not texts",
            where=where,
            remedy="Give a column of texts with --text-column; lists of tokens are for --task tagging.",
        )
