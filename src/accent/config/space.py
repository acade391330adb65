"""What a search may try: dimensions read from texts such as `learning_rate=1e-5..1e-3 log` or `batch_size=8,16,32`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from accent.config.aliases import canonical
from accent.config.annotations import item_type, optional, scalar_type
from accent.config.flags import Flag, flags_of
from accent.config.nearest import nearest
from accent.config.runs import FinetuneConfig
from accent.errors import ConfigError, Problems, UserError

__all__ = ["GRID_POINTS", "Choice", "Dimension", "Range", "Value", "grid_of", "read_space", "searchable"]

Value = str | int | float | bool | None
GRID_POINTS = 4
"""Values that a grid takes of a range without a step."""
_FIXED = {
    "training": (
        "time_budget",
        "metric",
        "evaluate_every",
        "save_every",
        "keep",
        "precision",
        "processes",
        "microbatch_size",
    ),
    "task": (
        "task",
        "threshold",
        "calibrate",
        "scheme",
        "strays",
        "answer_length",
        "n_best",
        "loss_on",
        "summary_length",
    ),
    "model": ("rename", "revision"),
    "strategy": ("merge",),
    "long_texts": (),
}
"""The sections whose settings may be searched, but for these: they say what a score means, or what is kept."""
_FORMS = "Write NAME=A,B,C or NAME=LOW..HIGH, with `log` or `step N` behind it where wanted."


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A setting with a few values that stand in no order."""

    name: str
    """Its flat name; a search may have several dimensions of one setting, each for a strategy or a base."""
    flag: Flag
    """The setting."""
    values: tuple[Value, ...]
    kinds: tuple[str, ...] = ()
    """Strategies with which it is tried; empty for all."""
    bases: tuple[str, ...] = ()
    """Bases with which it is tried; empty for all."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """A setting with the numbers from `low` to `high`, both included."""

    name: str
    flag: Flag
    low: float
    high: float
    log: bool = False
    """Whether equal ratios are equally likely, and not equal differences."""
    step: float | None = None
    """The distance between values; None for any."""
    kinds: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return scalar_type(self.flag.annotation) is int


Dimension = Choice | Range


def read_space(texts: Sequence[str]) -> tuple[Dimension, ...]:
    """Return a dimension for each text; raise `Problems` with a `ConfigError` for each that is none."""
    found: dict[str, Dimension] = {}
    problems: list[UserError] = []
    for text in texts:
        try:
            dimension = _read(text)
            if dimension.name in found:
                raise ConfigError(f"{dimension.name} is given twice", where=text, remedy="Keep one of the two.")
            found[dimension.name] = dimension
        except ConfigError as error:
            problems.append(error)
    if problems:
        raise Problems(problems)
    return tuple(found.values())


def searchable() -> dict[str, Flag]:
    """Return the settings that a search may try, by flat name."""
    return {
        name: flag
        for name, flag in flags_of(FinetuneConfig).items()
        if flag.path[0] in _FIXED and name not in _FIXED[flag.path[0]]
    }


def grid_of(dimension: Dimension) -> tuple[Value, ...]:
    """Return the values that a grid takes: all choices, all steps, or a few numbers spread evenly over the range."""
    if isinstance(dimension, Choice):
        return dimension.values
    low, high = dimension.low, dimension.high
    if dimension.step is not None:
        count = math.floor((high - low) / dimension.step + 1e-9) + 1
        points = [low + at * dimension.step for at in range(count)]
    else:
        shares = [at / (GRID_POINTS - 1) for at in range(GRID_POINTS)]
        points = [low * math.pow(high / low, one) if dimension.log else low + (high - low) * one for one in shares]
    return tuple(dict.fromkeys(round(point) if dimension.whole else float(f"{point:.6g}") for point in points))


def _read(text: str) -> Dimension:
    name, equals, spec = (part.strip() for part in text.partition("="))
    if not equals or not spec:
        raise ConfigError(f"{text!r} names no values", where=text, remedy=_FORMS)
    flag = _flag(name, text)
    return _range(flag, spec, text) if ".." in spec else _choice(flag, spec, text)


def _flag(name: str, text: str) -> Flag:
    """Return the setting of this name, flat or as --set has it."""
    known = searchable()
    plain = canonical(name)
    by_key = {flag.key: flag for flag in known.values()}
    flag = known.get(plain) or by_key.get(plain) or by_key.get(f"{plain}.kind")
    if flag is not None:
        return flag
    if plain in flags_of(FinetuneConfig):
        what = f"{plain} is the same for all trials of a search"
        raise ConfigError(what, where=text, remedy=f"Leave it out here; give --{plain.replace('_', '-')}.")
    near = nearest(plain, known)
    remedy = f"Did you mean {near}?" if near else f"Give one of {', '.join(known)}."
    raise ConfigError(f"there is no setting {name} to search", where=text, remedy=remedy)


def _choice(flag: Flag, spec: str, text: str) -> Choice:
    values = tuple(dict.fromkeys(_value(piece.strip(), flag, text) for piece in spec.split(",")))
    return Choice(name=flag.name, flag=flag, values=values, kinds=_kinds(flag))


def _range(flag: Flag, spec: str, text: str) -> Range:
    """Read `LOW..HIGH`, `LOW..HIGH log` or `LOW..HIGH step N`."""
    span, *words = spec.split()
    if scalar_type(flag.annotation) not in (int, float) or flag.choices:
        raise ConfigError(f"{flag.name} is no number", where=text, remedy="Write its values: NAME=A,B,C.")
    low, high = (_number(piece, flag, text) for piece in span.split("..", 1))
    match words:
        case []:
            found = Range(name=flag.name, flag=flag, low=low, high=high, kinds=_kinds(flag))
        case ["log"]:
            found = Range(name=flag.name, flag=flag, low=low, high=high, log=True, kinds=_kinds(flag))
        case ["step", number]:
            step = _number(number, flag, text)
            found = Range(name=flag.name, flag=flag, low=low, high=high, step=step, kinds=_kinds(flag))
        case _:
            raise ConfigError(f"{spec!r} is no range", where=text, remedy=_FORMS)
    _check_range(found, text)
    return found


def _check_range(found: Range, text: str) -> None:
    if not found.low < found.high:
        raise ConfigError(f"{found.low:g} is not below {found.high:g}", where=text, remedy=_FORMS)
    if found.log and found.low <= 0:
        raise ConfigError(f"a log range cannot begin at {found.low:g}", where=text, remedy="Begin above 0.")
    if found.step is not None and not 0 < found.step <= found.high - found.low:
        raise ConfigError(f"a step of {found.step:g} does not fit", where=text, remedy=_FORMS)


def _kinds(flag: Flag) -> tuple[str, ...]:
    """Return the strategies that have this setting, where not all have it."""
    return flag.kinds if flag.path[0] == "strategy" else ()


def _value(text: str, flag: Flag, spec: str) -> Value:
    """Read one value by the setting's type; its bounds are checked with the trial's whole configuration."""
    if optional(flag.annotation) and text.lower() in ("none", "null"):
        return None
    kind = scalar_type(flag.annotation)
    if flag.choices or kind is str or item_type(flag.annotation) is not None:
        return _word(text, flag, spec)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{text!r} is not true or false", where=spec, remedy="Write NAME=true,false.")
        return text.lower() == "true"
    number = _number(text, flag, spec)
    return int(number) if kind is int else number


def _word(text: str, flag: Flag, spec: str) -> str:
    if flag.choices and text not in flag.choices:
        near = nearest(text, flag.choices)
        remedy = f"Did you mean {near}?" if near else f"Give some of {', '.join(flag.choices)}."
        raise ConfigError(f"{flag.name} cannot be {text!r}", where=spec, remedy=remedy)
    return text


def _number(text: str, flag: Flag, spec: str) -> float:
    whole = scalar_type(flag.annotation) is int
    try:
        number = float(int(text) if whole else float(text))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        noun = "a whole number" if whole else "a number"
        raise ConfigError(f"{text!r} is not {noun}", where=spec, remedy=_FORMS)
    return number
