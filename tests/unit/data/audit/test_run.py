from __future__ import annotations

import json
import random

import numpy as np
import pytest
from tests.unit.data.audit.stand_in import Row, loaded, loaded_splits

from accent.data.audit import Audit, Finding, Place, SplitFacts, audit
from accent.data.audit.findings import ALLOWED_BY

TEXT = "the second act drags a little but the songs carry it to the end and nobody in the house wanted to go home"


def clean_rows(split: str, count: int) -> list[Row]:
    chance = random.Random(split)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=6)) for _ in range(300)]
    return [(" ".join(chance.choices(words, k=12)), "ab"[at % 2]) for at in range(count)]


def faulty() -> dict[str, list[Row]]:
    train = [
        *clean_rows("train", 60),
        (TEXT, "a"),
        ("a text twice", "a"),
        ("A text twice!", "b"),
        ("", "a"),
        ("odd", "A"),
    ]
    return {
        "train": train,
        "validation": [*clean_rows("validation", 20), ("a text twice", "b"), (TEXT + "s", "a")],
        "test": [*clean_rows("test", 20), (TEXT + "ly", "a"), (TEXT, "b"), ("what is it", "c")],
    }


def test_a_clean_set_has_no_findings() -> None:
    found = audit(loaded(train=clean_rows("train", 200), validation=clean_rows("dev", 40), test=clean_rows("test", 40)))
    assert found.findings == ()
    assert found.errors == ()
    assert found.splits["train"] == SplitFacts(rows=200, labels={"a": 100, "b": 100})


def test_every_fault_is_found_and_errors_stand_first() -> None:
    found = audit(loaded_splits(faulty()))
    severities = [one.severity for one in found.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert {one.kind for one in found.errors} == {
        "empty", "label-spelling", "label-unseen", "conflicts", "leaks", "near-leaks",
    }  # fmt: skip
    assert all(one.what and one.remedy.endswith(".") and "\n" not in one.what + one.remedy for one in found.findings)


def test_the_order_of_rows_does_not_matter() -> None:
    splits = faulty()
    orders = {name: random.Random(1).sample(range(len(rows)), len(rows)) for name, rows in splits.items()}
    lengths = [
        audit(loaded_splits(splits, order=order), lengths=_characters, max_length=50) for order in (None, orders)
    ]
    assert lengths[0] == lengths[1]


def test_the_seed_moves_no_finding() -> None:
    assert audit(loaded_splits(faulty()), seed=1) == audit(loaded_splits(faulty()), seed=2)


def test_allowed_errors_stay_named_but_stop_nothing() -> None:
    data = loaded_splits(faulty())
    without = {one.kind for one in audit(data).errors}
    for allowed in sorted(set(ALLOWED_BY.values())):
        left = {one.kind for one in audit(data, allow=(allowed,)).errors}
        assert left == {kind for kind in without if ALLOWED_BY[kind] != allowed}
    every = audit(data, allow=tuple(set(ALLOWED_BY.values())))
    assert every.errors == ()
    assert every.findings == audit(data).findings


def test_an_audit_survives_json() -> None:
    found = audit(loaded_splits(faulty()), allow=("leaks",), lengths=_characters, max_length=50)
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert Audit.from_json(document) == found
    assert {one["kind"] for one in document["findings"] if one["allowed"]} == {"leaks", "near-leaks"}
    assert document["splits"]["test"]["rows"] == 23
    assert set(document["findings"][0]["places"][0]) == {"split", "file", "line", "text", "other"}


def test_a_place_reads_as_file_and_line() -> None:
    place = Place("test", "reviews.csv", 7, "a text")
    assert str(place) == "reviews.csv:7"
    assert str(Place("test", "reviews.csv", 7, "a text", other="train.csv:3")) == "reviews.csv:7 and train.csv:3"


def test_only_errors_that_are_not_allowed_stop() -> None:
    leak, warning = Finding("leaks", "error", "x", "y", 1), Finding("duplicates", "warning", "x", "y", 1)
    assert Audit((leak, warning), {}).errors == (leak,)
    assert Audit((leak, warning), {}, allow=("leaks",)).errors == ()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_empty_split_is_no_trouble(split: str) -> None:
    found = audit(loaded_splits({"train": clean_rows("train", 40), split: []}), lengths=_characters, max_length=500)
    assert not found.errors
    assert found.splits[split] == SplitFacts(rows=0)


def test_long_texts_and_line_breaks_are_shortened_to_one_line() -> None:
    text = "line one\nline two " + "and on " * 40
    found = audit(loaded(train=[(text, "a"), (text, "a"), ("other", "b")]))
    (place,) = found.findings[-1].places
    assert len(place.text) == 80
    assert place.text.startswith("line one line two and on")
    assert place.text.endswith("…")


def _characters(texts: list[str], pairs: list[str] | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    assert pairs is None
    return np.array([len(text) for text in texts], dtype=np.int64)
