"""`accent tune`: what it asks for, what it prints where, and its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import accent
from accent.cli.main import run
from accent.tuning.outcome import TuneOutcome
from tests.unit.tuning.documents import SUMMARY

Capture = pytest.CaptureFixture[str]


class FakeTuning:
    """Stands in for `accent.tuning`."""

    def __init__(self) -> None:
        self.configs: list[Any] = []
        self.ended = "done"
        self.failure: BaseException | None = None

    def tune(self, config: Any, *, listen: Callable[[str, dict[str, Any]], None]) -> TuneOutcome:
        self.configs.append(config)
        facts = {"folder": "runs/a b", "trials": 5, "metric": "f1_macro", "lower_is_better": False}
        listen("search", facts)
        for one in SUMMARY["trials"]:
            listen("trial", {"number": one["number"]})
            listen("trial update", {"number": one["number"], "update": 1, "updates": 30})
            listen("trial end", one)
        if self.failure is not None:
            raise self.failure
        return TuneOutcome(folder=Path("runs/a b"), ended=self.ended, summary=SUMMARY)


@pytest.fixture
def tuning(monkeypatch: pytest.MonkeyPatch) -> FakeTuning:
    fake = FakeTuning()
    module = ModuleType("accent.tuning")
    vars(module)["tune"] = fake.tune
    monkeypatch.setitem(sys.modules, "accent.tuning", module)
    monkeypatch.setenv("COLUMNS", "80")
    return fake


def test_it_asks_for_what_was_typed(tuning: FakeTuning) -> None:
    line = "tune x.csv --trials 7 --search grid --epochs 2 --space rank=2,4 --space epochs=1,2 --strategy lora"
    assert run(line.split()) == 0
    config = tuning.configs[0]
    assert (config.search.trials, config.search.kind, config.training.epochs) == (7, "grid", 2.0)
    assert config.search.space == ("rank=2,4", "epochs=1,2")
    assert config.strategy.kind == "lora"


def test_a_line_a_trial_and_a_table_at_the_end(tuning: FakeTuning, capsys: Capture) -> None:
    assert run(["tune", "x.csv"]) == 0
    shown = capsys.readouterr()
    assert "trial   2/5  0.9100  whole at epoch 3, 12 s  best\n    learning_rate 0.0002  batch_size 32" in shown.err
    assert "trial   3/5  0.7000  given up at epoch 1, 12 s\n" in shown.err
    assert "trial   4/5  failed: a <text> is too long" in shown.err
    lines = shown.out.splitlines()
    assert max(map(len, lines + shown.err.splitlines())) <= 80
    assert lines[1] == "trials: 2 whole, 1 given up, 1 failed, 1 lost; the best first, by f1_macro"
    rows = [line.split() for line in lines if line.strip()[:1].isdigit() and ("whole" in line or "given" in line)]
    assert [row[:2] for row in rows if len(row) > 5] == [["1", "0.9100"], ["0", "0.8000"], ["2", "0.7000"]]
    assert "test scores of 300 rows" in shown.out
    assert "next    accent predict 'runs/a b/best' 'a text'" in shown.out


def test_json_is_one_document(tuning: FakeTuning, capsys: Capture) -> None:
    assert run(["tune", "x.csv", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["best"] == "runs/a b/best"
    assert document["winner"] == SUMMARY["winner"]
    assert len(document["trials"]) == 5


def test_quiet_prints_nothing(tuning: FakeTuning, capsys: Capture) -> None:
    assert run(["tune", "x.csv", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_interrupted_prints_how_to_go_on(tuning: FakeTuning, capsys: Capture) -> None:
    tuning.ended = "interrupted"
    assert run(["tune", "x.csv"]) == 130
    assert "accent tune --resume 'runs/a b'" in capsys.readouterr().err
    tuning.failure = KeyboardInterrupt()
    assert run(["tune", "x.csv"]) == 130
    assert "accent tune --resume 'runs/a b'" in capsys.readouterr().err


def test_others_at_work_are_told_of(tuning: FakeTuning, capsys: Capture) -> None:
    tuning.ended = "shared"
    assert run(["tune", "x.csv"]) == 0
    assert "other processes have trials under way" in capsys.readouterr().err


def test_in_python(tuning: FakeTuning) -> None:
    heard: list[str] = []
    outcome = accent.tune("x.csv", trials=3, space=["epochs=1,2"], on_event=lambda kind, _: heard.append(kind))
    assert outcome.best == Path("runs/a b/best")
    assert outcome.scores["main"] == "accuracy"
    assert tuning.configs[0].search.trials == 3
    assert heard[:3] == ["search", "trial", "trial update"]
