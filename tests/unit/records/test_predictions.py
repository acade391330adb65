"""The lines of predictions.jsonl, and the place of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import read_predictions


def test_lines_come_in_order(tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    file.write_text('{"line": 1}\n{"line": 2, "text": "a\\u2028b"}\n', encoding="utf-8")
    assert list(read_predictions(file)) == [{"line": 1}, {"line": 2, "text": "a\u2028b"}]


@pytest.mark.parametrize("line", ["{half", "[1, 2]", "3", ""])
def test_a_line_that_is_no_prediction_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    file.write_text(f'{{"line": 1}}\n{line}\n', encoding="utf-8")
    with pytest.raises(RunError) as caught:
        list(read_predictions(file))
    assert caught.value.where == f"{file}:2"
