"""How much was answered, and how fast."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Statistics"]


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """What a predictor has done since it was made; loading and the caller's own work are not in it."""

    rows: int = 0
    """Rows answered, those without an answer not counted."""
    tokens: int = 0
    """Tokens of these rows, special tokens counted."""
    padded_tokens: int = 0
    """Tokens that the model saw: these and padding."""
    truncated_rows: int = 0
    """Rows that were cut, because they are longer than the model reads."""
    truncated_tokens: int = 0
    """Tokens that were cut from them."""
    seconds: float = 0.0
    """Time in tokenizer, model and decoding."""

    @property
    def padding(self) -> float:
        """The share of padding among the tokens that the model saw."""
        return 1.0 - self.tokens / self.padded_tokens if self.padded_tokens else 0.0

    @property
    def rows_per_second(self) -> float:
        """Rows answered in a second."""
        return self.rows / self.seconds if self.seconds else 0.0

    def plus(self, other: Statistics) -> Statistics:
        """Return both together."""
        return Statistics(
            rows=self.rows + other.rows,
            tokens=self.tokens + other.tokens,
            padded_tokens=self.padded_tokens + other.padded_tokens,
            truncated_rows=self.truncated_rows + other.truncated_rows,
            truncated_tokens=self.truncated_tokens + other.truncated_tokens,
            seconds=self.seconds + other.seconds,
        )

    def since(self, earlier: Statistics) -> Statistics:
        """Return what has been done since the predictor's statistics were `earlier`."""
        return Statistics(
            rows=self.rows - earlier.rows,
            tokens=self.tokens - earlier.tokens,
            padded_tokens=self.padded_tokens - earlier.padded_tokens,
            truncated_rows=self.truncated_rows - earlier.truncated_rows,
            truncated_tokens=self.truncated_tokens - earlier.truncated_tokens,
            seconds=self.seconds - earlier.seconds,
        )

    def to_json(self) -> dict[str, float]:
        """Return the counts and what follows from them."""
        return {
            "rows": self.rows,
            "tokens": self.tokens,
            "padding": round(self.padding, 6),
            "truncated_rows": self.truncated_rows,
            "truncated_tokens": self.truncated_tokens,
            "seconds": round(self.seconds, 6),
            "rows_per_second": round(self.rows_per_second, 3),
        }
