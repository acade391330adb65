"""accent.json: found from a run or its model folder, checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.errors import RunError
from accent.inference import Settings, find_model, read_settings
from accent.tokenization import LongTexts
from tests.unit.inference.small import LABELS, write_settings


def test_it_is_read_from_the_run_or_the_model_folder(tmp_path: Path) -> None:
    model = tmp_path / "run" / "model"
    model.mkdir(parents=True)
    write_settings(model, pair=True)
    assert find_model(tmp_path / "run") == model
    assert find_model(str(model)) == model
    assert read_settings(model) == Settings(
        task="classification",
        labels=LABELS,
        max_length=24,
        pair=True,
        long_texts=LongTexts(),
        task_settings={"labels": list(LABELS)},
    )


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"max_length": None}, "max_length is not a number"),
        ({"max_length": True}, "max_length is not a number"),
        ({"labels": "ab", "pair": 1}, "labels is not a list; pair is not true or false"),
        ({"version": 1}, "format 1, and this Accent reads format 2"),
        ({"version": 3}, "format 3, and this Accent reads format 2"),
        ({"long_texts": {"depth": 3}}, "long_texts is not understood"),
        ({"long_texts": {"windows": "yes"}}, "windows is 'yes'"),
        ({"task": "poetry"}, "there is no task 'poetry'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    write_settings(tmp_path, **changes)
    with pytest.raises(RunError, match=complaint) as caught:
        read_settings(tmp_path)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(("text", "complaint"), [("{", "not JSON"), ("[]", "not a JSON object")])
def test_a_damaged_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "accent.json").write_text(text)
    with pytest.raises(RunError, match=complaint):
        read_settings(tmp_path)


def test_a_run_that_has_not_ended_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text("{}")
    with pytest.raises(RunError, match="no model yet") as caught:
        find_model(tmp_path)
    assert f"--resume {tmp_path}" in caught.value.remedy


def test_no_folder_and_a_folder_without_a_model_differ(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        find_model(tmp_path / "absent")
    with pytest.raises(RunError, match=r"no accent\.json"):
        find_model(tmp_path)
