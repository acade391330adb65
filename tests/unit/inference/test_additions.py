"""Each row of a batch meets its own run's additions: against the formulas, row by row."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from accent.inference.additions import Additions, LowRank, SideBySide
from accent.modeling import Prefix, RowPrefixes
from accent.strategies.adapter import Bottleneck

WIDE, OUT = 6, 4
LOW, NECK, HEADS = "one.low", "one.neck", "one.heads"


class Small(nn.Module):
    """Three modules to add to."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.ModuleDict({"low": nn.Linear(WIDE, OUT), "neck": nn.Linear(WIDE, WIDE), "heads": nn.Identity()})

    def forward(self, given: Tensor) -> tuple[Tensor, Tensor]:
        return self.one["low"](given), self.one["neck"](given)


def low_rank(rank: int, scale: float) -> LowRank:
    return LowRank(torch.randn(rank, WIDE), torch.randn(OUT, rank), scale)


def bottleneck(reduction: int) -> Bottleneck:
    made = Bottleneck(WIDE, reduction)
    for parameter in made.parameters():
        nn.init.normal_(parameter)
    return made


def expected(model: Small, run: Additions, given_TI: Tensor) -> tuple[Tensor, Tensor]:
    low, neck = model(given_TI)
    if LOW in run.low_ranks:
        one = run.low_ranks[LOW]
        low = low + one.scale * torch.stack([one.up_OR @ (one.down_RI @ token) for token in given_TI])
    if NECK in run.bottlenecks:
        made = run.bottlenecks[NECK]
        inner = F.gelu(made.down.weight @ neck.T + made.down.bias[:, None])
        neck = neck + (made.up.weight @ inner + made.up.bias[:, None]).T
    return low, neck


@pytest.fixture
def runs() -> list[Additions]:
    torch.manual_seed(3)
    nothing = Additions({}, {}, {})
    return [
        Additions({LOW: low_rank(2, 0.5)}, {}, {}),
        nothing,
        Additions({}, {NECK: bottleneck(2)}, {}),
        Additions({LOW: low_rank(3, 2.0)}, {}, {}),
        Additions({LOW: low_rank(2, 1.5)}, {NECK: bottleneck(3)}, {}),
        Additions({}, {NECK: bottleneck(2)}, {}),
    ]


@pytest.mark.parametrize("owners", [[0, 1, 2, 3, 4, 5, 0], [0, 0, 4], [2, 2], [3], [1, 1], [5, 4, 3, 2, 1, 0]])
@torch.inference_mode()
def test_each_row_gets_what_its_run_adds(runs: list[Additions], owners: list[int]) -> None:
    model, given = Small(), torch.randn(len(owners), 5, WIDE)
    plain = model(given)
    with SideBySide(runs).within(model, np.asarray(owners)):
        found = model(given)
    for row, owner in enumerate(owners):
        for one, other in zip(found, expected(model, runs[owner], given[row]), strict=True):
            torch.testing.assert_close(one[row], other)
    for one, other in zip(model(given), plain, strict=True):
        assert torch.equal(one, other)  # and nothing is left behind


def test_prefixes_of_several_lengths_stand_before_their_rows() -> None:
    short, long = Prefix(2, 1, 3), Prefix(2, 4, 3)
    runs = [Additions({}, {}, {HEADS: one}) for one in (short, long)]
    runs.append(Additions({}, {}, {}))
    model, beside = Small(), SideBySide(runs)
    heads = model.get_submodule(HEADS)
    with beside.within(model, np.asarray([1, 2, 0])):
        held = heads.prefix
        assert isinstance(held, RowPrefixes)
        assert held.seen_BP.tolist() == [[True] * 4, [False] * 4, [True, False, False, False]]
        assert torch.equal(held.keys_BHPW[0], long.keys_HPW)
        assert torch.equal(held.values_BHPW[2, :, :1], short.values_HPW)
    assert not hasattr(heads, "prefix")
    with beside.within(model, np.asarray([2, 2])):
        assert not hasattr(heads, "prefix")
    with pytest.raises(RuntimeError, match="in between"), beside.within(model, np.asarray([0])):
        raise RuntimeError("in between")
    assert not hasattr(heads, "prefix")


def test_runs_that_nobody_holds_are_forgotten(runs: list[Additions]) -> None:
    beside = SideBySide(runs)
    assert all(one is other for one, other in zip(beside.runs(), runs, strict=True))
    kept = runs[3]
    runs.clear()
    gc.collect()
    assert [one is kept for one in beside.runs()] == [False, False, False, True, False, False]
    assert beside.runs().count(None) == 5


def test_names_of_added_weights() -> None:
    names = ("a.query.lora_A.default.weight", "a.dense.adapter.up.bias", "a.self.prefix.keys_HPW")
    assert all(Additions.is_added(name) for name in names)
    assert not Additions.is_added("a.query.base_layer.weight")
