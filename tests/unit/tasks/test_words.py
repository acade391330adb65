"""Numbers of tags into BIO, and entities with their places, on values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from accent.evaluation.tag_schemes import Span
from accent.tasks.words import ReadWords, RowWords, bio_numbers, entity_entries, words_of

LABELS = ("O", "B-A", "I-A", "B-B", "I-B")


def read(numbers: list[int], *, rows: str = "", cut: str = "", shared: str = "") -> ReadWords:
    """Return words with these numbers; `rows` are digits, `cut` and `shared` have an x for each word that is."""
    count = len(numbers)
    return ReadWords(
        numbers=np.asarray(numbers, dtype=np.int64),
        shares=np.ones(count),
        shared=np.asarray([mark == "x" for mark in shared.ljust(count)], dtype=np.bool_),
        rows=np.asarray([int(row) for row in rows or "0" * count], dtype=np.int64),
        cut=np.asarray([mark == "x" for mark in cut.ljust(count)], dtype=np.bool_),
    )


def told(found: ReadWords) -> str:
    return " ".join(LABELS[number] for number in bio_numbers(found))


def test_an_inner_tag_that_continues_nothing_begins_an_entity() -> None:
    assert told(read([2, 2, 0, 2, 2])) == "B-A I-A O B-A I-A"
    assert told(read([1, 4, 4, 2])) == "B-A B-B I-B B-A"
    assert told(read([1, 2, 3, 4, 1, 1])) == "B-A I-A B-B I-B B-A B-A"


def test_an_entity_ends_with_its_row() -> None:
    assert told(read([1, 2, 2, 2, 0], rows="00112")) == "B-A I-A B-A I-A O"


def test_a_word_without_a_token_is_inside_what_goes_on_behind_it() -> None:
    assert told(read([1, -1, -1, 2])) == "B-A I-A I-A I-A"
    assert told(read([1, -1, 1])) == "B-A O B-A"
    assert told(read([1, -1, 4, -1])) == "B-A O B-B O"
    assert told(read([-1, 2])) == "O B-A"
    assert told(read([1, -1, 2], rows="001")) == "B-A O B-A"
    assert told(read([-1, -1])) == "O O"
    assert told(read([])) == ""


def test_what_truncation_cut_off_is_outside() -> None:
    assert told(read([1, -1, -1, 2], cut="xxxx")) == "B-A O O B-A"
    assert told(read([1, -1, 2, 1, -1, 2], rows="000111", cut="xxx")) == "B-A O B-A B-A I-A I-A"


def test_a_word_in_an_earlier_words_token_goes_on_with_its_entity() -> None:
    assert told(read([3, 3, 0, 0, 4, 4], shared=" x x x")) == "B-B I-B O O B-B I-B"


@pytest.mark.parametrize("seed", range(3))
def test_every_reading_is_well_formed_and_only_strays_change(seed: int) -> None:
    chance = np.random.default_rng(seed)
    numbers = chance.integers(0, 5, size=500)
    rows = np.sort(chance.integers(0, 40, size=500))
    found = bio_numbers(ReadWords(numbers, np.ones(500), np.zeros(500, dtype=bool), rows, np.zeros(500, dtype=bool)))
    for place in range(500):
        fresh = place == 0 or rows[place] != rows[place - 1]
        before = "O" if fresh else LABELS[found[place - 1]]
        raw, tag = LABELS[numbers[place]], LABELS[found[place]]
        stray = raw[0] == "I" and before[1:] != raw[1:]
        assert tag == (f"B{raw[1:]}" if stray else raw)


def test_entities_have_the_characters_of_the_text_and_the_mean_of_what_was_read() -> None:
    row = RowWords("in New\u200bYork, again", [0, 3, 6, 7, 11, 13], [2, 6, 7, 11, 12, 18])
    (entry,) = entity_entries(row, [Span(1, 4, "place")], [0.9, 0.5, 0.0, 0.7, 1.0, 1.0])
    assert entry == {
        "entity_group": "place",
        "score": pytest.approx(0.6),
        "word": "New\u200bYork",
        "start": 3,
        "end": 11,
    }
    assert entity_entries(row, [Span(5, 6, "x")]) == [{"entity_group": "x", "word": "again", "start": 13, "end": 18}]
    assert entity_entries(row, [Span(2, 3, "x")], [0.0] * 6)[0]["score"] == 0.0


def test_words_are_those_of_the_label_or_of_the_text() -> None:
    text = "It's 東京 🦄!"
    (own,) = words_of({"text": [text], "label": [{"starts": [0, 2], "ends": [2, 4], "tags": ["O", "O"]}]})
    assert own.words() == ["It", "'s"]
    assert words_of({"text": [text], "words": [{"starts": [0, 5], "ends": [4, 7]}]})[0].words() == ["It's", "東京"]
    (found,) = words_of({"text": [text]})
    assert found.words() == ["It", "'", "s", "東京", "🦄", "!"]
    assert words_of({"text": [" \n"]})[0].words() == []
