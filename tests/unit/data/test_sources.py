"""DATA is resolved into files by split; what is not there is named with the nearest thing that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accent.config.data import DataConfig
from accent.data.builtin import BUILTIN_DATA
from accent.data.sources import HubSource, Sources, find_sources
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
ROWS = "text\tlabel\na b\tx\nc d\ty\n"


def find(source: object, **config: Any) -> Sources:
    return find_sources(DataConfig(source=str(source), **config))


def names(sources: Sources) -> dict[str, list[str]]:
    return {split: [file.path.name for file in files] for split, files in sources.files.items()}


@pytest.mark.parametrize("alias", ["dev", "valid", "val", "eval", "validation"])
@pytest.mark.parametrize("suffix", [".tsv", ".csv.gz", ".jsonl.xz", ".txt.zst", ".parquet", ".conll"])
def test_a_folder_holds_a_file_for_each_split(write: Write, tmp_path: Path, alias: str, suffix: str) -> None:
    for split in ("train", alias, "test"):
        write(f"d/{split}{suffix}", ROWS)
    for other in ("SOURCE.txt", "README.md", "README.txt", "labels.txt", ".hidden.tsv"):
        write(f"d/{other}", "not data\n")
    assert names(find(tmp_path / "d")) == {
        "train": [f"train{suffix}"], "validation": [f"{alias}{suffix}"], "test": [f"test{suffix}"]
    }  # fmt: skip


def test_the_plain_name_goes_before_a_longer_one(write: Write, tmp_path: Path) -> None:
    for name in ("train.txt", "train.raw.txt", "test.txt", "test.raw.txt"):
        write(f"d/{name}", ROWS)
    assert names(find(tmp_path / "d")) == {"train": ["train.txt"], "test": ["test.txt"]}


def test_longer_names_and_shards(write: Write, tmp_path: Path) -> None:
    for name in ("set-train-00000-of-00002.tsv", "set-train-00001-of-00002.tsv", "set_test.tsv"):
        write(f"d/{name}", ROWS)
    assert names(find(tmp_path / "d")) == {
        "train": ["set-train-00000-of-00002.tsv", "set-train-00001-of-00002.tsv"],
        "test": ["set_test.tsv"],
    }


def test_two_files_for_one_split_are_an_error(write: Write, tmp_path: Path) -> None:
    write("d/dev.tsv", ROWS)
    write("d/val.tsv", ROWS)
    with pytest.raises(DataError, match=r"several files for validation: dev\.tsv, val\.tsv"):
        find(tmp_path / "d")


def test_a_folder_with_one_file_is_that_file(write: Write, tmp_path: Path) -> None:
    write("d/sms.csv", ROWS)
    assert names(find(tmp_path / "d")) == {"all": ["sms.csv"]}


def test_a_folder_with_several_files_is_an_error_that_lists_them(write: Write, tmp_path: Path) -> None:
    write("d/a.csv", ROWS)
    write("d/b.csv", ROWS)
    with pytest.raises(DataError, match=r"several files and none called train: a\.csv, b\.csv"):
        find(tmp_path / "d")


def test_a_folder_without_data(write: Write, tmp_path: Path) -> None:
    write("d/README.md", "hello")
    with pytest.raises(DataError, match="a folder without data") as caught:
        find(tmp_path / "d")
    assert caught.value.where == str(tmp_path / "d")


def test_files_for_validation_and_test_stand_beside_the_source(write: Write) -> None:
    one, two, three = (str(write(name, ROWS)) for name in ("a.tsv", "b.tsv", "c.tsv"))
    assert names(find(one, validation=two, test=three)) == {
        "train": ["a.tsv"], "validation": ["b.tsv"], "test": ["c.tsv"]
    }  # fmt: skip


def test_no_such_file_names_the_nearest(write: Write, tmp_path: Path) -> None:
    write("reviews.csv", ROWS)
    with pytest.raises(DataError) as caught:
        find(tmp_path / "review.csv")
    assert str(caught.value) == (
        f"no such file or folder ({tmp_path}/review.csv)\nDid you mean {tmp_path}/reviews.csv?"
    )
    with pytest.raises(DataError, match="does not exist either"):
        find(tmp_path / "nowhere" / "review.csv")
    with pytest.raises(DataError, match="no such file"):
        find(write("a.tsv", ROWS), test=str(tmp_path / "b.tsv"))
    with pytest.raises(DataError, match="where a file is needed"):
        find(tmp_path / "a.tsv", test=str(tmp_path))


def test_a_json_document_may_hold_the_splits(write: Write) -> None:
    content = json.dumps({"oos_val": [], "train": [["a", "x"]], "val": [["b", "x"]], "test": [["c", "x"]]})
    sources = find(write("d.json", content))
    assert {split: files[0].member for split, files in sources.files.items()} == {
        "train": "train", "validation": "val", "test": "test"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["imdb", "stanfordnlp/imdb", "nyu-mll/glue:mrpc"])
def test_other_names_are_data_sets_on_the_hub(name: str) -> None:
    dataset, _, configuration = name.partition(":")
    assert find(name).hub == HubSource(name=dataset, configuration=configuration or None)


@pytest.mark.parametrize("name", ["no.csv", "no/no.tsv.gz", "./no", "/no/no", "a/b/c"])
def test_what_looks_like_a_path_is_no_name_on_the_hub(name: str) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        find(name)


def test_an_unknown_builtin_set_is_named_with_those_there_are() -> None:
    with pytest.raises(DataError) as caught:
        find("builtin:review")
    there = ", ".join(sorted(BUILTIN_DATA))
    assert str(caught.value) == f"no built-in data set is called 'review' (builtin:review)\nThere are: {there}."
