from __future__ import annotations

import shutil
from pathlib import Path

from accent.records import RunFolder
from accent.report.reading import read_material
from accent.report.tables import class_table, confusions, label_table, split_table


def copy_run(source: RunFolder, target: Path) -> RunFolder:
    shutil.copytree(source.path, target)
    return RunFolder(target)


def test_classes_keep_their_order_and_counts(questions: RunFolder) -> None:
    material = read_material(questions)
    rows = class_table(material)
    assert [row.name for row in rows] == ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]
    counts = material.scores["confusion"]["counts"]
    assert [row.n for row in rows] == [str(sum(row)) for row in counts]
    assert rows[0].train == "1,004"


def test_confusions_are_sorted_and_right_answers_are_none(questions: RunFolder) -> None:
    material = read_material(questions)
    found = confusions(material)
    assert found
    assert all(gold != answer for gold, answer, _, _ in found)
    rows = [int(count) for _, _, count, _ in found]
    assert rows == sorted(rows, reverse=True)
    matrix = material.scores["confusion"]
    gold, answer, count, share = found[0]
    line = matrix["counts"][matrix["labels"].index(gold)]
    assert int(count) == line[matrix["labels"].index(answer)]
    assert share == f"{100 * int(count) / sum(line):.1f}\u00a0%"


def test_splits_come_in_their_order_and_labels_by_frequency(reviews: RunFolder) -> None:
    material = read_material(reviews)
    assert [row["name"] for row in split_table(material)] == ["train", "test"]
    splits, rows = label_table(material)
    assert splits == ["train", "test"]
    assert rows[0] == ("negative", [("1,920", 60.0), ("240", 60.0)])


def test_without_an_audit_the_record_gives_the_rows(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    folder.audit.unlink()
    material = read_material(folder)
    assert [(row["name"], row["rows"], row["mean"]) for row in split_table(material)] == [
        ("train", "3,200", "\u2013"),
        ("validation", "400", "\u2013"),
        ("test", "400", "\u2013"),
    ]
    assert label_table(material) == ([], [])
