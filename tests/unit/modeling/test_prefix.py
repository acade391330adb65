"""Keys and values before those of the text: against the formula in float64, and against tokens that were read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from accent.modeling import Prefix, RowPrefixes, attention, find_base, load_model
from accent.modeling.attention import attend
from tests.checkpoints import make_checkpoint

ROWS, HEADS, KEYS, WIDTH, LENGTH = 3, 2, 6, 4, 2
LENGTHS = (6, 4, 1)


@pytest.fixture(params=["products", "fused"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Take one of the two ways through attention, and see that it was taken."""
    calls = []
    fused = attention.sdpa_attention_forward

    def noted(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        return fused(*arguments, **options)

    monkeypatch.setattr(attention, "sdpa_attention_forward", noted)
    if request.param == "fused":
        monkeypatch.setattr(attention, "LONGEST_AS_PRODUCTS", {})
    yield request.param
    assert bool(calls) == (request.param == "fused")


class Module(nn.Module):
    def __init__(self, prefix: Prefix, *, causal: bool) -> None:
        super().__init__()
        self.prefix = prefix
        self.is_causal = causal


def padding(queries: int) -> Tensor:
    return (torch.arange(KEYS) < torch.tensor(LENGTHS)[:, None])[:, None, None, :].expand(ROWS, 1, queries, KEYS)


def window(queries: int) -> Tensor:
    near = (torch.arange(queries)[:, None] - torch.arange(KEYS)).abs() <= 1
    return near & padding(queries)


def formula(query: Tensor, key: Tensor, value: Tensor, prefix: Prefix, seen: Tensor, bias: Tensor | None) -> Tensor:
    """Mix value by value, as (B, T, H, W); `seen` is (B, T, S) of the text's keys."""
    rows, heads, queries, width = query.shape
    mixed = torch.zeros(rows, queries, heads, width, dtype=torch.float64)
    for row in range(rows):
        for head in range(heads):
            keys = torch.cat([prefix.keys_HPW[head], key[row, head]])
            values = torch.cat([prefix.values_HPW[head], value[row, head]])
            for place in range(queries):
                scores = (keys * query[row, head, place]).sum(-1) / width**0.5
                if bias is not None:
                    scores = torch.cat([scores[:LENGTH], scores[LENGTH:] + bias[0, head, place]])
                visible = torch.cat([torch.ones(LENGTH, dtype=torch.bool), seen[row, place]])
                shares = torch.exp(scores) * visible
                mixed[row, place, head] = (shares[:, None] * values).sum(0) / shares.sum()
    return mixed


CASES: dict[str, tuple[int, bool, Tensor | None]] = {
    "all is seen": (KEYS, False, None),
    "padding": (KEYS, False, padding(KEYS)),
    "a mask for all queries": (KEYS, False, padding(KEYS)[:, :, :1]),
    "sliding window": (KEYS, False, window(KEYS)),
    "causal without a mask": (KEYS, True, None),
    "causal with a mask": (KEYS, True, padding(KEYS) & torch.ones(KEYS, KEYS, dtype=torch.bool).tril()),
    "the last queries of a cache": (2, True, None),
    "one query of a cache": (1, True, None),
}


@pytest.mark.parametrize("biased", [False, True], ids=["plain", "biased"])
@pytest.mark.parametrize("case", CASES)
def test_attention_with_a_prefix_is_the_formula(path: str, case: str, biased: bool) -> None:
    queries, causal, mask = CASES[case]
    chance = torch.Generator().manual_seed(5)
    shapes = [(ROWS, HEADS, count, WIDTH) for count in (queries, KEYS, KEYS)]
    texts = [torch.randn(shape, generator=chance, dtype=torch.float64).requires_grad_() for shape in shapes]
    bias = torch.randn((1, HEADS, queries, KEYS), generator=chance, dtype=torch.float64) if biased else None
    prefix = Prefix(HEADS, LENGTH, WIDTH, deviation=1.0).double()
    every = torch.ones(ROWS, queries, KEYS, dtype=torch.bool)
    seen = every.tril(KEYS - queries) if causal else every
    seen = seen & mask.expand(ROWS, 1, queries, KEYS)[:, 0] if mask is not None else seen
    expected = _with_gradients(formula(*texts, prefix, seen, bias), [*texts, *prefix.parameters()])

    module = Module(prefix, causal=causal).float()
    texts = [text.detach().float().requires_grad_() for text in texts]
    options = {} if bias is None else {"position_bias": bias.float()}
    mixed, _ = attend(module, *texts, mask, **options)
    found = _with_gradients(mixed, [*texts, *module.prefix.parameters()])
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other.float(), rtol=1e-5, atol=1e-5)


def _with_gradients(mixed: Tensor, parts: list[Tensor]) -> list[Tensor]:
    (mixed * torch.linspace(-1, 1, mixed.numel(), dtype=mixed.dtype).view_as(mixed)).sum().backward()
    gradients = [part.grad.clone() for part in parts if part.grad is not None]
    for part in parts:
        part.grad = None
    assert len(gradients) == len(parts)
    return [mixed.detach(), *gradients]


