"""A score goes to JSON and comes back."""

from __future__ import annotations

import json

import pytest

from accent.evaluation import Score


def test_a_score_survives_json() -> None:
    score = Score(value=0.9, low=0.85, high=0.93, n=120)
    written = json.loads(json.dumps(score.to_json()))
    assert written == {"value": 0.9, "low": 0.85, "high": 0.93, "n": 120}
    assert Score.from_json(written) == score


@pytest.mark.parametrize(
    ("change", "named"),
    [({"low": None}, "low"), ({"n": True}, "n"), ({"value": "0.9", "high": "1"}, "value, high")],
)
def test_a_score_that_is_no_score_is_named(change: dict[str, object], named: str) -> None:
    fields = {"value": 0.9, "low": 0.85, "high": 0.93, "n": 120, **change}
    with pytest.raises(ValueError, match=f"needs a number under {named}, not"):
        Score.from_json(fields)  # type: ignore[arg-type]


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="under high, n, not"):
        Score.from_json({"value": 0.9, "low": 0.85})
