"""Settings of a distillation: what goes with which teacher, and the pretraining that one on running text is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accent.config.distillation import DistillConfig, as_pretraining, has_model, is_fitted
from accent.config.load import resolve
from accent.config.show import to_dict
from accent.errors import Problems


@pytest.fixture
def teachers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders that look like a fitted run, its model, a pretrained run, and one that has not ended."""
    monkeypatch.chdir(tmp_path)
    for name in ("fitted/model/accent.json", "fitted/model/config.json", "fitted/record.json"):
        _touch(tmp_path / name)
    for name in ("pretrained/model/config.json", "pretrained/record.json", "begun/record.json"):
        _touch(tmp_path / name)
    return tmp_path


def distill(teacher: str, **settings: Any) -> DistillConfig:
    return resolve(DistillConfig, flags={"teacher": teacher, "data": "rows.csv", **settings}, typed=True)


def test_teachers_are_told_apart_by_their_files(teachers: Path) -> None:
    names = ("fitted", "fitted/model", "pretrained", "begun", "builtin:minilm", "nowhere/to/be")
    assert [is_fitted(name) for name in names] == [True, True, False, False, False, False]
    assert [has_model(name) for name in names] == [True, True, True, False, True, True]


@pytest.mark.parametrize(
    ("teacher", "settings", "what"),
    [
        ("fitted", {"block_length": 64}, "block_length has no effect: the teacher answers a task"),
        ("fitted", {"attention": 1.0}, "attention has no effect: the teacher answers a task"),
        ("fitted", {"alpha": 0.0, "hidden_weight": 0.0}, "nothing is learned from the teacher"),
        ("pretrained", {"alpha": 0.3}, "alpha has no effect: pretrained was not fine-tuned by Accent"),
        ("builtin:minilm", {"label_column": ["label"]}, "label_column has no effect: builtin:minilm was not"),
        ("pretrained", {"mask_rate": 0.0}, "a mask rate of 0 hides nothing"),
        ("pretrained", {"soft_weight": 0.0, "hidden_weight": 0.0}, "nothing is distilled"),
        ("fitted", {"layers": 0}, "layers must be a whole number above 0"),
        ("fitted", {"temperature": 0.0}, "above 0"),
        ("fitted", {"alpha": 1.5}, "alpha"),
        ("fitted", {"early_stoping": 3}, "early_stopping"),
    ],
)
def test_what_does_not_go_together_is_said(teacher: str, settings: dict[str, Any], what: str, teachers: Path) -> None:
    with pytest.raises(Problems) as caught:
        distill(teacher, **settings)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("teacher", "settings"),
    [
        ("fitted", {"alpha": 1.0, "temperature": 4.0, "label_column": ["stars"], "layers": 3}),
        ("fitted", {"alpha": 0.0}),
        ("pretrained", {"soft_weight": 0.0, "attention": 2.0, "hidden_weight": 0.0, "documents": "line"}),
        ("pretrained", {"token_weight": 0.0}),
        ("begun", {"alpha": 0.3, "block_length": 64}),
    ],
)
def test_what_goes_together_goes(teacher: str, settings: dict[str, Any], teachers: Path) -> None:
    found = distill(teacher, **settings)
    assert {name: _find(to_dict(found), name) for name in settings} == settings


@pytest.mark.parametrize(
    ("documents", "expected"), [(None, "blank-line"), ("paragraph", "blank-line"), ("line", "line"), ("file", "file")]
)
def test_running_text_is_read_as_a_pretraining_reads_it(documents: Any, expected: str, teachers: Path) -> None:
    given = {"documents": documents} if documents else {}
    settings = {"block_length": 48, "mask_rate": 0.3, "split": (90.0, 7.0, 3.0), "encoding": "latin-1", "seed": 9}
    asked = as_pretraining(distill("pretrained", updates=7, learning_rate=1e-3, limit=20, **settings, **given))
    assert (asked.corpus.sources, asked.corpus.documents, asked.corpus.limit) == (("rows.csv",), expected, 20)
    assert (asked.corpus.validation_share, asked.corpus.encoding) == (0.07, "latin-1")
    assert (asked.objective.objective, asked.objective.mask_rate, asked.start.base) == (None, 0.3, "pretrained")
    training = asked.training
    assert (training.block_length, training.updates, training.learning_rate) == (48, 7, 1e-3)
    assert (training.optimizer, training.batch_size, asked.run.seed) == ("adamw", 32, 9)


def _find(sections: dict[str, Any], name: str) -> Any:
    return next(section[name] for section in sections.values() if isinstance(section, dict) and name in section)


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", encoding="utf-8")
