"""The border where users' values become a configuration: parsed once, checked once, every problem named at once.

Pydantic stands here and nowhere else. It checks each value against its field's annotation, strictly: `True` is not 1
and `"4"` is not 4; only texts from the command line are parsed.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from accent.config.annotations import (
    choices,
    describe,
    field_types,
    item_type,
    members,
    optional,
    scalar_type,
    several,
)
from accent.config.effects import ALTERNATIVES, find_contradictions
from accent.config.flags import Flag, flags_of
from accent.config.given import Given, Place, from_file, from_flags, from_sets
from accent.config.nearest import nearest
from accent.errors import ConfigError, Problems, UserError

__all__ = ["resolve", "restore"]

C = TypeVar("C")
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_RESUME = ("run", "resume")
_NO_VALUE = ("none", "null")


def resolve(
    config: type[C],
    *,
    file: Path | None = None,
    sets: Sequence[str] = (),
    flags: Mapping[str, object] | None = None,
    typed: bool = False,
) -> C:
    """Make a configuration from what the user gave: defaults, then the file, then --set, then flags.

    `sets` are `key.path=value` texts. `flags` go by flat name (`batch_size`, or what transformers' scripts call it);
    their values are texts and lists of texts from a command line, or Python values where `typed`.

    With `--resume RUN` and no file, RUN's own config.yaml is the file.

    Raises `Problems` with a `ConfigError` for each unknown name, value of the wrong type or out of range, missing
    value, contradiction and setting that would have no effect.
    """
    problems: list[UserError] = []
    asked = from_sets(config, sets, problems) | from_flags(config, flags or {}, problems, typed=typed)
    file = file or _file_of_resumed(asked)
    begun = {} if file is None else from_file(config, file, problems)
    given = _without_replaced(begun | asked)
    builder = _Builder(config, given)
    built: C = builder.build(config, ())
    problems += builder.problems
    contradictions = find_contradictions(built, {place for place, one in given.items() if one.value is not None})
    problems += [
        ConfigError(found.what, where=_where(builder.flags, given, found.place), remedy=found.remedy)
        for found in contradictions
        if not builder.spoiled.intersection(found.involved)
    ]
    if problems:
        raise Problems(problems)
    return built


def restore(union: Any, stored: Mapping[str, object]) -> Any:
    """Return the configuration that `to_dict` made `stored` of, a member of a union tagged by `kind`.

    Raises ValueError where it is none of them, or a setting is unknown or does not fit.
    """
    by_kind = {name: one for one in members(union) for name in choices(field_types(one)["kind"])}
    member = by_kind.get(str(stored.get("kind")))
    if member is None:
        raise ValueError(f"kind is not one of {', '.join(by_kind)}")
    hints = field_types(member)
    unknown = sorted(stored.keys() - hints.keys())
    if unknown:
        raise ValueError(f"{member.__name__} knows no {', '.join(unknown)}")
    return member(**{name: _check(value, hints[name]) for name, value in stored.items()})


def _file_of_resumed(asked: Mapping[Place, Given]) -> Path | None:
    """Return the configuration of the run that is to go on: --resume RUN says all that it was begun with."""
    resume = asked.get(_RESUME)
    if resume is None or resume.value is None:
        return None
    file = Path(str(resume.value)) / "config.yaml"
    if not file.is_file():
        what, remedy = "there is no run to resume", "Give the run's folder: the one that holds config.yaml."
        raise Problems([ConfigError(f"{what} in {resume.value}", where=resume.where, remedy=remedy)])
    return file


class _Builder:
    """Builds nested configurations from what was given, and collects every problem on the way."""

    def __init__(self, root: type, given: Mapping[Place, Given]) -> None:
        self.given = given
        self.flags = {flag.path: flag for flag in flags_of(root).values()}
        self.problems: list[UserError] = []
        self.spoiled: set[Place] = set()

    def build(self, config: type, path: Place) -> Any:
        """Build the configuration at `path`; what is wrong or missing is named, and a stand-in takes its place."""
        values: dict[str, object] = {}
        for name, hint in field_types(config).items():
            place = (*path, name)
            if sections := members(hint):
                values[name] = self._section(config, sections, place)
            elif sections := several(hint):
                values[name] = self._several(sections, place)
            elif name == "kind" and self.flags[place].repeated:
                continue  # what was given is the kinds of the whole list; each member has its own by default
            elif place in self.given:
                values[name] = self._value(place, hint)
            elif self.flags[place].default is MISSING:
                values[name] = self._missing(self.flags[place])
        return config(**values)

    def _section(self, owner: type, sections: tuple[type, ...], place: Place) -> object:
        """Build a section: of a union, the member whose `kind` was given, or else the default's."""
        section = _default_section(owner, place[-1], sections)
        kind = self.given.get((*place, "kind"))
        if len(sections) > 1 and kind is not None:
            by_kind = {name: one for one in sections for name in choices(field_types(one)["kind"])}
            if kind.value not in by_kind:
                self.spoiled.add((*place, "kind"))
                self.problems.append(_wrong(kind, self.flags[*place, "kind"], f"one of {', '.join(by_kind)}"))
                return section()
            section = by_kind[str(kind.value)]
        self._refuse_foreign((section,), place)
        return self.build(section, place)

    def _several(self, sections: tuple[type, ...], place: Place) -> tuple[object, ...]:
        """Build a list's members: one for each `kind` given, or the defaults. A setting goes to those that have it."""
        by_kind = {name: one for one in sections for name in choices(field_types(one)["kind"])}
        flag = self.flags[*place, "kind"]
        default: Any = flag.default
        kinds: Any = self._value(flag.path, flag.annotation) if flag.path in self.given else default
        chosen = tuple(by_kind[kind] for kind in dict.fromkeys(kinds or default))
        self._refuse_foreign(chosen, place)
        return tuple(self.build(section, place) for section in chosen)

    def _refuse_foreign(self, sections: tuple[type, ...], place: Place) -> None:
        """Name settings of other members of the union: they would have no effect."""
        known = {name for section in sections for name in field_types(section)}
        for path, given in self.given.items():
            if path[:-1] == place and path[-1] not in known and self.flags[path].kinds:
                kinds = " or ".join(self.flags[path].kinds)
                mine = ",".join(choices(field_types(section)["kind"])[0] for section in sections)
                what = f"{self.flags[path].name} has no effect with {place[-1]} {mine}"
                remedy = f"Leave it out, or choose --{place[-1].replace('_', '-')} {kinds}."
                self.problems.append(ConfigError(what, where=given.where, remedy=remedy))

    def _value(self, place: Place, hint: object) -> object:
        given = self.given[place]
        try:
            return _parse(given.value, hint) if given.textual else _check(given.value, hint)
        except (ValidationError, csv.Error):
            self.spoiled.add(place)
            self.problems.append(_wrong(given, self.flags[place], describe(hint)))
            return _stand_in(self.flags[place])

    def _missing(self, flag: Flag) -> object:
        self.spoiled.add(flag.path)
        noun = flag.argument or flag.name
        where = noun.upper()
        self.problems.append(ConfigError(f"no {noun} is given", where=where, remedy=f"Give it: {flag.help}"))
        return _stand_in(flag)


def _default_section(owner: type, name: str, sections: tuple[type, ...]) -> type:
    """Return the member of a union that stands there by default."""
    factory = next(field.default_factory for field in fields(owner) if field.name == name)
    return sections[0] if factory is MISSING else type(factory())


def _stand_in(flag: Flag) -> object:
    """Return a value that lets the rest be checked although this one is wrong or missing."""
    if flag.default is not MISSING:
        return flag.default
    return () if flag.repeated else ""


def _parse(value: object, hint: object) -> object:
    """Read a value from the command line's text, or from several texts for a list."""
    item = item_type(hint)
    texts = [str(text) for text in value] if isinstance(value, (list, tuple)) else [str(value)]
    if item is not None:
        pieces = [piece for text in texts for piece in _split(text, hint)]
        return _check(tuple(_adapter(item).validate_strings(piece) for piece in pieces), hint)
    text = texts[-1]
    if optional(hint) and scalar_type(hint) is not str and text.lower() in _NO_VALUE:
        return None
    return _adapter(hint).validate_strings(text if scalar_type(hint) is str else text.strip())


def _split(text: str, hint: object) -> list[str]:
    """Split a list at its commas, as CSV does: a name that holds a comma stands in double quotes.

    A list of bare `str` is prose, such as the texts to answer, and is never split.
    """
    if item_type(hint) is str:
        return [text]
    if scalar_type(hint) is str and not choices(hint) and "," not in text:
        return [text]
    rows = list(csv.reader([text], skipinitialspace=True, strict=True))
    return [piece.strip() for row in rows for piece in row]


def _check(value: object, hint: object) -> object:
    """Check a value that has its type already; lists from YAML and paths from Python are taken as they are meant."""
    if item_type(hint) is not None and isinstance(value, list):
        value = tuple(value)
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    return _adapter(hint).validate_python(value)


@lru_cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint, config=_STRICT)


