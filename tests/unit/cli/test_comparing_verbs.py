"""compare, sweep, reproduce and fine-tuning with several seeds: what they ask of their recipes and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from accent.cli.main import run
from accent.config import FullConfig, HeadConfig, SweepConfig
from tests.unit.cli.fakes import COMPARISON, Recipes

Capture = pytest.CaptureFixture[str]


def test_compare_takes_folders_and_a_metric(recipes: Recipes) -> None:
    assert run(["compare", "runs/a,b", "runs/c", "--metric", "f1_macro", "--output", "out"]) == 0
    (config,) = recipes.configs
    assert (config.targets, config.metric, config.run.output) == (("runs/a,b", "runs/c"), "f1_macro", "out")


def test_one_run_is_nothing_to_compare(recipes: Recipes, capsys: Capture) -> None:
    assert run(["compare", "runs/a"]) == 2
    assert capsys.readouterr().err.startswith("targets must be a list of at least 2: text, not 'runs/a'")
    assert recipes.configs == []


def test_compare_shows_scores_costs_and_what_they_come_to(recipes: Recipes, capsys: Capture) -> None:
    assert run(["compare", "a", "b", "--output", "out"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    flat = " ".join(out.split())
    assert "full 0.8500 [0.8000, 0.9000] 3 0.0123 best" in flat
    assert "head 0.7000 [0.8000, 0.9000] 3 0.0123 -0.1500 0.001*" in flat
    assert "head 25.0\u00a0% 1,200 1 min 23 s 1.5 GB 91.0 MB 1,234" in flat.replace("25.0 %", "25.0\u00a0%")
    assert COMPARISON["verdict"] in flat
    assert "recommended: full; chance may explain its lead" in flat
    assert "note: 3 seeds say little" in flat
    assert "page out/compare.html" in flat


def test_compare_as_one_document(recipes: Recipes, capsys: Capture) -> None:
    assert run(["compare", "a", "b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == COMPARISON


def test_sweep_asks_for_settings_and_seeds(recipes: Recipes) -> None:
    line = "sweep x.csv --strategies full,head --merge --bases a,b --seeds 1,2 --updates 9"
    assert run(line.split()) == 0
    (config,) = recipes.configs
    assert config.strategies == (FullConfig(), HeadConfig(merge=True))
    assert (config.bases, config.seeds, config.training.updates) == (("a", "b"), (1, 2), 9)


def test_sweep_names_what_failed(recipes: Recipes, capsys: Capture) -> None:
    assert run(["sweep", "x.csv"]) == 0
    out = capsys.readouterr().out
    assert "failed: head, seed 1: no luck" in out
    assert "page    runs/ways/sweep.html" in out


def test_an_interrupted_sweep_says_how_to_go_on(recipes: Recipes, capsys: Capture) -> None:
    recipes.ended = "interrupted"
    assert run(["sweep", "x.csv"]) == 130
    assert "accent sweep --resume 'runs/my ways'" in capsys.readouterr().err


def test_ctrl_c_outside_training_says_how_to_go_on(
    recipes: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(config: object, *, listen: Callable[[str, dict[str, str]], None]) -> None:
        listen("run", {"folder": "runs/ways/full/seed-1"})
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["accent.recipes"], "sweep", stopped)
    assert run(["sweep", "x.csv"]) == 130
    assert "accent sweep --resume runs/ways\n" in capsys.readouterr().err


def test_several_seeds_are_a_sweep(recipes: Recipes, capsys: Capture) -> None:
    assert run(["finetune", "x.csv", "--seeds", "3", "--seed", "7"]) == 0
    (config,) = recipes.configs
    assert isinstance(config, SweepConfig)
    assert config.seeds == (7, 8, 9)
    assert "page    runs/ways/sweep.html" in capsys.readouterr().out


def test_reproduce_lays_the_scores_side_by_side(recipes: Recipes, capsys: Capture) -> None:
    assert run(["reproduce", "runs/x", "--output", "runs/again"]) == 0
    shown = capsys.readouterr()
    assert "accuracy    0.8500  0.8600  [0.8000, 0.9000]" in shown.out
    assert "the scores agree: within the interval; the weights are not the same to the last bit" in shown.out
    assert "numpy was 1.0 and is 2.0" in shown.err
    assert (recipes.configs[0].target, recipes.configs[0].output) == ("runs/x", "runs/again")
