"""Flat names for nested settings: one flag for each field, the same on the command line, in Python and in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, replace
from functools import lru_cache
from typing import Any

from accent.config.annotations import choices, field_types, item_type, list_of, members, scalar_type, several
from accent.config.help import field_help

__all__ = ["Flag", "flags_of"]

_RENAMED: dict[tuple[str, ...], str] = {("data", "source"): "data"}
_ARGUMENTS = {"data": "data", "sources": "corpus", "targets": "run", "target": "run", "teacher": "teacher"}
"""Settings that stand on the command line without a flag, and what they are called there."""
_PANELS = {
    "data": "Data",
    "reading": "Data",
    "corpus": "Data",
    "objective": "Objective",
    "model": "Model",
    "architecture": "Model",
    "tokenizer": "Model",
    "start": "Model",
    "bases": "Model",
    "teacher": "Model",
    "student": "Student",
    "lessons": "Student",
    "task": "Task",
    "strategy": "Task",
    "strategies": "Task",
    "long_texts": "Training",
    "augmentation": "Training",
    "training": "Training",
    "learning_rates": "Training",
    "search": "Search",
    "decoding": "Decoding",
    "plan": "Plan",
    "limits": "Limits",
}


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A setting by its flat name."""

    name: str
    """Its name with underscores, as in Python and YAML."""
    path: tuple[str, ...]
    """Its place in the configuration: ("training", "schedule", "warmup_ratio")."""
    annotation: object
    """Its type and bounds; for a union's `kind`, the words of all members are in `choices`."""
    choices: tuple[str, ...]
    """The words it, or each of its items, is chosen from."""
    default: object
    """Its default, `dataclasses.MISSING` where it must be given."""
    help: str
    """The text under its field."""
    kinds: tuple[str, ...] = ()
    """The members of a union that have it; empty where it is always there."""

    @property
    def argument(self) -> str | None:
        """What it is called where it stands on the command line without a flag; None where it has one."""
        return _ARGUMENTS.get(self.name)

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def key(self) -> str:
        """Its name for --set."""
        return ".".join(self.path)

    @property
    def panel(self) -> str:
        """The group it stands in on the help page."""
        return _PANELS.get(self.path[0], "Run")

    @property
    def switch(self) -> bool:
        """Whether it is on or off."""
        return scalar_type(self.annotation) is bool

    @property
    def repeated(self) -> bool:
        """Whether it may be given several times, or as a list with commas."""
        return item_type(self.annotation) is not None


@lru_cache
def flags_of(config: type) -> dict[str, Flag]:
    """Return every setting of a configuration by its flat name, in the order in which they are declared.

    Raises `ValueError` where two fields would have the same flat name: our own mistake.
    """
    table: dict[str, Flag] = {}
    for flag in _walk(config, path=(), defaults=None, kinds=()):
        known = table.get(flag.name)
        if known is None:
            table[flag.name] = flag
        elif known.path == flag.path:
            table[flag.name] = _joined(known, flag)
        else:
            raise ValueError(f"{config.__name__}: {known.key} and {flag.key} have one flat name, {flag.name}")
    return table


def _walk(config: type, *, path: tuple[str, ...], defaults: object, kinds: tuple[str, ...]) -> Iterator[Flag]:
    """Go through the fields of `config`; `defaults` is the instance that a parent makes of it, if any."""
    texts, types = field_help(config), field_types(config)
    for field in fields(config):
        here = (*path, field.name)
        default = getattr(defaults, field.name, MISSING) if defaults is not None else _default(field)
        listed = several(types[field.name])
        sections = _default_first(listed or members(types[field.name]), default)
        for section in sections:
            given = default if isinstance(default, section) else None
            owners = _kinds_of(section) if len(sections) > 1 else kinds
            below = _walk(section, path=here, defaults=given, kinds=owners)
            yield from (_as_list(flag, default, texts[field.name]) for flag in below) if listed else below
        if not sections:
            yield Flag(
                name=_flat_name(here),
                path=here,
                annotation=types[field.name],
                choices=choices(types[field.name]),
                default=default,
                help=texts.get(field.name, ""),
                kinds=() if field.name == "kind" else kinds,
            )


def _as_list(flag: Flag, default: Any, text: str) -> Flag:
    """Return the `kind` of a list's members as a setting that takes several; `text` says what it is."""
    if flag.path[-1] != "kind":
        return flag
    kinds = tuple(one.kind for one in default)
    return replace(flag, annotation=list_of(flag.choices), default=kinds, help=text)


def _flat_name(path: tuple[str, ...]) -> str:
    return _RENAMED.get(path) or (path[-2] if path[-1] == "kind" else path[-1])


def _default_first(sections: tuple[type, ...], default: object) -> list[type]:
    return sorted(sections, key=lambda section: not isinstance(default, section))


def _kinds_of(section: type) -> tuple[str, ...]:
    return choices(field_types(section).get("kind", str))


def _default(field: Field[object]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _joined(first: Flag, second: Flag) -> Flag:
    """Join one field that several members of a union have."""
    words = tuple(dict.fromkeys(first.choices + second.choices))
    return Flag(
        name=first.name,
        path=first.path,
        annotation=list_of(words) if first.repeated and words else first.annotation,
        choices=words,
        default=first.default,
        help=first.help,
        kinds=first.kinds + second.kinds,
    )
