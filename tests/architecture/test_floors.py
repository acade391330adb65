"""The floors are checked by import-linter, which must name every room."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.source import MODULES, ROOT, SOURCE, imported

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
HOMES = {
    "accelerate": ("training",),
    "typer": ("cli",),
    "rich": ("cli",),
    "pydantic": ("config/load.py", "serving"),
    "matplotlib": ("report",),
    "jinja2": ("report",),
    "datasketch": ("data",),
    "rapidfuzz": ("config/nearest.py", "data"),
    "optuna": ("tuning",),
    "fastapi": ("serving",),
    "starlette": ("serving",),
    "uvicorn": ("serving",),
    "prometheus_client": ("serving",),
    "yaml": ("config/documents.py", "report"),
}
"""Where each library lives."""


def test_the_layers_name_every_room():
    layers = {name.strip() for layer in CONTRACTS[0]["layers"] for name in layer.split("|")}
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert layers == rooms - {"__init__"}
    assert CONTRACTS[0]["exhaustive"] is True


def test_the_contracts_are_kept():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_library_has_one_home():
    for library, homes in HOMES.items():
        users = {str(path.relative_to(SOURCE)) for path in MODULES if library in imported(path)}
        assert users, library
        assert not [user for user in users if not user.startswith(homes)], library
