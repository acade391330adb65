"""The help of a setting is the text under its field: read from the source, so that it is written once."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import lru_cache
from itertools import pairwise

__all__ = ["field_help"]


@lru_cache
def field_help(config: type) -> dict[str, str]:
    """Return the text under each field of a configuration, inherited fields included, on one line each."""
    texts: dict[str, str] = {}
    for owner in reversed(config.__mro__[:-1]):
        texts |= _module_help(owner.__module__).get(owner.__name__, {})
    return texts


@lru_cache
def _module_help(module: str) -> dict[str, dict[str, str]]:
    """Parse a module once: class name -> field name -> text."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_texts_under_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_under_fields(node: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for field, below in pairwise(node.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found.append((name, " ".join(text.split())))
            case _:
                continue
    return found
