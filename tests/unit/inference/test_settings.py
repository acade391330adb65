"""accent.json: found from a run or its model folder, checked before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config import FullConfig, LoraConfig
from accent.config.show import to_dict
from accent.errors import RunError
from accent.inference import OwnBase, Settings, find_model, read_settings
from accent.records import Record, RunFolder
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
        strategy=FullConfig(),
        saved="whole",
        base=OwnBase("x", "0"),
    )


def test_strategy_and_base_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = LoraConfig(rank=3, alpha=1.5, targets=("query", "all-linear"))
    base = {"name": "org/tiny", "digest": "ab", "revision": "v2"}
    write_settings(tmp_path, strategy=to_dict(written), saved="changes", base=base)
    found = read_settings(tmp_path)
    assert (found.strategy, found.saved, found.base) == (written, "changes", OwnBase("org/tiny", "ab", "v2"))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"max_length": None}, "max_length is not a number"),
        ({"max_length": True}, "max_length is not a number"),
        ({"labels": "ab", "pair": 1}, "labels is not a list; pair is not true or false"),
        ({"version": 2}, "format 2, and this Accent reads format 3"),
        ({"version": 4}, "format 4, and this Accent reads format 3"),
        ({"strategy": None}, "strategy is not an object"),
        ({"strategy": {"kind": "magic"}}, "strategy is not understood: kind is not one of full, head"),
        ({"strategy": {"kind": "lora", "rank": "8"}}, "strategy is not understood"),
        ({"strategy": {"kind": "lora", "ranks": 8}}, "LoraConfig knows no ranks"),
        ({"saved": "half"}, "saved is 'half' and not whole or changes"),
        ({"base": {"name": "x"}}, "base has no name or no digest"),
        ({"base": {"name": "x", "digest": "0", "revision": 3}}, "base has no name or no digest"),
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
    for config, verb in (({"data": {}}, "finetune"), ({"corpus": {}}, "pretrain")):
        Record(command=[], config=config, seed=0, status="interrupted").write(RunFolder(tmp_path))
        with pytest.raises(RunError, match="no model yet") as caught:
            find_model(tmp_path)
        assert f"accent {verb} --resume {tmp_path}" in caught.value.remedy


def test_a_pretrained_run_has_no_task_and_says_what_to_do(tmp_path: Path) -> None:
    Record(command=[], config={"corpus": {}}, seed=0, status="done").write(RunFolder(tmp_path))
    with pytest.raises(RunError, match="pretrained") as caught:
        find_model(tmp_path)
    assert f"accent finetune DATA --base {tmp_path}" in caught.value.remedy


def test_no_folder_and_a_folder_without_a_model_differ(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        find_model(tmp_path / "absent")
    with pytest.raises(RunError, match=r"no accent\.json"):
        find_model(tmp_path)
