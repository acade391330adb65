"""A configuration as plain data and as YAML, for --show, config.yaml and record.json."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

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
    for field in fields(config):  # type: ignore[arg-type]
        place = (*path, field.name)
        value = getattr(config, field.name)
        if is_dataclass(value):
            shown[field.name] = _section(value, place, idle)
        elif place not in idle:
            shown[field.name] = list(value) if isinstance(value, tuple) else value
    return shown
