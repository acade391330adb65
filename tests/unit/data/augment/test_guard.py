"""Which copies are refused: what is scored, what almost is, and what is learned from already."""

from __future__ import annotations

import tracemalloc

import datasets
import numpy as np
import pytest

from accent.data.augment import guard as room
from accent.data.augment.guard import Guard

LONG = "we waited an hour for cold soup and a bill that was certainly not ours to pay"


def rows(*texts: str | tuple[str, str]) -> datasets.Dataset:
    columns = {"text": [text if isinstance(text, str) else text[0] for text in texts]}
    pairs = [text[1] for text in texts if not isinstance(text, str)]
    return datasets.Dataset.from_dict(columns | ({"text_pair": pairs} if pairs else {}))


def test_a_copy_of_what_is_scored_leaks_and_one_of_what_is_learned_is_a_repeat() -> None:
    guard = Guard({"train": rows("a b", "c d"), "validation": rows("e f"), "test": rows("g h")}, seed=0)
    texts = ["E, f!", "g H", "c  D", "new text", "New Text.", "another"]
    assert guard.judge(texts, None) == ["leaking", "leaking", "repeated", "added", "repeated", "added"]
    assert guard.judge(["another", "x y z"], None) == ["repeated", "added"]


def test_a_near_copy_of_what_is_scored_leaks() -> None:
    guard = Guard({"train": rows("a b"), "test": rows("something else altogether", LONG)}, seed=0)
    far = LONG.replace("cold soup", "a cab").replace("bill", "tent")
    assert guard.judge([LONG + " now", far], None) == ["leaking", "added"]


def test_of_pairs_both_texts_must_be_alike() -> None:
    guard = Guard({"train": rows(("a", "b")), "test": rows((LONG, "yes it is so indeed"))}, seed=0)
    pairs = [(LONG + " now", "yes it is so indeed"), (LONG, "no, by no means"), ("b", "a")]
    verdicts = guard.judge([first for first, _ in pairs], [second for _, second in pairs])
    assert verdicts == ["leaking", "added", "added"]


def test_exact_copies_are_found_among_all_rows_however_few_are_looked_at_for_near_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "MOST_TEXTS", 1)
    judged = [f"{LONG} and {number} more of the same kind" for number in range(5)]
    guard = Guard({"train": rows("a b"), "test": rows(*judged)}, seed=0)
    assert guard.judge(judged, None) == ["leaking"] * 5


def test_many_batches_are_judged_as_one_set_of_texts_would() -> None:
    chance = np.random.default_rng(0)
    known = {f"w{number}" for number in range(0, 600, 3)}
    guard = Guard({"train": rows(*sorted(known), "w0")}, seed=0)
    for size in [*range(1, 40), 200, 1, 1]:
        texts = [f"w{number}" for number in chance.integers(0, 2_000, size=size)]
        expected = []
        for text in texts:
            expected.append("repeated" if text in known else "added")
            known.add(text)
        assert guard.judge(texts, None) == expected


def test_a_batch_of_copies_does_not_touch_the_keys_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = np.random.default_rng(0).integers(0, 2**63, size=500_000, dtype=np.uint64)
    monkeypatch.setattr(room, "_keys_of", lambda _: keys)
    guard = Guard({"train": rows("a")}, seed=0)
    tracemalloc.start()
    for number in range(5):
        guard.judge([f"new {number}"], None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < keys.nbytes / 4


def test_without_rows_to_score_nothing_leaks() -> None:
    assert Guard({"train": rows("a b")}, seed=0).judge(["a c"], None) == ["added"]
