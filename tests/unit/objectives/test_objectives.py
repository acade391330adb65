"""What holds of every objective with every kind of tokenizer: what is asked, what is hidden, and that it repeats."""

from __future__ import annotations

import doctest
import re
from typing import Any

import numpy as np
import pytest

from accent.errors import ConfigError, DataError
from accent.modeling import ARCHITECTURES, FAMILIES
from accent.objectives import OBJECTIVES, Context, Prepared, clm, corruption, make_mixture, mlm, pairs, rtd, span, tlm
from tests.unit.objectives.corpora import KINDS, context_of, parallel_of

PLAIN = ("mlm", "wwm", "span", "rtd", "mlm+nsp", "wwm+sop", "span+nsp", "mlm+sop")
CASES = (
    *((name, kind, "electra" if name == "rtd" else "bert") for name in PLAIN for kind in KINDS),
    *(("tlm", kind, "bert") for kind in KINDS),
    ("clm", "gpt2", "gpt2"),
    ("span", "t5", "t5"),
)


def corpus(name: str, kind: str, **changes: Any) -> Context:
    if name == "tlm":
        return parallel_of(kind, **changes)
    has_pairs = "nsp" in name or "sop" in name
    return context_of(kind, crossing=not has_pairs, pair=has_pairs, **changes)


def make(
    name: str, kind: str, family: str, *, blocks: Any = None, seed: int = 0, epoch: int = 0, **more: Any
) -> Prepared:
    context = corpus(name, kind)
    mixture = make_mixture(name, family=family, length=context.length, **more)
    chosen = np.arange(len(context.starts)) if blocks is None else np.asarray(blocks)
    return mixture.make(chosen, context=context, seed=seed, epoch=epoch)


@pytest.mark.parametrize(("name", "kind", "family"), CASES)
def test_a_batch_repeats_and_every_epoch_and_seed_differs(name: str, kind: str, family: str) -> None:
    first, again = (make(name, kind, family) for _ in range(2))
    assert first.inputs.keys() == again.inputs.keys()
    for part in ("inputs", "targets"):
        for key, values in getattr(first, part).items():
            np.testing.assert_array_equal(values, getattr(again, part)[key])
    for other in (make(name, kind, family, epoch=1), make(name, kind, family, seed=1)):
        same = first.inputs["input_ids"].shape == other.inputs["input_ids"].shape
        changed = not same or not np.array_equal(first.inputs["input_ids"], other.inputs["input_ids"])
        assert changed == (name != "clm")  # which draws nothing
    static = [make(name, kind, family, epoch=epoch, dynamic=False).inputs["input_ids"] for epoch in (0, 1)]
    np.testing.assert_array_equal(*static)
    np.testing.assert_array_equal(static[0], first.inputs["input_ids"])


@pytest.mark.parametrize(("name", "kind", "family"), CASES)
def test_a_block_is_the_same_in_any_batch(name: str, kind: str, family: str) -> None:
    blocks = np.array([9, 3, 20, 14])
    whole = make(name, kind, family, blocks=blocks)
    for at, block in enumerate(blocks):
        alone = make(name, kind, family, blocks=[block])
        for key, values in alone.inputs.items():
            if key in ("places", "lefts", "rights", "attention_mask", "parts", "position_ids"):
                continue  # indices into the batch, and what is there only where a row needs it
            if values.ndim == 2:
                np.testing.assert_array_equal(values[0], whole.inputs[key][at, : values.shape[1]])
        if "places" in whole.inputs:
            width = whole.inputs[name_of_width(whole)].shape[1]
            own = whole.inputs["places"] // width == at
            np.testing.assert_array_equal(whole.inputs["places"][own] % width, alone.inputs["places"])
            np.testing.assert_array_equal(whole.targets["labels"][own], alone.targets["labels"])
            for key in ("chances", "originals", "offsets"):
                if key in whole.inputs:
                    np.testing.assert_array_equal(whole.inputs[key][own], alone.inputs[key])
        if "pairs" in whole.targets:
            assert whole.targets["pairs"][at] == alone.targets["pairs"][0]


def name_of_width(prepared: Prepared) -> str:
    return "decoder_input_ids" if "decoder_input_ids" in prepared.inputs else "input_ids"


@pytest.mark.parametrize("rate", [0.15, 0.4])
@pytest.mark.parametrize(("name", "kind", "family"), [case for case in CASES if case[0] != "clm" and case[2] != "t5"])
def test_only_hidden_tokens_of_the_text_are_asked_for(name: str, kind: str, family: str, rate: float) -> None:
    context = corpus(name, kind)
    mixture = make_mixture(name, family=family, length=context.length, rate=rate)
    blocks = np.arange(len(context.starts))
    prepared = mixture.make(blocks, context=context, seed=0, epoch=0)
    ids, places = prepared.inputs["input_ids"], prepared.inputs["places"]
    labels = prepared.targets["labels"]
    symbols = context.symbols
    assert symbols.is_ordinary[labels].all()
    is_hidden = np.zeros(ids.size, dtype=bool)
    is_hidden[places] = True
    assert is_hidden.sum() == len(places) == len(labels)
    restored = ids.copy()
    restored.ravel()[places] = labels
    plain = mixture_without_masks(name, context, blocks)
    np.testing.assert_array_equal(restored, plain)  # nothing else is touched
    counts = is_hidden.reshape(ids.shape).sum(axis=1)
    able = symbols.is_ordinary[plain].sum(axis=1)
    expected = np.maximum(1, np.round(rate * able))
    if "wwm" in name:
        assert (counts <= expected).all()
        assert counts.sum() > 0.85 * expected.sum()
    else:
        np.testing.assert_array_equal(counts, expected)


