"""Real sets load for their tasks with the options that a user would give, and have the rows that their README says."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data import LoadedData, load

Sizes = dict[str, int]

SETS: dict[str, tuple[TaskName, dict[str, Any], Sizes, tuple[str, ...], tuple[str, ...]]] = {
    "wnut17": ("tagging", {}, {"train": 3394, "validation": 1009, "test": 1287}, ("tokens",), ("tags",)),
    "ud_ewt": ("tagging", {}, {"train": 12544, "validation": 2001, "test": 2077}, ("tokens",), ("tags",)),
    "goemotions": ("multilabel", {"columns": ("text", "labels", "id"), "label_column": ("labels",)},
                   {"train": 43410, "validation": 5426, "test": 5427}, ("text",), ("labels",)),
    "mrpc": ("classification", {}, {"train": 3576, "validation": 500, "test": 1725}, ("#1 String", "#2 String"),
             ("Quality",)),
    "rte": ("classification", {}, {"train": 2490, "validation": 277}, ("sentence1", "sentence2"), ("label",)),
    "sts2015": ("regression", {}, {"train": 3000, "validation": 750, "test": 3000}, ("column_2", "column_3"),
                ("column_1",)),
    "trecqa": ("classification", {}, {"train": 4718, "validation": 1148, "test": 1517}, ("qtext", "atext"), ("label",)),
    "squad1/dev.json.xz": ("qa", {}, {"train": 10570}, ("question", "context"), ("answers",)),
    "dialogsum": ("summarization", {}, {"train": 12460, "validation": 500, "test": 500}, ("dialogue",), ("summary",)),
    "tinyshakespeare": ("generation", {"documents": "line"}, {"train": 40000}, ("text",), ()),
}  # fmt: skip


def get(folder: Path, name: str, **config: Any) -> LoadedData:
    task, options, sizes, _, _ = SETS[name]
    whole = (100.0, 0.0, 0.0) if "test" not in sizes else (80.0, 10.0, 10.0)
    return load(DataConfig(source=str(folder / name), split=whole, **{**options, **config}), task=task, seed=0)


@pytest.mark.parametrize("name", SETS)
def test_a_set_has_its_rows(shared_data: Path, name: str) -> None:
    _, _, sizes, texts, labels = SETS[name]
    data = get(shared_data, name)
    assert {split: len(rows) for split, rows in data.splits.items()} == sizes
    assert data.schema.text_columns == texts
    assert data.schema.label_columns == labels


def test_entities_of_wnut17(shared_data: Path) -> None:
    rows = get(shared_data, "wnut17").splits["train"]
    tags = Counter(tag for label in rows["label"] for tag in label["tags"])
    lines = (shared_data / "wnut17" / "train.conll").read_text(encoding="utf-8").splitlines()
    assert tags == Counter(line.split("\t")[1] for line in lines if line.strip())
    assert {tag[2:] for tag in tags} == {"", "person", "location", "corporation", "product", "creative-work", "group"}
    assert rows[0]["text"].startswith("@paulwalk It 's the view")


def test_texts_of_ud_ewt_are_those_that_it_was_cut_from(shared_data: Path) -> None:
    with lzma.open(shared_data / "ud_ewt" / "test.conllu.xz", "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    # One of the comments has a no-break space where the words have SpaceAfter.
    texts = [line.removeprefix("# text = ").replace("\xa0", " ") for line in lines if line.startswith("# text = ")]
    words = [line.split("\t") for line in lines if re.match(r"\d+\t", line)]
    rows = get(shared_data, "ud_ewt").splits["test"]
    assert rows["text"][:] == texts
    assert [tag for label in rows["label"] for tag in label["tags"]] == [cells[3] for cells in words]
    found = [
        row["text"][start:end]
        for row in rows
        for start, end in zip(row["label"]["starts"], row["label"]["ends"], strict=True)
    ]
    assert found == [cells[1] for cells in words]


def test_labels_of_goemotions(shared_data: Path) -> None:
    data = get(shared_data, "goemotions")
    found = {label for row in data.splits["train"]["label"] for label in row}
    assert found == {str(number) for number in range(28)}
    assert max(map(len, data.splits["train"]["label"])) == 5
    without = load(DataConfig(source=str(shared_data / "goemotions")), task="multilabel", seed=0)
    assert without.fingerprint == data.fingerprint


def test_scores_of_sts2015(shared_data: Path) -> None:
    rows = get(shared_data, "sts2015").splits["test"]
    assert rows[0]["label"] == [3.0]
    assert all(0 <= score <= 5 for (score,) in rows["label"])


def test_answers_of_squad_stand_in_their_contexts(shared_data: Path) -> None:
    rows = get(shared_data, "squad1/dev.json.xz").splits["train"]
    for row in rows:
        assert row["label"]
        for answer in row["label"]:
            assert row["text_pair"].startswith(answer["text"], answer["start"])


def test_training_rows_of_squad(shared_data: Path) -> None:
    data = DataConfig(source=str(shared_data / "squad1" / "train.json.xz"), split=(100.0, 0.0, 0.0))
    assert len(load(data, task="qa", seed=0).splits["train"]) == 87599


def test_references_of_dialogsum(shared_data: Path) -> None:
    data = get(shared_data, "dialogsum")
    assert {split: set(map(len, rows["label"])) for split, rows in data.splits.items()} == {
        "train": {1}, "validation": {1}, "test": {3}
    }  # fmt: skip
    assert data.splits["test"][0]["label"][1].startswith("In order to prevent employees from wasting time on Instant M")


def test_paragraphs_of_tinyshakespeare(shared_data: Path) -> None:
    with lzma.open(shared_data / "tinyshakespeare" / "input.txt.xz", "rt", encoding="utf-8") as file:
        paragraphs = [part for part in file.read().split("\n\n") if part.strip()]
    rows = get(shared_data, "tinyshakespeare", documents="paragraph").splits["train"]
    assert [text.strip("\n") for text in rows["text"]] == [part.strip("\n") for part in paragraphs]
