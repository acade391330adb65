"""What a comparison comes to: who is ahead by more than chance, and what else can decide between the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["front", "verdict"]

Shown = Mapping[str, Any]
FEW_SEEDS = 5
"""With fewer, the spread over seeds is itself hardly known."""
AS_FAST = 1.15
"""Times that are this close to the least count as the same: a machine does not keep time better."""


def verdict(settings: Sequence[Shown], best: str, metric: str, *, lower: bool) -> dict[str, Any]:
    """Return the winner, the settings that are not told apart from the best, a recommendation, and all of it in words.

    There is a winner only where every other setting differs from the best significantly, corrected for all pairs.
    """
    leader = next(one for one in settings if one["name"] == best)
    others = [one for one in settings if one is not leader]
    tied = [one for one in others if not one["against_best"]["significant"]]
    behind = [one for one in others if one["against_best"]["significant"]]
    said = _alone(leader, metric) if not others else _said(leader, tied, behind, metric, lower=lower)
    return {
        "winner": best if others and not tied else None,
        "tied": [best, *(one["name"] for one in tied)] if tied else [],
        "verdict": said,
        "recommended": _recommended([leader, *tied]) if others else None,
        "cautions": _cautions(settings),
    }


def front(settings: Sequence[Shown], cost: str, *, lower: bool) -> list[str]:
    """Return the Pareto front: the settings that no other beats in score without costing more."""
    sign = -1 if lower else 1
    points = [(sign * one["score"]["value"], one[cost], one["name"]) for one in settings if one[cost] is not None]
    return [name for score, price, name in points if not any(_beats(other, (score, price)) for other in points)]


def _beats(other: tuple[float, float, str], point: tuple[float, float]) -> bool:
    (score, price, _), (own_score, own_price) = other, point
    return score >= own_score and price <= own_price and (score > own_score or price < own_price)


def _alone(one: Shown, metric: str) -> str:
    if one["deviation"] is None:
        return f"{_name(one)} has {metric} {_number(one)}."
    spread = f"standard deviation {one['deviation']:.4f} over {len(one['seeds'])} seeds"
    return f"{_name(one)} has {metric} {_number(one)} on average, {spread}."


def _said(leader: Shown, tied: Sequence[Shown], behind: Sequence[Shown], metric: str, *, lower: bool) -> str:
    side = "above" if lower else "below"
    if not tied:
        others = "the other" if len(behind) == 1 else f"each of the {len(behind)} others"
        told = "lower" if lower else "higher"
        return (
            f"{_name(leader)} is best: its {metric} of {_number(leader)} is significantly {told} than that of {others}."
        )
    names = _listed([_name(one) for one in (leader, *tied)])
    said = f"No winner: {names} differ in {metric} by no more than chance explains."
    if behind:
        verb = "is" if len(behind) == 1 else "are"
        said += f" {_listed([_name(one) for one in behind])} {verb} significantly {side} {_name(leader)}."
    return said


def _recommended(candidates: Sequence[Shown]) -> dict[str, Any] | None:
    """Return the best or, where others that cannot be told apart from it train faster, the best of the fastest."""
    if len(candidates) == 1:
        return {"setting": candidates[0]["name"], "why": "it is significantly better than all others"}
    if any(one["seconds"] is None for one in candidates):
        return None
    least = min(float(one["seconds"]) for one in candidates)
    fast = [one for one in candidates if one["seconds"] <= AS_FAST * least]
    if candidates[0] in fast:
        return {"setting": candidates[0]["name"], "why": "chance may explain its lead, but no rival trains much faster"}
    fastest = max(fast, key=lambda one: -abs(one["against_best"]["difference"]["value"]))
    told = f"it trains in {fastest['seconds']:.1f} s, {_name(candidates[0])} in {candidates[0]['seconds']:.1f} s"
    return {"setting": fastest["name"], "why": f"no more than chance separates it from the best; {told}"}


def _cautions(settings: Sequence[Shown]) -> list[str]:
    """Return what keeps the comparison from saying more."""
    seeds = [len(one["seeds"]) for one in settings]
    if max(seeds) == 1 and len(settings) > 1:
        return [
            "Each setting was run once: this compares these models, and another seed would move their scores. "
            "Several --seeds of accent sweep tell settings apart."
        ]
    once = [_name(one) for one, count in zip(settings, seeds, strict=True) if count == 1]
    if once and max(seeds) > 1:
        return [f"{_listed(once)} was run once: how far a seed moves that score is not known, and not counted."]
    if 1 < min(seeds) < FEW_SEEDS:
        return [
            f"{min(seeds)} seeds say little of how far seeds move a score: the intervals allow for it and are wide."
        ]
    return []


def _name(one: Shown) -> str:
    return str(one["name"])


def _number(one: Shown) -> str:
    return f"{one['score']['value']:.4f}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
