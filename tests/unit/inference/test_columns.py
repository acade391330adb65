"""The run's own columns are read where the file has them, and nothing is forced on a file that has not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accent.config import DataConfig
from accent.inference import usual_columns
from accent.records import Record, RunFolder
from tests.unit.inference.small import write_settings

LONG = "a long text that reads like text, number"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder that was trained on the columns `remark` and `stars`; it needs no weights here."""
    folder = RunFolder(tmp_path / "run")
    folder.model.mkdir(parents=True)
    write_settings(folder.model)
    schema = {"text_columns": ["remark"], "label_columns": ["stars"], "group_column": None}
    Record(command=[], config={}, seed=1, data={"schema": schema}).write(folder)
    return folder.path


def rows(folder: Path, *columns: str) -> str:
    file = folder / "rows.jsonl"
    lines = [json.dumps(dict.fromkeys(columns, f"{LONG} {number}")) for number in range(12)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)


def names(config: DataConfig) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return config.text_column, config.label_column


@pytest.mark.parametrize("place", [".", "model"])
def test_the_runs_columns_are_taken(run: Path, tmp_path: Path, place: str) -> None:
    data = DataConfig(source=rows(tmp_path, "text", "label", "remark", "stars"))
    assert names(usual_columns(run / place, data, labelled=True)) == (("remark",), ("stars",))
    assert names(usual_columns(run / place, data, labelled=False)) == (("remark",), ())


def test_what_is_named_stays(run: Path, tmp_path: Path) -> None:
    source = rows(tmp_path, "text", "label", "remark", "stars")
    data = DataConfig(source=source, text_column=("text",), label_column=("label",))
    assert names(usual_columns(run, data, labelled=True)) == (("text",), ("label",))
    assert names(usual_columns(run, DataConfig(source=source, text_column=("stars",)), labelled=True)) == (
        ("stars",),
        (),
    )


def test_columns_that_are_not_there_are_left_to_be_inferred(run: Path, tmp_path: Path) -> None:
    data = DataConfig(source=rows(tmp_path, "text", "stars"))
    assert names(usual_columns(run, data, labelled=True)) == ((), ("stars",))


def test_labels_of_a_cell_are_split_as_in_training(run: Path, tmp_path: Path) -> None:
    record = Record.read(RunFolder(run))
    record.data["schema"]["label_delimiter"] = ";"
    record.write(RunFolder(run))
    data = DataConfig(source=rows(tmp_path, "remark", "stars"))
    assert usual_columns(run, data, labelled=True).label_delimiter == ";"
    assert usual_columns(run, data, labelled=False).label_delimiter is None
    lists = tmp_path / "lists.jsonl"
    lists.write_text('{"remark": "a b", "stars": ["x"]}\n', encoding="utf-8")
    assert usual_columns(run, DataConfig(source=str(lists)), labelled=True).label_delimiter is None


def test_the_test_split_of_a_folder_is_looked_at(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    rows(folder, "text", "label")
    (folder / "rows.jsonl").rename(folder / "train.jsonl")
    rows(folder, "remark", "stars")
    (folder / "rows.jsonl").rename(folder / "test.jsonl")
    assert names(usual_columns(run, DataConfig(source=str(folder)), labelled=True)) == (("remark",), ("stars",))


def test_a_model_alone_knows_no_columns(run: Path, tmp_path: Path) -> None:
    data = DataConfig(source=rows(tmp_path, "remark", "stars"))
    (run / "record.json").unlink()
    assert usual_columns(run, data, labelled=True) == data
