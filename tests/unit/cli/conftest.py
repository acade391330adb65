"""Fake recipes in place of the real ones."""

from __future__ import annotations

import sys

import pytest

from tests.unit.cli.fakes import Recipes


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> Recipes:
    fake = Recipes()
    monkeypatch.setitem(sys.modules, "accent.recipes", fake.module())
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    return fake
