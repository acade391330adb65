"""Evaluate: labels that a model does not know are told before anything is predicted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.unit.inference.small import save_run, save_tagger

from accent.config import DataConfig, EvaluateConfig
from accent.errors import DataError
from accent.inference import Predictor
from accent.recipes import evaluate


@pytest.fixture
def nothing_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Predictor, *args: object, **options: object) -> None:
        raise AssertionError("rows are predicted before their labels are looked at")

    monkeypatch.setattr(Predictor, "predict", refuse)


def evaluated(run: Path, file: Path) -> tuple[dict[str, Any], list[str]]:
    notes: list[str] = []

    def listen(kind: str, fields: Mapping[str, Any]) -> None:
        notes.extend(fields["notes"] if kind == "data" else ())

    config = EvaluateConfig(target=str(run), data=DataConfig(source=str(file)), precision="fp32")
    return evaluate(config, listen=listen), notes


def test_unknown_classes_are_refused_with_their_place(tmp_path: Path, nothing_predicted: None) -> None:
    file = tmp_path / "new.csv"
    lines = [f"a fine film of {number} hours,good\n" for number in range(12)]
    file.write_text("text,label\n" + "".join([*lines, "so so,fair\n", *lines, "no,fair\n"]), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        evaluated(save_run(tmp_path), file)
    assert caught.value.what == (
        "label 'fair' is not one of the model's 3 classes, bad, good, mixed (2 rows have such labels)"
    )
    assert caught.value.where == f"{file}:14"


def test_stray_tags_are_refused_with_their_place_where_the_run_did_not_mend_them(
    tmp_path: Path, nothing_predicted: None
) -> None:
    file = tmp_path / "new.conll"
    file.write_text("Ada\tB-PER\nmet\tO\n\nBen\tB-PER\n\nto\tO\nRome\tI-PER\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        evaluated(save_tagger(tmp_path, ("O", "B-PER", "I-PER")), file)
    assert caught.value.what == "the tag I-PER of 'Rome' continues no entity"
    assert caught.value.where == f"{file}:6"


def test_unknown_tags_count_as_wrong_and_are_noted(tmp_path: Path) -> None:
    file = tmp_path / "new.conll"
    file.write_text("Ada\tB-PER\nmet\tO\n\nto\tO\nRome\tI-LOC\n\nIBM\tB-ORG\n", encoding="utf-8")
    scores, notes = evaluated(save_tagger(tmp_path, ("O", "B-PER", "I-PER"), strays="mend"), file)
    assert notes == ["2 words have tags that the model does not know and counts as wrong: B-LOC, B-ORG"]
    found = {
        name: (scores["test"][f"recall/{name}"]["value"], scores["test"][f"recall/{name}"]["n"])
        for name in ("LOC", "ORG")
    }
    assert found == {"LOC": (0.0, 1), "ORG": (0.0, 1)}
