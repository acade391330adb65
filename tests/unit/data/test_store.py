"""Tables are written whole or not at all, found again by their key, and never held in memory."""

from __future__ import annotations

import errno
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from accent.config.data import DataConfig
from accent.data import load, load_rows
from accent.data.reading import read_file
from accent.data.sources import SourceFile
from accent.data.store import Stored, Write, cache_folder, file_digest, find, key_of, store
from accent.errors import DataError

SCHEMA = pa.schema([("text", pa.string())])


def put(key: str, values: list[str]) -> Stored:
    def fill(write: Write) -> dict[str, Any]:
        write(pa.record_batch({"text": values}, schema=SCHEMA))
        return {"kind": "test"}

    return store(key, SCHEMA, fill)


def test_a_table_is_found_again_with_its_facts() -> None:
    put("k", ["a", "b"])
    found = find("k")
    assert found is not None
    assert found.facts["kind"] == "test"
    assert found.facts["rows"] == 2
    assert found.dataset()["text"] == ["a", "b"]
    assert [batch.to_pylist() for batch in found.batches()] == [[{"text": "a"}, {"text": "b"}]]


def test_what_fails_leaves_nothing_and_keeps_what_was_there() -> None:
    put("k", ["a"])

    def fail(write: Write) -> dict[str, Any]:
        write(pa.record_batch({"text": ["b"]}, schema=SCHEMA))
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        store("k", SCHEMA, fail)
    assert {path.name for path in cache_folder().iterdir()} == {"k.arrow", "k.json"}
    assert find("k").dataset()["text"] == ["a"]  # type: ignore[union-attr]


def test_a_table_that_lost_its_end_or_its_facts_is_not_found() -> None:
    stored = put("k", ["a"] * 100)
    stored.path.write_bytes(stored.path.read_bytes()[:-8])
    assert find("k") is None
    put("k", ["a"])
    stored.path.with_suffix(".json").write_text("{")
    assert find("k") is None
    stored.path.with_suffix(".json").unlink()
    assert find("k") is None


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    def fill(write: Write) -> dict[str, Any]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DataError, match="the disk is full") as caught:
        store("k", SCHEMA, fill)
    assert caught.value.where == str(cache_folder())
    assert "ACCENT_CACHE" in caught.value.remedy
    assert list((tmp_path / "cache" / "data").iterdir()) == []


def test_keys_depend_on_every_part() -> None:
    keys = {key_of(a=1), key_of(a=2), key_of(b=1), key_of(a=1, b=None)}
    assert len(keys) == 4


def test_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_same_bytes_read_the_same_way_are_read_once(write: Callable[..., Path]) -> None:
    path = write("a.csv", "text,label\none two,a\nthree,b\n")
    config = DataConfig(source=str(path))
    first = read_file(SourceFile(path=path, name="first"), config)
    before = first.table.path.stat().st_mtime_ns
    again = read_file(SourceFile(path=path, name="again"), config)
    assert again.table.path == first.table.path
    assert again.table.path.stat().st_mtime_ns == before
    path.write_text("text,label\nother,a\nthree,b\n")
    assert read_file(SourceFile(path=path, name="first"), config).table.path != first.table.path


def test_another_way_of_reading_is_another_table(write: Callable[..., Path]) -> None:
    path = write("a.tsv", "one two three\ta\nfour five six\tb\nseven\ta\n")
    tables = {
        read_file(SourceFile(path=path, name="f"), config).key
        for config in (
            DataConfig(source="s"),
            DataConfig(source="s", header="none"),
            DataConfig(source="s", columns=("x", "y")),
            DataConfig(source="s", encoding="latin-1"),
        )
    }
    assert len(tables) == 4


def peak_of_reading(path: Path, rows: int) -> int:
    """Return the most bytes that Python held while a file of `rows` rows was read, cleaned and stored."""
    with path.open("w") as stream:
        stream.write("text,label\n")
        stream.writelines(f"row {number} with more words than a few,{number % 2}\n" for number in range(rows))
    tracemalloc.start()
    found = load_rows(DataConfig(source=str(path)), require_labels=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == rows
    assert found.cache_files
    assert found[rows - 1]["text"] == f"row {rows - 1} with more words than a few"
    return peak


def test_reading_two_hundred_thousand_rows_takes_no_more_memory_than_twenty_thousand(tmp_path: Path) -> None:
    peak_of_reading(tmp_path / "warm.csv", 100)  # what is imported on the way is not counted
    before = pa.total_allocated_bytes()
    few = peak_of_reading(tmp_path / "few.csv", 20_000)
    many = peak_of_reading(tmp_path / "many.csv", 200_000)
    assert many < 1.5 * few
    assert many < 8_000_000
    assert pa.total_allocated_bytes() - before < 5_000_000


def test_splits_of_a_large_file_stay_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("text,label\n" + "".join(f"text number {n} {'x' * 200},{n % 2}\n" for n in range(50_000)))
    before = pa.total_allocated_bytes()
    data = load(DataConfig(source=str(path)), seed=0)
    assert {split: len(rows) for split, rows in data.splits.items()} == {
        "train": 40_000, "validation": 5_000, "test": 5_000
    }  # fmt: skip
    assert all(rows.cache_files for rows in data.splits.values())
    assert pa.total_allocated_bytes() - before < path.stat().st_size / 4  # the places of rows, 8 bytes each


def test_facts_are_plain_json() -> None:
    stored = put("k", ["é"])
    assert json.loads(stored.path.with_suffix(".json").read_text()) == stored.facts
