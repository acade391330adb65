"""The verbs in Python: the flags' names as settings, strict values, events."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import accent
from accent.errors import Problems
from tests.unit.cli.fakes import EVENTS, Recipes


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> Recipes:
    fake = Recipes()
    monkeypatch.setitem(sys.modules, "accent.recipes", fake.module())
    return fake


def test_settings_have_the_flags_names(recipes: Recipes):
    heard: list[str] = []
    outcome = accent.finetune(Path("x.csv"), epochs=2, on_event=lambda kind, _: heard.append(kind))
    assert outcome.folder == Path("runs/x y")
    assert recipes.configs[0].training.epochs == 2.0
    assert heard == [kind for kind, _ in EVENTS]


def test_every_verb_resolves_its_settings(recipes: Recipes):
    accent.check("x.csv", allow=["leaks"])
    accent.evaluate("RUN", "new.csv", limit=3)
    assert [answer["label"] for answer in accent.predict("RUN", "one text")] == ["one text"]
    assert len(list(accent.predict("RUN", ["one", "two"]))) == 2
    assert [answer["label"] for answer in accent.predict("RUN", [("what?", "this")])] == ["what? | this"]
    accent.inspect("builtin:minilm", text="good")
    assert accent.compare("runs/a", Path("runs/b"), metric="f1_macro")["split"] == "test"
    assert accent.sweep("x.csv", strategies=["full", "lora"], rank=2)["folder"] == "runs/ways"
    assert accent.reproduce(Path("runs/a"))["agrees"]
    compare, sweep, reproduce = recipes.configs[-3:]
    assert (compare.targets, compare.metric) == (("runs/a", "runs/b"), "f1_macro")
    assert [one.kind for one in sweep.strategies] == ["full", "lora"]
    assert reproduce.target == "runs/a"
    accent.demo(seed=3)
    assert accent.doctor()["cuda"] is False
    check, evaluate, *_ = recipes.configs
    assert check.data.allow == ("leaks",)
    assert (evaluate.target, evaluate.data.limit) == ("RUN", 3)


def test_values_are_strict_and_every_problem_is_named(recipes: Recipes):
    with pytest.raises(Problems) as caught:
        accent.finetune("x.csv", epochs="2", batch_size=True, learnin_rate=1.0)
    assert [error.where for error in caught.value.errors] == [None, "epochs", "batch_size"]
    assert recipes.configs == []


def test_a_configuration_file_comes_first(recipes: Recipes, tmp_path: Path):
    (tmp_path / "c.yaml").write_text("data: a.csv\nepochs: 5\nkeep: 4\n", encoding="utf-8")
    accent.finetune(config=tmp_path / "c.yaml", epochs=6)
    config = recipes.configs[0]
    assert (config.data.source, config.training.epochs, config.training.keep) == ("a.csv", 6.0, 4)


def test_the_package_offers_its_verbs():
    assert set(accent.__all__) <= set(dir(accent))
    assert all(callable(getattr(accent, name)) for name in accent.__all__ if name != "__version__")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = accent.nothing
