"""Lists of a union's members, and the runs that a sweep is made of."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from accent.config import FinetuneConfig, FullConfig, HeadConfig, LoraConfig, SweepConfig, cells_of, sweep_of_seeds
from accent.config.flags import flags_of
from accent.config.load import resolve
from accent.config.show import to_dict, to_yaml
from accent.errors import Problems


def test_the_list_has_one_flag_and_its_members_theirs() -> None:
    table = flags_of(SweepConfig)
    strategies = table["strategies"]
    assert strategies.repeated
    assert {"full", "head", "lora"} <= set(strategies.choices)
    assert strategies.default == ("full",)
    assert strategies.help.startswith("Which weights may move, in one setting after the other")
    assert table["merge"].kinds == ("head", "lora")
    assert "strategy" not in table


def test_settings_go_to_the_members_that_have_them() -> None:
    found = resolve(SweepConfig, flags={"data": "x.csv", "strategies": "full,head,lora", "rank": "4", "merge": True})
    assert found.strategies == (FullConfig(), HeadConfig(merge=True), LoraConfig(rank=4, merge=True))
    assert resolve(SweepConfig, flags={"data": "x.csv"}).strategies == (FullConfig(),)
    assert resolve(SweepConfig, flags={"data": "x.csv", "strategies": ["head"]}, typed=True).strategies == (
        HeadConfig(),
    )
    assert resolve(SweepConfig, flags={"data": "x.csv"}, sets=["strategies=lora,head"]).strategies == (
        LoraConfig(),
        HeadConfig(),
    )


def test_settings_that_none_has_are_refused() -> None:
    with pytest.raises(Problems, match="rank has no effect with strategies full,head") as caught:
        resolve(SweepConfig, flags={"data": "x.csv", "strategies": "full,head", "rank": "4"})
    assert "--strategies lora" in caught.value.remedy
    with pytest.raises(Problems, match="strategies must be a list of full, head") as caught:
        resolve(SweepConfig, flags={"data": "x.csv", "strategies": "full,hed"})
    assert caught.value.remedy == "Did you mean head?"


@pytest.mark.parametrize(
    "text", ["strategies: [lora, head]", "strategies: {kind: [lora, head]}", "strategies: [lora, head]\nrank: 8"]
)
def test_a_file_lists_them(text: str, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(f"data: x.csv\n{text}\n", encoding="utf-8")
    assert resolve(SweepConfig, file=file).strategies == (LoraConfig(), HeadConfig())


def test_a_list_round_trips(tmp_path: Path) -> None:
    flags = {"data": "x.csv", "strategies": "lora,full,head", "rank": "2", "seeds": "3,4"}
    config = resolve(SweepConfig, flags=flags)
    assert to_dict(config)["strategies"]["kind"] == ["lora", "full", "head"]
    file = tmp_path / "c.yaml"
    file.write_text(to_yaml(config), encoding="utf-8")
    assert resolve(SweepConfig, file=file) == config


def cells(**flags: str) -> list[tuple[str, int]]:
    config = resolve(SweepConfig, flags={"data": "x.csv", **flags})
    return [(cell.name, cell.seed) for cell in cells_of(config)]


def test_settings_are_named_after_what_differs() -> None:
    assert cells() == [("full", 42)]
    assert cells(seeds="1,2") == [("full", 1), ("full", 2)]
    assert cells(learning_rates="5e-5,0.001") == [("5e-5", 42), ("1e-3", 42)]
    both = cells(strategies="full,head", bases="hub/one,builtin:minilm")
    assert [name for name, _ in both] == ["one-full", "one-head", "minilm-full", "minilm-head"]
    assert [name for name, _ in cells(bases="a/base,b/base")] == ["base", "base-2"]


def test_all_runs_share_rows_and_budget_and_differ_in_what_was_asked() -> None:
    flags = {"data": "x.csv", "strategies": "full,lora", "seeds": "1,2", "seed": "7", "updates": "9", "rank": "2"}
    found = [cell.config for cell in cells_of(resolve(SweepConfig, flags=flags))]
    assert {config.data.split_seed for config in found} == {7}
    assert {config.training.updates for config in found} == {9}
    assert [config.run.seed for config in found] == [1, 2, 1, 2]
    assert [config.strategy for config in found[1:3]] == [FullConfig(), LoraConfig(rank=2)]


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        ({"bases": "a,b", "base": "c"}, "base has no effect: bases is given"),
        ({"learning_rates": "1,2", "learning_rate": "3"}, "learning_rate has no effect: learning_rates is given"),
        ({"metric": "rouge1"}, "metric rouge1 is no score of classification"),
        ({"data": "builtin:reviews", "split_seed": "3"}, "split_seed has no effect: builtin:reviews brings its own"),
    ],
)
def test_contradictions_are_found(flags: dict[str, str], what: str) -> None:
    with pytest.raises(Problems, match=what):
        resolve(SweepConfig, flags={"data": "x.csv", **flags})


def test_a_sweep_has_every_section_of_a_fine_tuning() -> None:
    ours, theirs = ({field.name for field in fields(config)} for config in (SweepConfig, FinetuneConfig))
    assert theirs - ours == {"strategy", "plan"}
    assert ours - theirs == {"strategies", "bases", "learning_rates"}


def test_sections_reach_the_runs() -> None:
    """Everything that was asked for is in each run, but for what a sweep gives each its own."""
    flags = {"data": "x.csv", "clean": "html", "augment": "swap", "dropout": "0.3", "max_length": "99", "seeds": "1"}
    config = resolve(SweepConfig, flags={**flags, "task": "multilabel", "long_texts": "windows"})
    (cell,) = cells_of(config)
    for name in ("augmentation", "task", "long_texts", "training"):
        assert getattr(cell.config, name) == getattr(config, name), name
    assert cell.config.data.clean == ("html",)
    assert cell.config.model.dropout == 0.3


def test_seeds_of_a_fine_tuning_are_a_sweep_of_one() -> None:
    flags = {
        "data": "x.csv",
        "strategy": "lora",
        "rank": "2",
        "seeds": "3",
        "seed": "5",
        "epochs": "2",
        "output": "out",
    }
    config = resolve(FinetuneConfig, flags=flags)
    sweep = sweep_of_seeds(config)
    assert (sweep.run.output, sweep.seeds) == ("out", (5, 6, 7))
    for cell in cells_of(sweep):
        run = replace(config.run, output=None, seed=cell.seed)
        assert cell.config == replace(config, data=replace(config.data, split_seed=5), run=run, seeds=1)


def test_several_seeds_are_no_single_run(tmp_path: Path) -> None:
    run = tmp_path / "config.yaml"
    run.write_text("data: x.csv\n", encoding="utf-8")
    with pytest.raises(Problems, match="a resumed run is one run"):
        resolve(FinetuneConfig, flags={"seeds": "2", "resume": str(tmp_path)})
    with pytest.raises(Problems, match="plan has no effect: a plan is for one run"):
        resolve(FinetuneConfig, flags={"data": "x.csv", "seeds": "2", "plan": "plan.json"})
