"""A metric's value with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

__all__ = ["Score"]


@dataclass(frozen=True)
class Score:
    """A metric's value, its 95 % interval and the number of rows that it was computed from."""

    value: float
    """The metric on the rows as given."""
    low: float
    """Lower end of the interval, at most `value`."""
    high: float
    """Upper end of the interval, at least `value`."""
    n: int
    """Rows: all that were scored, or for a class's score the rows labelled with that class."""

    def to_json(self) -> dict[str, float | int]:
        """Return the four fields as they stand in `scores.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, float | int]) -> Score:
        """Read what `to_json` wrote; ValueError names the fields that are missing or not numbers."""
        wrong = [name for name in ("value", "low", "high", "n") if not _is_number(fields.get(name))]
        if wrong:
            raise ValueError(f"a score needs a number under {', '.join(wrong)}, not {dict(fields)!r}")
        return cls(float(fields["value"]), float(fields["low"]), float(fields["high"]), int(fields["n"]))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
