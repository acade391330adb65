"""A model fine-tuned again on other labels keeps what it learned of those that stayed, by name, and says so."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from accent.cli.console import Console
from accent.cli.main import run
from accent.cli.progress import Progress
from accent.modeling import find_base, load_model
from tests.checkpoints import make_checkpoint
from tests.workflows.small import small_data

BEFORE, AFTER = ("bad", "good", "mixed"), ("good", "poor", "strange")
"""The second data set has `bad` under the name of `poor`, no `mixed`, and `strange` anew; the order changes too."""
OLD_PLACE = {"good": 1, "poor": 0}
HEAD = ("classifier.weight", "classifier.bias")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run over the first labels."""
    folder = tmp_path_factory.mktemp("relabelled")
    make_checkpoint(folder / "base", "bert")
    assert run(words(folder, BEFORE, folder / "base", "first", "--updates", "2", "--quiet")) == 0
    return folder / "first"


def words(folder: Path, labels: Sequence[str], base: Path, name: str, *more: str) -> list[str]:
    """Write rows with `labels` in turn, and return the command that fits `base` to them."""
    data = folder / f"{name}.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        rows = [(text, labels[number % len(labels)]) for number, (text, _) in enumerate(small_data())]
        csv.writer(file).writerows([("text", "label"), *rows])
    found = ["finetune", str(data), "--base", str(base), "--allow", "leaks,conflicts", "--precision", "fp32"]
    return [*found, "--output", str(folder / name), "--seed", "3", "--offline", *more]


def test_the_head_begins_with_the_rows_of_the_labels_that_stayed(first: Path) -> None:
    stored = load_file(first / "model" / "model.safetensors")
    base = find_base(str(first / "model"))
    loaded = load_model(base, "sequence", AFTER, rename=("bad=poor",), seed=3)
    for name in HEAD:
        for label, place in OLD_PLACE.items():
            assert torch.equal(loaded.model.get_parameter(name)[AFTER.index(label)], stored[name][place]), label
    drawn = loaded.model.get_parameter("classifier.weight")[AFTER.index("strange")]
    assert not any(torch.equal(drawn, row) for row in stored["classifier.weight"])
    assert drawn.std().item() == pytest.approx(0.02, rel=0.5)  # BERT's initializer_range
    body = {name: tensor for name, tensor in loaded.model.state_dict().items() if name not in HEAD}
    assert body.keys() == stored.keys() - set(HEAD)
    assert all(torch.equal(tensor, stored[name]) for name, tensor in body.items())
    assert loaded.model.config.id2label == dict(enumerate(AFTER))


def test_the_run_tells_and_records_what_became_of_the_labels(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = words(tmp_path, AFTER, first / "model", "again", "--rename", "bad=poor", "--updates", "1")
    assert run([*again, "--learning-rate", "1e-9", "--save-every", "1"]) == 0
    told = capsys.readouterr().err
    assert "labels: 2 kept (good, poor), 1 renamed (bad=poor), 1 added (strange), 1 removed (mixed)" in told
    record = json.loads((tmp_path / "again" / "record.json").read_text())
    assert record["base"]["load"]["labels"] == {
        "kept": ["good", "poor"],
        "renamed": ["bad=poor"],
        "added": ["strange"],
        "removed": ["mixed"],
    }
    stored = load_file(first / "model" / "model.safetensors")["classifier.weight"]
    trained = load_file(tmp_path / "again" / "model" / "model.safetensors")["classifier.weight"]
    for label, place in OLD_PLACE.items():
        assert torch.allclose(trained[AFTER.index(label)], stored[place], atol=1e-6)


def test_a_base_without_such_a_head_has_no_labels_to_tell_of(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(tmp_path, BEFORE, first.parent / "base", "fresh", "--updates", "1")) == 0
    assert "labels:" not in capsys.readouterr().err
    assert json.loads((tmp_path / "fresh" / "record.json").read_text())["base"]["load"]["labels"] is None


def test_of_many_labels_the_first_few_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    labels = {"kept": tuple("abcdef"), "renamed": (), "added": (), "removed": ("x",)}
    load = {"loaded": 9, "new": (), "discarded": (), "labels": labels}
    Progress(Console())("base", {"name": "mine", "parameters": 1000, "load": load})
    assert capsys.readouterr().err.splitlines()[-1] == "  labels: 6 kept (a, b, c, d, ...), 1 removed (x)"
