"""Which columns hold the texts, the labels and the groups: as asked, else by their names, else by their contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process

from accent.config.data import DataConfig
from accent.data.profiles import Profile
from accent.data.vocabulary import LABEL_NAMES, PAIR_NAMES, TEXT_NAMES
from accent.errors import DataError

__all__ = ["Found", "Schema", "find_schema"]

FEWEST_ROWS_TO_JUDGE = 10


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns that are used: one text or a pair of them, and where there are such, the label and the group."""

    text_columns: tuple[str, ...]
    label_column: str | None = None
    group_column: str | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A schema and what was inferred for it."""

    schema: Schema
    notes: tuple[str, ...] = ()


def find_schema(profiles: dict[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
    """Return the schema of rows with these columns.

    Columns that `config` names must be there; the others are inferred and noted. Raises DataError for a column that is
    not there (with the nearest name), for no or several columns that may hold the text or the label, for labels that
    are free text or differ in every row, and for data that belongs to another task.
    """
    named = [*config.text_column, config.label_column, config.group_column]
    for name in filter(None, named):
        _check_column(name, profiles, where)
    if not config.text_column:
        _refuse_other_tasks(profiles, where, label_named=config.label_column is not None)
    texts = config.text_column or _infer_texts(profiles, config, where)
    _check_texts(texts, profiles, where)
    used = {*texts, config.group_column}
    label = config.label_column or _infer_label(profiles, used, where, required=require_labels)
    if label is not None and require_labels:
        _check_labels(profiles[label], texts, where)
    notes = _notes(config, texts, label)
    return Found(schema=Schema(text_columns=texts, label_column=label, group_column=config.group_column), notes=notes)


def _check_column(name: str, profiles: Iterable[str], where: str) -> None:
    names = list(profiles)
    if name in names:
        return
    nearest = process.extractOne(name.lower(), {column: column.lower() for column in names}, score_cutoff=50)
    guess = f"Did you mean {nearest[2]!r}? " if nearest else ""
    raise DataError(f"no column {name!r}", where=where, remedy=f"{guess}The columns are: {', '.join(names)}.")


def _refuse_other_tasks(profiles: dict[str, Profile], where: str, *, label_named: bool) -> None:
    """Raise DataError for the layouts of tagging and of question answering, which have no label a row."""
    names = set(profiles)
    if {"tokens", "tags"} <= names:
        task = "tagging, which labels tokens and not rows"
    elif {"context", "question", "answers"} <= names and not label_named:
        task = "qa, which looks for answers in a context and has no labels"
    else:
        return
    raise DataError(
        f"no column of texts with one label a row: the columns are {', '.join(profiles)}",
        where=where,
        remedy=f"This data is for --task {task}; for classification give rows of a text and a label.",
    )


def _infer_texts(profiles: dict[str, Profile], config: DataConfig, where: str) -> tuple[str, ...]:
    """Return the text column or pair: by name first, else the columns whose contents read like text."""
    taken = {config.label_column, config.group_column}
    open_profiles = {name: profile for name, profile in profiles.items() if name not in taken and not profile.lists}
    by_name = _pair_by_name(open_profiles) or _first_named(open_profiles, TEXT_NAMES)
    if by_name:
        return by_name
    texts = tuple(name for name, profile in open_profiles.items() if profile.reads_like_text)
    nameless = all(re.fullmatch(r"column_\d+", name) for name in profiles)
    if len(texts) == 1 or (len(texts) == 2 and nameless):  # noqa: PLR2004 - a pair
        return texts
    if not texts and len(open_profiles) == 1:
        return tuple(open_profiles)
    return _only_other(open_profiles) if not texts else _refuse_texts(texts, where)


def _only_other(profiles: dict[str, Profile]) -> tuple[str, ...]:
    """Return the column with the longest values: texts of one word each, such as names or hashtags."""
    words = {name: profile for name, profile in profiles.items() if not profile.numeric} or profiles
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


def _first_named(profiles: Iterable[str], names: Sequence[str]) -> tuple[str, ...]:
    lower = {name.lower(): name for name in profiles}
    return next(((lower[name],) for name in names if name in lower), ())


def _check_texts(texts: Sequence[str], profiles: dict[str, Profile], where: str) -> None:
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


def _infer_label(profiles: dict[str, Profile], used: set[str | None], where: str, *, required: bool) -> str | None:
    """Return the label column: by name, else the only one with few values; None where it is not needed."""
    rest = {name: profile for name, profile in profiles.items() if name not in used and not profile.lists}
    named = _first_named(rest, LABEL_NAMES)
    if named:
        return named[0]
    likely = [name for name, profile in rest.items() if profile.reads_like_labels]
    if len(likely) == 1:
        return likely[0]
    if not required:
        return None
    if likely:
        what = f"{len(likely)} columns may hold the label: {', '.join(likely)}"
    else:
        what = f"no column of labels among {', '.join(profiles)}"
    remedy = "Say which it is: --label-column NAME." if rest else "Give each row a label too, such as a CSV text,label."
    raise DataError(what, where=where, remedy=remedy)


def _check_labels(profile: Profile, texts: Sequence[str], where: str) -> None:
    """Raise DataError where the label column cannot be one of classes: it holds lists, the text, or free text."""
    if profile.name in texts:
        problem = "is the text column too"
    elif profile.lists:
        problem = "holds lists, where classification needs one label a row"
    elif profile.rows < FEWEST_ROWS_TO_JUDGE or profile.fractional or not profile.differs:
        return
    elif profile.spaced:
        problem = f"holds free text: {profile.distinct} different values in {profile.rows} rows, such as "
        problem += repr(profile.example)
    else:
        problem = f"has {profile.distinct} different values in {profile.rows} rows, as an identifier has"
    raise DataError(
        f"the label column {profile.name!r} {problem}",
        where=where,
        remedy="Name the column of classes with --label-column.",
    )


def _notes(config: DataConfig, texts: Sequence[str], label: str | None) -> tuple[str, ...]:
    notes = []
    if not config.text_column:
        notes.append(f"text: {' + '.join(texts)} (inferred)")
    if config.label_column is None and label is not None:
        notes.append(f"label: {label} (inferred)")
    return tuple(notes)
