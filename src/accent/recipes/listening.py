"""How recipes tell what happens: a callable that takes a kind and its fields. The command line shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Listen", "ignore"]

Listen = Callable[[str, Mapping[str, Any]], None]


def ignore(kind: str, fields: Mapping[str, Any]) -> None:
    """Listen to nothing."""
