"""What a new run's record says of its command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from accent.config import FinetuneConfig
from accent.config.load import resolve
from accent.recipes.starting import start_run


def test_the_command_is_kept_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["accent", "tune", "x.csv", "--storage", "postgresql://me:secret@host/name"])
    config = resolve(FinetuneConfig, flags={"data": "x.csv", "output": str(tmp_path / "run")})
    start = start_run(config, lambda kind, fields: None, active=True)
    assert start.writer.record.command[1:] == ["tune", "x.csv", "--storage", "postgresql://me:***@host/name"]
