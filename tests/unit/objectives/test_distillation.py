"""A student beside its teacher on running text: the loss written out, and what both say against them alone."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, kl_divergence
from torch.nn.functional import cross_entropy

from accent.modeling import ATTENTION, make_student, new_config, new_model
from accent.objectives import LessonWeights, Outputs, PretrainingModel, TaughtModel, lesson_loss, make_mixture
from accent.objectives.distillation import Lesson, TaughtOutputs
from tests.unit.objectives.corpora import context_of, tokenizer_of
from tests.unit.objectives.test_model import KIND_OF

LENGTH = 48
TAUGHT = [family for family in KIND_OF if family != "electra"]
ROWS, TOKENS, PLACES, WORDS, WIDTH, HEADS = 3, 4, 5, 7, 6, 2


def taught_model(family: str, *, mapped: bool = False, seed: int = 1) -> TaughtModel:
    config = new_config(
        family, tokenizer=tokenizer_of(KIND_OF[family]), max_length=LENGTH, layers=4, hidden=32, heads=2
    )
    config.initializer_range = 0.2
    teacher = new_model(config, "causal" if family == "gpt2" else "masked", seed=seed)
    student, _ = make_student(teacher, 2)
    return TaughtModel(student, teacher, mapped=mapped)


def batch_of(family: str, blocks: int = 16) -> tuple[dict[str, Any], dict[str, Any]]:
    context = context_of(KIND_OF[family], length=LENGTH)
    mixture = make_mixture("clm" if family == "gpt2" else "mlm", family=family, length=LENGTH)
    return mixture.make(np.arange(blocks), context=context, seed=0, epoch=0).tensors()


class TestLoss:
    """Each part of the formula by itself, from numbers that were drawn."""

    @pytest.fixture
    def drawn(self) -> tuple[TaughtOutputs, torch.Tensor]:
        chance = torch.Generator().manual_seed(4)

        def lesson() -> Lesson:
            return Lesson(
                tokens_MV=torch.randn(PLACES, WORDS, generator=chance),
                hidden_BTD=torch.randn(ROWS, TOKENS, WIDTH, generator=chance),
                attention_BHTT=torch.randn(ROWS, HEADS, TOKENS, TOKENS, generator=chance).softmax(dim=-1),
            )

        said, taught = lesson(), lesson()
        is_read = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]]).bool()
        outputs = TaughtOutputs(
            tokens_MV=said.tokens_MV, hidden_BTD=said.hidden_BTD, said=said, taught=taught, is_read_BT=is_read
        )
        return outputs, torch.randint(WORDS, (PLACES,), generator=chance)

    @pytest.mark.parametrize("part", ["soft", "tokens", "hidden", "attention"])
    def test_each_part_is_the_formulas(self, part: str, drawn: tuple[TaughtOutputs, torch.Tensor]) -> None:
        outputs, labels = drawn
        nothing = {"soft": 0.0, "tokens": 0.0, "hidden": 0.0, "attention": 0.0}
        weights = LessonWeights(**{**nothing, part: 3.0}, temperature=2.5, rate=0.2)
        found = lesson_loss(weights, make_mixture("mlm").loss)(outputs, {"labels": labels})
        assert float(found.total) == pytest.approx(3.0 * self.alone(part, outputs, labels), rel=1e-5)
        assert found.weight == PLACES

    def alone(self, part: str, outputs: TaughtOutputs, labels: torch.Tensor) -> float:
        said, taught, read = outputs.said, outputs.taught, outputs.is_read_BT
        if part == "tokens":
            return float(cross_entropy(said.tokens_MV, labels, reduction="sum"))
        if part == "soft":
            pair = [Categorical(logits=one.tokens_MV / 2.5) for one in (taught, said)]
            return float(2.5**2 * kl_divergence(*pair).sum())
        total = 0.0
        for row, token in read.nonzero().tolist():
            if part == "hidden":
                one, other = said.hidden_BTD[row, token], taught.hidden_BTD[row, token]
                total += 1.0 - float(one @ other / (one.norm() * other.norm()))
            else:
                maps = [each.attention_BHTT[row, :, token] for each in (taught, said)]
                total += float((maps[0] * (maps[0] / maps[1]).log()).sum()) / HEADS
        return 0.2 * total

    def test_the_parts_add_up_in_distilberts_shares(self, drawn: tuple[TaughtOutputs, torch.Tensor]) -> None:
        outputs, labels = drawn
        assert LessonWeights() == LessonWeights(soft=5.0, tokens=2.0, hidden=1.0, attention=0.0, temperature=2.0)
        parts = [
            lesson_loss(LessonWeights(**{**dict.fromkeys(("soft", "tokens", "hidden"), 0.0), name: weight}), _mlm())(
                outputs, {"labels": labels}
            ).total
            for name, weight in (("soft", 5.0), ("tokens", 2.0), ("hidden", 1.0))
        ]
        found = lesson_loss(LessonWeights(), _mlm())(outputs, {"labels": labels}).total
        torch.testing.assert_close(found, torch.stack(parts).sum())

    def test_without_a_teacher_there_is_no_lesson(self) -> None:
        with pytest.raises(TypeError, match="said nothing"):
            lesson_loss(LessonWeights(), _mlm())(Outputs(tokens_MV=torch.zeros(1, 3)), {"labels": torch.zeros(1)})


@pytest.mark.parametrize("family", TAUGHT)
def test_while_it_learns_both_say_what_they_say_alone(family: str) -> None:
    model = taught_model(family).train()
    inputs, _ = batch_of(family)
    outputs = model(**inputs)
    alone = PretrainingModel(deepcopy(model.kept), asks_tokens=True, asks_pairs=False)
    teacher = PretrainingModel(deepcopy(model.teacher.kept), asks_tokens=True, asks_pairs=False)
    for lesson, expected in ((outputs.said, alone(**inputs)), (outputs.taught, teacher(**inputs))):
        torch.testing.assert_close(lesson.tokens_MV, expected.tokens_MV)
        torch.testing.assert_close(lesson.hidden_BTD, expected.hidden_BTD)
        assert lesson.attention_BHTT is None
    model.train(False)
    assert type(model(**inputs)) is Outputs


def test_the_teacher_is_no_part_of_what_learns() -> None:
    model = taught_model("bert").train()
    inputs, targets = batch_of("bert")
    theirs = {id(one) for one in model.teacher.parameters()}
    assert theirs.isdisjoint(id(one) for one in model.parameters())
    assert not model.teacher.kept.training
    lesson_loss(LessonWeights(), _mlm())(model(**inputs), targets).total.backward()
    assert all(one.grad is None for one in model.teacher.parameters())
    assert all(one.grad is not None for name, one in model.named_parameters() if "encoder.layer" in name)


@pytest.mark.parametrize("family", TAUGHT)
def test_maps_are_transformers_own_and_change_nothing_of_what_is_said(family: str) -> None:
    inputs, _ = batch_of(family)
    mapped, plain = taught_model(family, mapped=True).train(), taught_model(family).train()
    found, expected = mapped(**inputs), plain(**inputs)
    for lesson, other in ((found.said, expected.said), (found.taught, expected.taught)):
        torch.testing.assert_close(lesson.tokens_MV, other.tokens_MV, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(lesson.hidden_BTD, other.hidden_BTD, rtol=1e-4, atol=1e-5)
        sums = lesson.attention_BHTT.sum(dim=-1)
        torch.testing.assert_close(sums, torch.ones_like(sums))
    assert mapped.kept.config._attn_implementation == ATTENTION
    assert mapped.teacher.kept.config._attn_implementation == ATTENTION
    if family == "gpt2":
        behind = torch.ones(LENGTH, LENGTH).triu(1).bool()[: sums.shape[-1], : sums.shape[-1]]
        assert not found.said.attention_BHTT[..., behind].any()
        parts = inputs["parts"]
        apart = (parts[:, :, None] != parts[:, None, :])[:, None].expand_as(found.said.attention_BHTT)
        assert apart.any()
        assert not found.said.attention_BHTT[apart].any()


def test_maps_of_bert_are_those_that_it_gives_itself() -> None:
    model = taught_model("bert", mapped=True).train()
    inputs, _ = batch_of("bert")
    found = model(**inputs).taught.attention_BHTT
    own = deepcopy(model.teacher.kept)
    own.set_attn_implementation("eager")
    taken = {name: inputs[name] for name in ("input_ids", "attention_mask", "token_type_ids") if name in inputs}
    with torch.no_grad():
        torch.testing.assert_close(found, own(**taken, output_attentions=True).attentions[-1])


def _mlm() -> Any:
    return make_mixture("mlm").loss
