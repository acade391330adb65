"""The package's source, parsed once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

__all__ = ["MODULES", "ROOT", "SOURCE", "imported", "name_of", "tree"]

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "accent"
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """Return a module's dotted name."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a file imports anywhere, for types too."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names
