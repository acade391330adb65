"""Where rows begin and end: against packing token by token, and as rows of a whole corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from accent.config.corpus import CorpusConfig
from accent.data.corpus import build_corpus
from accent.errors import DataError
from accent.objectives import Symbols, Text, make_mixture
from accent.objectives.blocks import apart, packed, separators
from accent.objectives.framing import lay_rows
from tests.unit.objectives.corpora import documents, lengths_of, parallel_of, text_of, tokenizer_of


def one_by_one(bounds: list[int], room: int) -> list[tuple[int, int]]:
    """Fill rows token by token; None stands for a separator."""
    found, start = [], 0
    while start < bounds[-1]:
        row: list[int | None] = []
        place = start
        while place < bounds[-1] and len(row) < room:
            if place > start and place in bounds:
                row.append(None)
            if len(row) < room:
                row.append(place)
                place += 1
        found.append((start, place + (row[-1] is None)))
        start = place
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("room", [2, 3, 7, 20])
def test_packed_blocks_are_what_filling_token_by_token_gives(seed: int, room: int) -> None:
    sizes = np.random.default_rng(seed).integers(1, 12, size=25)
    bounds = np.concatenate([[0], sizes.cumsum()])
    starts, ends = packed(bounds, room, separated=True)
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == one_by_one(bounds.tolist(), room)
    plain = packed(bounds, room, separated=False)
    assert plain[0].tolist() == list(range(0, int(bounds[-1]), room))
    assert (plain[1] - plain[0])[:-1].tolist() == [room] * (len(plain[0]) - 1)


def test_documents_apart_are_cut_into_equal_parts() -> None:
    starts, ends = apart(np.array([0, 10, 11, 34]), 10)
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == [(0, 10), (10, 11), (11, 18), (18, 26), (26, 34)]


def test_separators_are_counted_inside() -> None:
    assert separators(np.array([0, 4, 6, 9]), np.array([0, 4, 3, 5]), np.array([4, 9, 5, 6])).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("kind", ["wordpiece", "gpt2", "t5"])
def test_rows_are_full_and_every_token_is_in_one(kind: str) -> None:
    text = text_of(tokenizer_of(kind), documents(40, 3))
    name, family = {"gpt2": ("clm", "gpt2"), "t5": ("span", "t5")}.get(kind, ("mlm", "bert"))
    symbols = Symbols.of(tokenizer_of(kind))
    context = make_mixture(name, family=family).context(text, symbols=symbols, length=48, types=False)
    laid = lay_rows(np.arange(len(context.starts)), context=context)
    assert context.lengths is not None
    np.testing.assert_array_equal(laid.lengths, context.lengths)
    assert set(laid.lengths[:-1]) == {48}
    np.testing.assert_array_equal(laid.ids[laid.text], text.tokens)


@pytest.mark.parametrize("name", ["nsp", "mlm+sop"])
def test_rows_of_pairs_stay_in_their_document(name: str) -> None:
    text = text_of(tokenizer_of("wordpiece"), documents(20))
    mixture = make_mixture(name)
    symbols = Symbols.of(tokenizer_of("wordpiece"))
    context = mixture.context(text, symbols=symbols, length=48, types=True)
    assert not separators(text.documents, context.starts, context.ends).any()
    prepared = mixture.make(np.arange(len(context.starts)), context=context, seed=0, epoch=0)
    assert prepared.inputs["input_ids"].shape[1] <= 48
    if "sop" in name:
        assert context.lengths is not None
        np.testing.assert_array_equal(prepared.inputs["attention_mask"].sum(axis=1), context.lengths)


def test_rows_of_translations_are_cut_to_their_room() -> None:
    base = parallel_of("wordpiece")
    mixture = make_mixture("tlm")
    context = mixture.context(base.text, symbols=base.symbols, length=30, types=True)
    prepared = mixture.make(np.arange(len(context.starts)), context=context, seed=0, epoch=0)
    lengths = lengths_of(dict(prepared.inputs))
    np.testing.assert_array_equal(lengths, context.lengths)
    assert lengths.max() == 30
    both = [int((prepared.inputs["token_type_ids"][:, 1:] == kind).sum()) for kind in (0, 1)]
    assert both[1] > 0.3 * both[0]
    whole = mixture.context(base.text, symbols=base.symbols, length=200, types=True)
    rows = mixture.make(np.arange(len(whole.starts)), context=whole, seed=0, epoch=0)
    np.testing.assert_array_equal(lengths_of(dict(rows.inputs)), whole.lengths)
    with pytest.raises(DataError, match="no translations"):
        mixture.context(text_of(tokenizer_of("wordpiece"), documents(3)), symbols=base.symbols, length=30, types=True)


def test_a_corpus_on_disk_is_read_the_same(tmp_path: Path) -> None:
    source = tmp_path / "corpus.txt"
    source.write_text("\n\n".join(" ".join(one) for one in documents(30)), encoding="utf-8")
    config = CorpusConfig(sources=(str(source),), validation_share=0.2)
    tokenizer = tokenizer_of("wordpiece")
    corpus = build_corpus(config, tokenizer, folder=tmp_path / "cache", seed=0, listen=lambda *_: None)
    text = Text.of(corpus.train)
    mixture = make_mixture("wwm+sop", length=48)
    context = mixture.context(text, symbols=Symbols.of(tokenizer), length=48, types=True)
    prepared = mixture.make(np.arange(8), context=context, seed=0, epoch=0)
    assert context.lengths is not None
    assert prepared.tokens == int(context.lengths[:8].sum())
    assert (prepared.targets["pairs"] >= 0).any()
