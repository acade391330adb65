"""Entities of a row of predictions.jsonl: characters of its text with their type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Entity", "entities_of"]


@dataclass(frozen=True, order=True)
class Entity:
    """Characters of a text with their type."""

    start: int
    end: int
    type: str


def entities_of(found: Mapping[str, Any] | None, text: str) -> list[Entity]:
    """Return the entities of an answer or a label, from left to right; what lies outside the text is left out."""
    listed = (found or {}).get("entities") or ()
    read = [Entity(int(one["start"]), int(one["end"]), str(one.get("entity_group") or "")) for one in listed]
    return sorted(one for one in read if 0 <= one.start < one.end <= len(text))
