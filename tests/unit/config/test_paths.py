from __future__ import annotations

from pathlib import Path

import pytest

from accent.config.paths import typed_path


def test_the_home_folder_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/reader")
    assert typed_path("~/data.csv") == Path("/home/reader/data.csv")


def test_a_user_who_is_not_there_is_no_crash() -> None:
    assert typed_path("~0") == Path("~0")
