"""What users gave, from every source, each value with the place it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from accent.config.aliases import FOREIGN, SWITCHES, canonical
from accent.config.annotations import field_types, members, several
from accent.config.flags import Flag, flags_of
from accent.config.nearest import nearest
from accent.errors import ConfigError, UserError

__all__ = ["Given", "Place", "from_file", "from_flags", "from_sets", "unknown_flag"]

_SETTINGS = "`accent VERB --show` lists the settings of a verb."

Place = tuple[str, ...]
"""A setting's place in the configuration: ("training", "batch_size")."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """One value as it was given."""

    value: object
    """The value, or the text that stands for it."""
    where: str
    """How the user would name the place: a flag, or file:key."""
    layer: int
    """0 for the file, 1 for --set, 2 for flags; the higher one wins."""
    textual: bool
    """Whether the value is text from the command line, still to be parsed."""


def from_file(config: type, path: Path, problems: list[UserError]) -> dict[Place, Given]:
    """Read a YAML file: sections as `to_yaml` writes them, flat names, or both."""
    from accent.config.documents import read_document

    try:
        content = read_document(path)
    except ConfigError as error:
        problems.append(error)
        return {}
    found: dict[Place, Given] = {}
    reader = _FileReader(path, problems)
    for key, value in content.items():
        for place, leaf in reader.entries((config,), key, value):
            if place in found:
                problems.append(_twice(key, found[place].where))
            found[place] = Given(value=leaf, where=f"{path}:{'.'.join(place)}", layer=0, textual=False)
    return found


def from_sets(config: type, sets: Sequence[str], problems: list[UserError]) -> dict[Place, Given]:
    """Read `key.path=value` texts; a later one replaces an earlier one."""
    keys = {flag.key: flag.path for flag in flags_of(config).values()}
    names = {name: flag.path for name, flag in flags_of(config).items()}
    found: dict[Place, Given] = {}
    for text in sets:
        key, equals, value = text.partition("=")
        plain = key.strip().replace("-", "_")
        place = keys.get(plain) or keys.get(f"{plain}.kind") or names.get(canonical(plain))
        if not equals:
            remedy = "Write --set key.path=value, such as --set training.batch_size=16."
            problems.append(ConfigError(f"{text} has no =", where="--set", remedy=remedy))
        elif place is None:
            problems.append(_unknown(plain, keys, what="there is no setting", where="--set"))
        else:
            found[place] = Given(value=value, where=f"--set {key.strip()}", layer=1, textual=True)
    return found


def from_flags(
    config: type, flags: Mapping[str, object], problems: list[UserError], *, typed: bool
) -> dict[Place, Given]:
    """Take values by flat name; `typed` where they are Python values, not texts from the command line."""
    table = flags_of(config)
    found: dict[Place, Given] = {}
    for name, given in flags.items():
        plain, value = SWITCHES[name] if name in SWITCHES and given is True else (canonical(name), given)
        flag = table.get(plain)
        if flag is None:
            problems.append(unknown_flag(name, table, what="there is no setting", otherwise=_SETTINGS))
        elif flag.path in found:
            problems.append(_twice(_spelled(flag, typed=typed), name))
        else:
            textual = not typed and not isinstance(value, bool)
            found[flag.path] = Given(value=value, where=_spelled(flag, typed=typed), layer=2, textual=textual)
    return found


def unknown_flag(name: str, known: Iterable[str], *, what: str, otherwise: str) -> ConfigError:
    """Say that there is no such flag or setting, and which of the `known` is nearest or what takes its place.

    `what` begins the first line; `otherwise` is the second where no name is near.
    """
    plain = canonical(name)
    if plain in FOREIGN:
        reason, remedy = FOREIGN[plain]
        return ConfigError(reason, where=name, remedy=remedy)
    return _unknown(name, known, what=what, where=None, otherwise=otherwise)


class _FileReader:
    """Goes down the sections of one YAML file to its leaves."""

    def __init__(self, file: Path, problems: list[UserError]) -> None:
        self.file = file
        self.problems = problems

    def entries(
        self, configs: tuple[type, ...], key: str, value: object, *, path: Place = ()
    ) -> list[tuple[Place, object]]:
        """Return the leaves under one key; a section may be given by its head alone (`strategy: full`)."""
        types = {name: hint for config in configs for name, hint in field_types(config).items()}
        flags = {} if path else flags_of(configs[0])
        where = f"{self.file}:{'.'.join((*path, key))}"
        if key not in types:
            if flag := flags.get(canonical(key)):
                return [(flag.path, value)]
            self.problems.append(_unknown(key, {**types, **flags}, what="there is no key", where=where))
            return []
        listed = several(types[key])
        sections = listed or members(types[key])
        if not sections:
            return [((*path, key), value)]
        if isinstance(value, dict):
            below = [self.entries(sections, str(name), leaf, path=(*path, key)) for name, leaf in value.items()]
            return [entry for entries in below for entry in entries]
        head = next((head for head in ("kind", "source") if head in field_types(sections[0])), None)
        if head and isinstance(value, (str, list) if listed else str):
            return [((*path, key, head), value)]
        remedy = f"Write its settings under it: {', '.join(list(field_types(sections[0]))[:4])} ..."
        self.problems.append(ConfigError(f"{key} is a section, not {value!r}", where=where, remedy=remedy))
        return []


def _spelled(flag: Flag, *, typed: bool) -> str:
    if typed:
        return flag.name
    return flag.argument.upper() if flag.argument else flag.option


def _unknown(
    name: str, known: Iterable[str], *, what: str, where: str | None, otherwise: str = _SETTINGS
) -> ConfigError:
    near = nearest(name, known)
    return ConfigError(f"{what} {name}", where=where, remedy=f"Did you mean {near}?" if near else otherwise)


def _twice(first: str, second: str) -> ConfigError:
    return ConfigError(f"{first} is given twice", where=second, remedy="Keep one of the two.")
