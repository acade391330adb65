"""Compare: runs side by side, from their folders alone, and which of them differ by more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.config import CompareConfig
from accent.errors import ConfigError
from accent.evaluation import Difference, Metric, Setting, Standing, compare_settings
from accent.recipes.grouping import Groups, differing, grouped, refuse_twins
from accent.recipes.judged import JudgedRun, check_same_rows, read_judged
from accent.recipes.listening import Listen, ignore
from accent.recipes.verdicts import front, verdict
from accent.records import write_json
from accent.report import write_comparison
from accent.report.metrics import is_bounded, is_lower_better

__all__ = ["compare", "comparison"]

RIGHT_OR_WRONG = ("classification", "accuracy")
"""The score that is the share of rows that are right, so that McNemar's test is exact."""


def compare(config: CompareConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Return the runs side by side; with `--output` the same stands in compare.json and compare.html.

    Runs whose settings differ in the seed only are one setting, whose scores have a mean and a spread. Raises RunError
    for a folder without a run that ended, and for runs that were judged on different rows.
    """
    listen("stage", {"what": f"reading {len(config.targets)} runs"})
    runs = [read_judged(target) for target in config.targets]
    listen("stage", {"what": "comparing them row by row"})
    found = comparison(grouped(runs), metric=config.metric, seed=config.run.seed)
    if config.run.output is not None:
        write_json(Path(config.run.output) / "compare.json", found)
        write_comparison(Path(config.run.output) / "compare.html", found)
    return found


def comparison(groups: Groups, *, metric: str | None, seed: int) -> dict[str, Any]:
    """Return what compare.json says of settings, each with the runs of its seeds."""
    runs = [run for group in groups.values() for run in group]
    check_same_rows(runs)
    for group in groups.values():
        refuse_twins(group)
    name = metric or runs[0].main
    lower = is_lower_better(name)
    settings = [_setting(title, group, name) for title, group in groups.items()]
    bounds = (0.0, np.inf) if lower or not is_bounded(name) else (-np.inf, 1.0)
    standings, pairs = compare_settings(settings, len(runs[0].rows), seed=seed, bounds=bounds)
    shown = [_shown(one, groups[one.name], name) for one in standings]
    best = min(shown, key=lambda one: one["score"]["value"] * (1 if lower else -1))["name"]
    for one in shown:
        one["against_best"] = _against(pairs, one["name"], best)
        one["against_first"] = _against(pairs, one["name"], shown[0]["name"])
    return {
        "metric": name,
        "lower_is_better": lower,
        "task": runs[0].task,
        "split": runs[0].split,
        "rows": len(runs[0].rows),
        "best": best,
        **verdict(shown, best, name, lower=lower),
        "settings": shown,
        "pairs": [_pair(one) for one in pairs],
        "correction": f"Holm over {len(pairs)} pair{'s' if len(pairs) != 1 else ''}",
        "front": {cost: front(shown, cost, lower=lower) for cost in ("seconds", "model_bytes")},
        "differing": differing(groups),
    }


def _setting(name: str, group: Sequence[JudgedRun], metric: str) -> Setting:
    right_N = _right(group[0]) if len(group) == 1 and (group[0].task, metric) == RIGHT_OR_WRONG else None
    return Setting(name=name, metrics=tuple(_metric(run, metric) for run in group), right_N=right_N)


def _metric(run: JudgedRun, metric: str) -> Metric:
    try:
        return run.scorer.weighted(metric)
    except ValueError as error:
        known = [name for name in run.scores if name not in ("map", "mrr")]
        raise ConfigError(
            f"{metric} is no score that can be compared row by row",
            where="--metric",
            remedy=f"Give one of {', '.join(known)}.",
        ) from error


def _right(run: JudgedRun) -> npt.NDArray[np.bool_]:
    """Return which rows a classifier has right."""
    scorer: Any = run.scorer
    right_N: npt.NDArray[np.bool_] = scorer.predicted_N == scorer.targets_N
    return right_N


def _shown(one: Standing, group: Sequence[JudgedRun], metric: str) -> dict[str, Any]:
    """Return a setting's score and what it cost, the costs as means over its runs."""
    records = [run.record for run in group]
    told = group[0].scores.get(metric) if len(group) == 1 else None
    return {
        "name": one.name,
        "runs": [str(run.folder.path) for run in group],
        "seeds": [record.seed for record in records],
        "score": (told or one.score).to_json(),
        "values": list(one.values),
        "deviation": one.deviation,
        "strategy": records[0].config["strategy"]["kind"],
        "base": records[0].base.get("name"),
        "updates": _mean(record.training.get("updates") for record in records),
        "trainable": records[0].training.get("trainable"),
        "parameters": records[0].training.get("parameters"),
        "seconds": _mean(_training_seconds(record.timings) for record in records),
        "total_seconds": _mean(record.timings.get("total") for record in records),
        "memory": _mean(_memory(record.training) for record in records),
        "model_bytes": _mean(run.model_bytes for run in group),
        "rows_per_second": _mean((record.training.get("answering") or {}).get("rows_per_second") for record in records),
    }


def _training_seconds(timings: Mapping[str, float]) -> float | None:
    """Return the time in which weights were learned, and that of frozen layers asked once before it."""
    return timings["training"] + timings.get("activations", 0.0) if "training" in timings else None


def _memory(training: Mapping[str, Any]) -> Any:
    """Return the most memory of the device, where there was one, or else of the process."""
    return training.get("peak_device_memory") or training.get("peak_memory")


def _mean(values: Any) -> float | int | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    mean = fmean(known)
    return round(mean) if all(isinstance(value, int) for value in known) else mean


def _against(pairs: Sequence[Difference], name: str, other: str) -> dict[str, Any] | None:
    """Return a setting's score minus another's; None for itself."""
    for pair in pairs:
        if {pair.one, pair.other} == {name, other}:
            found = _pair(pair)
            return found if pair.one == name else found | {"one": name, "other": other, **_turned(found)}
    return None


def _turned(pair: Mapping[str, Any]) -> dict[str, Any]:
    given = pair["difference"]
    return {"difference": {"value": -given["value"], "low": -given["high"], "high": -given["low"], "n": given["n"]}}


def _pair(one: Difference) -> dict[str, Any]:
    return {
        "one": one.one,
        "other": one.other,
        "difference": one.difference.to_json(),
        "p_value": one.p_value,
        "adjusted": one.adjusted,
        "significant": one.significant,
        "test": one.test,
    }