def _without_replaced(given: dict[Place, Given]) -> dict[Place, Given]:
    """Drop a value whose alternative was given with more authority: --updates 100 replaces the file's epochs."""
    kept = dict(given)
    for first, second in ALTERNATIVES:
        one, other = given.get(first), given.get(second)
        if one and other and one.value is not None and other.value is not None and one.layer != other.layer:
            kept.pop(first if one.layer < other.layer else second, None)
    return kept


def _where(flags: Mapping[Place, Flag], given: Mapping[Place, Given], place: Place) -> str:
    return given[place].where if place in given else flags[place].option


def _wrong(given: Given, flag: Flag, expected: str) -> ConfigError:
    """Say what was given and what goes: with the nearest word of a choice, or the default."""
    shown = given.value[0] if isinstance(given.value, list) and len(given.value) == 1 else given.value
    words = [str(one) for one in shown] if isinstance(shown, (list, tuple)) else [str(shown)]
    words = [piece for word in words for piece in word.split(",")] if flag.repeated else words
    odd = next((word for word in words if word not in flag.choices), None)
    near = nearest(odd, flag.choices) if odd is not None and flag.choices else None
    if near:
        remedy = f"Did you mean {near}?"
    elif flag.default in (MISSING, None, ()):
        remedy = f"Give {expected}."
    else:
        remedy = f"Give {expected}; the default is {_plain(flag.default)}."
    return ConfigError(f"{flag.name} must be {expected}, not {_plain(shown)}", where=given.where, remedy=remedy)


def _plain(value: object) -> str:
    match value:
        case list() | tuple():
            return ",".join(piece if isinstance(piece, str) else _plain(piece) for piece in value)
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case None:
            return "null"
        case str() if not value.strip():
            return "empty"
        case _:
            return repr(value)
