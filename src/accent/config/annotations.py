"""Reads the annotations of configuration fields: choices, bounds, lists, unions, and their description in words."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any

from annotated_types import DocInfo, Ge, Gt, Le, Len, Lt, MinLen

__all__ = [
    "choices",
    "describe",
    "field_types",
    "item_type",
    "list_bounds",
    "list_of",
    "members",
    "optional",
    "scalar_type",
    "several",
    "words",
]

_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


@lru_cache
def field_types(config: type) -> dict[str, object]:
    """Return each field's annotation with its bounds, in the order in which the fields are declared."""
    hints = typing.get_type_hints(config, include_extras=True)
    return {field.name: hints[field.name] for field in fields(config)}


def members(hint: object) -> tuple[type, ...]:
    """Return the configurations that `hint` allows: one for a section, several for a union tagged by `kind`."""
    parts = typing.get_args(hint) if _is_union(hint) else (hint,)
    return tuple(part for part in parts if isinstance(part, type) and is_dataclass(part))


def list_of(words: tuple[str, ...]) -> object:
    """Return the annotation of a list of words that are chosen from these."""
    word: Any = typing.Literal[words]
    return tuple[word, ...]


def several(hint: object) -> tuple[type, ...]:
    """Return the members of the union tagged by `kind` that `hint` is a list of; none where it is no such list."""
    item = item_type(hint)
    return members(item) if item is not None else ()


def optional(hint: object) -> bool:
    """Tell whether `None` is allowed."""
    return _is_union(hint) and NoneType in typing.get_args(hint)


def choices(hint: object) -> tuple[str, ...]:
    """Return the words that a value, or each item of a list, is chosen from; empty where any value goes."""
    core, _ = _core(item_type(hint) or hint)
    return tuple(map(str, typing.get_args(core))) if typing.get_origin(core) is typing.Literal else ()


def words(hint: object) -> tuple[str, ...]:
    """Return the words that go in place of a number: auto, of `float | Literal["auto"]`."""
    parts = typing.get_args(hint)[1:] if _is_union(hint) else ()
    return tuple(word for part in parts if typing.get_origin(part) is typing.Literal for word in typing.get_args(part))


def item_type(hint: object) -> object | None:
    """Return the annotation of a list's items, `None` where `hint` is no list."""
    core, _ = _core(hint)
    return typing.get_args(core)[0] if typing.get_origin(core) is tuple else None


def scalar_type(hint: object) -> type:
    """Return what a value (or an item) is at bottom: int, float, bool or str; choices are str."""
    core, _ = _core(item_type(hint) or hint)
    return core if isinstance(core, type) else str


def list_bounds(hint: object) -> tuple[int, int | None]:
    """Return the least and the greatest number of items of a list."""
    _, extras = _core(hint)
    length = next((extra for extra in extras if isinstance(extra, Len)), Len())
    return length.min_length, length.max_length


def describe(hint: object) -> str:
    """Say in words which values go: `a whole number above 0`, `one of linear, cosine`, `3 numbers of at least 0`."""
    item = item_type(hint)
    described = _describe_scalar(hint) if item is None else _describe_list(item, *list_bounds(hint))
    none = ("none",) if optional(hint) and scalar_type(hint) is not str else ()
    return ", or ".join([described, *words(hint), *none])


def _describe_scalar(hint: object) -> str:
    core, extras = _core(hint)
    if names := choices(hint):
        return f"one of {', '.join(names)}" if len(names) > 1 else names[0]
    if told := next((extra.documentation for extra in extras if isinstance(extra, DocInfo)), None):
        return told
    bounds = " and ".join(filter(None, map(_describe_bound, extras)))
    bounds = bounds.replace("of at least 0 and of at most 100", "from 0 to 100")
    return " ".join(filter(None, [_WORDS[scalar_type(core)], bounds]))


def _describe_list(item: object, least: int, most: int | None) -> str:
    if names := choices(item):
        return f"a list of {', '.join(names)}"
    described = _describe_scalar(item).replace("a number", "numbers").replace("a whole number", "whole numbers")
    if least == most:
        return f"{least} {described}"
    limit = f" of at most {most}" if most is not None else f" of at least {least}" if least > 1 else ""
    return f"a list{limit}: {described}"


def _describe_bound(extra: object) -> str:
    match extra:
        case Gt(gt=bound):
            return f"above {bound:g}"
        case Ge(ge=bound):
            return f"of at least {bound:g}"
        case Lt(lt=bound):
            return f"below {bound:g}"
        case Le(le=bound):
            return f"of at most {bound:g}"
        case MinLen(min_length=bound) if bound:
            return "of at least one character"
        case _:
            return ""


def _core(hint: object) -> tuple[object, tuple[object, ...]]:
    """Strip `None`, words and bounds off an annotation; return what is left and the bounds."""
    if _is_union(hint):
        hint = next(part for part in typing.get_args(hint) if part is not NoneType)
    if typing.get_origin(hint) is typing.Annotated:
        core, *extras = typing.get_args(hint)
        return core, tuple(extras)
    return hint, ()


def _is_union(hint: object) -> bool:
    return typing.get_origin(hint) in (typing.Union, UnionType)
