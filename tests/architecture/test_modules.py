"""Each module says what it is and what it offers, and holds nothing that does not belong."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, SOURCE, imported, name_of, tree

BANNED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|\bpickle\b|torch\.(load|save)\(|\bstrict=False\b.*state_dict|\beval\(|\bexec\("
)
IDS = [str(path.relative_to(SOURCE)) for path in MODULES]


def public_names(module: ast.Module) -> set[str]:
    """Return the public functions and classes that a module defines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in module.body if isinstance(node, kinds) and not node.name.startswith("_")}


def declared(module: ast.Module) -> list[str] | None:
    """Return what `__all__` lists, `None` where there is none."""
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.List() as value)
            ):
                return list(ast.literal_eval(value))
    return None


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_a_module_begins_with_its_subject_and_says_what_it_offers(path: Path):
    module = tree(path)
    assert ast.get_docstring(module)
    assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in module.body)
    names = declared(module)
    assert names is not None
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", [path for path in MODULES if path.name != "__main__.py"])
def test_exports_are_what_is_defined_and_exist(path: Path):
    names = declared(tree(path)) or []
    assert public_names(tree(path)) <= set(names)
    module = import_module(name_of(path))
    assert not [name for name in names if not hasattr(module, name)]


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_leftovers_and_nothing_unsafe(path: Path):
    code = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines())
    found = [match[0] for match in BANNED.finditer(code)]
    allowed = (
        {"pickle"} if path.parent.name in ("modeling", "records", "data") else set()
    )  # said in words, never imported
    assert not set(found) - allowed
    assert not imported(path) & {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_no_assert_stands_in_for_an_error(path: Path):
    assert not [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)]
