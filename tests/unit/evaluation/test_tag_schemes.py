"""Schemes are recognised, go to BIO and back, and their entities are those of conlleval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.evaluation.tag_schemes import Scheme, Span, find_scheme, spans, strays, to_bio

ENTITIES = [  # a kind, how many words it has, and how many words outside come after it
    st.sampled_from(["A", "B-x", "_"]),
    st.integers(1, 4),
    st.integers(0, 2),
]
SENTENCES = st.lists(st.tuples(*ENTITIES), max_size=8)
BIO_TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B", "B", "I", "B-_"]), max_size=12)


def placed(sentence: list[tuple[str, int, int]]) -> tuple[list[Span], int]:
    """Return where the entities stand, and how many words the sentence has."""
    found, position = [], 1
    for kind, words, after in sentence:
        found.append(Span(position, position + words, kind))
        position += words + after
    return found, position


def bio(entities: list[Span], words: int) -> list[str]:
    tags = ["O"] * words
    for start, end, kind in entities:
        tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return tags


def iob1(entities: list[Span], words: int) -> list[str]:
    tags, ended = ["O"] * words, {}
    for start, end, kind in entities:
        tags[start:end] = [f"{'B' if ended.get(start) == kind else 'I'}-{kind}"] + [f"I-{kind}"] * (end - start - 1)
        ended[end] = kind
    return tags


def bilou(entities: list[Span], words: int, letters: str = "BILU") -> list[str]:
    first, inner, last, single = letters
    tags = ["O"] * words
    for start, end, kind in entities:
        spelled = [first] + [inner] * (end - start - 2) + [last] if end - start > 1 else [single]
        tags[start:end] = [f"{letter}-{kind}" for letter in spelled]
    return tags


def conlleval(tags: list[str]) -> list[Span]:
    """Return the entities as a reader of one word after another would say them."""
    found: list[Span] = []
    kind = None
    for position, tag in enumerate([*tags, "O"]):
        letter, _, new = tag.partition("-")
        new_kind = None if letter == "O" else new or "_"
        if kind is not None and (letter != "I" or new_kind != kind):
            found[-1] = Span(found[-1].start, position, kind)
            kind = None
        if new_kind is not None and kind is None:
            found.append(Span(position, -1, new_kind))
        kind = new_kind
    return found


@given(SENTENCES)
def test_every_spelling_goes_to_the_same_bio_and_the_same_entities(sentence: list[tuple[str, int, int]]) -> None:
    entities, words = placed(sentence)
    expected = bio(entities, words)
    assert spans(expected) == entities
    for tags, scheme in [
        (expected, "bio"),
        (iob1(entities, words), "iob1"),
        (bilou(entities, words), "bilou"),
        (bilou(entities, words, "BIES"), "bilou"),
        (bilou(entities, words, "BMES"), "bilou"),
    ]:
        assert to_bio(tags, scheme) == expected
        assert strays(tags, scheme) == []


@given(BIO_TAGS)
def test_spans_are_conllevals(tags: list[str]) -> None:
    assert spans(tags) == conlleval(tags)
    assert spans(to_bio(tags, "bio")) == spans(tags)
    assert spans(to_bio(tags, "iob1")) == spans(tags)


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "L-A", "U-A", "I-B", "L-B"]), max_size=12))
def test_bilou_read_as_bio_has_no_strays(tags: list[str]) -> None:
    assert strays(to_bio(tags, "bilou"), "bio") == []


@pytest.mark.parametrize(
    ("scheme", "tags", "found"),
    [
        ("bio", "O I-A I-A B-A I-B", [1, 4]),
        ("bio", "I O I", [0, 2]),
        ("iob1", "O I-A I-A B-A I-B", []),
        ("bilou", "U-A I-A L-A L-A", [1, 3]),
        ("bilou", "B-A O E-A M-A E-A", [2, 3]),
        ("plain", "I-A NOUN", []),
    ],
)
def test_strays(scheme: Scheme, tags: str, found: list[int]) -> None:
    assert strays(tags.split(), scheme) == found


def test_a_stray_after_a_closed_entity_begins_one() -> None:
    assert to_bio(["U-A", "I-A", "L-A", "L-A"], "bilou") == ["B-A", "B-A", "I-A", "B-A"]
    assert to_bio(["I-A", "I-B", "B-B"], "iob1") == ["B-A", "B-B", "B-B"]


@pytest.mark.parametrize(
    ("scheme", "sentences"),
    [
        ("bio", ["O B-A I-A", "B-A B-B"]),
        ("bio", ["O B-A O", "B-B"]),  # entities of one word only
        ("bio", ["B-A I-A", "B-B", "O I-A"]),  # one stray among two that begin with B
        ("bio", ["B-A I-A", "O I-A"]),  # a tie
        ("bio", ["B I O", "O B"]),
        ("iob1", ["O I-A I-A B-A", "I-B"]),
        ("iob1", ["I-A I-B", "I-A", "O B-A"]),  # one B that should have been an I
        ("iob1", ["O I I O"]),
        ("bilou", ["O B-A I-A L-A", "O"]),
        ("bilou", ["B-A I-A I-B", "O U-A"]),
        ("bilou", ["S-A O B-B E-B"]),
        ("bilou", ["B-A M-A O"]),
        ("plain", ["O O", "O"]),
        ("plain", ["DET NOUN VERB", "I B"]),
        ("plain", ["B I B I"]),  # bare letters without any O
        ("plain", ["N V N O I P"]),
        ("plain", ["-LRB- NN IN-TL B-NP"]),
        ("plain", []),
        ("bio", ["B-A I-A O", "B_A O"]),  # one misspelled tag, to be named when it is read
    ],
)
def test_schemes_are_recognised(scheme: Scheme, sentences: list[str]) -> None:
    assert find_scheme(tags.split() for tags in sentences) == scheme


@given(SENTENCES.filter(bool))
def test_a_written_scheme_is_recognised(sentence: list[tuple[str, int, int]]) -> None:
    entities, words = placed(sentence)
    assert find_scheme([bio(entities, words)]) == "bio"
    assert find_scheme([iob1(entities, words)]) == "iob1"
    assert find_scheme([bilou(entities, words)]) == "bilou"


@pytest.mark.parametrize(("scheme", "tag"), [("bio", "L-A"), ("iob1", "NOUN"), ("bilou", "B_A"), ("bio", "")])
def test_a_tag_of_another_scheme_is_named(scheme: Scheme, tag: str) -> None:
    for read in (to_bio, strays) if scheme != "iob1" else (to_bio,):
        with pytest.raises(ValueError, match=f"'{tag}' is no tag of the scheme {scheme}"):
            read(["O", tag], scheme)


def test_plain_tags_stay_and_hold_no_entities() -> None:
    assert to_bio(["NOUN", "B-X"], "plain") == ["NOUN", "B-X"]
    with pytest.raises(ValueError, match="'NOUN' is no tag of the scheme bio"):
        spans(["NOUN"])
