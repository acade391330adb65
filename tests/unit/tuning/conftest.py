"""One small job for all tests of the search, and a fine-tuning that takes no time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tuning.fakes import FakeFinetune, write_job


@pytest.fixture(scope="session")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_job(tmp_path_factory.mktemp("job"))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeFinetune:
    finetune = FakeFinetune()
    monkeypatch.setattr("accent.tuning.trials.finetune", finetune)
    monkeypatch.setattr("accent.tuning.ending.finetune", finetune)
    monkeypatch.setattr("accent.tuning.ending.write_search_page", finetune.pages.append)
    return finetune
