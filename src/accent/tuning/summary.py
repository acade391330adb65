"""What was tried, as plain data: the contents of tune.json."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import FrozenTrial, TrialState

import accent
from accent.config.show import to_dict
from accent.config.space import Dimension, Range, Value
from accent.records import plain
from accent.records.passwords import without_password
from accent.tuning.importance import importance
from accent.tuning.trials import ERROR, FACTS, LOST, Searching

__all__ = ["describe", "summarize"]

_STATES = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "waiting",
}
_DIGITS = 4


def summarize(searching: Searching, winner: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the contents of tune.json; `winner` says which trial won, where its run is and what it scored."""
    known = [one for one in searching.study.get_trials(deepcopy=False) if one.state is not TrialState.WAITING]
    trials = [describe(one) for one in known]
    search = to_dict(searching.search)
    if searching.search.storage is not None:
        search["storage"] = without_password(searching.search.storage)
    found: dict[str, Any] = plain(
        {
            "layout": 1,
            "accent": accent.__version__,
            "data": searching.config.data.source,
            "base": searching.config.model.base,
            "task": searching.config.task.kind,
            "strategy": searching.config.strategy.kind,
            "seed": searching.config.run.seed,
            "host": socket.gethostname(),
            "search": search,
            "metric": searching.metric,
            "lower_is_better": searching.lower_is_better,
            "space": {one.name: _spec(one) for one in searching.space},
            "log": [one.name for one in searching.space if isinstance(one, Range) and one.log],
            "trials": trials,
            "totals": _totals(trials),
            "importance": importance(searching),
            "winner": winner,
            "scored": searching.study.user_attrs.get("scored", []),
        }
    )
    return found


def describe(trial: FrozenTrial) -> dict[str, Any]:
    """Return one trial as it stands in tune.json."""
    facts = trial.user_attrs.get(FACTS, {})
    evaluations = facts.get("evaluations", [])
    return {
        "number": trial.number,
        "state": "lost" if trial.user_attrs.get(LOST) else _STATES[trial.state],
        "score": evaluations[-1][1] if evaluations else None,
        "settings": {name: _short(value) for name, value in trial.params.items()},
        "epochs": evaluations[-1][0] if evaluations else 0.0,
        "started": trial.datetime_start.isoformat(timespec="seconds") if trial.datetime_start else None,
        "ended": trial.datetime_complete.isoformat(timespec="seconds") if trial.datetime_complete else None,
        "error": trial.user_attrs.get(ERROR),
        **{name: facts.get(name, 0) for name in ("updates", "planned", "tokens", "seconds")},
        "evaluations": evaluations,
    }


def _totals(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many trials ended how, and what they cost together."""
    states = [str(one["state"]) for one in trials]
    counts = {state: states.count(state) for state in dict.fromkeys(states)}
    return {"states": counts, **{name: sum(one[name] for one in trials) for name in ("tokens", "updates", "seconds")}}


def _spec(dimension: Dimension) -> str:
    """Return a dimension as --space has it."""
    if not isinstance(dimension, Range):
        return ",".join(_word(value) for value in dimension.values)
    tail = " log" if dimension.log else f" step {dimension.step:g}" if dimension.step is not None else ""
    return f"{dimension.low:g}..{dimension.high:g}{tail}"


def _word(value: Value) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(value: Any) -> Any:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
