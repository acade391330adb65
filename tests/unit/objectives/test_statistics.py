"""What is hidden, where, and what stands in its place: shares over many epochs, for every objective and tokenizer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from accent.objectives import Chance, Context, Sop, make_mixture
from accent.objectives.framing import lay_rows
from accent.objectives.masking import word_numbers
from tests.unit.objectives.corpora import KINDS, context_of, parallel_of

HIDING = ("mlm", "wwm", "span", "rtd", "tlm", "mlm+nsp", "wwm+sop", "span+nsp", "mlm+sop")
CASES = [(name, kind) for name in HIDING for kind in KINDS]
SHARES = {"rtd": (0.85, 0.0, 0.15)}
USUAL = (0.8, 0.1, 0.1)
"""Masked, replaced by another token, left."""
EPOCHS = 6


def corpus(name: str, kind: str) -> Context:
    if name == "tlm":
        return parallel_of(kind)
    has_pairs = "nsp" in name or "sop" in name
    return context_of(kind, crossing=not has_pairs, pair=has_pairs)


def fates_of(name: str, kind: str) -> tuple[np.ndarray, Context]:
    """Return how often tokens, or whole spans, were masked, replaced by another one, and left."""
    context = corpus(name, kind)
    mixture = make_mixture(name, family="electra" if name == "rtd" else "bert", length=context.length)
    blocks = np.arange(len(context.starts))
    counts = np.zeros(3)
    for epoch in range(EPOCHS):
        prepared = mixture.make(blocks, context=context, seed=0, epoch=epoch)
        places, labels = prepared.inputs["places"], prepared.targets["labels"]
        stands = prepared.inputs["input_ids"].ravel()[places]
        fates = np.where(stands == context.symbols.mask, 0, np.where(stands != labels, 1, 2))
        if "span" in name:  # the tokens of a span share their fate; one of another token may be the same by chance
            begins = np.flatnonzero(np.diff(places, prepend=-2) != 1)
            fates = np.minimum.reduceat(fates, begins)
        counts += np.bincount(fates, minlength=3)
    return counts, context


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_shares_are_those_of_the_papers(name: str, kind: str) -> None:
    counts, context = fates_of(name, kind)
    masked, replaced, left = SHARES.get(name, USUAL)
    same = replaced / len(context.symbols.ordinary) if "span" not in name else 0.0  # another token may be the same
    expected = np.array([masked, replaced - same, left + same])
    assert counts.sum() > 400
    if not replaced:
        assert counts[1] == 0
        counts, expected = counts[[0, 2]], expected[[0, 2]]
    assert chisquare(counts, expected * counts.sum()).pvalue > 1e-3


@pytest.mark.parametrize(("name", "kind"), [case for case in CASES if "span" not in case[0] and "wwm" not in case[0]])
def test_every_token_of_a_text_is_as_likely_to_be_hidden(name: str, kind: str) -> None:
    context = corpus(name, kind)
    mixture = make_mixture(name, family="electra" if name == "rtd" else "bert", length=context.length, dynamic=True)
    hidden = expected = np.zeros(context.length)
    for epoch in range(8 * EPOCHS):
        blocks = np.arange(len(context.starts))
        prepared = mixture.make(blocks, context=context, seed=0, epoch=epoch)
        shape = prepared.inputs["input_ids"].shape
        flags = np.zeros(shape)
        flags.ravel()[prepared.inputs["places"]] = 1
        restored = prepared.inputs["input_ids"].copy()
        restored.ravel()[prepared.inputs["places"]] = prepared.targets["labels"]
        able = context.symbols.is_ordinary[restored]
        rate = flags.sum(axis=1, keepdims=True) / np.maximum(able.sum(axis=1, keepdims=True), 1)
        width = np.zeros(context.length - shape[1])
        hidden = hidden + np.append(flags.sum(axis=0), width)
        expected = expected + np.append((able * rate).sum(axis=0), width)
    assert (hidden[expected == 0] == 0).all()
    often = expected > 10
    found = np.append(hidden[often], hidden[~often].sum() + 1e-9)
    wanted = np.append(expected[often], expected[~often].sum() + 1e-9)
    assert often.sum() > 10
    assert chisquare(found, wanted * found.sum() / wanted.sum()).pvalue > 1e-3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["wwm", "wwm+sop"])
def test_words_are_hidden_whole(name: str, kind: str) -> None:
    context = corpus(name, kind)
    blocks = np.arange(len(context.starts))
    prepared = make_mixture(name, length=context.length).make(blocks, context=context, seed=0, epoch=0)
    laid = Sop().lay(blocks, context=context, chance=Chance(0, 0, blocks)) if "sop" in name else None
    laid = lay_rows(blocks, context=context) if laid is None else laid
    hidden = np.zeros(laid.ids.shape, dtype=bool)
    hidden.ravel()[prepared.inputs["places"]] = True
    halved = 0
    for row, numbers in enumerate(word_numbers(laid)):
        touched = set(numbers[hidden[row]])
        halves = [one for one in touched if not hidden[row][(numbers == one) & laid.text[row]].all()]
        assert not halves or touched == set(halves)  # where every word is too long, a part of one is hidden
        halved += len(halves)
    assert halved <= 0.1 * len(blocks)
