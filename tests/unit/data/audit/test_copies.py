from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.data.audit.stand_in import Row, findings, loaded, only

from accent.data.audit import audit

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"


def rows(*texts: str) -> list[Row]:
    return [(text, "ab"[at % 2]) for at, text in enumerate(texts)]


def test_a_leak_is_found_through_punctuation_and_names_both_rows() -> None:
    data = loaded(train=rows("A first text.", "It's the other one!"), test=rows("something new", "it 's the other one"))
    leak = only(audit(data), "leaks")
    assert (leak.severity, leak.count) == ("error", 1)
    assert str(leak.places[0]) == "test.tsv:2 and train.tsv:2"
    assert leak.places[0].text == "it 's the other one"
    assert leak.what.startswith("1 text stands in both train and test")
    assert "`--allow leaks`" in leak.remedy


def test_every_two_splits_are_compared_and_the_count_is_of_texts() -> None:
    data = loaded(
        train=rows("one text here", "one text here", "only in train", "a second copy"),
        validation=rows("One text here", "a second copy", "only in validation"),
        test=rows("only in validation!", "only in test", "only in test"),
    )
    found = findings(audit(data), "leaks")
    assert [one.count for one in found] == [2, 1]
    assert "3 of 4 train rows (75.0 %) and 2 of 3 validation rows (66.7 %)" in found[0].what
    assert "both validation and test" in found[1].what


def test_texts_of_their_own_are_no_leak() -> None:
    found = audit(loaded(train=rows("one text", "another text"), test=rows("a third", "a fourth")))
    assert not findings(found, "leaks")
    assert not findings(found, "duplicates")


def test_empty_texts_are_not_copies_of_each_other() -> None:
    found = audit(loaded(train=rows("", " ", "text one", "text two"), test=rows("", "text three")))
    assert not findings(found, "leaks")
    assert not findings(found, "duplicates")


def test_a_pair_of_which_one_text_agrees_is_no_leak() -> None:
    train = [("Who came first?", "Ann came first.", "a"), ("Who came last?", "Bob did.", "b")]
    half = [("Who came first?", "The train from Lund.", "a"), ("Where is he?", "Bob did.", "b")]
    whole = [("Who came first ?", "Ann came first", "a"), ("Where is she?", "At home.", "b")]
    assert not findings(audit(loaded(train=train, test=half)), "leaks")
    leak = only(audit(loaded(train=train, test=whole)), "leaks")
    assert leak.what.startswith("1 pair stands in both")
    assert leak.places[0].text == "Who came first ? | Ann came first"


def test_duplicates_count_the_rows_beyond_the_first_of_each_text() -> None:
    found = only(audit(loaded(train=rows("same text", "other", "Same text.", "same  text", "other!"))), "duplicates")
    assert (found.severity, found.count) == ("warning", 3)
    assert [str(place) for place in found.places] == [
        "train.tsv:3 and train.tsv:1",
        "train.tsv:4 and train.tsv:1",
        "train.tsv:5 and train.tsv:2",
    ]
    assert "`--clean drop-duplicates`" in found.remedy


def test_at_most_twenty_places_are_named() -> None:
    texts = [f"text number {number}" for number in range(50)]
    leak = only(audit(loaded(train=rows(*texts), test=rows(*texts))), "leaks")
    assert leak.count == 50
    assert [place.line for place in leak.places] == list(range(1, 21))


def test_eight_sentences_repeated_and_split_at_random_leak() -> None:
    sentences = [
        "The film is a joy.", "I slept through it.", "What a cast!", "Nothing works here.",
        "We laughed all night.", "The plot is a mess.", "See it twice.", "Ask for your money back.",
    ]  # fmt: skip
    repeated = rows(*sentences) * 125
    random.Random(7).shuffle(repeated)
    found = audit(loaded(train=repeated[:500], test=repeated[500:]))
    leak = only(found, "leaks")
    assert leak.count == 8
    assert "500 of 500 train rows (100 %) and 500 of 500 test rows (100 %)" in leak.what
    assert leak in found.errors
    assert [one.count for one in findings(found, "duplicates")] == [492, 492]
    assert not findings(found, "near-leaks")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text("abcdefgжздλμ漢字07", min_size=1, max_size=12), min_size=1, max_size=5),
    st.sampled_from([" ", "  ", ", ", "-", "! ", "\t"]),
)
def test_a_copy_is_found_whatever_stands_between_its_words(words: list[str], between: str) -> None:
    data = loaded(train=[(" ".join(words), "a"), ("x", "b")], test=[(between.join(words).upper(), "a"), ("y", "b")])
    assert only(audit(data), "leaks").count == 1


@pytest.mark.skipif(not (SHARED / "mr").is_dir(), reason="the SST-2 and MR sentences are not on this machine")
def test_sst2_as_training_set_and_mr_as_test_set_share_7528_sentences() -> None:
    lines = [line for name in ("train", "dev", "test") for line in _lines(SHARED / "sst2" / f"{name}.tsv", "utf-8")]
    sst2 = [(text, label) for text, _, label in (line.rpartition("\t") for line in lines)]
    mr = [(line, label) for label, name in (("1", "pos"), ("0", "neg")) for line in _lines(_mr(name), "latin-1")]
    leak = only(audit(loaded(train=sst2, test=mr)), "leaks")
    assert leak.count == 7_528
    assert "7,531 of 9,613 train rows (78.3 %) and 7,530 of 10,662 test rows (70.6 %)" in leak.what


def _mr(name: str) -> Path:
    return SHARED / "mr" / f"rt-polarity.{name}"


def _lines(path: Path, encoding: str) -> list[str]:
    return [line for line in path.read_bytes().decode(encoding).split("\n") if line]
