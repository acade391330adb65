"""A trial's settings: the search's own configuration with some values put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from accent.config import FinetuneConfig
from accent.config.flags import Flag, flags_of
from accent.config.load import resolve
from accent.config.space import Dimension, Value, grid_of
from accent.errors import ConfigError, Problems, UserError

__all__ = ["check_space", "configured", "fits", "values_of"]

_DIGITS = 4
"""Significant digits of a number that is tried: more would only be hard to read."""


def configured(config: FinetuneConfig, space: Sequence[Dimension], values: Mapping[str, Value]) -> FinetuneConfig:
    """Return `config` with `values`, which go by the dimensions' names.

    What else was set stays, but for settings that a newly chosen strategy does not know. Raises `Problems` as for any
    configuration.
    """
    flags = {one.name: one.flag for one in space}
    changes = {flags[name].name: _settled(value, flags[name]) for name, value in values.items()}
    given: dict[str, object] = {}
    for flag in flags_of(FinetuneConfig).values():
        kind = changes.get(flag.path[0]) or getattr(getattr(config, flag.path[0]), "kind", None)
        if flag.name not in changes and (not flag.kinds or kind in flag.kinds):
            given |= _set(config, flag)
    return resolve(FinetuneConfig, flags=given | changes, typed=True)


def fits(dimension: Dimension, *, strategy: str, base: str) -> bool:
    """Tell whether a setting is tried with this strategy and base."""
    return (not dimension.kinds or strategy in dimension.kinds) and (not dimension.bases or base in dimension.bases)


def values_of(space: Sequence[Dimension], name: str, otherwise: str) -> list[str]:
    """Return the strategies or bases that may be tried: those of a dimension `name`, or else what all trials have."""
    return next(([str(value) for value in grid_of(one)] for one in space if one.name == name), [otherwise])


def check_space(config: FinetuneConfig, space: Sequence[Dimension]) -> None:
    """Raise `Problems` where a setting cannot have one of its values, or would have no effect in any trial."""
    strategies = values_of(space, "strategy", config.strategy.kind)
    bases = values_of(space, "base", config.model.base)
    problems: list[UserError] = []
    for dimension in space:
        owner = next((kind for kind in strategies for base in bases if fits(dimension, strategy=kind, base=base)), None)
        if owner is None:
            what = f"{dimension.name} has no effect with strategy {', '.join(strategies)}"
            remedy = f"Leave it out, or choose --strategy {' or '.join(dimension.kinds)}."
            problems.append(ConfigError(what, where="--space", remedy=remedy))
        else:
            problems += _wrong_values(config, space, dimension, owner)
    if problems:
        raise Problems(problems)


def _wrong_values(
    config: FinetuneConfig, space: Sequence[Dimension], dimension: Dimension, owner: str
) -> list[UserError]:
    """Return what is wrong with the values of one dimension, each with a strategy that knows the setting."""
    chosen: dict[str, Value] = {"strategy": owner} if any(one.name == "strategy" for one in space) else {}
    for value in grid_of(dimension):
        try:
            configured(config, space, {**chosen, dimension.name: value})
        except Problems as found:
            return [ConfigError(one.what, where=f"--space {dimension.name}", remedy=one.remedy) for one in found.errors]
    return []


def _set(config: FinetuneConfig, flag: Flag) -> dict[str, object]:
    """Return a setting by its flat name, where the configuration has it and it differs from the default."""
    try:
        value = attrgetter(".".join(flag.path))(config)
    except AttributeError:
        return {}
    return {} if value == flag.default else {flag.name: value}


def _settled(value: Value, flag: Flag) -> object:
    """Return a value as the configuration takes it: a list of one where it is a list, and no more digits than help."""
    if flag.repeated:
        return (value,)
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
