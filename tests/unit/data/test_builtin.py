"""The built-in sets have what their README says; the reviews are balanced and free of copies and near copies."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from accent.config.data import DataConfig
from accent.data import BUILTIN_DATA, BUILTIN_TASKS, LAYOUTS, LoadedData, load, read_builtin

SETS: dict[str, tuple[tuple[int, int, int], tuple[str, ...], dict[str, int]]] = {
    "questions": ((306, 50, 90), ("question1", "question2"), {"same": 45, "different": 45}),
    "tickets": ((173, 40, 70), ("text",), {
        "delivery": 17, "payment": 15, "refund": 16, "account": 14, "defect": 18, "advice": 14, "praise": 12
    }),
    "hikes": ((125, 27, 50), ("text",), {}),
    "recipes": ((282, 55, 123), ("text",), {}),
    "guides": ((284, 55, 90), ("question", "context"), {}),
    "minutes": ((110, 20, 32), ("text",), {}),
    "captions": ((127, 22, 43), ("prompt",), {}),
}  # fmt: skip
"""Rows of train, validation and test, the columns of texts, and the test rows of each class, as each README has it."""


@pytest.mark.parametrize("name", SETS)
def test_a_set_loads_for_its_task_without_options(name: str) -> None:
    sizes, texts, classes = SETS[name]
    data = load(DataConfig(source=f"builtin:{name}"), task=BUILTIN_TASKS[name], seed=0)
    assert tuple(len(rows) for rows in data.splits.values()) == sizes
    assert data.schema.text_columns == texts
    assert not any("moved" in note for note in data.notes)
    if classes:
        layout = LAYOUTS[data.task]
        assert Counter(one for label in data.splits["test"]["label"] for one in layout.classes(label)) == classes


def test_numbers_of_the_hikes() -> None:
    hours = [
        hours
        for (hours,) in load(DataConfig(source="builtin:hikes"), task="regression", seed=0).splits["test"]["label"]
    ]
    assert (min(hours), max(hours), round(sum(hours) / len(hours), 1)) == (1.0, 10.0, 4.5)


def test_entities_of_the_recipes() -> None:
    rows = load(DataConfig(source="builtin:recipes"), task="tagging", seed=0).splits["test"]
    begins = Counter(tag[2:] for label in rows["label"] for tag in label["tags"] if tag.startswith("B-"))
    assert begins == {"INGREDIENT": 124, "QUANTITY": 51, "TIME": 41, "TOOL": 57, "DISH": 39}
    assert sum(set(label["tags"]) == {"O"} for label in rows["label"]) == 12


def test_answers_of_the_guides() -> None:
    rows = load(DataConfig(source="builtin:guides"), task="qa", seed=0).splits["test"]
    counts = [len(label) for label in rows["label"]]
    assert (counts.count(0), sum(counts), sum(count > 1 for count in counts)) == (18, 131, 52)
    assert len(set(rows["text_pair"])) == 18


def test_summaries_of_the_minutes_are_a_sentence_each() -> None:
    rows = load(DataConfig(source="builtin:minutes"), task="summarization", seed=0).splits["test"]
    assert {len(label) for label in rows["label"]} == {1}
    assert all(17 <= len(summary.split()) <= 32 and summary.endswith(".") for (summary,) in rows["label"])


def test_prompts_of_the_captions_have_completions() -> None:
    rows = load(DataConfig(source="builtin:captions"), task="generation", seed=0).splits["test"]
    assert sum(prompt.startswith("Reply to:") for prompt in rows["text"]) == 8
    assert all(16 <= len(completion.split()) <= 45 for completion in rows["label"])


def test_every_task_has_a_set() -> None:
    assert set(BUILTIN_TASKS.values()) == set(LAYOUTS)


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
    assert set(BUILTIN_DATA) == set(BUILTIN_TASKS) == {"reviews", *SETS}
    assert all((path.parent / "README.md").is_file() for name in BUILTIN_DATA for path in read_builtin(name).values())
    with pytest.raises(KeyError):
        read_builtin("review")
