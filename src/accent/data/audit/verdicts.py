"""What rows with the same text have to agree about: their class, their labels or tags, or their numbers.

Letters on arrays: N rows of a split, K numbers that stand for the label of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from accent.data.audit.classes import Classes
from accent.data.audit.keys import lettered
from accent.data.audit.rows import Mask, Numbers, SplitRows, Table
from accent.data.audit.wording import counted, quoted

__all__ = ["Verdicts", "read_verdicts"]

_FAR = 0.1  # of the range of a number
_ROUNDING = 1e-9

_Tell = Callable[[SplitRows, int, SplitRows, int], str]


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The labels of all rows as numbers, and how far apart those of two rows may be."""

    values_NK: Mapping[str, Numbers]
    """Split -> what stands for each row's label; nan where there is none."""
    tolerance_K: Numbers
    """Two rows contradict each other where one of their numbers differs by more."""
    stops: bool
    """Whether contradictions may stop training."""
    apart: str
    """How a finding calls such labels."""
    remedy: str
    """What to decide on, for it or for each of several texts."""
    tell: _Tell
    """What a row of one split says, and what a row of another one (its split, its number)."""

    def of(self, split: SplitRows) -> Numbers:
        """Return what stands for the labels (N, K) of a split."""
        return self.values_NK[split.name]

    def contradict(self, ones: Numbers, others: Numbers) -> Mask:
        """Return which of `ones` and `others` (rows, K) are too far apart."""
        return np.asarray(np.any(np.abs(ones - others) > self.tolerance_K, axis=-1), dtype=np.bool_)


def read_verdicts(table: Table, classes: Classes) -> Verdicts | None:
    """Return what copies have to agree about; None for tasks where a text may well have several answers."""
    match table.task:
        case "classification":
            return _same(table, "labels", "one label", stops=True, tell=_classes_apart(classes))
        case "multilabel":
            return _same(table, "labels", "the labels", stops=True, tell=_keys_apart(table))
        case "tagging":
            return _same(table, "tags", "the tags", stops=False, tell=_tags_apart)
        case "regression":
            return _near(table)
        case _:
            return None


def _same(table: Table, nouns: str, decided: str, *, stops: bool, tell: _Tell) -> Verdicts:
    """Return verdicts that have to be the same: each meaning has one number in all splits."""
    known = [np.zeros(0, dtype=np.uint64) if split.labels is None else split.labels.meanings for split in table.splits]
    _, numbers = np.unique(np.concatenate([one for one in known if one is not None]), return_inverse=True)
    values, start = {}, 0
    for split in table.splits:
        values[split.name] = np.full((len(split), 1), np.nan)
        if split.labels is not None:
            values[split.name][:, 0] = numbers[start : start + len(split)]
            values[split.name][split.labels.missing] = np.nan
            start += len(split)
    return Verdicts(
        values_NK=values,
        tolerance_K=np.zeros(1),
        stops=stops,
        apart=f"different {nouns}",
        remedy=f"Decide on {decided}",
        tell=tell,
    )


def _near(table: Table) -> Verdicts:
    """Return verdicts that may differ by a tenth of the range of each number, over all splits."""
    width = len(table.numbers)
    values = {
        split.name: np.full((len(split), width), np.nan)
        if split.labels is None or not len(split)
        else split.labels.measures_NM
        for split in table.splits
    }
    every = np.concatenate([np.zeros((0, width)), *values.values()])
    every = every[~np.isnan(every).any(axis=1)]
    range_K = np.ptp(every, axis=0) if len(every) else np.zeros(width)
    return Verdicts(
        values_NK=values,
        tolerance_K=_FAR * range_K * (1 + _ROUNDING),
        stops=False,
        apart=f"numbers that differ by more than {100 * _FAR:.0f} % of their range",
        remedy="Decide on the right number" + ("s" if width > 1 else ""),
        tell=lambda one, here, other, there: f"{_key(table, one, here)}, there {_key(table, other, there)}: ",
    )


def _classes_apart(classes: Classes) -> _Tell:
    return lambda one, here, other, there: (
        f"{quoted(classes.name_of(one, here))}, there {quoted(classes.name_of(other, there))}: "
    )


def _keys_apart(table: Table) -> _Tell:
    def name(split: SplitRows, row: int) -> str:
        return quoted(_key(table, split, row))

    return lambda one, here, other, there: f"{name(one, here)}, there {name(other, there)}: "


def _tags_apart(one: SplitRows, here: int, other: SplitRows, there: int) -> str:
    """Say of the first word that has another tag which it is; texts that are cut otherwise have other words."""
    ours, theirs = _tagged_words(one, here), _tagged_words(other, there)
    if len(ours) != len(theirs):
        return f"{counted(len(ours), 'word')}, there {len(theirs):,}: "
    both = zip(ours, theirs, strict=True)
    word, tag, contrary = next((word, tag, contrary) for (word, tag), (_, contrary) in both if tag != contrary)
    return f"{quoted(word)} is {tag}, there {contrary}: "


def _tagged_words(split: SplitRows, row: int) -> list[tuple[str, str]]:
    """Return the words of letters and their tags: punctuation has no say."""
    (text,), _ = split.texts(np.array([row]))
    starts, ends, tags = (split.label(row)[name] for name in ("starts", "ends", "tags"))
    return [(text[starts[word] : ends[word]], tags[word]) for word in lettered(text, starts, ends)]


def _key(table: Table, split: SplitRows, row: int) -> str:
    return table.layout.key(split.label(row))
