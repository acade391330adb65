"""Blocks hold every token once, bytes add up to those of the text, and prompts lose their beginning first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.errors import ConfigError
from accent.tasks import IGNORED
from accent.tasks.running_text import block_spans, read_blocks, read_continuations, tokenized
from accent.tokenization import EncodedRows, Encoder, LongTexts
from tests.checkpoints import SENTENCES, make_tokenizer

TEXTS = ["", "a", "naïve 😀 café", *SENTENCES, " ".join(SENTENCES)]


def encoder(max_length: int = 16, **policy: Any) -> Encoder:
    tokenizer = make_tokenizer("gpt2")
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.model_max_length = 64
    return Encoder(tokenizer, max_length, long_texts=LongTexts(**{"windows": True, **policy}))


def parts(rows: EncodedRows, values: np.ndarray) -> list[list[int]]:
    return [values[start:end].tolist() for start, end in zip(rows.offsets[:-1], rows.offsets[1:], strict=True)]


@given(st.integers(0, 300), st.integers(3, 40), st.data())
def test_blocks_foretell_every_token_once_but_the_first_of_each(count: int, size: int, data: Any) -> None:
    overlap = data.draw(st.integers(0, size // 2))
    spans = block_spans(count, size, overlap)
    assert all(0 <= end - start <= size for start, end, _ in spans)
    foretold = [token for _, end, first in spans for token in range(first, end)]
    assert foretold == sorted(set(foretold))
    firsts = {start for start, _, _ in spans} if not overlap else {0}
    assert set(foretold) == set(range(count)) - firsts
    if count > 1:
        assert all(first < end for _, end, first in spans)
    if not overlap:
        assert [start for start, _, _ in spans[1:]] == [end for _, end, _ in spans[:-1]]


def test_blocks_of_a_text_are_the_text_and_its_end() -> None:
    own = encoder()
    found = read_blocks(TEXTS, own)
    ids, labels = parts(found.rows, found.rows.ids), parts(found.rows, found.labels)
    assert found.rows.windows is not None
    assert found.rows.truncated_tokens == 0
    for row, (text, encoding) in enumerate(zip(TEXTS, tokenized(TEXTS, own), strict=True)):
        blocks = range(found.rows.windows[row], found.rows.windows[row + 1])
        whole = [*encoding.ids, own.tokenizer.eos_token_id]
        assert [token for block in blocks for token in ids[block]] == whole
        assert len(blocks) == max(1, -(-len(whole) // 16))
        for block in blocks:
            assert labels[block] == [IGNORED, *ids[block][1:]]
        assert text == own.tokenizer.decode(whole, skip_special_tokens=True)


def test_bytes_by_hand() -> None:
    own = encoder(max_length=64)
    first = tokenized(["naïve 😀 café"], own)[0]
    assert own.tokenizer.decode(first.ids[:1]) == "n"
    # n is not foretold: the rest has 2 + 2 letters and ï of 2 bytes before v, two spaces, 4 for the face, caf and é.
    assert read_blocks(["naïve 😀 café"], own).bytes_of_rows == [len("naïve 😀 café".encode()) - 1]
    assert read_blocks(["", "a"], own).bytes_of_rows == [0, 0]


@pytest.mark.parametrize("stride", [None, 3])
def test_bytes_of_blocks_are_those_of_the_text_without_what_is_not_foretold(stride: int | None) -> None:
    own = encoder(stride=stride)
    found = read_blocks(TEXTS, own)
    for row, (text, encoding) in enumerate(zip(TEXTS, tokenized(TEXTS, own), strict=True)):
        ends = [0, *(end for _, end in encoding.offsets)]
        starts = [start for start, _, _ in block_spans(len(encoding.ids) + 1, 16, stride or 0)]
        firsts = [start for start in (starts if stride is None else [0]) if start < len(encoding.ids)]
        hidden = sum(len(text[ends[token] : ends[token + 1]].encode()) for token in firsts)
        assert found.bytes_of_rows[row] == len(text.encode()) - hidden


def test_truncation_keeps_the_end_that_is_asked_for() -> None:
    text = TEXTS[-1]
    whole = [*tokenized([text], encoder())[0].ids, encoder().tokenizer.eos_token_id]
    for part, kept in (("head", whole[:16]), ("tail", whole[-16:])):
        own = encoder(windows=False, kept_part=part)
        found = read_blocks([text, "a"], own)
        assert found.rows.windows is None
        assert parts(found.rows, found.rows.ids)[0] == kept
        assert found.rows.cut.tolist() == [len(whole) - 16, 0]
        said = own.tokenizer.decode(kept[1:], skip_special_tokens=True)
        assert found.bytes_of_rows[0] == len(said.encode())
    with pytest.raises(ConfigError, match="whose middle is missing"):
        read_blocks([text], encoder(windows=False, kept_part="both"))


@pytest.mark.parametrize("all_tokens", [True, False])
def test_completions_come_after_their_prompts(all_tokens: bool) -> None:
    own = encoder(max_length=64)
    prompts, completions = ["What is it? ", "", "é"], ["A fine café", "nothing", ""]
    found = read_continuations(prompts, completions, own, all_tokens=all_tokens)
    for row, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
        before, after = ([*one.ids] for one in tokenized([prompt, completion], own))
        ids = [*before, *after, own.tokenizer.eos_token_id]
        hidden = max(1, len(before)) if not all_tokens else 1
        assert parts(found.rows, found.rows.ids)[row] == ids
        assert parts(found.rows, found.labels)[row] == [IGNORED] * hidden + ids[hidden:]
    assert own.tokenizer.decode(tokenized(["What"], own)[0].ids[:1]) == "Wh"
    if all_tokens:  # Wh, n, and é, of which one token of two is hidden and takes its bytes along
        assert found.bytes_of_rows == [len("at is it? A fine café".encode()), len("othing"), 0]
    else:
        assert found.bytes_of_rows == [len("A fine café".encode()), len("othing"), 0]


def test_a_prompt_that_is_too_long_loses_its_beginning() -> None:
    own = encoder()
    before, after = ([*one.ids] for one in tokenized([TEXTS[-1], "so"], own))
    found = read_continuations([TEXTS[-1]], ["so"], own, all_tokens=False)
    ending = [*after, own.tokenizer.eos_token_id]
    kept = 16 - len(ending)
    assert found.rows.ids.tolist() == [*before[-kept:], *ending]
    assert found.labels.tolist() == [IGNORED] * kept + ending
    assert found.rows.cut.tolist() == [len(before) - kept]
    assert found.bytes_of_rows == [2]
    every = read_continuations([TEXTS[-1]], ["so"], own, all_tokens=True)
    assert every.bytes_of_rows == [len(own.tokenizer.decode(before[-kept + 1 :])) + 2]


def test_a_completion_that_is_too_long_keeps_one_token_of_the_prompt() -> None:
    own = encoder()
    before, after = ([*one.ids] for one in tokenized(["Why?", TEXTS[-1]], own))
    found = read_continuations(["Why?"], [TEXTS[-1]], own, all_tokens=False)
    assert found.rows.ids.tolist() == [before[-1], *after[:15]]
    assert found.labels.tolist() == [IGNORED, *after[:15]]
    assert found.rows.cut.tolist() == [len(before) + len(after) + 1 - 16]
    assert found.bytes_of_rows == [len(own.tokenizer.decode(after[:15]))]
