"""Attention as plain products equals torch's own, with and without masks, forwards and backwards."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from accent.modeling import attention
from accent.modeling.attention import LONGEST_AS_PRODUCTS, attend

ROWS, HEADS, TOKENS, WIDTH = 3, 2, 7, 8


class Module(nn.Module):
    def __init__(self, *, causal: bool = False) -> None:
        super().__init__()
        self.is_causal = causal


def parts(dtype: torch.dtype, tokens: int = TOKENS) -> list[torch.Tensor]:
    chance = torch.Generator().manual_seed(4)
    shape = (ROWS, HEADS, tokens, WIDTH)
    return [torch.randn(shape, generator=chance).to(dtype).requires_grad_() for _ in range(3)]


def padding_mask() -> torch.Tensor:
    lengths = torch.tensor([7, 4, 1])
    return (torch.arange(TOKENS) < lengths[:, None])[:, None, None, :].expand(ROWS, 1, TOKENS, TOKENS)


def causal_mask() -> torch.Tensor:
    return torch.ones(TOKENS, TOKENS, dtype=torch.bool).tril().expand(ROWS, 1, TOKENS, TOKENS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("mask", [None, padding_mask(), causal_mask()], ids=["none", "padding", "causal"])
def test_products_equal_the_fused_kernel(dtype: torch.dtype, mask: torch.Tensor | None) -> None:
    tolerance = {torch.float32: 1e-5, torch.bfloat16: 3e-2}[dtype]
    found = with_gradients(attend, dtype, mask)
    expected = with_gradients(sdpa_attention_forward, torch.float32, mask)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=tolerance, atol=tolerance)


def with_gradients(function: object, dtype: torch.dtype, mask: torch.Tensor | None) -> list[torch.Tensor]:
    query, key, value = parts(dtype)
    mixed, _ = function(Module(), query, key, value, mask)  # type: ignore[operator]
    (mixed * torch.linspace(-1, 1, mixed.numel()).view_as(mixed)).sum().backward()
    return [mixed.detach(), *(part.grad for part in (query, key, value) if part.grad is not None)]


@pytest.mark.parametrize("mask", [None, padding_mask(), causal_mask()], ids=["none", "padding", "causal"])
def test_a_bias_of_positions_is_added_and_learned(mask: torch.Tensor | None) -> None:
    found, expected = ([], [])
    for results, function in ((found, attend), (expected, sdpa_attention_forward)):
        bias = torch.randn((1, HEADS, TOKENS, TOKENS), generator=torch.Generator().manual_seed(6)).requires_grad_()
        mixed, _ = function(Module(), *parts(torch.float32), mask, position_bias=bias, is_causal=False)
        (mixed * torch.linspace(-1, 1, mixed.numel()).view_as(mixed)).sum().backward()
        assert bias.grad is not None
        results += [mixed.detach(), bias.grad]
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    plain, _ = attend(Module(), *parts(torch.float32), mask)
    assert not torch.allclose(plain, found[0])


@pytest.mark.parametrize(
    ("module", "tokens", "options"),
    [
        (Module(causal=True), TOKENS, {}),
        (Module(), LONGEST_AS_PRODUCTS[torch.float32] + 1, {}),
        (Module(), TOKENS, {"dropout": 0.1}),
    ],
    ids=["causal without a mask", "long rows", "dropout"],
)
def test_what_products_do_not_serve_goes_to_torch(
    module: Module, tokens: int, options: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def noted(*arguments: object, **given: object) -> tuple[str, None]:
        calls.append(given)
        return "torch's", None

    monkeypatch.setattr(attention, "sdpa_attention_forward", noted)
    assert attend(module, *parts(torch.float32, tokens), None, **options) == ("torch's", None)
    assert len(calls) == 1
