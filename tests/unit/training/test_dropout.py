"""Dropout that belongs to the row: right shares, independence, and the same masks however rows are grouped."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from accent.training.dropout import RowDropout, RowNoise, install_row_dropout


def masks(
    update: int = 0, places: range = range(64), *, site: int = 0, p: float = 0.1, tokens: int = 20
) -> torch.Tensor:
    noise = RowNoise(7)
    noise.set_rows(update, np.array(places))
    dropped = RowDropout(p, noise, site).train()(torch.ones(len(places), tokens, 48))
    assert isinstance(dropped, torch.Tensor)
    return dropped


@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9])
def test_the_share_of_zeros_is_p_and_the_mean_stays(p: float) -> None:
    dropped = masks(p=p)
    n = dropped.numel()
    assert float((dropped == 0).float().mean()) == pytest.approx(p, abs=5 * (p * (1 - p) / n) ** 0.5)
    assert float(dropped.mean()) == pytest.approx(1.0, abs=5 * (p / (1 - p) / n) ** 0.5)


def test_rows_updates_and_sites_have_masks_of_their_own() -> None:
    kept = (masks(p=0.5) > 0).flatten(1).float() - 0.5
    correlation = (kept @ kept.T) / kept.shape[1] * 4
    off_diagonal = correlation[~torch.eye(len(kept), dtype=torch.bool)]
    assert float(off_diagonal.abs().max()) < 6 / kept.shape[1] ** 0.5
    for other in (masks(update=1, p=0.5), masks(site=1, p=0.5)):
        agree = ((other > 0) == (masks(p=0.5) > 0)).float().mean()
        assert float(agree) == pytest.approx(0.5, abs=0.02)


def test_values_of_one_row_are_independent_of_their_neighbours() -> None:
    kept = (masks(p=0.5) > 0).float() - 0.5
    for shifted in (kept.roll(1, dims=2), kept.roll(1, dims=1), kept.roll(7, dims=2)):
        assert abs(float((kept * shifted).mean()) * 4) < 6 / kept.numel() ** 0.5


def test_a_row_keeps_its_mask_in_any_microbatch_and_at_any_padding() -> None:
    whole = masks(places=range(8))
    assert torch.equal(masks(places=range(4, 8)), whole[4:])
    assert torch.equal(masks(places=range(8), tokens=12), whole[:, :12])


def test_evaluation_returns_the_input() -> None:
    hidden = torch.randn(2, 3)
    assert RowDropout(0.5, RowNoise(0), 0).eval()(hidden) is hidden


def test_gradients_pass_where_values_pass() -> None:
    noise = RowNoise(0)
    noise.set_rows(0, np.arange(4))
    hidden = torch.ones(4, 100, requires_grad=True)
    dropped = RowDropout(0.25, noise, 0).train()(hidden)
    dropped.sum().backward()
    assert hidden.grad is not None
    assert torch.equal(hidden.grad, dropped.detach())


def test_install_replaces_active_dropout_only() -> None:
    model = nn.Sequential(nn.Dropout(0.1), nn.Linear(2, 2), nn.Dropout(0.0), nn.Sequential(nn.Dropout(0.3)))
    install_row_dropout(model, seed=1)
    assert isinstance(model[0], RowDropout)
    assert type(model[2]) is nn.Dropout
    nested = model[3]
    assert isinstance(nested, nn.Sequential)
    assert isinstance(nested[0], RowDropout)
