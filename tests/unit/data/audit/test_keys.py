from __future__ import annotations

import string
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.data.audit.keys import digests, lettered, letters

SIGNS = " \t.,;:!?'\"()-\u2013…«»"
WORDS = st.lists(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's good.", "it 's good"),
        ("half-hour", "half hour"),
        ("\uff26\uff35\uff2c\uff2c", "full"),
        ("straße", "STRASSE"),
        ("9 ½ weeks", "9 weeks"),
        ("not a single crème in it", "not a single cr me in it"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_texts_that_differ_by_marks_case_or_form_have_one_key(one: str, other: str) -> None:
    assert letters(one) == letters(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("good", "goods"),
        ("1.5 stars", "1.6 stars"),
        (":)", ":("),
        ("😀", "😡"),
        ("कि", "की"),
        ("mẹ", "mả"),
        ("say 猫 in Japanese please now", "say 犬 in Japanese please now"),
        ("être", "tre"),
    ],
)
def test_texts_that_differ_by_a_letter_or_are_marks_alone_have_two_keys(one: str, other: str) -> None:
    assert letters(one) != letters(other)


@given(WORDS, st.lists(st.sampled_from(SIGNS), min_size=1, max_size=3))
def test_punctuation_and_space_never_change_the_key_of_letters(words: list[str], signs: list[str]) -> None:
    sign = "".join(signs)
    assert letters(sign + sign.join(words) + sign) == letters("".join(words))


@given(st.text(max_size=60))
def test_a_text_and_its_decomposed_form_have_one_key(text: str) -> None:
    assert letters(unicodedata.normalize("NFD", text)) == letters(unicodedata.normalize("NFC", text))


@given(st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=60))
def test_the_short_way_for_ascii_says_what_the_long_way_says(text: str) -> None:
    long_way = letters(text + "\u200b")  # a zero-width space is no letter, but it is not ASCII either
    assert letters(text) == long_way or not any(letter.isalnum() for letter in text)


def test_a_pair_equals_a_pair_when_both_texts_are_equal() -> None:
    keys = digests(["ab", "A b!", "a", "ab"], ["c", "C", "bc", "d"])
    assert keys.shape == (4, 2)
    assert np.array_equal(keys[0], keys[1])
    assert len(np.unique(keys, axis=0)) == 3


def test_words_with_a_letter_or_digit_make_a_text() -> None:
    text = "Ann, 7 ( '"
    assert lettered(text, [0, 3, 5, 7, 9], [3, 4, 6, 8, 10]) == [0, 2]
    assert lettered(":)", [0, 1], [1, 2]) == [0, 1]
    assert lettered("", [], []) == []
