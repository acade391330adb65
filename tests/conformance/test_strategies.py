"""What every strategy promises, checked on each member of the table with each family that reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from accent.config import StrategyConfig, TrainingConfig
from accent.config.annotations import members
from accent.modeling import Anatomy, find_base, load_model, still_modules
from accent.strategies import STRATEGIES, Moment, Strategy, make_strategy
from accent.tasks import Classification
from accent.training import Examples, Learner, World
from tests.checkpoints import FAMILIES, make_checkpoint
from tests.conformance.members import documented, kinds_of
from tests.unit.training.tiny import LENGTHS, collate_rows

CONFIGS: dict[str, StrategyConfig] = {config.kind: config() for config in members(StrategyConfig)}
"""How the suite makes each strategy: as it is by default."""
LABELS = ("no", "yes")
ROWS = np.arange(8)
UPDATES = 5
"""Enough for the last stage of two layers: head, layer, layer, embeddings."""

ABOVE = {
    "bert": r"^(bert\.pooler|classifier)\.",
    "roberta": r"^classifier\.",
    "albert": r"^(albert\.pooler|classifier)\.",
    "electra": r"^classifier\.",
    "distilbert": r"^(pre_classifier|classifier)\.",
    "gpt2": r"^(transformer\.ln_f|score)\.",
    "modernbert": r"^(model\.final_norm|head|classifier)\.",
}
"""What stands above the layers of each family, spelled out."""
UPPER = r"\.(layer|h|layers)\.1\.|albert_layer_groups\."
"""The second of two layers; ALBERT has one set of weights for all."""
ADDED = {
    "lora": 2 * 8 * (32 + 32),  # rank 8 beside queries and values of width 32; in one matrix with keys 8 (32 + 96)
    "adapter": (32 * 4 + 4) + (4 * 32 + 32),  # an eighth of the width, down and up, with biases
    "prefix": 2 * 16 * 32,  # 16 keys and 16 values
}
"""New weights of one layer, by formula."""


@dataclass(frozen=True)
class Case:
    """A strategy on a model of one family."""

    strategy: Strategy
    family: str
    model: Any
    anatomy: Anatomy
    names: frozenset[str]
    """Of the model's parameters before the strategy came."""

    def learner(self) -> Learner:
        """Return a learner on a model of its own."""
        model = deepcopy(self.model)
        learner = Learner(
            model,
            self.strategy.prepare(model, self.anatomy, seed=1),
            examples=Examples(LENGTHS, collate_rows),
            loss=Classification(LABELS).loss,
            config=TrainingConfig(batch_size=len(ROWS), learning_rate=1e-2),
            seed=3,
            world=World(),
            autocast=nullcontext,
        )
        learner.still = still_modules(model, self.anatomy, self.strategy.frozen_layers(self.anatomy))
        return learner


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Return a maker of models, each loaded once."""

    @cache
    def make(family: str) -> Any:
        base = find_base(str(make_checkpoint(tmp_path_factory.mktemp(family), family)))
        return load_model(base, "sequence", LABELS, dropout=0.2, seed=1).model

    return make


@pytest.fixture(params=[(kind, family) for kind in STRATEGIES for family in FAMILIES], ids="-".join)
def case(request: pytest.FixtureRequest, models: Callable[[str], Any]) -> Case:
    kind, family = request.param
    model = deepcopy(models(family))
    names = frozenset(name for name, _ in model.named_parameters())
    return Case(make_strategy(CONFIGS[kind]), family, model, Anatomy.of(model, "sequence"), names)


def test_table_config_documentation_and_suite_name_the_same_members() -> None:
    assert set(STRATEGIES) == set(CONFIGS) == kinds_of(StrategyConfig) == documented("strategies.md")


def test_what_moves_is_named_once_in_the_models_order_and_the_rest_is_frozen(case: Case) -> None:
    moving = case.strategy.prepare(case.model, case.anatomy, seed=1)
    free = [(name, id(parameter)) for name, parameter in case.model.named_parameters() if parameter.requires_grad]
    assert [(moved.name, id(moved.parameter)) for moved in moving] == free
    assert len({identity for _, identity in free}) == len({name for name, _ in free}) == len(free)
    assert any(case.anatomy.is_head(name) for name, _ in free)


def test_what_moves_is_what_the_formula_counts(case: Case) -> None:
    moving = case.strategy.prepare(case.model, case.anatomy, seed=1)
    known = {moved.name for moved in moving if moved.name in case.names}
    added = sum(moved.parameter.numel() for moved in moving if moved.name not in case.names)
    assert added == ADDED.get(case.strategy.kind, 0) * len(case.anatomy.layers)
    above = {name for name in case.names if re.search(ABOVE[case.family], name)}
    if case.strategy.kind in ADDED:
        assert {name for name in above if case.anatomy.is_head(name)} <= known <= above
    else:
        upper = {name for name in case.names if re.search(UPPER, name)}
        assert known == {"head": above, "partial": above | upper}.get(case.strategy.kind, set(case.names))


def test_only_what_moves_changes_and_all_of_it_does(case: Case) -> None:
    """By the last stage; buffers never change, so checkpoints need none."""
    learner = case.learner()
    before, moving = _tensors(learner.model), {moved.name for moved in learner._moving}
    _take(learner, case.strategy, 0, UPDATES)
    after = _tensors(learner.model)
    assert {name for name in before if not torch.equal(before[name], after[name])} == moving


def test_a_run_goes_on_from_its_state_bit_by_bit(case: Case, tmp_path: Path) -> None:
    """The other learner is made from the base anew, and takes what moved from the checkpoint."""
    one, other = case.learner(), case.learner()
    _take(one, case.strategy, 0, 2)
    one.save(tmp_path)
    other.load(tmp_path)
    assert _take(one, case.strategy, 2, UPDATES) == _take(other, case.strategy, 2, UPDATES)
    left, right = _tensors(one.model), _tensors(other.model)
    assert all(torch.equal(value, right[name]) for name, value in left.items())


def test_a_checkpoint_holds_what_moves_and_nothing_else(case: Case, tmp_path: Path) -> None:
    learner = case.learner()
    _take(learner, case.strategy, 0, UPDATES)
    learner.save(tmp_path)
    moving = {moved.name: moved.parameter for moved in learner._moving}
    stored = load_file(tmp_path / "weights.safetensors")
    assert stored.keys() == moving.keys()
    assert all(torch.equal(value, moving[name]) for name, value in stored.items())
    kept = load_file(tmp_path / "optimizer.safetensors")
    assert {name.partition("/")[2] for name in kept} == moving.keys()


def test_the_layers_that_it_calls_frozen_say_the_same_at_every_update(case: Case) -> None:
    first, *others = _heard(case, case.strategy.frozen_layers(case.anatomy))
    same = [torch.equal(first, other) for other in others]
    assert len(same) == 2
    assert all(same) == (case.strategy.frozen_layers(case.anatomy) is not None)


def test_the_parts_of_a_model_are_where_they_were(case: Case) -> None:
    case.strategy.prepare(case.model, case.anatomy, seed=1)
    assert Anatomy.of(case.model, "sequence") == case.anatomy


def test_its_stage_never_falls(case: Case) -> None:
    stages = [case.strategy.stage(Moment(update, 3, update // 2)) for update in range(12)]
    assert stages == sorted(stages)
    assert stages[0] == 0


def _heard(case: Case, frozen: int | None) -> list[Tensor]:
    """Return what the last of the frozen layers says of the same rows at each update, or what the first is told.

    ALBERT's only layer is called once a layer: it is told by the embeddings at its first call and has said all that it
    says at its last.
    """
    learner = case.learner()
    heard: list[Tensor] = []
    calls: list[Tensor] = []
    layer = learner.model.get_submodule(case.anatomy.layers[frozen - 1 if frozen else 0])

    def hear(module: nn.Module, given: tuple[Any, ...], said: Any) -> None:
        calls.append((said[0] if isinstance(said, tuple) else said) if frozen else given[0])

    layer.register_forward_hook(hear)
    for update in range(3):
        calls.clear()
        _take(learner, case.strategy, update, update + 1)
        heard.append(calls[-1 if frozen else 0].detach())
    return heard


def _take(learner: Learner, strategy: Strategy, first: int, last: int) -> list[Any]:
    """Take updates, each an epoch of its own."""
    return [
        learner.update(ROWS, update, UPDATES + 1, min(learner.last_stage, strategy.stage(Moment(update, 1))))
        for update in range(first, last)
    ]


def _tensors(model: nn.Module) -> Mapping[str, Tensor]:
    named = [*model.named_parameters(), *model.named_buffers()]
    return {name: value.detach().clone() for name, value in named}
