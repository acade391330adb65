"""Texts as words: cut, put together again, rearranged and shortened, by hand and for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.audit.stand_in import tagged

from accent.data.augment.words import WordedText


def of_tagged(words: str) -> WordedText:
    return WordedText.of_tagged(*tagged(words))


@pytest.mark.parametrize(
    ("text", "words", "gaps"),
    [
        (
            "The (well-made) film, isn't it?",
            ("The", "well-made", "film", "isn't", "it"),
            ("", " (", ") ", ", ", " ", "?"),
        ),
        ("  a ... b\n", ("a", "b"), ("  ", " ... ", "\n")),
        ("हिन्दी की।", ("हिन्दी", "की"), ("", " ", "।")),  # its last letter is a vowel sign
        ("?! :)", (), ("?! :)",)),
        ("", (), ("",)),
    ],
)
def test_words_stand_between_white_space_without_the_marks_around_them(
    text: str, words: tuple[str, ...], gaps: tuple[str, ...]
) -> None:
    found = WordedText.of_text(text)
    assert (found.words, found.gaps) == (words, gaps)


@given(st.text())
def test_a_text_is_its_words_and_gaps(text: str) -> None:
    found = WordedText.of_text(text)
    assert found.text == text
    assert [text[start:end] for start, end in found.places()] == list(found.words)


def test_a_tagged_text_gives_its_label_back() -> None:
    text, label = (
        "New York-based,  he",
        {"starts": [0, 4, 8, 9, 14, 17], "ends": [3, 8, 9, 14, 15, 19], "tags": [*"abcdef"]},
    )
    found = WordedText.of_tagged(text, label)
    assert found.words == ("New", "York", "-", "based", ",", "he")
    assert (found.text, found.label) == (text, label)
    longer = found.replaced({0: "Old", 3: "born-in"})
    assert longer.text == "Old York-born-in,  he"
    assert longer.label == {"starts": [0, 4, 8, 9, 16, 19], "ends": [3, 8, 9, 16, 17, 21], "tags": [*"abcdef"]}


@pytest.mark.parametrize(
    ("tags", "units"),
    [
        ("B-PER I-PER O B-LOC B-LOC", [2, 1, 1, 1]),
        ("I-PER I-PER B-PER I-LOC O O", [2, 1, 1, 1, 1]),  # IOB1
        ("B-PER I-PER L-PER U-PER U-PER O", [3, 1, 1, 1]),
        ("B-PER E-PER S-PER B-PER M-PER E-PER", [2, 1, 3]),
        ("NOUN NOUN VERB", [1, 1, 1]),
        ("B I O B", [2, 1, 1]),
    ],
)
def test_entities_stay_together(tags: str, units: list[int]) -> None:
    found = of_tagged(" ".join(f"w{number}/{tag}" for number, tag in enumerate(tags.split())))
    assert [len(unit) for unit in found.units()] == units


def test_units_change_places_and_what_stood_between_stays() -> None:
    text = WordedText.of_text("one, two (three) four!")
    assert text.rearranged([2, 1, 0, 3]).text == "three, two (one) four!"
    row = of_tagged("Ada/B-PER Byron/I-PER met/O Max/B-PER ./O")
    moved = row.rearranged([2, 1, 0, 3])
    assert (moved.text, moved.tags) == ("Max met Ada Byron .", ("B-PER", "O", "B-PER", "I-PER", "O"))
    assert moved.label["starts"] == [0, 4, 8, 12, 18]


@pytest.mark.parametrize(
    ("text", "left_out", "rest"),
    [
        ("It was good, really.", [2], "It was, really."),
        ("It was good, really.", [3], "It was good, ."),
        ("a (good) film", [1], "a () film"),
        ("good film", [0], "film"),
        ("good film", [1], "good"),
        ("a b c d", [1, 2], "a d"),
    ],
)
def test_what_is_left_when_words_go(text: str, left_out: list[int], rest: str) -> None:
    assert WordedText.of_text(text).without(left_out).text == rest


def test_an_entity_goes_as_a_whole_and_places_follow() -> None:
    rest = of_tagged("Ada/B-PER Byron/I-PER met/O Max/B-PER ./O").without([0])
    assert (rest.text, rest.tags) == ("met Max .", ("O", "B-PER", "O"))
    assert rest.label["starts"] == [0, 4, 8]


def test_parts_of_a_written_word_and_marks_do_not_move() -> None:
    text, label = "un|happy - man", {"starts": [0, 2, 3, 9, 11], "ends": [2, 3, 8, 10, 14], "tags": ["O"] * 5}
    assert WordedText.of_tagged(text, label).movable() == [0, 2, 4]  # a bar stands between un and happy
    text, label = "unhappy man", {"starts": [0, 2, 8], "ends": [2, 7, 11], "tags": ["O", "B-MOOD", "O"]}
    assert WordedText.of_tagged(text, label).movable() == [2]


def test_entities_that_would_become_one_are_told() -> None:
    before = of_tagged("Ada/I-PER met/O Max/I-PER now/O")
    assert before.rearranged([1, 0, 3, 2]).has_units_of(before)
    assert not before.rearranged([1, 0, 2, 3]).has_units_of(before)
    assert not before.without([1]).has_units_of(before)
    assert before.without([3]).has_units_of(before)
