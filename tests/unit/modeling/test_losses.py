"""Losses of tokens against torch's own, slice by slice, and the positions that have no target."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.utils._python_dispatch import TorchDispatchMode

from accent.modeling import IGNORED, losses, summed_loss, token_scores

ROWS, TOKENS, WORDS = 3, 5, 11


def logits(dtype: torch.dtype = torch.float32) -> torch.Tensor:
    chance = torch.Generator().manual_seed(2)
    return (3 * torch.randn(ROWS, TOKENS, WORDS, generator=chance)).to(dtype).requires_grad_()


def targets() -> torch.Tensor:
    found = torch.randint(WORDS, (ROWS, TOKENS), generator=torch.Generator().manual_seed(3))
    found[0, :2] = found[1, 4] = found[2] = IGNORED
    return found


@pytest.mark.parametrize("values", [1 << 24, 2 * WORDS], ids=["at once", "two positions a time"])
def test_the_sum_and_its_gradient_are_torchs(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_VALUES_AT_ONCE", values)
    mine, theirs = logits(), logits()
    found = summed_loss(mine, targets())
    expected = cross_entropy(theirs.flatten(0, 1), targets().flatten(), ignore_index=IGNORED, reduction="sum")
    torch.testing.assert_close(found.total, expected)
    assert found.weight == 7.0
    (found.total * 0.5).backward()
    (expected * 0.5).backward()
    torch.testing.assert_close(mine.grad, theirs.grad)
    assert mine.grad is not None
    assert not mine.grad[2].any()


def test_half_precision_is_summed_in_float32() -> None:
    mine, theirs = logits(torch.bfloat16), logits(torch.bfloat16)
    found = summed_loss(mine, targets()).total
    expected = cross_entropy(theirs.float().flatten(0, 1), targets().flatten(), ignore_index=IGNORED, reduction="sum")
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, expected)
    found.backward()
    expected.backward()
    torch.testing.assert_close(mine.grad, theirs.grad)


def test_without_targets_there_is_nothing_to_learn() -> None:
    mine = logits()
    found = summed_loss(mine, torch.full((ROWS, TOKENS), IGNORED))
    found.total.backward()
    assert (float(found.total.detach()), found.weight) == (0.0, 0.0)
    assert mine.grad is not None
    assert not mine.grad.any()


class Sizes(TorchDispatchMode):
    """Notes how many values each new tensor of numbers with a fraction holds, and its dtype."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, torch.dtype]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        olds = {one.untyped_storage().data_ptr() for one in args if isinstance(one, torch.Tensor)}
        if isinstance(out, torch.Tensor) and out.is_floating_point() and out.untyped_storage().data_ptr() not in olds:
            self.found.append((out.numel(), out.dtype))
        return out


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_nothing_but_the_gradient_is_larger_than_a_slice(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_VALUES_AT_ONCE", 2 * WORDS)
    mine = logits(dtype)
    with Sizes() as sizes:
        summed_loss(mine, targets()).total.backward()
        token_scores(mine.detach(), targets())
    large = [one for one in sizes.found if one[0] > 2 * WORDS]
    assert large == [(mine.numel(), dtype)]
    assert (2 * WORDS, torch.float32) in sizes.found


def test_scores_of_rows_add_up_to_the_loss() -> None:
    scores = token_scores(logits().detach(), targets())
    for row, (nll, tokens, right) in enumerate(scores):
        own, wanted = logits().detach()[row], targets()[row]
        there = wanted != IGNORED
        assert nll == pytest.approx(float(cross_entropy(own[there], wanted[there], reduction="sum")) if tokens else 0.0)
        assert tokens == int(there.sum())
        assert right == int((own.argmax(dim=1) == wanted)[there].sum())
    certain = torch.nn.functional.one_hot(torch.tensor([[4, 1]]), WORDS).float() * 50
    assert token_scores(certain, torch.tensor([[4, 2]]))[0][1:] == (2, 1)
