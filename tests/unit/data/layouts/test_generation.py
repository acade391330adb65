"""Texts, and prompts with completions; a plain text file is cut into paragraphs."""

from __future__ import annotations

import pytest
from tests.unit.data.layouts.reading import Write, jsonl, refused, rows

from accent.config.tasks import TaskName
from accent.data.layouts import LAYOUTS

PROMPT = "Write a line about the sea."
COMPLETION = "The sea is wide tonight."


@pytest.mark.parametrize(("prompt", "completion"), [
    ("prompt", "completion"), ("instruction", "output"), ("input", "response"), ("Prompt", "answer"),
])  # fmt: skip
def test_prompts_and_completions(write: Write, prompt: str, completion: str) -> None:
    path = write("a.jsonl", jsonl([{"id": 1, completion: COMPLETION, prompt: PROMPT}]))
    assert rows(path, "generation") == [{"text": PROMPT, "label": COMPLETION}]
    assert rows(path, "generation", require_labels=False) == [{"text": PROMPT}]


def test_columns_of_ones_own(write: Write) -> None:
    path = write("a.csv", f"question,reply\n{PROMPT},{COMPLETION}\n")
    found = rows(path, "generation", text_column=("question",), label_column=("reply",))
    assert found == [{"text": PROMPT, "label": COMPLETION}]
    assert rows(path, "generation", text_column=("reply",)) == [{"text": COMPLETION}]


def test_texts_alone_have_no_label(write: Write) -> None:
    path = write("a.csv", "text,label\n" + "".join(f"some words {number},a\n" for number in range(4)))
    assert rows(path, "generation")[2] == {"text": "some words 2"}


TEXT = "One.\nTwo. \n\n \n  Three.\r\n\nFour.\nFive."


@pytest.mark.parametrize(
    ("documents", "wanted", "lines"),
    [
        (None, ["One.\nTwo. ", "  Three.", "Four.\nFive."], [1, 5, 7]),
        ("paragraph", ["One.\nTwo. ", "  Three.", "Four.\nFive."], [1, 5, 7]),
        ("line", ["One.", "Two. ", "", " ", "  Three.", "", "Four.", "Five."], list(range(1, 9))),
        ("file", ["One.\nTwo. \n\n \n  Three.\n\nFour.\nFive."], [1]),
    ],
)
def test_what_a_row_of_plain_text_is(write: Write, documents: str | None, wanted: list[str], lines: list[int]) -> None:
    from accent.config.data import DataConfig
    from accent.data import load_rows

    data = DataConfig(source=str(write("a.txt", TEXT)), documents=documents)  # type: ignore[arg-type]
    found = load_rows(data, task="generation", require_labels=True)
    assert found["text"][:] == wanted
    assert found["origin_line"][:] == lines


@pytest.mark.parametrize("task", LAYOUTS)
def test_what_is_asked_stands_on_a_line_for_every_task(write: Write, task: TaskName) -> None:
    if task == "qa":
        pytest.skip("a line has no context")
    path = write("prompts.txt", "One.\nTwo.\n\nThree.\n")
    assert [row["text"] for row in rows(path, task, require_labels=False)] == ["One.", "Two.", "", "Three."]
    if task == "generation":
        asked = rows(path, task, require_labels=False, documents="paragraph")
        assert [row["text"] for row in asked] == ["One.\nTwo.", "Three."]


def test_a_prompt_is_its_whole_line_whatever_word_begins_it(write: Write) -> None:
    path = write("prompts.txt", "".join(f"{('Write', 'Say')[number % 2]} number {number}\n" for number in range(40)))
    assert rows(path, "generation", require_labels=False)[1] == {"text": "Say number 1"}


def test_other_tasks_read_lines(write: Write) -> None:
    path = write("a.txt", "One.\nTwo.\n")
    assert [row["text"] for row in rows(path, "classification", require_labels=False)] == ["One.", "Two."]
    both = rows(path, "classification", require_labels=False, documents="paragraph")
    assert [row["text"] for row in both] == ["One.\nTwo."]


def test_first_words_that_stand_again_are_no_labels_of_a_running_text(write: Write) -> None:
    path = write("a.txt", "".join(f"{'AB'[number % 2]} says line {number}\n" for number in range(40)))
    assert rows(path, "generation")[0]["text"].startswith("A says line 0\nB says")
    assert rows(path, "generation", documents="line")[1] == {"text": "B says line 1"}


def test_documents_of_another_format_are_refused(write: Write) -> None:
    error = refused(write("a.csv", "text\na b\n"), "generation", documents="paragraph")
    assert error.where == "documents"
    assert "no plain text but csv" in error.what


def test_a_text_of_nothing_is_an_empty_file(write: Write) -> None:
    for documents in ("paragraph", "file"):
        assert "empty file" in refused(write("a.txt", " \n\n"), "generation", documents=documents).what


def test_conversations_are_refused(write: Write) -> None:
    path = write("a.jsonl", jsonl([{"messages": [{"role": "user", "content": "Hi"}]}]))
    error = refused(path, "generation")
    assert error.what == "the column 'messages' holds conversations, which cannot be read"


def test_an_instruction_with_an_input_is_a_question(write: Write) -> None:
    path = write("a.jsonl", jsonl([{"instruction": "Translate.", "input": "Hund", "output": "dog"}]))
    assert refused(path, "generation").what == "2 columns may hold the prompt: instruction, input"


def test_data_of_other_tasks_is_named(write: Write) -> None:
    assert "no column of texts" in refused(write("a.conll", "a\tO\nb\tO\n"), "generation").what
    lists = write("a.jsonl", jsonl([{"prompt": ["a"], "completion": ["b"]}]))
    assert "holds lists" in refused(lists, "generation").what


def test_texts_may_be_cleaned_and_empty_completions_dropped(write: Write) -> None:
    records = [{"prompt": " A  b ", "completion": "c"}, {"prompt": "a", "completion": " "}]
    path = write("a.jsonl", jsonl(records))
    assert rows(path, "generation", clean=("whitespace", "drop-empty")) == [{"text": "A b", "label": "c"}]


def test_keys_and_classes() -> None:
    layout = LAYOUTS["generation"]
    assert layout.key("a b") == "a b"
    assert layout.classes("a b") == ()
