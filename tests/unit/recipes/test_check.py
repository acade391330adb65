"""Check: the task says how the rows are read, what is asked of them, and whether long ones are cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.checkpoints import make_checkpoint

from accent.config import CheckConfig, DataConfig, ModelConfig, PlaceConfig, TaskName
from accent.data import Audit
from accent.recipes import check

SENTENCE = "we waited an hour for cold soup and a bill that was not ours"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    make_checkpoint(folder, family="bert")
    return folder


def checked(base: Path, data: Path, task: TaskName, **settings: int) -> Audit:
    config = CheckConfig(
        data=DataConfig(source=str(data)),
        task=task,
        model=ModelConfig(base=str(base)),
        run=PlaceConfig(output=str(data.parent / "out"), offline=True),
        **settings,
    )
    found = check(config)
    assert json.loads((data.parent / "out" / "audit.json").read_text()) == found.to_json()
    return found


def write_lines(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rows_are_read_as_the_task_reads_them(base: Path, tmp_path: Path) -> None:
    lines = [f"{word}\tB-THING\nis\tO\nhere\tI-THING\n\n" for word in ("soup", "film", "lamp", "song", "tent")]
    (tmp_path / "rows.conll").write_text("".join(lines), encoding="utf-8")
    found = checked(base, tmp_path / "rows.conll", "tagging")
    (stray,) = (one for one in found.findings if one.kind == "stray-tags")
    assert stray.count == 5
    assert sum(facts.labels["THING"] for facts in found.splits.values()) == 5


def test_numbers_are_no_classes(base: Path, tmp_path: Path) -> None:
    rows: list[object] = [{"text": f"{SENTENCE} {at}", "score": at / 2} for at in range(30)]
    found = checked(base, write_lines(tmp_path / "rows.jsonl", rows), "regression")
    assert found.splits["train"].labels == {}
    assert {facts.numbers["score"]["min"] >= 0 for facts in found.splits.values()} == {True}


def test_long_rows_are_cut_where_the_task_reads_one_window(base: Path, tmp_path: Path) -> None:
    rows: list[object] = [{"text": f"{SENTENCE} {at}", "label": "ab"[at % 2]} for at in range(30)]
    found = checked(base, write_lines(tmp_path / "rows.jsonl", rows), "classification", max_length=8)
    assert "truncation" in {one.kind for one in found.findings}
    assert found.splits["train"].truncated_rows


def test_long_rows_are_cut_nowhere_where_the_task_reads_windows(base: Path, tmp_path: Path) -> None:
    answers = [{"text": "cold", "answer_start": SENTENCE.index("cold")}]
    rows: list[object] = [{"question": f"What was {at}?", "context": SENTENCE, "answers": answers} for at in range(6)]
    found = checked(base, write_lines(tmp_path / "rows.jsonl", rows), "qa", max_length=8)
    kinds = {one.kind for one in found.findings}
    assert "windows" in kinds
    assert "truncation" not in kinds
    assert found.splits["train"].truncated_rows == 0
