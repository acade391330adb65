"""What a predictor did since some moment."""

from __future__ import annotations

from accent.inference import Statistics


def test_since_is_the_rest() -> None:
    first = Statistics(rows=3, tokens=30, padded_tokens=40, truncated_rows=1, truncated_tokens=5, seconds=2.0)
    second = Statistics(rows=6, tokens=10, padded_tokens=10, truncated_rows=0, truncated_tokens=1, seconds=1.5)
    assert first.plus(second).since(first) == second
    assert first.plus(second).since(first).rows_per_second == 4.0
