"""A configuration as plain data and as YAML, for --show, config.yaml and record.json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from accent.config.annotations import field_types, several
from accent.config.effects import without_effect

__all__ = ["to_dict", "to_yaml"]


def to_dict(config: object) -> dict[str, Any]:
    """Return a configuration as nested mappings of plain values; settings without effect are left out."""
    return _section(config, (), without_effect(config))


def to_yaml(config: object) -> str:
    """Return a configuration as YAML; given back with --config it resolves to the same configuration."""
    from accent.config.documents import write_document

    return write_document(to_dict(config))


def _section(config: object, path: tuple[str, ...], idle: set[tuple[str, ...]]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    kind: Any = type(config)
    hints = field_types(kind)
    for field in fields(config):  # type: ignore[arg-type]
        place = (*path, field.name)
        value = getattr(config, field.name)
        if is_dataclass(value):
            shown[field.name] = _section(value, place, idle)
        elif several(hints[field.name]):
            shown[field.name] = _listed([_section(one, place, idle) for one in value])
        elif place not in idle:
            shown[field.name] = list(value) if isinstance(value, tuple) else value
    return shown


def _listed(sections: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the members of a list as one section: their kinds, and the settings that they share or have alone."""
    joined = {name: value for section in sections for name, value in section.items()}
    return {**joined, "kind": [section["kind"] for section in sections]}
