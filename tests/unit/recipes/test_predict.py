"""Predict: standard input, answers that are gone over, and files that are read as the run read its own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.checkpoints import make_checkpoint
from tests.unit.inference.small import save_run, save_tagger, write_settings

from accent.config import DecodingConfig, PredictConfig, ReadingConfig
from accent.errors import DataError, RunError
from accent.modeling import find_base, load_model, save_model
from accent.recipes import predict
from accent.tokenization import load_tokenizer


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


def test_words_of_a_tagging_file_are_answered_one_by_one(tmp_path: Path) -> None:
    tagger = str(save_tagger(tmp_path, ("X", "Y"), marks="plain", common="X"))
    file = tmp_path / "new.conll"
    file.write_text("The\tO\nU.S.\tO\nain't\tO\n\ne-mail\tO\n", encoding="utf-8")
    found = list(predict(PredictConfig(target=tagger, input=str(file), precision="fp32")))
    words = [[(one["word"], one["start"], one["end"]) for one in answer["entities"]] for answer in found]
    assert words == [[("The", 0, 3), ("U.S.", 4, 8), ("ain't", 9, 14)], [("e-mail", 0, 6)]]


def test_each_line_of_a_text_file_is_a_prompt(tmp_path: Path) -> None:
    writer = tmp_path / "run" / "model"
    base = make_checkpoint(tmp_path / "base", "gpt2")
    save_model(load_model(find_base(str(base)), "causal", (), seed=1).model, load_tokenizer(base), writer)
    write_settings(writer, task="generation", labels=[], settings={"loss_on": "all"})
    file = tmp_path / "prompts.txt"
    file.write_text("a warm\n\nwe waited\nthe tickets\n", encoding="utf-8")
    decoding = DecodingConfig(max_new_tokens=2)
    found = list(predict(PredictConfig(target=str(writer), input=str(file), precision="fp32", decoding=decoding)))
    assert ["error" in answer for answer in found] == [False, True, False, False]
