"""Changed copies: their flags, in every place where settings are given, and what does not go with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config import AugmentConfig, FinetuneConfig
from accent.config.load import resolve
from accent.config.show import to_dict, to_yaml
from accent.errors import ConfigError, Problems


def config(**flags: object) -> FinetuneConfig:
    return resolve(FinetuneConfig, flags={"data": "x.csv"} | flags)


def problem(**flags: object) -> ConfigError:
    with pytest.raises(Problems) as caught:
        config(**flags)
    (found,) = caught.value.errors
    assert isinstance(found, ConfigError)
    return found


def test_flags_are_flat_and_the_list_may_be_given_twice_or_with_commas() -> None:
    found = config(augment=["swap,delete", "synonyms"], augment_share="0.2", augment_copies="3")
    asked = AugmentConfig(augment=("swap", "delete", "synonyms"), augment_share=0.2, augment_copies=3)
    assert found.augmentation == asked
    assert config().augmentation == AugmentConfig()


def test_a_file_may_name_them_flat_or_in_their_section(tmp_path: Path) -> None:
    flat, nested = tmp_path / "flat.yaml", tmp_path / "nested.yaml"
    flat.write_text("data: x.csv\naugment: [swap]\naugment_copies: 2\n", encoding="utf-8")
    nested.write_text("data: x.csv\naugmentation:\n  augment: [swap]\n  augment_copies: 2\n", encoding="utf-8")
    found = resolve(FinetuneConfig, file=flat)
    assert found.augmentation == AugmentConfig(augment=("swap",), augment_copies=2)
    assert resolve(FinetuneConfig, file=nested) == found
    written = tmp_path / "written.yaml"
    written.write_text(to_yaml(found), encoding="utf-8")
    assert resolve(FinetuneConfig, file=written) == found


def test_share_and_copies_without_a_change_have_no_effect() -> None:
    assert "augment_share has no effect" in problem(augment_share="0.2").what
    assert "augment_copies has no effect" in problem(augment_copies="2").what
    assert to_dict(config())["augmentation"] == {"augment": []}


@pytest.mark.parametrize("share", ["0", "1", "1.5", "-0.1"])
def test_a_share_is_above_0_and_below_1(share: str) -> None:
    assert "augment_share must be a number above 0 and below 1" in problem(augment=["swap"], augment_share=share).what


@pytest.mark.parametrize("task", ["qa", "generation", "summarization"])
def test_tasks_whose_answers_are_made_of_the_text_refuse_them(task: str) -> None:
    found = problem(augment=["swap"], task=task)
    assert (found.where, found.remedy) == ("--augment", "Leave it out.")
    assert found.what == f"augment changes words of the text, and the answers of {task} are made of these"


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression", "tagging"])
def test_tasks_with_labels_take_them(task: str) -> None:
    assert config(augment=["swap"], task=task).augmentation.augment == ("swap",)


def test_backoff_needs_tags() -> None:
    assert (
        "backoff needs words with tags, and regression has none" in problem(augment=["backoff"], task="regression").what
    )
    assert config(augment=["backoff"], task="tagging").augmentation.augment == ("backoff",)


def test_a_change_is_named_once_and_by_a_name_that_there_is() -> None:
    assert "names a change twice" in problem(augment=["swap", "swap"]).what
    assert problem(augment=["synonym"]).remedy == "Did you mean synonyms?"
