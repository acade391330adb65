"""`accent plan`: its table, its reasons, and what it tells to type next."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from accent.cli.main import run
from tests.unit.cli.fakes import Recipes

Capture = pytest.CaptureFixture[str]


def costs(seconds: float, trainable: int) -> dict[str, Any]:
    parts = dict.fromkeys(("preparing", "loading", "recalling", "evaluations", "checkpoints", "pages"), 0.01 * seconds)
    return {
        "seconds": seconds,
        "parts": parts | {"training": 0.8 * seconds, "scoring": 0.15 * seconds},
        "memory": 1_234_000_000,
        "device_memory": None,
        "disk": 987_000_000,
        "model_bytes": 91_600_000,
        "parameters": 1_022_713_986,
        "trainable": trainable,
        "reason": "recommended for full (Devlin et al. 2019)",
        "suggested_rate": None,
    }


FOUND: dict[str, Any] = {
    "runs": {"full": costs(7500.0, 1_022_713_986), "head": costs(42.0, 148_610)},
    "left_out": [{"strategy": "prefix", "what": "no place for a prefix", "remedy": ""}],
    "recommended": {
        "strategy": "full",
        "reasons": ["full is the first choice.", "For a first look head takes 42 s."],
        "settings": {"strategy": "full", "learning_rate": 5e-5, "batch_size": 32, "max_length": 64},
    },
}


@pytest.fixture
def planned(recipes: Recipes) -> Recipes:
    def plan(config: Any, *, listen: Any) -> dict[str, Any]:
        recipes.configs.append(config)
        return FOUND

    vars(sys.modules["accent.recipes"])["plan"] = plan
    return recipes


def test_the_table_fits_and_says_what_each_costs(planned: Recipes, capsys: Capture) -> None:
    assert run(["plan", "x y.csv", "--memory", "8GB", "--strategies", "full,head", "--output", "plans/x"]) == 0
    assert [one.kind for one in planned.configs[0].strategies] == ["full", "head"]
    assert planned.configs[0].plan.memory == "8GB"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["strategy", "moves", "of", "all", "time", "memory", "disk", "model"]
    full = "full 1,022,713,986 100.00% 2 h 5 min 1.2 GB 987.0 MB 91.6 MB"
    assert lines[1].split() == full.split()
    assert lines[2].split()[:5] == ["head", "148,610", "0.01%", "42", "s"]
    assert max(map(len, lines[:3])) <= 80
    assert "left out: prefix: no place for a prefix" in lines
    assert "recommended: full" in lines
    assert "  For a first look head takes 42 s." in lines
    assert "  its time: training 1 h 40 min, scoring 18 min 45 s" in lines
    assert "  learning rate 5e-05: recommended for full (Devlin et al. 2019)" in lines
    assert lines[-1] == "next    accent finetune 'x y.csv' --strategy full --plan plans/x/plan.json"


def test_what_was_asked_of_the_plan_is_asked_of_the_run(planned: Recipes, capsys: Capture) -> None:
    """A run is laid beside the plan with the same settings only, so the command must have them all."""
    given = (
        "--task tagging --epochs 5.0 --batch-size 8 --long-texts windows --stride 16 --seed 7 --split 80.0,10.0,10.0"
    )
    assert run(["plan", "x.csv", *given.split(), "--output", "p"]) == 0
    typed = capsys.readouterr().out.splitlines()[-1].removeprefix("next    accent ").split()
    assert run([*typed[:-2], "--output", "r"]) == 0
    asked, begun = planned.configs[0].finetunings[0], planned.configs[-1]
    for name in ("data", "model", "task", "strategy", "long_texts", "augmentation", "training"):
        assert getattr(begun, name) == getattr(asked, name)
    assert begun.run.seed == 7


def test_a_rate_of_the_range_test_goes_into_the_command(
    planned: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FOUND["runs"]["full"], "suggested_rate", 5e-5)
    assert run(["plan", "x.csv", "--task", "tagging", "--range-test"]) == 0
    assert planned.configs[0].plan.range_test is True
    shown = capsys.readouterr().out
    assert "learning rate 5e-05: suggested by the range test" in shown
    assert shown.endswith("accent finetune x.csv --strategy full --task tagging --learning-rate 5e-05\n")


def test_where_nothing_is_recommended_there_is_nothing_to_type(
    planned: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = {"strategy": None, "reasons": ["Nothing fits into 1.0 GB."], "settings": {}}
    monkeypatch.setitem(FOUND, "recommended", nothing)
    assert run(["plan", "x.csv"]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("recommended: nothing\n  Nothing fits into 1.0 GB.\n")


def test_json_is_the_plan_itself(planned: Recipes, capsys: Capture) -> None:
    assert run(["plan", "x.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == FOUND


def test_quiet_says_nothing(planned: Recipes, capsys: Capture) -> None:
    assert run(["plan", "x.csv", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
