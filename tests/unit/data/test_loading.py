"""From DATA to standard rows: what stands in the splits, and what is said about it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accent.config.data import DataConfig
from accent.data import LoadedData, load, load_rows
from accent.errors import ConfigError, DataError

Write = Callable[[str, str | bytes], Path]


def lines(count: int, start: int = 0) -> list[str]:
    return [f"words of text {number}\t{'ab'[number % 2]}\t{number // 5}" for number in range(start, start + count)]


def table(rows: list[str]) -> str:
    return "text\tlabel\twho\n" + "".join(row + "\n" for row in rows)


def get(source: object, *, seed: int = 0, **config: Any) -> LoadedData:
    return load(DataConfig(source=str(source), **config), seed=seed)


def sizes(data: LoadedData) -> dict[str, int]:
    return {split: len(rows) for split, rows in data.splits.items()}


def test_a_file_is_split_80_10_10_stratified(write: Write) -> None:
    data = get(write("a.tsv", table(lines(200))))
    assert sizes(data) == {"train": 160, "validation": 20, "test": 20}
    assert Counter(data.splits["test"]["label"]) == {"a": 10, "b": 10}
    assert not data.given_split
    assert data.notes[-1].startswith("split: train 160, validation 20, test 20 rows (cut by hash")


def test_standard_columns_and_origins(write: Write) -> None:
    path = write("a.tsv", table(lines(20)))
    data = get(path, group_column="who")
    rows = [row for split in data.splits.values() for row in split]
    row = next(row for row in rows if row["text"] == "words of text 7")
    assert row == {
        "text": "words of text 7", "label": "b", "group": "1", "origin_file": str(path), "origin_line": 9
    }  # fmt: skip
    assert len(rows) == 20
    assert list(data.files) == [str(path)]


def test_the_order_of_rows_does_not_matter_to_the_split(write: Write) -> None:
    rows = lines(300)
    first = get(write("a.tsv", table(rows)))
    random.Random(1).shuffle(rows)
    second = get(write("b.tsv", table(rows)))
    for split in ("train", "validation", "test"):
        assert sorted(first.splits[split]["text"]) == sorted(second.splits[split]["text"])


def test_rows_keep_the_order_of_the_file_in_each_split(write: Write) -> None:
    data = get(write("a.tsv", table(lines(100))))
    for rows in data.splits.values():
        assert rows["origin_line"] == sorted(rows["origin_line"])


def test_another_seed_moves_rows_and_the_same_does_not(write: Write) -> None:
    path = write("a.tsv", table(lines(200)))
    first, again, other = get(path), get(path), get(path, seed=1)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert sizes(first) == sizes(other)


def test_equal_texts_and_groups_stay_in_one_split(write: Write) -> None:
    rows = lines(100) + [row.upper().replace(" ", "  ") for row in lines(100)]
    data = get(write("a.tsv", table(rows)), group_column="who")
    homes: dict[str, set[str]] = {}
    for split, part in data.splits.items():
        for row in part:
            homes.setdefault(row["group"], set()).add(split)
    assert len(homes) == 20
    assert all(len(found) == 1 for found in homes.values())


def test_given_splits_are_kept(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", table(lines(50)))
    write("d/dev.tsv", table(lines(10, 50)))
    write("d/test.tsv", table(lines(20, 60)))
    data = get(tmp_path / "d", seed=5)
    assert sizes(data) == {"train": 50, "validation": 10, "test": 20}
    assert data.given_split
    assert data.splits["test"]["origin_line"] == list(range(2, 22))
    assert not any(note.startswith("split:") for note in data.notes)


def test_a_validation_split_that_is_missing_is_cut_from_train_alone(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", table(lines(90)))
    write("d/test.tsv", table(lines(20, 90)))
    data = get(tmp_path / "d")
    assert sizes(data) == {"train": 80, "validation": 10, "test": 20}
    assert Counter(data.splits["validation"]["label"]) == {"a": 5, "b": 5}
    assert data.given_split


def test_a_test_split_that_is_missing_is_cut_from_train_alone(write: Write) -> None:
    one, two = write("a.tsv", table(lines(90))), write("b.tsv", table(lines(30, 90)))
    data = get(one, validation=str(two))
    assert sizes(data) == {"train": 80, "validation": 30, "test": 10}
    assert not data.given_split


def test_a_test_file_of_ones_own(write: Write) -> None:
    one, two = write("a.tsv", table(lines(90))), write("b.tsv", table(lines(30, 90)))
    data = get(one, test=str(two), split=(70.0, 20.0, 10.0))
    assert sizes(data) == {"train": 70, "validation": 20, "test": 30}
    assert set(data.splits["test"]["origin_file"]) == {str(two)}


def test_shares_as_asked_and_a_split_left_out(write: Write) -> None:
    path = write("a.tsv", table(lines(200)))
    assert sizes(get(path, split=(50.0, 25.0, 25.0))) == {"train": 100, "validation": 50, "test": 50}
    assert sizes(get(path, split=(90.0, 10.0, 0.0))) == {"train": 180, "validation": 20}
    assert set(sizes(get(path, split=(33.33, 33.33, 33.33))).values()) == {66, 67}


@pytest.mark.parametrize("shares", [(80.0, 10.0, 1.0), (0.0, 50.0, 50.0), (60.0, 60.0, 60.0)])
def test_shares_that_do_not_add_up_are_an_error(write: Write, shares: tuple[float, float, float]) -> None:
    with pytest.raises(ConfigError, match="do not add up to 100"):
        get(write("a.tsv", table(lines(20))), split=shares)


def test_limit_takes_the_first_rows_of_each_split(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", table(lines(50)))
    write("d/test.tsv", table(lines(20, 60)))
    data = get(tmp_path / "d", limit=3)
    assert sizes(data) == {"train": 3, "validation": 3, "test": 3}
    assert data.splits["test"]["origin_line"] == [2, 3, 4]


def test_cleaning_is_counted_over_all_splits(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", "text\tlabel\n  a  b\tx\na b\tX \n \ty\nc d e\ty\nf g\ty\n")
    write("d/dev.tsv", "text\tlabel\nh  i\tx\nj k\ty\n")
    write("d/test.tsv", "text\tlabel\nl  m\tx\nn o\ty\n")
    data = get(tmp_path / "d", clean=("whitespace", "labels", "drop-empty", "drop-duplicates"))
    assert data.cleaning == {"whitespace": 4, "labels": 1, "drop-empty": 1, "drop-duplicates": 1}
    assert data.skipped == 2
    assert [tuple(row[name] for name in ("text", "label", "origin_line")) for row in data.splits["train"]] == [
        ("a b", "x", 2), ("c d e", "y", 5), ("f g", "y", 6)
    ]  # fmt: skip


def test_cleaning_that_leaves_nothing_is_an_error(write: Write) -> None:
    path = write("a.tsv", "text\tlabel\n \tx\n \ty\n")
    with pytest.raises(DataError, match="no row is left after cleaning"):
        get(path, clean=("drop-empty",))


def test_empty_cells_are_empty_strings(write: Write) -> None:
    path = write("a.jsonl", '{"text": "a b", "label": null}\n{"text": null, "label": "x"}\n' * 5)
    rows = [row for split in get(path).splits.values() for row in split]
    assert {(row["text"], row["label"]) for row in rows} == {("a b", ""), ("", "x")}


def test_pairs(write: Write) -> None:
    rows = [f"premise number {number}\thypothesis number {number}\t{'yn'[number % 2]}" for number in range(40)]
    data = get(write("a.tsv", "sentence1\tsentence2\tlabel\n" + "".join(row + "\n" for row in rows)))
    assert data.schema.text_columns == ("sentence1", "sentence2")
    row = data.splits["train"][0]
    assert row["text_pair"] == row["text"].replace("premise", "hypothesis")


def test_inferences_are_said_with_their_file(write: Write) -> None:
    content = "".join(f"un mot {number} de plus\t{'ab'[number % 2]}\n" for number in range(20)) + "été\ta\n"
    path = write("a.tsv", content.encode("latin-1"))
    notes = get(path).notes
    assert f"{path}: encoding: latin-1 (inferred: 1 line is not UTF-8, the first is line 21)" in notes
    assert f"{path}: header: none (inferred: 'a' stands again in its column, 10x)" in notes
    assert "text: column_1 (inferred)" in notes
    assert "label: column_2 (inferred)" in notes


def test_notes_are_those_of_the_file_also_when_it_is_read_from_the_store(write: Write) -> None:
    content = "".join(f"some words {number}\t{'ab'[number % 2]}\n" for number in range(20))
    first = get(write("a.tsv", content)).notes
    second = get(write("b.tsv", content)).notes
    assert [note.replace("a.tsv", "b.tsv") for note in first] == list(second)


def test_a_file_of_another_split_without_the_column_is_named(write: Write) -> None:
    one, two = write("a.tsv", table(lines(20))), write("b.tsv", "text\nsome words\nother words\n")
    with pytest.raises(DataError) as caught:
        get(one, test=str(two))
    assert caught.value.where == str(two)
    assert "no column 'label'" in caught.value.what


def test_a_folder_without_training_rows(write: Write, tmp_path: Path) -> None:
    write("d/test.tsv", table(lines(20)))
    with pytest.raises(DataError, match="no training rows: there is only test"):
        get(tmp_path / "d")


def test_fingerprint_is_of_contents_and_not_of_places(write: Write) -> None:
    content = table(lines(30))
    first, moved = get(write("a.tsv", content)), get(write("elsewhere/b.tsv", content))
    assert first.fingerprint == moved.fingerprint
    changed = get(write("c.tsv", content.replace("words of text 7\t", "words of text 7!\t")))
    relabelled = get(write("d.tsv", content.replace("text 7\tb", "text 7\ta")))
    assert len({first.fingerprint, changed.fingerprint, relabelled.fingerprint}) == 3


def test_rows_of_one_file_for_predicting_keep_their_places(write: Write) -> None:
    rows = load_rows(
        DataConfig(source=str(write("a.txt", "b\n\nb\n")), clean=("drop-empty", "drop-duplicates", "lowercase")),
        require_labels=False,
    )
    assert rows["text"] == ["b", "", "b"]
    assert rows.column_names == ["text", "origin_file", "origin_line"]


def test_rows_for_scoring_are_those_of_the_test_file(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", table(lines(50)))
    write("d/test.tsv", table(lines(20, 60)))
    rows = load_rows(DataConfig(source=str(tmp_path / "d"), limit=5), require_labels=True)
    assert rows["origin_line"] == [2, 3, 4, 5, 6]
    assert set(rows["label"]) == {"a", "b"}
    with pytest.raises(DataError, match="no column of labels"):
        load_rows(DataConfig(source=str(write("x.txt", "one\ntwo\n"))), require_labels=True)


def test_rows_of_a_folder_with_train_and_validation_only_are_ambiguous(write: Write, tmp_path: Path) -> None:
    write("d/train.tsv", table(lines(20)))
    write("d/dev.tsv", table(lines(20, 60)))
    with pytest.raises(DataError, match="no test rows: there are train and validation"):
        load_rows(DataConfig(source=str(tmp_path / "d")), require_labels=True)


def test_labels_may_be_left_out_where_they_are_not_needed(write: Write) -> None:
    data = load(
        DataConfig(source=str(write("a.txt", "".join(f"l{n}\n" for n in range(50))))), seed=0, require_labels=False
    )
    assert sizes(data) == {"train": 40, "validation": 5, "test": 5}
    assert data.splits["train"].column_names == ["text", "origin_file", "origin_line"]
