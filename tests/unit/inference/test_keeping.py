"""A data set that is scored again and again is encoded once, as far as memory allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from datasets import Dataset

from accent.inference import keeping
from accent.inference.keeping import Kept
from accent.tasks import Examples
from accent.tokenization import EncodedRows

ROWS = Dataset.from_dict({"text": ["a"]})


def examples_of(tokens: int) -> Examples:
    ids, offsets = np.arange(tokens, dtype=np.int32), np.array([0, tokens])
    return Examples(rows=EncodedRows(ids, offsets, None, np.zeros(1, dtype=np.int32)), pad_id=0)


def test_each_window_is_encoded_and_completed_once() -> None:
    made: list[int] = []

    def encode(tokens: int) -> Examples:
        made.append(tokens)
        return examples_of(tokens)

    kept = Kept(ROWS, lambda examples: replace(examples, pad_id=examples.pad_id + 7))
    for _ in range(3):
        found = [kept.window(number, lambda size=size: encode(size)) for number, size in enumerate((3, 5))]
        assert [len(one.rows.ids) for one in found] == [3, 5]
        assert [one.pad_id for one in found] == [7, 7]
    assert made == [3, 5]


def test_what_memory_should_not_hold_is_encoded_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_TOKENS", 8)
    made: list[int] = []

    def encode(tokens: int) -> Examples:
        made.append(tokens)
        return examples_of(tokens)

    kept = Kept(ROWS)
    for _ in range(2):
        found = [kept.window(number, lambda size=size: encode(size)) for number, size in enumerate((3, 5, 1))]
        assert [len(one.rows.ids) for one in found] == [3, 5, 1]
    assert made == [3, 5, 1, 1]
