"""Real files load without flags, as their README says they are; skipped where they are not beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config.data import DataConfig
from accent.data import load
from accent.data.audit import audit
from accent.errors import DataError

LOADED: dict[str, tuple[dict[str, int], tuple[str, ...], str, int]] = {
    "sst2": ({"train": 6920, "validation": 872, "test": 1821}, ("column_1",), "column_2", 2),
    "sst5": ({"train": 8544, "validation": 1101, "test": 2210}, ("text",), "label", 5),
    "trec": ({"train": 4846, "validation": 606, "test": 500}, ("text",), "label", 6),
    "sms_spam": ({"train": 3869, "validation": 484, "test": 484}, ("text",), "spam", 2),
    "mrpc": ({"train": 3576, "validation": 500, "test": 1725}, ("#1 String", "#2 String"), "Quality", 2),
    "rte": ({"train": 2213, "validation": 277, "test": 277}, ("sentence1", "sentence2"), "label", 2),
    "trecqa": ({"train": 4718, "validation": 1148, "test": 1517}, ("qtext", "atext"), "label", 2),
    "newsgroups20": ({"train": 10038, "validation": 1255, "test": 7528}, ("text",), "label", 20),
    "clinc150/data_small.json.xz": ({"train": 7500, "validation": 3000, "test": 4500}, ("column_1",), "column_2", 150),
}


@pytest.mark.parametrize("name", LOADED)
def test_a_set_loads_without_flags(shared_data: Path, name: str) -> None:
    sizes, texts, label, classes = LOADED[name]
    data = load(DataConfig(source=str(shared_data / name)), seed=0)
    assert {split: len(rows) for split, rows in data.splits.items()} == pytest.approx(sizes, abs=6)
    assert sum(len(rows) for rows in data.splits.values()) == sum(sizes.values())
    assert data.schema.text_columns == texts
    assert data.schema.label_columns == (label,)
    assert len(data.splits["train"].unique("label")) == classes


def test_imdb_loads_with_long_texts(shared_data: Path) -> None:
    data = load(DataConfig(source=str(shared_data / "imdb" / "val.tsv.xz"), limit=100), seed=0)
    assert {split: len(rows) for split, rows in data.splits.items()} == dict.fromkeys(
        ("train", "validation", "test"), 100
    )
    assert max(map(len, data.splits["train"]["text"])) > 2500
    assert set(data.splits["train"]["label"]) == {"0", "1"}


def test_the_latin1_line_of_trec_is_read_and_named(shared_data: Path) -> None:
    data = load(DataConfig(source=str(shared_data / "trec")), seed=0)
    assert any("latin-1" in note and "line 66" in note for note in data.notes)
    rows = [row for split in ("train", "validation") for row in data.splits[split] if row["origin_line"] == 66]
    assert "sister\xf0city" in rows[0]["text"]


def test_quotes_of_mrpc_are_plain_characters(shared_data: Path) -> None:
    rows = load(DataConfig(source=str(shared_data / "mrpc")), seed=0).splits["train"]
    assert rows[0]["text"] == (
        'Amrozi accused his brother, whom he called "the witness", of deliberately distorting his evidence.'
    )


@pytest.mark.parametrize(("name", "task"), [("wnut17", "tagging"), ("ud_ewt", "tagging"), ("squad1/dev.json.xz", "qa")])
def test_data_of_other_tasks_says_so(shared_data: Path, name: str, task: str) -> None:
    with pytest.raises(DataError, match=f"--task {task}"):
        load(DataConfig(source=str(shared_data / name)), seed=0)


def test_topics_of_dialogsum_are_free_text(shared_data: Path) -> None:
    with pytest.raises(DataError, match="'topic' holds free text"):
        load(DataConfig(source=str(shared_data / "dialogsum")), seed=0)


def test_splits_that_were_cut_have_no_leaks(shared_data: Path) -> None:
    data = load(DataConfig(source=str(shared_data / "sms_spam")), seed=0)
    found = audit(data, allow=(), lengths=None, max_length=None, seed=0)
    assert {finding.kind for finding in found.findings} <= {"duplicates", "imbalance"}
