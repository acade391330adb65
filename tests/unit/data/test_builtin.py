"""The built-in reviews: balanced, split, and free of copies and near copies."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from accent.config.data import DataConfig
from accent.data import BUILTIN_DATA, LoadedData, load, read_builtin


@pytest.fixture(scope="module")
def reviews() -> LoadedData:
    return load(DataConfig(source="builtin:reviews"), seed=0)


def test_sizes_and_balance(reviews: LoadedData) -> None:
    assert {split: len(rows) for split, rows in reviews.splits.items()} == {
        "train": 1000, "validation": 160, "test": 280
    }  # fmt: skip
    for rows in reviews.splits.values():
        assert len(set(Counter(rows["label"]).values())) == 1
    assert reviews.given_split
    assert reviews.splits["test"][0]["origin_file"] == "builtin:reviews/test.jsonl"


def test_no_two_reviews_are_near_copies(reviews: LoadedData) -> None:
    texts = [text for rows in reviews.splits.values() for text in rows["text"]]
    runs = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        runs.append({tuple(words[place : place + 3]) for place in range(max(1, len(words) - 2))})
    holders = defaultdict(list)
    for number, found in enumerate(runs):
        for run in found:
            holders[run].append(number)
    candidates = {pair for numbers in holders.values() for pair in combinations(numbers, 2)}
    similarity = {(a, b): len(runs[a] & runs[b]) / len(runs[a] | runs[b]) for a, b in candidates}
    assert len(set(texts)) == 1440
    assert max(similarity.values()) < 0.5


def test_every_manner_and_subject_stands_in_every_split() -> None:
    for path in read_builtin("reviews").values():
        content = path.read_text(encoding="utf-8")
        for word in ("plain", "negation", "mixed", "sarcasm", "product", "film", "restaurant"):
            assert content.count(f'"{word}"') >= 15


def test_names_of_sets_and_a_name_that_is_none() -> None:
    assert list(BUILTIN_DATA) == ["reviews"]
    with pytest.raises(KeyError):
        read_builtin("review")
