"""What an audit says: findings with their places, and the facts of each split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["ALLOWED_BY", "PLACES_SHOWN", "Audit", "Finding", "Place", "Severity", "SplitFacts"]

Severity = Literal["error", "warning", "note"]

PLACES_SHOWN = 20
"""A finding names at most this many rows."""

ALLOWED_BY: Mapping[str, str] = {
    "leaks": "leaks",
    "near-leaks": "leaks",
    "conflicts": "conflicts",
    "empty": "empty",
    "label-spelling": "labels",
    "label-unseen": "labels",
    "small-classes": "small-classes",
}
"""Which `--allow` value lets training go on in spite of an error of a kind; the other kinds cannot be allowed."""


@dataclass(frozen=True)
class Place:
    """A row that a finding is about."""

    split: str
    file: str
    line: int
    text: str
    """The row's text on one line, at most 80 characters."""
    other: str | None = None
    """`file:line` of the row that it equals or contradicts."""

    def __str__(self) -> str:
        """Return `file:line`, and the other row's where there is one."""
        here = f"{self.file}:{self.line}"
        return f"{here} and {self.other}" if self.other else here


@dataclass(frozen=True)
class Finding:
    """One thing that the audit found: what it is, what to do, how often, and where first."""

    kind: str
    severity: Severity
    what: str
    remedy: str
    count: int
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class SplitFacts:
    """A split in numbers; the lengths are in tokens before any truncation, None where no tokenizer was given."""

    rows: int
    labels: dict[str, int] = field(default_factory=dict)
    """Rows that hold each label (of tags, each type), the most frequent first; empty without classes."""
    length_mean: float | None = None
    length_p95: float | None = None
    length_max: int | None = None
    truncated_rows: int | None = None
    """Rows that the maximum length cuts, 0 where longer rows are read in windows; None without one."""
    truncated_tokens: int | None = None
    """Tokens beyond the maximum length, over all rows that it cuts; None without one."""
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    """The `min`, `mean` and `max` of each number that rows are labelled with (regression)."""


@dataclass(frozen=True)
class Audit:
    """Everything that an audit found, errors first, and what the user allowed."""

    findings: tuple[Finding, ...]
    splits: dict[str, SplitFacts]
    allow: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The errors that nobody allowed: any of them stops training."""
        return tuple(one for one in self.findings if one.severity == "error" and not self.allows(one))

    def allows(self, finding: Finding) -> bool:
        """Return whether `--allow` covers the finding's kind."""
        return ALLOWED_BY.get(finding.kind) in self.allow

    def to_json(self) -> dict[str, Any]:
        """Return the audit as plain JSON values; each finding says whether it was allowed."""
        return {
            "findings": [
                asdict(one) | {"places": [asdict(place) for place in one.places], "allowed": self.allows(one)}
                for one in self.findings
            ],
            "splits": {name: asdict(facts) for name, facts in self.splits.items()},
            "allow": list(self.allow),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Audit:
        """Return the audit that `to_json` wrote."""
        return cls(
            findings=tuple(_finding(one) for one in document["findings"]),
            splits={name: SplitFacts(**facts) for name, facts in document["splits"].items()},
            allow=tuple(document["allow"]),
        )


def _finding(document: Mapping[str, Any]) -> Finding:
    fields = {name: value for name, value in document.items() if name != "allowed"}
    return Finding(**fields | {"places": tuple(Place(**place) for place in document["places"])})
