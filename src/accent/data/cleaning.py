"""Cleaning: named steps that run in the order asked for, each with a count of the rows that it changed."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from accent.config.types import CleaningStep

__all__ = ["DROPPING", "TEXT_STEPS", "CleanRow", "Cleaner", "label_spellings"]

TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]", re.IGNORECASE)
SPACE = re.compile(r"\s+")
# Zero-width space, byte order mark, soft hyphen. The zero-width joiner stays: it holds emoji together.
INVISIBLE = {"\u200b", "\ufeff", "\u00ad"}
KEPT_CONTROLS = {"\t", "\n", "\r"}


@dataclass(frozen=True)
class CleanRow:
    """What cleaning looks at: one or two texts, and the label (or the list of labels) where there is one."""

    texts: tuple[str, ...]
    label: str | tuple[str, ...] | None = None


def _unicode(text: str) -> str:
    """Compose characters (NFC), so that an accented letter is one character whichever way it was typed."""
    return unicodedata.normalize("NFC", text)


def _control(text: str) -> str:
    """Remove control characters (but tabs and line ends) and invisible ones."""
    if text.isprintable():
        return text
    return "".join(letter for letter in text if letter in KEPT_CONTROLS or not _is_control(letter))


def _whitespace(text: str) -> str:
    """Make each run of white space one space, and none at the ends."""
    return SPACE.sub(" ", text).strip()


def _without_html(text: str) -> str:
    """Put a space for each tag and comment, and the character for each entity."""
    return html.unescape(TAG.sub(" ", text))


def _urls(text: str) -> str:
    """Put the word URL for each web address."""
    return URL.sub("URL", text)


def _lowercase(text: str) -> str:
    """Make all letters small."""
    return text.lower()


TEXT_STEPS: dict[CleaningStep, Callable[[str], str]] = {
    "unicode": _unicode,
    "control": _control,
    "whitespace": _whitespace,
    "html": _without_html,
    "urls": _urls,
    "lowercase": _lowercase,
}
"""The steps that change a text, and what they do to it."""

DROPPING: frozenset[CleaningStep] = frozenset({"drop-empty", "drop-duplicates"})
"""The steps that drop rows."""


def label_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """Return label -> the spelling that `labels` puts for it: the commonest of those that differ by case or space.

    Of two that are as common the first in alphabetical order stands, so that the order of rows does not matter.
    """
    groups: dict[str, list[str]] = {}
    for label in counts:
        groups.setdefault(SPACE.sub(" ", label).strip().casefold(), []).append(label)
    best = {key: min(labels, key=lambda label: (-counts[label], label)) for key, labels in groups.items()}
    return {label: SPACE.sub(" ", best[key]).strip() for key, labels in groups.items() for label in labels}


@dataclass
class Cleaner:
    """Cleans the rows of one split, one after the other, and counts what changed.

    `changed` is step -> rows changed or dropped by it; a step that changed none stands there with 0.
    """

    steps: Sequence[CleaningStep]
    spellings: Mapping[str, str] = field(default_factory=dict)
    changed: Counter[str] = field(default_factory=Counter)
    _seen: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Start each step's count at 0."""
        self.changed.update(dict.fromkeys(self.steps, 0))

    def clean(self, row: CleanRow) -> CleanRow | None:
        """Return the row after all steps, or None where one of them drops it."""
        for step in self.steps:
            cleaned = self._apply(step, row)
            if cleaned != row:
                self.changed[step] += 1
            if cleaned is None:
                return None
            row = cleaned
        return row

    def _apply(self, step: CleaningStep, row: CleanRow) -> CleanRow | None:
        if step == "drop-empty":
            unlabelled = isinstance(row.label, str) and not row.label.strip()
            return None if unlabelled or not all(text.strip() for text in row.texts) else row
        if step == "drop-duplicates":
            return row if self._is_new(row) else None
        if step == "labels":
            return replace(row, label=self._spelled(row.label))
        change = TEXT_STEPS[step]
        return CleanRow(tuple(change(text) for text in row.texts), row.label)

    def _spelled(self, label: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if isinstance(label, tuple):
            return tuple(dict.fromkeys(self.spellings.get(one, one) for one in label))
        return label if label is None else self.spellings.get(label, label)

    def _is_new(self, row: CleanRow) -> bool:
        # 16 bytes a row instead of the text: a collision among 10 million rows has a chance below 1e-24.
        labels = sorted(row.label) if isinstance(row.label, tuple) else [row.label or ""]
        parts = "\x00".join([*row.texts, *labels])
        digest = hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc" or letter in INVISIBLE