def test_a_mask_that_is_added_is_lengthened_by_zeros() -> None:
    given = _ordinary(Prefix(HEADS, LENGTH, WIDTH, deviation=1.0))
    added = torch.zeros(ROWS, 1, KEYS, KEYS).masked_fill(~padding(KEYS), -torch.inf)
    torch.testing.assert_close(attend(*given, added)[0], attend(*given, padding(KEYS))[0])


@pytest.mark.parametrize("case", CASES)
def test_rows_with_prefixes_of_their_own_are_as_each_alone(path: str, case: str) -> None:
    """Rows of three prefixes, one of them empty; what padding asks is left out where it sees nothing at all."""
    queries, causal, mask = CASES[case]
    chance = torch.Generator().manual_seed(7)
    texts = [torch.randn(ROWS, HEADS, count, WIDTH, generator=chance) for count in (queries, KEYS, KEYS)]
    own, rows = _rows_of((1, 3, 0))
    found, _ = attend(_holding(rows, causal=causal), *texts, mask)
    for row, prefix in enumerate(own):
        part = slice(row, row + 1)
        one = None if mask is None else mask.expand(ROWS, -1, -1, -1)[part]
        alone, _ = attend(Module(prefix, causal=causal), *(text[part] for text in texts), one)
        seeing = slice(None) if one is None else one[0, 0].any(dim=-1).expand(queries)
        torch.testing.assert_close(found[row][seeing], alone[0][seeing], rtol=1e-5, atol=1e-5)


def test_prefixes_of_rows_lengthen_added_masks_and_biases() -> None:
    module, *texts = _ordinary(Prefix(HEADS, LENGTH, WIDTH))
    _, rows = _rows_of((1, 3, 0))
    added = torch.zeros(ROWS, 1, KEYS, KEYS).masked_fill(~padding(KEYS), -torch.inf)
    module = _holding(rows, causal=False)
    torch.testing.assert_close(attend(module, *texts, added)[0], attend(module, *texts, padding(KEYS))[0])
    longer = rows.unbiased(torch.ones(1, HEADS, KEYS, KEYS))
    assert longer.shape == (1, HEADS, KEYS, 3 + KEYS)
    assert longer.sum() == HEADS * KEYS * KEYS
    assert not longer[..., :3].any()


def _rows_of(lengths: tuple[int, ...]) -> tuple[list[Prefix], RowPrefixes]:
    """Return prefixes of these lengths, and the same for one row each."""
    own = [Prefix(HEADS, length, WIDTH, deviation=1.0) for length in lengths]
    most = max(lengths)
    keys, values = (
        torch.stack([nn.functional.pad(one, (0, 0, 0, most - one.shape[1])) for one in kind])
        for kind in ([one.keys_HPW.detach() for one in own], [one.values_HPW.detach() for one in own])
    )
    return own, RowPrefixes(keys, values, torch.arange(most) < torch.tensor(lengths)[:, None])


def _holding(rows: RowPrefixes, *, causal: bool) -> Any:
    module: Any = Module(Prefix(1, 1, 1), causal=causal)
    del module.prefix
    module.prefix = rows
    return module


def _ordinary(prefix: Prefix) -> tuple[Module, Tensor, Tensor, Tensor]:
    query, key, value = torch.randn(3, ROWS, HEADS, KEYS, WIDTH, generator=torch.Generator().manual_seed(1))
    return Module(prefix, causal=False), query, key, value


def test_keys_and_values_of_read_tokens_are_what_reading_them_is(tmp_path: Path) -> None:
    """A prefix of what GPT-2's layers made of three tokens stands for these tokens."""
    folder = make_checkpoint(tmp_path, "gpt2", initializer_range=0.3)
    model: Any = load_model(find_base(str(folder)), "causal", (), seed=1).model
    ids = torch.tensor([[40, 7, 90, 3, 61, 17, 200], [5, 16, 250, 33, 8, 2, 9]])
    with torch.inference_mode():
        whole = model(ids, use_cache=True)
        for row in range(2):
            for block, layer in zip(model.transformer.h, whole.past_key_values.layers, strict=True):
                prefix = Prefix(2, 3, 16)
                prefix.keys_HPW.copy_(layer.keys[row, :, :3])
                prefix.values_HPW.copy_(layer.values[row, :, :3])
                block.attn.add_module("prefix", prefix)
            found = model(ids[[row], 3:], position_ids=torch.arange(3, 7)[None]).logits
            torch.testing.assert_close(found[0], whole.logits[row, 3:], rtol=1e-4, atol=1e-4)
            for block in model.transformer.h:
                del block.attn.prefix
            assert not torch.allclose(
                model(ids[[row], 3:], position_ids=torch.arange(3, 7)[None]).logits, found, atol=0.1
            )


def test_nothing_changes_for_an_attention_without_a_prefix() -> None:
    module, *texts = _ordinary(Prefix(HEADS, LENGTH, WIDTH))
    module.prefix = nn.Identity()
    plain, _ = attend(module, *texts, padding(KEYS))
    expected, _ = attention.sdpa_attention_forward(module, *texts, padding(KEYS), is_causal=False)
    torch.testing.assert_close(plain, expected)
