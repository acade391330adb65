from __future__ import annotations

import random
import string
import time

import numpy as np
import pytest
from tests.unit.data.audit.stand_in import Row, findings, loaded, only

from accent.data.audit import audit
from accent.data.audit.copies import find_copies
from accent.data.audit.near import Index, Sketcher, similarity
from accent.data.audit.near_leaks import near_leaks
from accent.data.audit.reading import read_table

TEXT = "the second act drags a little but the songs carry it to the end and nobody in the house wanted to go home"


def with_labels(texts: list[str]) -> list[Row]:
    return [(text, "ab"[at % 2]) for at, text in enumerate(texts)]


def random_texts(count: int, seed: int) -> list[str]:
    """Return texts of 6 to 20 words out of 400 that look like words."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(2, 9))) for _ in range(400)]
    return [" ".join(chance.choices(words, k=chance.randint(6, 20))) for _ in range(count)]


def planted(share: float, *, length: int = 400) -> tuple[str, str]:
    """Return two texts of random letters whose Jaccard similarity is `share`, but for rounding.

    They agree up to a place and in nothing after it: of W windows each, S shared ones make S / (2W - S).
    """
    chance = random.Random(f"{share}")
    windows = length - 4
    shared = round(2 * windows * share / (1 + share))
    head = "".join(chance.choices(string.ascii_lowercase, k=shared + 4))
    tails = ["".join(chance.choices(letters, k=length - len(head))) for letters in ("0123456", "ABCDEFG")]
    return head + tails[0], head + tails[1]


def test_similarity_is_shared_windows_over_all_windows() -> None:
    assert similarity("abcdefg", "A b-c d e f g!") == 1.0
    assert similarity("abcdefg", "abcdefx") == pytest.approx(2 / 4)
    assert similarity("abc", "abd") == 0.0


@pytest.mark.parametrize("share", [0.85, 0.9, 0.95])
def test_near_copies_of_a_known_similarity_are_found(share: float) -> None:
    one, other = planted(share)
    assert similarity(one, other) == pytest.approx(share, abs=0.01)
    found = only(audit(loaded(train=with_labels([one, "x y z"]), test=with_labels([other, "u v w"]))), "near-leaks")
    assert found.count == 1
    assert str(found.places[0]) == "test.tsv:1 and train.tsv:1"


@pytest.mark.parametrize("share", [0.5, 0.7, 0.78])
def test_texts_that_are_less_similar_are_not_named(share: float) -> None:
    one, other = planted(share)
    assert similarity(one, other) == pytest.approx(share, abs=0.01)
    assert not findings(audit(loaded(train=with_labels([one, "x"]), test=with_labels([other, "y"]))), "near-leaks")


def test_a_changed_ending_is_a_near_copy_and_no_exact_one() -> None:
    found = audit(loaded(train=with_labels([TEXT, "x"]), test=with_labels(["y", TEXT.replace("songs", "song") + "."])))
    near = only(found, "near-leaks")
    assert (near.severity, near.count) == ("error", 1)
    assert near.what.startswith("1 text of test is a near copy of train texts: 1 of 2 test rows (50.0 %)")
    assert not findings(found, "leaks")


def test_an_exact_copy_is_not_counted_again() -> None:
    found = audit(loaded(train=with_labels([TEXT, TEXT + " now"]), test=with_labels([TEXT + "!", "y"])))
    assert only(found, "leaks").count == 1
    assert not findings(found, "near-leaks")


def test_few_near_copies_are_a_warning() -> None:
    test = with_labels([TEXT + "s", *random_texts(200, 3)])
    near = only(audit(loaded(train=with_labels([TEXT, "x"]), test=test)), "near-leaks")
    assert (near.severity, near.count) == ("warning", 1)


def test_pairs_are_near_copies_only_where_both_texts_are() -> None:
    train: list[Row] = [(TEXT, "and so it ended well", "a"), ("x", "y", "b")]
    one_text: list[Row] = [(TEXT + "s", "nobody knows why", "a"), ("u", "v", "b")]
    both_texts: list[Row] = [(TEXT + "s", "and so it ended well!", "a"), ("u", "v", "b")]
    assert not findings(audit(loaded(train=train, test=one_text)), "near-leaks")
    near = only(audit(loaded(train=train, test=both_texts)), "near-leaks")
    assert near.what.startswith("1 pair of test is a near copy of train pairs")


def test_near_copies_are_told_apart_by_the_two_splits_they_join() -> None:
    train, dev, test = (with_labels([TEXT + end, name]) for end, name in (("", "x"), ("s", "y"), ("ly", "z")))
    found = findings(audit(loaded(train=train, validation=dev, test=test)), "near-leaks")
    assert [one.what.split(":")[0] for one in found] == [
        "1 text of validation is a near copy of train texts",
        "1 text of test is a near copy of train texts",
        "1 text of test is a near copy of validation texts",
    ]
    assert str(found[2].places[0]) == "test.tsv:1 and validation.tsv:1"


def test_a_thousand_random_sentences_have_no_near_copies() -> None:
    texts = random_texts(1_000, 5)
    found = audit(
        loaded(train=with_labels(texts[:700]), validation=with_labels(texts[700:850]), test=with_labels(texts[850:]))
    )
    assert not findings(found, "near-leaks")
    assert not findings(found, "leaks")


def test_banding_finds_what_comparing_every_two_texts_finds() -> None:
    chance = random.Random(11)
    train = random_texts(150, 8)
    test = [_changed(text, chance) for text in train]
    expected = {at for at, text in enumerate(test) if max(similarity(text, other) for other in train) >= 0.8}
    assert 30 < len(expected) < 140
    near = only(audit(loaded(train=with_labels(train), test=with_labels(test))), "near-leaks")
    assert near.count == len(expected)
    assert {place.line - 1 for place in near.places} <= expected


def _changed(text: str, chance: random.Random) -> str:
    """Return the text with 1 to 4 letters changed."""
    letters = list(text)
    for place in chance.sample([at for at, letter in enumerate(letters) if letter != " "], chance.randint(1, 4)):
        letters[place] = "#" if chance.random() < 0.2 else chance.choice("0123456789")
    return "".join(letters).replace("#", "qq")


def test_signatures_estimate_the_similarity() -> None:
    one, other = planted(0.8)
    signatures = Sketcher(0).signatures([one, other], None)
    assert signatures.dtype == np.uint32
    assert (signatures[0] == signatures[1]).mean() == pytest.approx(0.8, abs=0.12)


def test_a_closed_text_is_found_no_more() -> None:
    signatures = Sketcher(0).signatures([TEXT, TEXT, "something else entirely"], None)
    index = Index.build(signatures)
    assert [(query, found.tolist()) for query, found in index.candidates(signatures[:1])] == [(0, [0, 1])]
    index.close(0)
    assert [(query, found.tolist()) for query, found in index.candidates(signatures[:1])] == [(0, [1])]


def test_large_data_is_searched_against_train_only_and_that_is_said() -> None:
    near = TEXT + "s"
    data = loaded(train=with_labels(["x", "z"]), validation=with_labels([TEXT, "y"]), test=with_labels([near, "w"]))
    copies = find_copies(read_table(data))
    assert [one.severity for one in near_leaks(copies, seed=0)] == ["error"]
    (note,) = near_leaks(copies, seed=0, full_rows=5)
    assert (note.severity, note.count) == ("note", 0)
    assert note.what == "with more than 5 rows, near copies of validation and test were looked for in train only"


def test_more_texts_than_are_searched_are_a_choice_that_is_said() -> None:
    train = random_texts(60, 2)
    test = [text + "s" for text in train]
    copies = find_copies(read_table(loaded(train=with_labels(train), test=with_labels(test))))
    found, note = near_leaks(copies, seed=0, full_rows=10, searched=20)
    assert 0 < found.count <= 20
    assert note.what.endswith("in train only, 20 texts of a split at most")


def test_ten_thousand_short_texts_take_a_few_seconds() -> None:
    train, test = random_texts(8_000, 21), random_texts(2_000, 22)
    start = time.process_time()
    found = audit(loaded(train=with_labels(train), test=with_labels(test)))
    assert not findings(found, "near-leaks")
    assert time.process_time() - start < 6.0  # a fifth of what 50,000 rows may take
