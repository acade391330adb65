from __future__ import annotations

import pytest

from accent.records import RunFolder
from tests.unit.report.runs import QUESTIONS, make_interrupted_run, make_run


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("runs") / "reviews")


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("runs") / "questions", labels=QUESTIONS, skill=3.2)


@pytest.fixture(scope="session")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_interrupted_run(tmp_path_factory.mktemp("runs") / "stopped")
