from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.data.audit.stand_in import Row, findings, loaded, loaded_splits, only

from accent.data.audit import audit


def words(texts: list[str], pairs: list[str] | None) -> npt.NDArray[np.int64]:
    """Count words, as a tokenizer without special tokens would."""
    both = texts if pairs is None else [f"{text} {pair}" for text, pair in zip(texts, pairs, strict=True)]
    return np.array([len(text.split()) for text in both], dtype=np.int64)


def of_lengths(*counts: int) -> list[Row]:
    return [(" ".join([f"w{at}"] * count), "ab"[at % 2]) for at, count in enumerate(counts)]


def test_lengths_are_told_split_by_split() -> None:
    found = audit(loaded(train=of_lengths(1, 2, 3, 10), test=of_lengths(5, 7)), lengths=words, max_length=6)
    train, test = found.splits["train"], found.splits["test"]
    assert (train.rows, train.length_mean, train.length_max) == (4, 4.0, 10)
    assert train.length_p95 == pytest.approx(np.percentile([1, 2, 3, 10], 95))
    assert (train.truncated_rows, train.truncated_tokens) == (1, 4)
    assert (test.truncated_rows, test.truncated_tokens) == (1, 1)
    assert only(found, "lengths").severity == "note"
    assert "train 4.0 on average" in only(found, "lengths").what


def test_rows_that_would_be_cut_are_counted_with_their_tokens_and_named() -> None:
    found = only(audit(loaded(train=of_lengths(1, 2, 7, 10)), lengths=words, max_length=6), "truncation")
    assert (found.severity, found.count) == ("warning", 2)
    assert "50.0 % of the train rows, 25.0 % of their tokens" in found.what
    assert [place.line for place in found.places] == [3, 4]
    assert found.places[1].text.startswith("10 tokens: w3 w3")
    assert found.remedy.startswith("`--max-length 64` would cut none")


def test_one_long_row_among_many_is_a_note() -> None:
    found = only(audit(loaded(train=of_lengths(*[3] * 99, 400)), lengths=words, max_length=128), "truncation")
    assert (found.severity, found.count) == ("note", 1)
    assert found.what.startswith("1 row is longer than 128 tokens and would be cut")
    assert found.remedy.startswith("`--max-length 256` would cut 1 row")


def test_nothing_is_said_of_truncation_where_nothing_is_cut() -> None:
    data = loaded(train=of_lengths(1, 2))
    assert not findings(audit(data, lengths=words, max_length=2), "truncation")
    assert not findings(audit(data, lengths=words), "truncation")
    assert audit(data, lengths=words).splits["train"].truncated_rows is None


def test_without_a_tokenizer_nothing_is_said_of_lengths() -> None:
    found = audit(loaded(train=of_lengths(1, 2)), max_length=1)
    assert not findings(found, "lengths")
    assert found.splits["train"].length_mean is None


def test_lengths_are_asked_for_a_thousand_rows_at_a_time_with_both_texts() -> None:
    asked: list[int] = []

    def counting(texts: list[str], pairs: list[str] | None) -> npt.NDArray[np.int64]:
        assert pairs is not None
        assert len(pairs) == len(texts)
        asked.append(len(texts))
        return words(texts, pairs)

    rows: list[Row] = [(f"one {at}", "two", "ab"[at % 2]) for at in range(2_500)]
    assert audit(loaded(train=rows), lengths=counting).splits["train"].length_mean == 3.0
    assert asked == [1_000, 1_000, 500]


def test_rows_that_are_read_in_windows_are_not_cut() -> None:
    data = loaded(train=of_lengths(1, 2, 7, 10), test=of_lengths(3, 9))
    found = audit(data, lengths=words, max_length=6, windows=True)
    assert not findings(found, "truncation")
    note = only(found, "windows")
    assert (note.severity, note.count) == ("note", 3)
    assert note.what == (
        "3 rows are longer than 6 tokens and are read in several windows: 50.0 % of the train rows; "
        "50.0 % of the test rows"
    )
    assert note.places[1].text.startswith("10 tokens: w3 w3")
    assert only(found, "lengths").remedy.endswith("longer rows are read in several windows.")
    assert (found.splits["train"].truncated_rows, found.splits["train"].truncated_tokens) == (0, 0)
    assert (found.splits["train"].length_max, found.splits["train"].rows) == (10, 4)


def test_nothing_is_said_of_windows_where_none_are_needed() -> None:
    data = loaded(train=of_lengths(1, 6))
    assert not findings(audit(data, lengths=words, max_length=6, windows=True), "windows")
    assert not findings(audit(data, lengths=words, windows=True), "windows")
    assert audit(data, lengths=words, windows=True).splits["train"].truncated_rows is None
    assert "would be cut" in only(audit(data, lengths=words, max_length=5), "truncation").what


def test_a_question_and_its_context_are_measured_together() -> None:
    rows: list[Row] = [("who came", "Ann came in", [{"text": "Ann", "start": 0}])]
    assert audit(loaded_splits({"train": rows}, task="qa"), lengths=words).splits["train"].length_max == 5
