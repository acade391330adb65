"""Only the command line prints, and only it knows typer and rich."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, SOURCE, imported, tree

OUTSIDE = [path for path in MODULES if path.relative_to(SOURCE).parts[0] not in ("cli", "__main__.py")]


def printing(module: ast.Module) -> list[str]:
    """Return every use of print, sys.stdout, sys.stderr, sys.exit and pprint."""
    found = []
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="print" | "pprint" | "input" | "exit" | "quit" as name)):
                found.append(f"{name} in line {node.lineno}")
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "__stdout__" | "__stderr__" | "exit" as name):
                found.append(f"sys.{name} in line {node.lineno}")
            case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id="sys"), attr="stderr"))):
                found.append(f"sys.stderr in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_prints_outside_the_command_line(path: Path):
    allowed = {"sys.stderr", "sys.stdout"} if path.name == "processes.py" else set()  # it hands its streams on
    assert not [one for one in printing(tree(path)) if one.split()[0] not in allowed]
    assert not imported(path) & {"typer", "rich", "click", "tqdm"}


def test_the_check_sees_what_it_should():
    text = "import sys\nprint(1)\nsys.stdout.write('a')\nsys.stderr.write('a')\nsys.exit(1)\nx.print(1)\n"
    found = {one.split()[0] for one in printing(ast.parse(text))}
    assert found == {"print", "sys.stdout", "sys.stderr", "sys.exit"}
