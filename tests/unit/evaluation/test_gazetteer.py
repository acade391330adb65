"""The baselines remember what the training rows say, and nothing of their order."""

from __future__ import annotations

import random

import pytest

from accent.evaluation.gazetteer import CommonTags, Gazetteer

TRAIN = [
    ("I love New York", "O O B-LOC I-LOC"),
    ("the New York Times", "O B-ORG I-ORG I-ORG"),
    ("Paris met Paris in PARIS", "B-PER O B-LOC O B-LOC"),
    ("Will will run", "B-PER O O"),
    ("will it ?", "O O O"),
    ("It said it", "B-WORK O O"),
    ("It was It", "O O O"),
]


def sentences(rows: list[tuple[str, str]]) -> list[tuple[list[str], list[str]]]:
    return [(words.split(), tags.split()) for words, tags in rows]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("New York", "B-LOC I-LOC"),
        ("New York Times", "B-ORG I-ORG I-ORG"),  # the longest match
        ("New New York New York Times", "O B-LOC I-LOC B-ORG I-ORG I-ORG"),
        ("York Times New", "O O O"),
        ("NEW york", "B-LOC I-LOC"),  # never written so, and then the case does not matter
        ("PARIS", "B-LOC"),
        ("paris", "B-LOC"),  # 2 of 3 in any case
        ("Paris", "B-LOC"),  # once each: the first in the alphabet
        ("Will", "B-PER"),  # always an entity in this spelling
        ("will WILL", "O O"),  # in any case, one entity and two words outside
        ("It IT", "O O"),  # one entity, twice outside
        ("", ""),
    ],
)
def test_what_is_found(words: str, tags: str) -> None:
    gazetteer = Gazetteer.fit(iter(sentences(TRAIN)))
    assert gazetteer.tag(words.split()) == tags.split()


def test_an_entity_inside_a_longer_one_does_not_count_against_it() -> None:
    rows = [("New York", "B-LOC I-LOC"), *[("New York Times", "B-ORG I-ORG I-ORG")] * 5]
    assert Gazetteer.fit(sentences(rows)).tag(["New", "York"]) == ["B-LOC", "I-LOC"]


def test_words_that_are_partly_in_an_entity_do_not_count_against_it() -> None:
    rows = [("A B", "B-X I-X"), *[("A B", "O B-Y")] * 2, *[("A B", "B-Y O")] * 2]
    assert Gazetteer.fit(sentences(rows)).tag(["A", "B"]) == ["B-X", "I-X"]


def test_as_often_an_entity_as_outside_is_enough() -> None:
    rows = [("It", "B-WORK"), ("It", "O")]
    assert Gazetteer.fit(sentences(rows)).tag(["It"]) == ["B-WORK"]
    assert Gazetteer.fit(sentences([*rows, ("It", "O")])).tag(["It"]) == ["O"]


def test_the_order_of_the_rows_does_not_matter() -> None:
    words = ["New", "York", "Times", "Paris", "PARIS", "Will", "will", "It", "new", "YORK"]
    expected = Gazetteer.fit(sentences(TRAIN)).tag(words)
    for seed in range(20):
        rows = random.Random(seed).sample(TRAIN, len(TRAIN))
        assert Gazetteer.fit(sentences(rows)).tag(words) == expected


def test_nothing_learned_is_nothing_found() -> None:
    assert Gazetteer.fit([]).tag(["New", "York"]) == ["O", "O"]
    assert Gazetteer.fit(sentences([("a b", "O O")])).tag(["a"]) == ["O"]


def test_common_tags_are_the_most_frequent_ones() -> None:
    rows = [
        ("the dog runs", "DET NOUN VERB"),
        ("the runs", "DET NOUN"),
        ("dog runs", "NOUN VERB"),
        ("the house", "X NOUN"),
        ("fast", "ADV"),
        ("fast", "ADJ"),
        ("one", "ADP"),
        ("one", "NOUN"),
    ]
    tagger = CommonTags.fit(iter(sentences(rows)))
    assert tagger.tag(["the", "dog", "runs", "The"]) == ["DET", "NOUN", "VERB", "NOUN"]
    assert tagger.tag(["fast"]) == ["ADJ"]  # a tie in the word and overall: the first in the alphabet
    assert tagger.tag(["one"]) == ["NOUN"]  # a tie in the word: the more frequent tag overall
    for seed in range(20):
        again = CommonTags.fit(sentences(random.Random(seed).sample(rows, len(rows))))
        assert again.tag(["the", "dog", "runs", "fast", "one", "new"]) == ["DET", "NOUN", "VERB", "ADJ", "NOUN", "NOUN"]


@pytest.mark.parametrize("baseline", [Gazetteer, CommonTags])
def test_words_without_a_tag_are_refused(baseline: type[Gazetteer] | type[CommonTags]) -> None:
    with pytest.raises(ValueError, match="sentence 1 has 2 words and 1 tags"):
        baseline.fit([(["a"], ["O"]), (["a", "b"], ["O"])])


def test_common_tags_need_a_word() -> None:
    with pytest.raises(ValueError, match="at least one tagged word"):
        CommonTags.fit([([], [])])
