"""Answers stand in their contexts, or are moved there, or are named; contexts stay in one split."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from tests.unit.data.layouts.reading import Write, jsonl, notes, refused, rows

from accent.config.data import DataConfig
from accent.data import load
from accent.data.layouts import LAYOUTS
from accent.data.layouts.answers import MOVED, read_answers
from accent.data.layouts.protocol import Origin
from accent.data.schema import Schema

CONTEXT = "Ada met Ben, and Ben met Cleo in Rome."


def record(answers: Any, **more: Any) -> dict[str, Any]:
    return {"question": "Who met Ben?", "context": CONTEXT, "answers": answers, **more}


ANSWERS: dict[str, tuple[Any, list[tuple[str, int]], int]] = {
    "hub": ({"text": ["Ada", "Ben"], "answer_start": [0, 17]}, [("Ada", 0), ("Ben", 17)], 0),
    "list": ([{"text": "Ben", "answer_start": 8}, {"text": "Ada", "start": 0}], [("Ben", 8), ("Ada", 0)], 0),
    "none of the hub": ({"text": [], "answer_start": []}, [], 0),
    "none": ([], [], 0),
    "null": (None, [], 0),
    "empty text": ([{"text": "", "answer_start": 0}], [], 0),
    "moved": ([{"text": "Cleo", "answer_start": 3}], [("Cleo", 25)], 1),
    "without a start": (["Cleo"], [("Cleo", 25)], 0),
    "a plain text": ("Cleo", [("Cleo", 25)], 0),
    "without a start, with a space": ([" Cleo "], [("Cleo", 25)], 0),
    "a space before": ([{"text": " Ben", "answer_start": 16}], [("Ben", 17)], 1),
    "a space behind": ([{"text": "Ben ", "answer_start": 17}], [("Ben", 17)], 1),
    "a space too many": ([{"text": " Ben", "answer_start": 8}], [("Ben", 8)], 1),
    "past the end": ([{"text": "Rome", "answer_start": 400}], [("Rome", 33)], 1),
    "before the start": ([{"text": "Rome", "answer_start": -1}], [("Rome", 33)], 1),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_stand_where_they_are_said_to(case: str) -> None:
    cell, wanted, moved = ANSWERS[case]
    for written in (cell, json.dumps(cell) if isinstance(cell, list | dict) else cell):
        counts: Counter[str] = Counter()
        found = read_answers(written, CONTEXT, "here", counts)
        assert [(answer["text"], answer["start"]) for answer in found] == wanted
        assert all(CONTEXT[start : start + len(text)] == text for text, start in wanted)
        assert counts[MOVED] == moved


WRONG: dict[str, tuple[Any, str]] = {
    "nowhere": ([{"text": "Dora", "answer_start": 0}], "the answer 'Dora' does not stand in the context"),
    "twice": ([{"text": "Ben", "answer_start": 9}],
              "the answer 'Ben' stands several times in the context, but not at 9"),
    "twice, no start": (["Ben"], "the answer 'Ben' stands several times in the context, and no start is given"),
    "no text": ([{"answer_start": 0}], "is no answer"),
    "no number": ([{"text": "Ada", "answer_start": "x"}], "'x' is no place in the context"),
    "uneven": ({"text": ["Ada", "Ben"], "answer_start": [0]}, "2 texts of answers and another number of starts"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_answers_that_stand_nowhere_are_named(write: Write, case: str) -> None:
    cell, what = WRONG[case]
    path = write("a.jsonl", jsonl([record([{"text": "Ada", "answer_start": 0}]), record(cell, id="q2")]))
    error = refused(path, "qa")
    assert what in error.what
    assert error.where == f"{path}:2, id q2"


def test_moved_answers_are_counted_over_all_files(write: Write) -> None:
    answers = [{"text": "Cleo", "answer_start": 1}]
    records = [record(answers, question=f"Question number {number}?") for number in range(6)]
    path = write("a.jsonl", jsonl(records))
    assert "answers: 6 moved to where they stand" in notes(path, "qa", split=(100.0, 0.0, 0.0))
    there = notes(
        write("b.jsonl", jsonl([record([{"text": "Cleo", "answer_start": 25}])])), "qa", split=(100.0, 0.0, 0.0)
    )
    assert not any("moved" in note for note in there)


def test_squad_is_read_with_questions_first(write: Write) -> None:
    asked = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]},
        {"id": "2", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    path = write("a.json", json.dumps({"data": [{"title": "T", "paragraphs": [{"context": CONTEXT, "qas": asked}]}]}))
    assert rows(path, "qa") == [
        {"text": "Who?", "text_pair": CONTEXT, "label": [{"text": "Ada", "start": 0}]},
        {"text": "Why?", "text_pair": CONTEXT, "label": []},
    ]


def test_columns_of_ones_own_have_the_question_first(write: Write) -> None:
    records = [{"article": CONTEXT, "asked": "Who?", "found": {"text": ["Ada"], "answer_start": [0]}}]
    path = write("a.jsonl", jsonl(records))
    found = rows(path, "qa", text_column=("asked", "article"), label_column=("found",))
    assert found == [{"text": "Who?", "text_pair": CONTEXT, "label": [{"text": "Ada", "start": 0}]}]
    error = refused(path, "qa", text_column=("asked",))
    assert "Give --text-column twice" in error.remedy


@pytest.mark.parametrize("config", [{}, {"label_column": ("answer", "answer_start")}])
def test_texts_and_starts_in_columns_of_their_own(write: Write, config: dict[str, Any]) -> None:
    lines = f'Who?,"{CONTEXT}",Ben,17\nWhy?,"{CONTEXT}",,\nWhere?,"{CONTEXT}",Rome,\n'
    path = write("a.csv", "question,context,answer,answer_start\n" + lines)
    found = [row["label"] for row in rows(path, "qa", **config)]
    assert found == [[{"text": "Ben", "start": 17}], [], [{"text": "Rome", "start": 33}]]
    error = refused(path, "qa", label_column=("answer", "answer_start", "answer"))
    assert "3 columns for the answers" in error.what


def test_an_answer_that_starts_at_the_first_character_starts_there() -> None:
    layout, counts = LAYOUTS["qa"], Counter[str]()
    schema = Schema(text_columns=("q", "c"), label_columns=("a", "s"))
    cells = {"q": ["Who?"] * 3, "c": ["Ada met Ada."] * 3, "a": ["Ada", "Ada", None]}
    for starts in (pa.array([0, 8, None]), pa.array(["0", "8", ""])):
        batch = pa.RecordBatch.from_pydict({**cells, "s": starts})
        labels = layout.convert(batch, schema, Origin(name="f", lines=[1, 2, 3], counts=counts)).labels
        assert labels.to_pylist() == [[{"text": "Ada", "start": 0}], [{"text": "Ada", "start": 8}], []]
    assert counts[MOVED] == 0


def test_answers_are_not_needed_for_predicting(write: Write) -> None:
    path = write("a.csv", f'question,context\nWho?,"{CONTEXT}"\n')
    assert rows(path, "qa", require_labels=False) == [{"text": "Who?", "text_pair": CONTEXT}]
    assert refused(path, "qa").what == "no column of answers: the columns are question, context"


def test_rows_that_share_a_context_stay_in_one_split(write: Write) -> None:
    records = [
        {
            "question": f"Question {number} of context {number // 4}?",
            "context": f"{CONTEXT} {number // 4}",
            "answers": [],
        }
        for number in range(400)
    ]
    data = load(DataConfig(source=str(write("a.jsonl", jsonl(records)))), task="qa", seed=0)
    homes: dict[str, set[str]] = {}
    for split, part in data.splits.items():
        for context in part["text_pair"]:
            homes.setdefault(context, set()).add(split)
    assert len(homes) == 100
    assert all(len(found) == 1 for found in homes.values())
    assert len(data.splits["test"]) == pytest.approx(40, abs=4)
    assert "each context in one split" in data.notes[-1]
    assert data.splits["train"].column_names == ["text", "text_pair", "label", "origin_file", "origin_line"]


def test_data_of_other_tasks_is_named(write: Write) -> None:
    lines = "".join(f"some words about {number},{'ab'[number % 2]}\n" for number in range(12))
    assert "--task classification" in refused(write("a.csv", "text,label\n" + lines), "qa").remedy
    path = write("a.jsonl", jsonl([record([])]))
    assert "--task qa" in refused(path, "tagging").remedy
    assert "--task qa" in refused(path, "summarization").remedy


def test_steps_that_move_answers_are_refused(write: Write) -> None:
    path = write("a.jsonl", jsonl([record([]), record([])]))
    assert "would move the spans of qa" in refused(path, "qa", clean=("unicode", "control")).what
    assert len(rows(path, "qa", clean=("drop-duplicates", "drop-empty"))) == 1


def test_keys_and_classes() -> None:
    layout = LAYOUTS["qa"]
    assert layout.key([{"text": "Ada", "start": 0}]) == "Ada (0)"
    assert layout.key([]) == "no answer"
    assert layout.classes([{"text": "Ada", "start": 0}]) == ()
