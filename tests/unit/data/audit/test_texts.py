from __future__ import annotations

import pytest
from tests.unit.data.audit.stand_in import Row, findings, loaded, loaded_splits, only

from accent.data.audit import audit
from accent.data.audit.marks import has_loose_quotes, is_blank, is_quoted


@pytest.mark.parametrize("text", ["", " \t\n", "\u200b", "\ufeff \x07"])
def test_texts_with_nothing_to_see_are_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " a", ".", "😀", "\u200bx"])
def test_texts_with_something_to_see_are_not(text: str) -> None:
    assert not is_blank(text)


def test_empty_texts_are_an_error_that_drop_empty_mends() -> None:
    data = loaded(train=[("one", "a"), ("two", "b"), ("  ", "a")], test=[("", "b"), ("three", "a")])
    found = audit(data)
    empty = only(found, "empty")
    assert (empty.severity, empty.count) == ("error", 2)
    assert empty.what == "2 rows have an empty text (40.0 % of rows)"
    assert [str(place) for place in empty.places] == ["train.tsv:3", "test.tsv:1"]
    assert "`--clean drop-empty`" in empty.remedy
    assert not audit(data, allow=("empty",)).errors


def test_an_empty_label_is_an_error_of_its_own() -> None:
    empty = only(audit(loaded(train=[("one", "a"), ("two", " "), ("three", "b")])), "empty")
    assert empty.what == "1 row has an empty label (33.3 % of rows)"
    assert empty.remedy == "Drop it with `--clean drop-empty`, or keep it with `--allow empty`."


def test_either_text_of_a_pair_may_be_empty() -> None:
    rows: list[Row] = [("one", "", "a"), ("", "two", "b"), ("three", "four", "a")]
    assert only(audit(loaded(train=rows)), "empty").count == 2


def test_csv_cells_are_told_from_quotes_in_a_text() -> None:
    assert is_quoted('"He said ""no"" twice."')
    assert not any(map(is_quoted, ['"No," he said.', 'a "word"', '"', '"a" and "b"', "plain"]))
    assert [has_loose_quotes(text) for text in ('"No," he said.', '"a cell"', "plain")] == [True, False, False]


def test_cells_that_keep_their_quotes_are_a_warning() -> None:
    rows: list[Row] = [('"A, and ""B"""', "a"), ("no comma", "b"), ('"C, D"', "a")]
    quoted = only(audit(loaded(train=rows)), "quoted-cells")
    assert (quoted.severity, quoted.count) == ("warning", 2)
    assert [place.line for place in quoted.places] == [1, 3]
    assert "`--quoting minimal`" in quoted.remedy


def test_quotes_that_are_the_writers_own_are_not_named() -> None:
    rows: list[Row] = [('"All of it is said."', "a"), ('"No," he said.', "b"), ("plain", "a")]
    assert not findings(audit(loaded(train=rows)), "quoted-cells")


def test_an_empty_completion_and_an_empty_summary_are_called_so() -> None:
    prompts = audit(loaded_splits({"train": [("a prompt", " "), ("another", "text")]}, task="generation"))
    assert only(prompts, "empty").what == "1 row has an empty completion (50.0 % of rows)"
    documents = audit(loaded_splits({"train": [("a text", []), ("another", ["short"])]}, task="summarization"))
    assert only(documents, "empty").what == "1 row has an empty summary (50.0 % of rows)"


def test_a_row_without_labels_is_not_empty_where_rows_may_have_none() -> None:
    rows: list[Row] = [("one", []), ("two", ["a"]), ("three", ["b"])]
    assert not findings(audit(loaded_splits({"train": rows}, task="multilabel")), "empty")


def test_numbers_are_never_empty() -> None:
    rows: list[Row] = [("one", [0.0]), ("two", [-1.5])]
    assert not findings(audit(loaded_splits({"train": rows}, task="regression", numbers=("score",))), "empty")
