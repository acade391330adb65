"""The record: what is written is what is read, and what cannot be read is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accent.errors import RunError
from accent.records import Record, RunFolder, now, versions


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.fixture
def record() -> Record:
    return Record(
        command=["accent", "finetune", "./my data.csv", "--text-column", "it's", "--set", 'a="b"', "caf\udce9", ""],
        config={"training": {"epochs": 3, "learning_rate": 5e-5}, "run": {"output": None}},
        seed=42,
        status="interrupted",
        ended=now(),
        error="stopped",
        data={"rows": {"train": 10}, "notes": ["header: none"]},
        base={"name": "builtin:minilm", "load": {"loaded": 101, "new": ["classifier.weight"]}},
        timings={"data": 0.5, "total": 1.25},
        training={"updates": 7, "resumed_from": [3]},
    )


def test_round_trip(folder: RunFolder, record: Record) -> None:
    record.write(folder)
    assert Record.read(folder) == record


def test_the_command_stays_as_typed(folder: RunFolder, record: Record) -> None:
    record.write(folder)
    assert Record.read(folder).command == record.command


def test_a_new_record_says_where_and_when(folder: RunFolder) -> None:
    record = Record(command=["accent"], config={}, seed=0)
    record.write(folder)
    raw = json.loads(folder.record.read_text(encoding="utf-8"))
    assert raw["status"] == "running"
    assert raw["layout"] == 1
    assert raw["versions"] == versions()
    assert raw["machine"]["cores"] >= 1
    assert datetime.fromisoformat(raw["started"]).utcoffset() == timedelta(0)


def test_keys_of_a_later_accent_are_kept(folder: RunFolder, record: Record) -> None:
    record.write(folder)
    _change(folder, {"carbon": {"grams": 3}})
    read = Record.read(folder)
    assert replace(read, extra={}) == record
    assert read.extra == {"carbon": {"grams": 3}}
    read.write(folder)
    assert Record.read(folder).extra == {"carbon": {"grams": 3}}


def test_a_later_layout_is_refused(folder: RunFolder, record: Record) -> None:
    record.write(folder)
    _change(folder, {"layout": 2})
    with pytest.raises(RunError, match="layout 2; this Accent reads up to 1") as caught:
        Record.read(folder)
    assert caught.value.remedy == "Update accent."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "finished"),
        ("command", "accent finetune"),
        ("command", [1]),
        ("seed", "42"),
        ("seed", True),
        ("started", None),
        ("error", 3),
        ("config", []),
        ("training", None),
    ],
)
def test_a_value_of_another_type_is_named(folder: RunFolder, record: Record, name: str, value: Any) -> None:
    record.write(folder)
    _change(folder, {name: value})
    with pytest.raises(RunError, match=f"the record's {name} cannot be read") as caught:
        Record.read(folder)
    assert caught.value.where == str(folder.record)


def test_missing_keys_are_named(folder: RunFolder, record: Record) -> None:
    record.write(folder)
    raw = json.loads(folder.record.read_text(encoding="utf-8"))
    del raw["seed"], raw["data"]
    folder.record.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(RunError, match="the record lacks seed, data"):
        Record.read(folder)


@pytest.mark.parametrize("text", ["[]", "{}", '"record"', '{"layout": "1"}'])
def test_other_json_is_no_record(folder: RunFolder, text: str) -> None:
    folder.record.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="no record of a run"):
        Record.read(folder)


def test_a_missing_record_is_a_run_error(folder: RunFolder) -> None:
    with pytest.raises(RunError, match=r"record\.json cannot be read"):
        Record.read(folder)


def _change(folder: RunFolder, values: dict[str, Any]) -> None:
    raw = json.loads(folder.record.read_text(encoding="utf-8"))
    folder.record.write_text(json.dumps(raw | values), encoding="utf-8")


@pytest.mark.parametrize(
    ("sections", "verb"),
    [
        ({"data": {}, "task": {}}, "finetune"),
        ({}, "finetune"),
        ({"corpus": {}, "objective": {}}, "pretrain"),
        ({"teacher": "runs/a", "data": {}}, "distill"),
        ({"teacher": "runs/a", "data": {}, "corpus": {}, "task": {}}, "distill"),
    ],
)
def test_a_run_goes_on_by_its_own_verb(sections: dict[str, Any], verb: str) -> None:
    record = Record(command=[], config=sections, seed=0)
    assert record.verb == verb
    assert record.resume_command("runs/a b") == f"accent {verb} --resume 'runs/a b'"
