"""The model that objectives drive: documents that do not see one another, ELECTRA's two halves, ends of spans."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from accent.modeling import hidden, new_config, new_model, read
from accent.objectives import Outputs, make_mixture
from accent.objectives.model import BoundaryHead, PretrainingModel, new_generator
from accent.objectives.rtd import draw
from tests.unit.objectives.corpora import context_of, parallel_of, tokenizer_of

KIND_OF = {"bert": "wordpiece", "roberta": "bpe", "albert": "unigram", "electra": "wordpiece", "gpt2": "gpt2"} | {
    "distilbert": "wordpiece",
    "modernbert": "bpe",
}


def built(name: str, family: str, *, length: int = 64, seed: int = 1) -> PretrainingModel:
    mixture = make_mixture(name, family=family, length=length)
    config = new_config(
        family, tokenizer=tokenizer_of(KIND_OF[family]), max_length=length, layers=3, hidden=32, heads=2
    )
    return mixture.build(new_model(config, mixture.head(family), seed=seed), seed=seed)


@pytest.mark.parametrize("family", KIND_OF)
def test_documents_apart_are_read_as_if_each_were_alone(family: str) -> None:
    name = "clm" if family == "gpt2" else "mlm"
    model = built(name, family)
    if family == "modernbert":
        model.kept.config.local_attention = 8  # so that its windows matter at this length
    ids = torch.from_numpy(np.random.default_rng(0).integers(10, 100, size=(2, 30)))
    parts = torch.tensor([[0] * 12 + [1] * 18, [0] * 30])
    positions = torch.tensor([[*range(12), *range(18)], [*range(30)]])
    taken = model._taken({"input_ids": ids, "parts": parts, "position_ids": positions})
    together = hidden(model.kept, taken)
    for row, first, last in ((0, 0, 12), (0, 12, 30), (1, 0, 30)):
        alone = hidden(model.kept, {"input_ids": ids[row : row + 1, first:last]})
        torch.testing.assert_close(together[row, first:last], alone[0], rtol=1e-5, atol=1e-5)


def test_padding_is_not_seen_where_parts_are_apart() -> None:
    model = built("mlm", "bert")
    ids = torch.from_numpy(np.random.default_rng(0).integers(10, 100, size=(1, 20)))
    mask = torch.tensor([[1] * 15 + [0] * 5])
    inputs = {"input_ids": ids, "attention_mask": mask, "parts": torch.zeros(1, 20, dtype=torch.int64)}
    found = hidden(model.kept, model._taken(inputs))[:, :15]
    torch.testing.assert_close(found, hidden(model.kept, {"input_ids": ids[:, :15]}), rtol=1e-5, atol=1e-5)


def test_a_causal_model_is_asked_for_what_follows_and_sees_nothing_of_other_documents() -> None:
    context = context_of("gpt2")
    mixture = make_mixture("clm", family="gpt2", length=64)
    prepared = mixture.make(np.arange(8), context=context, seed=0, epoch=0)
    ids, parts = prepared.inputs["input_ids"], prepared.inputs["parts"]
    rows, columns = np.divmod(prepared.inputs["places"], ids.shape[1])
    np.testing.assert_array_equal(prepared.targets["labels"], ids[rows, columns + 1])
    assert set(columns) == set(range(ids.shape[1] - 1))
    at_ends = np.flatnonzero(np.diff(parts, axis=1).ravel())
    assert len(at_ends) > 0
    begins = ids[:, 1:].ravel()[at_ends]
    assert (begins == context.symbols.separator).all()
    row = int(np.flatnonzero(parts.max(axis=1) > 0)[0])
    first = parts[row] == 0
    assert prepared.inputs["position_ids"][row].tolist() == [*range(int(first.sum())), *range(int((~first).sum()))] or (
        parts[row].max() > 1
    )
    model = built("clm", "gpt2")
    inputs, _ = prepared.tensors()
    changed = {**inputs, "input_ids": inputs["input_ids"].clone()}
    changed["input_ids"][row][torch.from_numpy(first)] = 77
    before, after = (model(**one).tokens_MV for one in (inputs, changed))
    assert before is not None
    assert after is not None
    behind = (rows == row) & (parts[rows, columns] > 0)
    torch.testing.assert_close(before[behind], after[behind], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(before[(rows == row) & ~behind], after[(rows == row) & ~behind])


def test_tokens_come_from_softmax_by_their_numbers() -> None:
    logits = torch.tensor([[0.0, math.log(2.0), math.log(5.0), -math.inf]])
    numbers = torch.tensor([0.0, 0.12, 0.13, 0.37, 0.38, 0.999999])
    assert draw(logits.expand(6, -1), numbers).tolist() == [0, 0, 1, 1, 2, 2]
    many = draw(logits.expand(8_000, -1), torch.from_numpy(np.random.default_rng(0).random(8_000).astype(np.float32)))
    assert chisquare(np.bincount(many, minlength=4)[:3], [1_000, 2_000, 5_000]).pvalue > 1e-3


def test_replaced_tokens_are_what_the_generator_put_in() -> None:
    model = built("rtd", "electra")
    assert model.generator is not None
    context = context_of("wordpiece", crossing=False)
    mixture = make_mixture("rtd", family="electra", length=64)
    prepared = mixture.make(np.arange(6), context=context, seed=0, epoch=0)
    inputs, targets = prepared.tensors()
    seen: list[torch.Tensor] = []
    hook = model.kept.base_model.register_forward_pre_hook(
        lambda _, args, given: seen.append(given["input_ids"]), with_kwargs=True
    )
    outputs = model(**inputs)
    hook.remove()
    plain = inputs["input_ids"].flatten().index_copy(0, inputs["places"], targets["labels"]).view_as(seen[0])
    assert outputs.is_replaced_BT is not None
    assert torch.equal(outputs.is_replaced_BT, seen[0] != plain)
    assert 0 < int(outputs.is_replaced_BT.sum()) <= len(targets["labels"])
    logits = model.generator(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits
    drawn = draw(logits.flatten(0, 1)[inputs["places"]], inputs["chances"])
    assert torch.equal(seen[0].flatten()[inputs["places"]], drawn)
    own = model.kept(input_ids=seen[0], attention_mask=inputs["attention_mask"])
    torch.testing.assert_close(outputs.replaced_BT, own.logits, rtol=1e-5, atol=1e-5)
    again = model(**inputs)
    assert torch.equal(again.is_replaced_BT, outputs.is_replaced_BT)
    real = inputs["attention_mask"].bool()
    nll = cross_entropy(logits.flatten(0, 1)[inputs["places"]], targets["labels"], reduction="sum")
    bce = binary_cross_entropy_with_logits(own.logits[real], (seen[0] != plain)[real].float(), reduction="sum")
    loss = mixture.loss(outputs, targets)
    assert float(loss.total.detach()) == pytest.approx(float((nll + 50 * 0.15 * bce).detach()), rel=1e-5)
    assert loss.weight == len(targets["labels"])


def test_the_generator_is_small_and_shares_its_embeddings_only() -> None:
    config = new_config("electra", tokenizer=tokenizer_of("wordpiece"), max_length=64, size="mini")
    discriminator = new_model(config, "replaced", seed=0)
    generator = new_generator(discriminator, seed=0)
    assert (generator.config.hidden_size, generator.config.num_attention_heads) == (64, 1)
    assert generator.config.num_hidden_layers == config.num_hidden_layers
    shared = {id(one) for one in discriminator.parameters()} & {id(one) for one in generator.parameters()}
    assert shared == {id(one) for one in discriminator.base_model.embeddings.parameters()}
    assert generator.get_output_embeddings().weight is discriminator.get_input_embeddings().weight


def test_the_discriminator_gives_the_generator_no_gradient() -> None:
    model = built("rtd", "electra")
    assert model.generator is not None
    mixture = make_mixture("rtd", family="electra", length=64)
    inputs, targets = mixture.make(np.arange(4), context=context_of("wordpiece"), seed=0, epoch=0).tensors()
    outputs = model(**inputs)
    silent = Outputs(**{**vars(outputs), "tokens_MV": (outputs.tokens_MV * 0).detach()})
    mixture.loss(silent, targets).total.backward()
    own = {name: one for name, one in model.generator.named_parameters() if "embeddings." not in name}
    assert own
    assert all(one.grad is None for one in own.values())
    assert model.kept.get_input_embeddings().weight.grad is not None


def test_the_boundary_head_is_its_formula() -> None:
    model = built("span", "bert")
    head = model.boundary
    assert isinstance(head, BoundaryHead)
    left, right, offsets = torch.randn(5, 32), torch.randn(5, 32), torch.tensor([0, 1, 2, 70, 63])

    def norm(values: torch.Tensor) -> torch.Tensor:
        centred = values - values.mean(dim=1, keepdim=True)
        return centred / (centred.pow(2).mean(dim=1, keepdim=True) + 1e-5).sqrt()

    def gelu(values: torch.Tensor) -> torch.Tensor:
        return values * 0.5 * (1 + torch.erf(values / 2**0.5))

    places = head.places.weight[offsets.clamp(max=63)]
    inner = norm(gelu(torch.cat([left, right, places], dim=1) @ head.first.weight.T + head.first.bias))
    expected = norm(gelu(inner @ head.second.weight.T + head.second.bias))
    torch.testing.assert_close(head(left, right, offsets), expected, rtol=1e-5, atol=1e-5)


def test_the_boundary_logits_do_not_look_at_the_tokens_themselves() -> None:
    model = built("span", "bert")
    mixture = make_mixture("span", length=64)
    inputs, targets = mixture.make(np.arange(6), context=context_of("wordpiece"), seed=0, epoch=0).tensors()
    outputs = model(**inputs)
    assert outputs.boundary_MV is not None
    assert model.boundary is not None
    states, _ = read(model.kept, {"input_ids": inputs["input_ids"]})
    flat = states.flatten(0, 1)
    through = model.boundary(flat[inputs["lefts"]], flat[inputs["rights"]], inputs["offsets"])
    torch.testing.assert_close(outputs.boundary_MV, model.kept.get_output_embeddings()(through))
    both = sum(
        cross_entropy(logits, targets["labels"], reduction="sum")
        for logits in (outputs.tokens_MV, outputs.boundary_MV)
        if logits is not None
    )
    assert float(mixture.loss(outputs, targets).total.detach()) == pytest.approx(
        float(torch.as_tensor(both).detach()), rel=1e-5
    )
    with_span = {name for name, _ in model.named_parameters()}
    assert not {name for name, _ in model.kept.named_parameters()} & {"boundary.first.weight"}
    assert "boundary.first.weight" in with_span


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_translations_kept_apart_have_the_same_places_and_see_less(family: str) -> None:
    context = parallel_of(KIND_OF[family], types=family == "bert")
    helped, alone = (make_mixture("tlm", length=64, apart=apart) for apart in (False, True))
    batches = [one.make(np.arange(6), context=context, seed=0, epoch=0) for one in (helped, alone)]
    for key in ("input_ids", "places", "position_ids"):
        np.testing.assert_array_equal(batches[0].inputs[key], batches[1].inputs[key])
    model = built("tlm", family)
    inputs, _ = batches[1].tensors()
    others = copy.deepcopy(inputs)
    is_second = inputs["parts"] == 1
    others["input_ids"][is_second] = 60
    first = (inputs["parts"].flatten() == 0)[inputs["places"]]
    before, after = (model(**one).tokens_MV for one in (inputs, others))
    assert before is not None
    assert after is not None
    assert 0 < int(first.sum()) < len(first)
    torch.testing.assert_close(before[first], after[first], rtol=1e-5, atol=1e-5)
    seeing, _ = batches[0].tensors()
    changed = {**seeing, "input_ids": others["input_ids"]}
    before, after = (model(**one).tokens_MV for one in (seeing, changed))
    assert before is not None
    assert after is not None
    assert not torch.allclose(before[first], after[first], atol=1e-4)
