"""Near copies are kept in one split, so that the audit finds none between splits that were cut here."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import datasets
import numpy as np

from accent.config.data import DataConfig
from accent.data import load
from accent.data.audit import audit
from accent.data.audit.keys import digests
from accent.data.resemblance import Resemblance, near_copies

Write = Callable[[str, str | bytes], Path]


def sentences(count: int, seed: int = 0) -> list[str]:
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(400)]
    return [" ".join(chance.choices(words, k=14)) for _ in range(count)]


def look(texts: list[str], pairs: list[str] | None = None) -> Resemblance:
    columns = {"text": texts} if pairs is None else {"text": texts, "text_pair": pairs}
    return near_copies(datasets.Dataset.from_dict(columns), digests(texts, pairs)[:, 0], seed=0)


def families(found: Resemblance) -> set[frozenset[int]]:
    heads: dict[int, set[int]] = {}
    for head, row in found.pairs.tolist():
        heads.setdefault(head, {head}).add(row)
    return {frozenset(rows) for rows in heads.values()}


def test_near_copies_and_chains_of_them_are_families() -> None:
    texts = sentences(60)
    texts += [texts[0] + " ab", texts[0] + " ab cd", texts[7].replace(" ", "", 1)[:-1]]
    found = look(texts)
    assert families(found) == {frozenset({0, 60, 61}), frozenset({7, 62})}
    assert (found.texts, found.let_go) == (5, 0)


def test_pairs_are_alike_only_where_both_texts_are() -> None:
    texts, pairs = sentences(40), sentences(40, seed=1)
    texts += [texts[0] + "x", texts[1] + "x"]
    pairs += [pairs[0] + "y", sentences(1, seed=2)[0]]
    assert families(look(texts, pairs)) == {frozenset({0, 40})}


def test_a_family_that_is_too_large_is_let_go() -> None:
    template = sentences(1, seed=3)[0]
    texts = sentences(60) + [f"{template} {number}" for number in range(12)]
    found = look(texts)
    assert (found.texts, found.let_go) == (0, 12)


def test_cut_splits_have_no_near_leaks(write: Write) -> None:
    texts = sentences(150)
    texts += [text[:-1] for text in texts] + [text + " too" for text in texts[:40]]
    rows = [f"{text}\t{'ab'[number % 2]}" for number, text in enumerate(texts)]
    data = load(DataConfig(source=str(write("a.tsv", "text\tlabel\n" + "\n".join(rows)))), seed=4)
    found = audit(data, allow=(), lengths=None, max_length=None, seed=4)
    assert not [finding.what for finding in found.findings if finding.kind in {"leaks", "near-leaks"}]
    assert len(data.splits["test"]) >= 25
    assert "340 near copies kept together" in data.notes[-1]


def test_the_order_of_rows_does_not_matter() -> None:
    texts = sentences(50)
    texts += [text + " ab" for text in texts[:10]]
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = families(look([texts[place] for place in order]))
    assert {frozenset(int(order[row]) for row in family) for family in shuffled} == families(look(texts))
