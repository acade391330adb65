"""What every strategy promises, checked on each member of the table."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from accent.config import FullConfig, StrategyConfig
from accent.strategies import STRATEGIES, Strategy, make_strategy
from accent.training import Learner
from tests.conformance.members import documented, kinds_of
from tests.unit.training.tiny import tiny_learner, tiny_model

CONFIGS: dict[str, StrategyConfig] = {"full": FullConfig()}
"""How the suite makes each strategy; a strategy without an entry fails the suite."""


@pytest.fixture(params=sorted(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return make_strategy(CONFIGS[request.param])


def test_table_config_documentation_and_suite_name_the_same_members() -> None:
    assert set(STRATEGIES) == set(CONFIGS) == kinds_of(StrategyConfig) == documented("strategies.md")


def test_what_moves_is_named_once_and_the_rest_is_frozen(strategy: Strategy) -> None:
    model = tiny_model()
    moving = strategy.prepare(model)
    assert moving
    assert len({id(moved.parameter) for moved in moving}) == len({moved.name for moved in moving}) == len(moving)
    free = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert free == {moved.name for moved in moving}


def test_only_what_moves_changes_and_all_of_it_does(strategy: Strategy) -> None:
    learner = tiny_learner()
    moving = {moved.name for moved in strategy.prepare(learner.model)}
    before = {name: parameter.detach().clone() for name, parameter in learner.model.named_parameters()}
    learner.update(torch.arange(16).numpy(), 0, 3)
    changed = {name for name, p in learner.model.named_parameters() if not torch.equal(p, before[name])}
    assert changed == moving


def test_a_run_goes_on_from_its_state_bit_by_bit(strategy: Strategy, tmp_path: Path) -> None:
    one, other = tiny_learner(), tiny_learner()
    for learner in (one, other):
        strategy.prepare(learner.model)
    _take(one, 0, 2)
    one.save(tmp_path)
    other.load(tmp_path)
    assert _take(one, 2, 5) == _take(other, 2, 5)


def _take(learner: Learner, first: int, last: int) -> list[float]:
    rows = torch.arange(16).numpy()
    return [learner.update(rows, update, 6).loss for update in range(first, last)]
