"""Each cleaning step does what its name says, and counts the rows that it changed."""

from __future__ import annotations

from typing import get_args

import pytest

from accent.config.types import CleaningStep
from accent.data.cleaning import DROPPING, TEXT_STEPS, Cleaner, CleanRow, label_spellings


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("unicode", "e\u0301te\u0301", "été"),
        ("control", "a\x07b\u200bc\ufeff\td\u200d", "abc\td\u200d"),
        ("whitespace", "  a \u00a0 b\n\tc ", "a b c"),
        ("html", "so <b>bold</b><br />&amp; <!-- no --> 1 < 2", "so  bold  &   1 < 2"),
        ("urls", "see https://a.org/b?c=d, and (www.x.de)!", "see URL, and (URL)!"),
        ("lowercase", "ÄB c", "äb c"),
    ],
)
def test_step(step: CleaningStep, before: str, after: str) -> None:
    cleaner = Cleaner([step])
    assert cleaner.clean(CleanRow((before,))) == CleanRow((after,))
    assert cleaner.clean(CleanRow((after,))) == CleanRow((after,))
    assert cleaner.changed[step] == 1


def test_every_step_of_the_configuration_is_there() -> None:
    assert set(get_args(CleaningStep)) == set(TEXT_STEPS) | DROPPING | {"labels"}


def test_empty_rows_are_dropped_and_counted() -> None:
    cleaner = Cleaner(["drop-empty"])
    rows = [CleanRow(("a",), "x"), CleanRow((" ",), "x"), CleanRow(("b",), " "), CleanRow(("a", ""), "x")]
    assert [cleaner.clean(row) is None for row in rows] == [False, True, True, True]
    assert cleaner.changed == {"drop-empty": 3}


def test_duplicates_are_same_texts_with_the_same_label() -> None:
    cleaner = Cleaner(["lowercase", "drop-duplicates"])
    rows = [CleanRow(("A",), "x"), CleanRow(("a",), "x"), CleanRow(("a",), "y"), CleanRow(("a", "b"), "x")]
    assert [cleaner.clean(row) is None for row in rows] == [False, True, False, False]
    assert cleaner.changed == {"lowercase": 1, "drop-duplicates": 1}


def test_steps_run_in_the_order_asked_for() -> None:
    assert Cleaner(["html", "whitespace"]).clean(CleanRow(("<p>a",))) == CleanRow(("a",))
    assert Cleaner(["whitespace", "html"]).clean(CleanRow(("<p>a",))) == CleanRow((" a",))


def test_a_step_that_changes_nothing_is_counted_as_zero() -> None:
    cleaner = Cleaner(["urls"])
    cleaner.clean(CleanRow(("plain",)))
    assert cleaner.changed == {"urls": 0}


def test_labels_take_the_commonest_spelling() -> None:
    spellings = label_spellings({"Positive": 5, "positive": 2, " positive ": 1, "negative": 3, "Negative": 3})
    assert spellings == {
        "Positive": "Positive", "positive": "Positive", " positive ": "Positive",
        "negative": "Negative", "Negative": "Negative",
    }  # fmt: skip
    cleaner = Cleaner(["labels"], spellings)
    assert cleaner.clean(CleanRow(("a",), " positive ")) == CleanRow(("a",), "Positive")
    assert cleaner.clean(CleanRow(("a",), "Positive")) == CleanRow(("a",), "Positive")
    assert cleaner.changed == {"labels": 1}
