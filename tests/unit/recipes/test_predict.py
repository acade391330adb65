"""Predict: standard input, answers that are gone over, and files that are read as the run read its own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.unit.inference.small import save_run

from accent.config import PredictConfig, ReadingConfig
from accent.errors import DataError, RunError
from accent.recipes import predict


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_run(tmp_path_factory.mktemp("predict"), initializer_range=0.5))


def standard_input(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))


def test_standard_input_is_utf_8(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input("\ufeffähnlich\r\nfine\n".encode(), monkeypatch)
    found = list(predict(PredictConfig(target=run, input="-", precision="fp32")))
    assert found == list(predict(PredictConfig(target=run, texts=("ähnlich", "fine"), precision="fp32")))


def test_bad_bytes_on_standard_input_are_named_by_their_line(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    standard_input(b"fine\ncaf\xe9\n", monkeypatch)
    with pytest.raises(DataError, match="standard input:2"):
        list(predict(PredictConfig(target=run, input="-")))


def test_answers_are_made_once(run: str) -> None:
    answers = predict(PredictConfig(target=run, texts=("fine",)))
    assert len(list(answers)) == 1
    with pytest.raises(RunError, match="gone over already"):
        list(answers)


def test_answers_in_a_file_are_read_as_often_as_is_wanted(run: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    answers = predict(PredictConfig(target=run, texts=("fine", "", "bad"), output=str(file)))
    assert list(answers) == list(answers) == [json.loads(line) for line in file.read_text().splitlines()]
    assert list(answers)[1] == {"error": "the text is empty"}
    assert answers.predictor.statistics.rows == 2


def test_an_input_file_is_read_as_asked(run: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.txt"
    file.write_bytes("1;caf\xe9\n2;fine\n".encode("latin-1"))
    reading = ReadingConfig(format="csv", encoding="latin-1", delimiter=";", header="none", columns=("id", "said"))
    config = PredictConfig(target=run, input=str(file), text_column=("said",), reading=reading, precision="fp32")
    assert list(predict(config)) == list(predict(PredictConfig(target=run, texts=("café", "fine"), precision="fp32")))