def mixture_without_masks(name: str, context: Context, blocks: np.ndarray) -> np.ndarray:
    """Lay the rows out as the objective does, by the one of its parts that hides nothing or by plain rows."""
    from accent.objectives import Chance, Nsp, Sop, Tlm
    from accent.objectives.framing import lay_rows

    chance = Chance(0, 0, blocks)
    layer = {"nsp": Nsp(), "sop": Sop(), "tlm": Tlm(0.15)}.get(name.rpartition("+")[2])
    laid = None if layer is None else layer.lay(blocks, context=context, chance=chance)
    return (lay_rows(blocks, context=context) if laid is None else laid).ids


def test_every_family_and_objective_is_known() -> None:
    for kind, make_objective in OBJECTIVES.items():
        objective = make_objective(0.15)
        assert objective.kind == kind
        assert objective.families <= set(FAMILIES)
    learned = {family for make_objective in OBJECTIVES.values() for family in make_objective(0.15).families}
    assert set(ARCHITECTURES) - {"t5"} <= learned
    assert "t5" in make_mixture("span", family="t5").families


@pytest.mark.parametrize(
    ("name", "family", "what"),
    [
        ("clm", "bert", "models of type 'bert' cannot learn clm"),
        ("nsp", "roberta", "models of type 'roberta' cannot learn nsp"),
        ("mlm+nsp", "electra", "cannot learn mlm+nsp"),
        ("rtd", "bert", "cannot learn rtd"),
        ("mlm", "gpt2", "cannot learn mlm"),
        ("mlm", "t5", "cannot learn mlm"),
    ],
)
def test_a_family_that_cannot_learn_it_is_refused_in_two_lines(name: str, family: str, what: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(what)) as caught:
        make_mixture(name, family=family).check(family)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("name", ["mlm+wwm", "mlm+mlm", "nsp+sop", "clm+nsp", "rtd+sop", "tlm+nsp", "nope", "", "mlm+"])
def test_what_cannot_be_joined_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_mixture(name)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1])
def test_a_rate_is_a_share(rate: float) -> None:
    with pytest.raises(ConfigError, match="mask rate"):
        make_mixture("mlm", rate=rate)


@pytest.mark.parametrize(("name", "least"), [("mlm", 3), ("mlm+nsp", 5)])
def test_a_block_without_room_for_text_is_refused(name: str, least: int) -> None:
    context = context_of("wordpiece")
    mixture = make_mixture(name)
    for length in (1, least - 1):
        with pytest.raises(ConfigError, match="no room for text") as caught:
            mixture.context(context.text, symbols=context.symbols, length=length, types=True)
        assert f"--block-length {least} " in caught.value.remedy
    made = mixture.context(context.text, symbols=context.symbols, length=least, types=True)
    assert mixture.make(np.arange(4), context=made, seed=0, epoch=0).inputs["input_ids"].shape == (4, least)


def test_a_corpus_without_what_is_needed_is_refused() -> None:
    context = context_of("wordpiece")
    text = context.text
    one = type(text)(tokens=text.tokens, documents=text.documents[[0, -1]], words=text.words, sentences=text.sentences)
    bare = type(text)(tokens=text.tokens, documents=text.documents)
    make_mixture("mlm").check_corpus(context_of("wordpiece", text=bare))
    for name, lacking, what in (
        ("nsp", one, "one document"),
        ("mlm+sop", one, "one document"),
        ("wwm", bare, "words start"),
        ("span", bare, "words start"),
        ("nsp", bare, "sentences start"),
        ("tlm", text, "no translations"),
    ):
        with pytest.raises(DataError, match=what):
            make_mixture(name).check_corpus(context_of("wordpiece", text=lacking))


@pytest.mark.parametrize("module", [mlm, span, corruption, pairs, rtd, clm, tlm])
def test_the_examples_in_the_docs_run(module: Any) -> None:
    kind = {"clm": "gpt2", "corruption": "t5"}.get(module.__name__.rpartition(".")[2], "wordpiece")
    has_pairs = module is pairs
    context = context_of(kind, length=128, crossing=not has_pairs, pair=has_pairs)
    many = np.arange(32) % len(context.starts)
    repeated = context_of(kind, length=128, starts=context.starts[many], ends=context.ends[many])
    known = {"np": np, "make_mixture": make_mixture, "context": repeated, "parallel": parallel_of("wordpiece")}
    found = doctest.testmod(module, extraglobs=known, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
