"""What the pages need to know of a task: words, order of scores, sections, worst rows, and the card's lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accent.report.reading import Material
from accent.report.rows import WorstRow

__all__ = ["Baseline", "Card", "Kind", "Made", "Section", "Worst"]


@dataclass(frozen=True)
class Baseline:
    """How a baseline is called."""

    title: str
    """Above its column."""
    short: str
    """In the headline, before "reaches"."""
    long: str
    """In a sentence of its own, and in the card."""


@dataclass(frozen=True)
class Made:
    """What a section shows."""

    content: Mapping[str, Any]
    """The template's own variables."""
    narrow: bool = False
    """Whether it leaves room for another narrow one beside it."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of the page that only some tasks have."""

    name: str
    """Its id."""
    title: str
    template: str
    """A file in templates/sections."""
    make: Callable[[Material], Made | None]
    """None where the run's files say nothing of it."""
    told: bool = True
    """Whether the page tells that it lacks the section."""


@dataclass(frozen=True, kw_only=True)
class Worst:
    """How the worst rows are shown."""

    row: Callable[[Material, Mapping[str, Any]], WorstRow]
    """Takes the run and a line of predictions.jsonl."""
    heads: tuple[str, ...]
    """Of the cells, and of the texts."""
    title: str = "Worst errors"
    said: str | None = "answers are wrong"
    """Behind "12 of 400"; None where no row of such a task is ever wholly right."""
    order: str = "worst"
    """What the first ones are."""
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    """CSS classes of the marks in texts, and what they mean."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the model card says of a task."""

    pipeline_tag: str
    """What the Hub calls the task."""
    task: str
    """The same for people."""
    metrics: Mapping[str, str]
    """The scores that the Hub is told, with its own names for them."""
    usage: str
    """A file in templates/usage."""
    limits: tuple[str, ...]
    """What the model cannot do, beside what holds for every model."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One task."""

    noun: str
    """What the model is."""
    metrics: tuple[str, ...]
    """The order of the scores; others follow behind."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Names of scores that differ from the usual ones."""
    baselines: Mapping[str, Baseline]
    own_scores: frozenset[str] = frozenset()
    """Scores in the model's own units, which no baseline shares."""
    test: str = "paired bootstrap"
    """How the difference from a baseline was tested."""
    labels: str | None = None
    """What the audit's labels are called, in the plural; None where rows have none that are counted."""
    sections: tuple[Section, ...] = ()
    cautions: Callable[[Material], list[str]] = lambda _: []
    """Sentences that the reader must not miss."""
    comments: Callable[[Material], list[str]] = lambda _: []
    """Other sentences of the summary."""
    worst: Worst
    card: Card

    def baseline(self, name: str) -> Baseline:
        """Return how a baseline is called, also one that is not known here."""
        plain = name.replace("_", " ")
        made = Baseline(plain[:1].upper() + plain[1:], f"the {plain} baseline", f"the {plain} baseline")
        return self.baselines.get(name) or self.baselines.get(plain) or made
