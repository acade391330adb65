"""A tune.json as a search writes it."""

from __future__ import annotations

from typing import Any

__all__ = ["SUMMARY", "trial"]


def trial(number: int, score: float | None, state: str = "complete", **more: Any) -> dict[str, Any]:
    """Return a trial as it stands in tune.json."""
    evaluations = [] if score is None else [[1.0, score - 0.1], [3.0, score]]
    found = {
        "number": number,
        "state": state,
        "score": score,
        "settings": {"learning_rate": 1e-4 * (number + 1), "batch_size": 16 * (1 + number % 2)},
        "epochs": 3.0 if evaluations else 0.0,
        "started": "2026-01-31T12:00:00",
        "ended": "2026-01-31T12:01:00",
        "error": None,
        "updates": 30,
        "planned": 30,
        "tokens": 4000,
        "seconds": 12.5,
        "evaluations": evaluations,
    }
    return found | more


SUMMARY: dict[str, Any] = {
    "layout": 1,
    "accent": "0.1.0",
    "data": "reviews.csv",
    "base": "builtin:minilm",
    "task": "classification",
    "strategy": "full",
    "seed": 42,
    "host": "here",
    "search": {"kind": "bayesian", "pruning": "halving", "trials": 5},
    "metric": "f1_macro",
    "lower_is_better": False,
    "space": {"learning_rate": "1e-05..0.001 log", "batch_size": "16,32"},
    "log": ["learning_rate"],
    "trials": [
        trial(0, 0.8),
        trial(1, 0.91),
        trial(2, 0.7, "pruned", epochs=1.0),
        trial(3, None, "failed", error="a <text> is too long"),
        trial(4, None, "lost"),
    ],
    "totals": {
        "states": {"complete": 2, "pruned": 1, "failed": 1, "lost": 1},
        "tokens": 20000,
        "updates": 150,
        "seconds": 62.5,
    },
    "importance": {"of": "first", "trials": 9, "shares": {"learning_rate": 0.75, "batch_size": 0.25}},
    "winner": {
        "trial": 1,
        "score": 0.91,
        "settings": {"learning_rate": 2e-4, "batch_size": 32},
        "folder": "best",
        "scores": {
            "main": "accuracy",
            "validation": {"accuracy": {"value": 0.92, "low": 0.9, "high": 0.95, "n": 200}},
            "test": {"accuracy": {"value": 0.873, "low": 0.85, "high": 0.9, "n": 300}},
        },
    },
    "scored": [1],
}
"""Five trials: two whole, the second the winner; one given up, one failed, one lost."""
