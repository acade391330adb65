"""Pairs of texts: what stood together, what came from elsewhere, and what changed places."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from accent.objectives import Context, make_mixture
from tests.unit.objectives.corpora import KINDS, context_of, lengths_of


def sides(context: Context, row: np.ndarray, length: int) -> tuple[list[int], list[int]]:
    """Take a row apart into its two texts."""
    frame = context.symbols.pair
    inner = row[len(frame.before) : length - len(frame.after)].tolist()
    between = list(frame.between)
    at = next(place for place in range(len(inner)) if inner[place : place + len(between)] == between)
    return inner[:at], inner[at + len(between) :]


def found_at(text: np.ndarray, wanted: list[int]) -> list[int]:
    """Return every place of the corpus where these tokens stand."""
    windows = np.lib.stride_tricks.sliding_window_view(text, len(wanted))
    return np.flatnonzero((windows == np.array(wanted)).all(axis=1)).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_true_pairs_go_on_and_the_others_come_from_other_documents(kind: str) -> None:
    context = context_of(kind, crossing=False, pair=True)
    blocks = np.arange(len(context.starts))
    prepared = make_mixture("nsp").make(blocks, context=context, seed=0, epoch=0)
    inputs, labels = dict(prepared.inputs), prepared.targets["pairs"]
    text, bounds = context.text.tokens.astype(np.int64), context.text.documents
    sentences = set(np.asarray(context.text.sentences).tolist())
    lengths = lengths_of(inputs)
    checked = {0: 0, 1: 0}
    for row, label in enumerate(labels.tolist()):
        first, second = sides(context, inputs["input_ids"][row], int(lengths[row]))
        start = int(context.starts[row])
        assert text[start : start + len(first)].tolist() == first
        cut = start + len(first)
        if label == 0:
            assert text[cut : cut + len(second)].tolist() == second
            assert cut + len(second) == context.ends[row]
        elif label == 1:
            own = np.searchsorted(bounds, start, side="right")
            places = [place for place in found_at(text, second) if place in sentences]
            assert any(np.searchsorted(bounds, place, side="right") != own for place in places)
            assert len(second) <= int(context.ends[row]) - cut
        checked[label] = checked.get(label, 0) + 1
    assert checked[0] > 20
    assert checked[1] > 20
    assert binomtest(checked[1], checked[0] + checked[1], 0.5).pvalue > 1e-3


def test_length_does_not_give_the_others_away() -> None:
    context = context_of("wordpiece", crossing=False, pair=True)
    blocks = np.flatnonzero(context.ends - context.starts == context.length - context.symbols.pair.size)
    prepared = make_mixture("nsp").make(blocks, context=context, seed=0, epoch=0)
    full = lengths_of(dict(prepared.inputs)) == context.length
    assert full[prepared.targets["pairs"] == 0].all()
    assert full[prepared.targets["pairs"] == 1].mean() > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_half_of_the_pairs_change_places(kind: str) -> None:
    context = context_of(kind, crossing=False, pair=True)
    blocks = np.arange(len(context.starts))
    prepared = make_mixture("sop").make(blocks, context=context, seed=0, epoch=0)
    inputs, labels = dict(prepared.inputs), prepared.targets["pairs"]
    lengths = lengths_of(inputs)
    text, sentences = context.text.tokens, set(np.asarray(context.text.sentences).tolist())
    cuts_at_sentences = 0
    for row, label in enumerate(labels.tolist()):
        first, second = sides(context, inputs["input_ids"][row], int(lengths[row]))
        whole = [*second, *first] if label == 1 else [*first, *second]
        start, end = int(context.starts[row]), int(context.ends[row])
        assert text[start:end].tolist() == whole
        cuts_at_sentences += start + (len(second) if label == 1 else len(first)) in sentences
    assert cuts_at_sentences > 0.6 * len(labels)
    assert binomtest(int((labels == 1).sum()), int((labels >= 0).sum()), 0.5).pvalue > 1e-3
    np.testing.assert_array_equal(inputs["token_type_ids"].max(axis=1) if kind != "bpe" else 1, 1)


def test_a_block_of_one_token_is_no_pair() -> None:
    base = context_of("wordpiece", crossing=False, pair=True)
    context = context_of("wordpiece", starts=base.text.documents[:1], ends=base.text.documents[:1] + 1)
    for name in ("nsp", "sop"):
        prepared = make_mixture(name).make(np.array([0]), context=context, seed=0, epoch=0)
        assert prepared.targets["pairs"].tolist() == [-100]


def test_what_lies_behind_the_end_of_a_document_is_left_out() -> None:
    base = context_of("wordpiece", pair=True)
    end = int(base.text.documents[1])
    context = context_of("wordpiece", starts=np.array([end - 20]), ends=np.array([end + 30]))
    prepared = make_mixture("sop").make(np.array([0]), context=context, seed=0, epoch=0)
    assert prepared.tokens == 20 + context.symbols.pair.size
