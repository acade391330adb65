"""Which documents are kept, and which of them are for validation."""

from __future__ import annotations

import random

import numpy as np
import pytest

from accent.config.corpus import CorpusConfig
from accent.data.corpus import Document
from accent.data.corpus.facts import ignore
from accent.data.corpus.survey import DROPPED, TRAIN, VALIDATION, Survey, survey
from accent.errors import DataError


def documents(texts: list[str], split: str = "all") -> list[Document]:
    return [Document(text=text, file="a.txt", line=1, split=split) for text in texts]


def look(found: list[Document], *, seed: int = 0, given: bool = False, **config: object) -> Survey:
    settings = CorpusConfig(sources=("a.txt",), **config)  # type: ignore[arg-type]
    return survey(found, settings, seed=seed, given=given, listen=ignore)


def test_the_first_of_equal_texts_is_kept() -> None:
    found = look(documents(["a", "b", "a ", "c", "\nb", "A"]), validation_share=0.0)
    assert found.fates.tolist() == [TRAIN, TRAIN, DROPPED, TRAIN, DROPPED, TRAIN]
    assert found.duplicates == 2
    assert found.characters == 4


def test_a_pair_is_equal_where_both_texts_are() -> None:
    pairs = [("a", "x"), ("a", "y"), ("a", "x"), ("ax", ""), ("", "ax")]
    found = look([Document(text=one, pair=other, file="a", line=1) for one, other in pairs], validation_share=0.0)
    assert found.fates.tolist() == [TRAIN, TRAIN, DROPPED, TRAIN, TRAIN]


def test_duplicates_may_stay() -> None:
    found = look(documents(["a"] * 5), validation_share=0.0, deduplicate=False)
    assert found.fates.tolist() == [TRAIN] * 5
    assert found.duplicates == 0


def test_the_split_belongs_to_the_text() -> None:
    texts = [f"text {number}" for number in range(400)]
    fates = dict(zip(texts, look(documents(texts), validation_share=0.2).fates.tolist(), strict=True))
    shuffled = texts[:300]
    random.Random(0).shuffle(shuffled)
    again = look(documents(shuffled), validation_share=0.2).fates.tolist()
    assert again == [fates[text] for text in shuffled]
    other = look(documents(texts), validation_share=0.2, seed=1).fates.tolist()
    assert 0 < sum(one != two for one, two in zip(other, fates.values(), strict=True)) < 400


def test_the_share_is_met_within_chance() -> None:
    fates = look(documents([str(number) for number in range(20_000)]), validation_share=0.05).fates
    # 1,000 expected, with a standard deviation of 31
    assert abs(int(np.sum(fates == VALIDATION)) - 1000) < 125
    assert not np.any(fates == DROPPED)


def test_a_greater_share_holds_the_smaller_one() -> None:
    texts = documents([str(number) for number in range(500)])
    small, large = (look(texts, validation_share=share).fates == VALIDATION for share in (0.1, 0.3))
    assert np.all(large[small])
    assert large.sum() > small.sum()


def test_chance_never_leaves_validation_empty() -> None:
    texts = documents(["a", "b", "a", "c"])
    found = look(texts, validation_share=1e-9)
    assert sorted(found.fates.tolist()) == [DROPPED, TRAIN, TRAIN, VALIDATION]
    # the nearest is the one that a greater share takes first
    shares = [share / 200 for share in range(1, 200)]
    first = next(
        fates for share in shares if np.any((fates := look(texts, validation_share=share).fates) == VALIDATION)
    )
    assert first.tolist() == found.fates.tolist()


def test_a_single_document_cannot_be_split() -> None:
    with pytest.raises(DataError, match="no document is left to train on: there is 1, for validation") as caught:
        look(documents(["a", "a"]))
    assert len(str(caught.value).splitlines()) == 2
    assert look(documents(["a"]), validation_share=0.0).fates.tolist() == [TRAIN]


def test_given_validation_documents_are_all_of_it_and_never_among_the_training_texts() -> None:
    texts = [*documents([str(number) for number in range(200)], "train"), *documents(["new", "7"], "validation")]
    found = look(texts, given=True)
    assert found.fates.tolist() == [TRAIN] * 200 + [VALIDATION, DROPPED]
