"""Files, functions and parameter lists stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, SOURCE, tree

FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 80, 8


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_sizes(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    for function in functions(path):
        lines = (function.end_lineno or 0) - function.lineno + 1
        arguments = function.args
        named = [one for one in arguments.posonlyargs + arguments.args if one.arg not in ("self", "cls")]
        assert lines <= FUNCTION_LINES, f"{function.name} has {lines} lines"
        assert len(named) + len(arguments.kwonlyargs) <= PARAMETERS, f"{function.name} has too many parameters"


def test_there_is_something_to_measure():
    assert len(MODULES) > 20
    assert sum(1 for path in MODULES for _ in functions(path)) > 100
