"""Blocks as rows: against a row-by-row reading of the corpus, and against what tokenizers do with texts."""

from __future__ import annotations

import numpy as np
import pytest

from accent.objectives import Context, Symbols
from accent.objectives.framing import lay_pairs, lay_rows
from tests.unit.objectives.corpora import KINDS, SENTINELS, context_of, documents, text_of, tokenizer_of

EVERY = (*KINDS, "gpt2", "t5")


@pytest.mark.parametrize("kind", EVERY)
def test_the_special_tokens_are_those_of_the_tokenizer(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    symbols = Symbols.of(tokenizer)
    first, second = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("the rain", "every letter"))
    single, pair = tokenizer("the rain"), tokenizer("the rain", "every letter")
    assert [*symbols.single.before, *first, *symbols.single.after] == single["input_ids"]
    frame = symbols.pair
    assert [*frame.before, *first, *frame.between, *second, *frame.after] == pair["input_ids"]
    special = set(tokenizer.all_special_ids)
    assert set(symbols.ordinary) == set(range(len(tokenizer))) - special
    assert [tokenizer.convert_ids_to_tokens(int(one)) for one in symbols.sentinels] == [
        f"<extra_id_{place}>" for place in range(SENTINELS if kind == "t5" else 0)
    ]


def expected_row(context: Context, block: int, *, opens: bool) -> tuple[list[int], list[int], list[int]]:
    """Read one block token by token: ids, whether each is of the text, and the number of its document."""
    symbols, room = context.symbols, context.length - context.symbols.single.size
    ids: list[int] = []
    text: list[int] = []
    parts: list[int] = []
    part = 0
    for place in range(int(context.starts[block]), int(context.ends[block])):
        if place > context.starts[block] and place in context.text.documents and symbols.separator is not None:
            ids.append(symbols.separator)
            text.append(0)
            parts.append(part + opens)
            part += 1
        ids.append(int(context.text.tokens[place]))
        text.append(1)
        parts.append(part)
    ids, text, parts = ids[:room], text[:room], parts[:room]
    before, after = symbols.single.before, symbols.single.after
    last = parts[-1]
    return (
        [*before, *ids, *after],
        [0 for _ in before] + text + [0 for _ in after],
        [0] * len(before) + parts + [last] * len(after),
    )


@pytest.mark.parametrize("opens", [False, True])
@pytest.mark.parametrize("kind", EVERY)
def test_rows_are_what_one_reads_token_by_token(kind: str, opens: bool) -> None:
    context = context_of(kind)
    blocks = np.random.default_rng(0).permutation(len(context.starts))[:12]
    laid = lay_rows(blocks, context=context, opens=opens)
    assert laid.parts is not None
    assert laid.starts is not None
    assert laid.parts.max() > 0  # documents do meet in these blocks
    for row, block in enumerate(blocks):
        ids, text, parts = expected_row(context, int(block), opens=opens)
        length = int(laid.lengths[row])
        assert laid.ids[row, :length].tolist() == ids
        assert laid.text[row, :length].astype(int).tolist() == text
        if text[-1] or not opens:  # a separator without anything behind it stays with what is before
            assert laid.parts[row, :length].tolist() == parts
        assert not laid.text[row, length:].any()


def test_full_blocks_make_full_rows() -> None:
    context = context_of("wordpiece")
    laid = lay_rows(np.arange(len(context.starts)), context=context)
    assert set(laid.lengths) == {context.length}


def test_word_starts_come_with_their_tokens() -> None:
    context = context_of("wordpiece")
    laid = lay_rows(np.arange(4), context=context)
    assert laid.starts is not None
    tokens = tokenizer_of("wordpiece").convert_ids_to_tokens(laid.ids[laid.text].tolist())
    assert [not token.startswith("##") for token in tokens] == laid.starts[laid.text].tolist()
    assert not laid.starts[~laid.text].any()


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_encoded_as_the_tokenizer_does(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    texts = [[" ".join(document)] for document in documents(6, 3)]
    text = text_of(tokenizer, texts)
    context = context_of(kind, text=text, length=200)
    starts, ends = text.documents[:-1], text.documents[1:]
    laid = lay_pairs((text, starts[:3], ends[:3]), (text, starts[3:], ends[3:]), context=context, restart=True)
    assert laid.types is not None
    assert laid.positions is not None
    assert laid.parts is not None
    for row in range(3):
        expected = tokenizer(f" {texts[row][0]}", f" {texts[row + 3][0]}", return_token_type_ids=True)
        length = int(laid.lengths[row])
        assert laid.ids[row, :length].tolist() == expected["input_ids"]
        assert laid.types[row, :length].tolist() == expected["token_type_ids"]
        begin = expected.encodings[0].sequence_ids.index(1)
        assert laid.positions[row, :length].tolist() == [*range(begin), *range(length - begin)]
        assert laid.parts[row, :length].tolist() == [0] * begin + [1] * (length - begin)
    assert laid.lengths.min() < laid.lengths.max()
    assert (laid.ids[laid.ids.shape[1] - 1 > laid.lengths][:, -1] == tokenizer.pad_token_id).all()
