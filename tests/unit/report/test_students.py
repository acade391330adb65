"""A student beside its teacher on the page and on the card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accent.records import Record, RunFolder, read_json, write_json
from accent.report import write_card, write_report
from accent.report.reading import read_material
from accent.report.students import student_rows, student_sentence
from accent.report.summary import statements
from tests.unit.report.runs import make_run

NO_BREAK = "\u00a0"
DASH = "\u2013"
LINE = "keeps 97.8 % of the teacher's accuracy at 1.93 times its speed, 51 % of its size"


def distilled(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "score": "accuracy",
        "split": "test",
        "student": {"value": 0.88, "low": 0.86, "high": 0.9, "n": 400},
        "teacher": {"value": 0.9, "low": 0.88, "high": 0.92, "n": 400},
        "kept": {"value": 0.9778, "low": 0.961, "high": 0.994, "n": 400},
        "speed": {"value": 1.934, "low": 1.9, "high": 2.04, "n": 5},
        "student_bytes": 46_000_000,
        "teacher_bytes": 90_900_000,
        "agreement": False,
        "size": 46 / 90.9,
        "line": LINE,
    }
    return made | changes


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = make_run(tmp_path / "run")
    record = Record.read(folder)
    record.config["teacher"] = "runs/large"
    record.base |= {"name": "runs/large", "layers": [1, 3, 6], "layers_of": 6}
    record.write(folder)
    _put(folder, distilled())
    return folder


def test_the_table_has_score_speed_size_and_layers(folder: RunFolder) -> None:
    found = [
        [row.name, *((one.value, one.interval) for one in (row.student, row.teacher, row.ratio))]
        for row in student_rows(read_material(folder))
    ]
    nothing = (DASH, "")
    assert found == [
        [
            "Accuracy, test",
            ("0.880", f"0.860{DASH}0.900"),
            ("0.900", f"0.880{DASH}0.920"),
            _share("97.8", f"96.1{DASH}99.4"),
        ],
        ["Speed", nothing, nothing, ("1.93 times", f"1.90{DASH}2.04, 5 rounds")],
        ["Weights on disk", ("46.0 MB", ""), ("90.9 MB", ""), _share("51", "")],
        ["Layers", ("3", "copied: 1, 3, 6"), ("6", ""), _share("50", "")],
    ]


def test_the_sentence_has_an_interval_and_stands_on_page_and_card(folder: RunFolder) -> None:
    material = read_material(folder)
    sentence = student_sentence(material)
    assert sentence is not None
    assert sentence.replace(NO_BREAK, " ") == (
        f"The student {LINE}. On other rows like these it may keep 96.1{DASH}99.4 % (95 % interval, n = 400)."
    )
    assert sentence in [one.text for one in statements(material)]
    page = write_report(folder).read_text(encoding="utf-8")
    assert '<section id="student">' in page
    assert "Beside its teacher" in page
    assert "1.93 times" in page
    assert "<dt>Teacher</dt>" in page
    folder.model.mkdir(exist_ok=True)
    card = write_card(folder).read_text(encoding="utf-8")
    assert "a smaller student of large, taught on" in card
    assert "97.8 %" in card
    assert "base_model" not in card


def test_a_teacher_without_a_score_and_rows_without_labels(folder: RunFolder) -> None:
    _put(folder, distilled(kept=None, line="reaches accuracy 0.880, the teacher 0.000"))
    assert student_rows(read_material(folder))[0].ratio.value == DASH
    assert student_sentence(read_material(folder)) == "The student reaches accuracy 0.880, the teacher 0.000."
    _put(folder, distilled(agreement=True))
    assert "it may agree 96.1" in (student_sentence(read_material(folder)) or "")
    assert "the teacher's own answers stand for them" in write_report(folder).read_text(encoding="utf-8")


def test_other_runs_say_nothing_of_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    material = read_material(folder)
    assert (student_rows(material), student_sentence(material)) == ([], None)
    assert not material.is_student
    assert "Beside its teacher" not in write_report(folder).read_text(encoding="utf-8")
    assert replace(material, record=replace(material.record, config={"teacher": "x"})).is_student


def _share(value: str, between: str) -> tuple[str, str]:
    return f"{value}{NO_BREAK}%", between


def _put(folder: RunFolder, found: dict[str, Any]) -> None:
    write_json(folder.scores, read_json(folder.scores) | {"distilled": found})
