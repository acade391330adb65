"""Data sets from the Hub become rows like those of files; without a network the error says so."""

from __future__ import annotations

from typing import Any

import datasets
import huggingface_hub
import pytest
from datasets.exceptions import DatasetNotFoundError

from accent.config.data import DataConfig
from accent.data import hub, load
from accent.data.hub import read_hub
from accent.data.sources import HubSource
from accent.errors import DataError

FEATURES = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])})


def made_up(rows: int) -> datasets.Dataset:
    columns = {"text": [f"text number {number}" for number in range(rows)], "label": [n % 2 for n in range(rows)]}
    return datasets.Dataset.from_dict(columns, features=FEATURES)


def test_splits_and_class_names_of_the_hub_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def give(*names: Any) -> datasets.DatasetDict:
        asked.append(names)
        return datasets.DatasetDict({"train": made_up(40), "test": made_up(10), "unsupervised": made_up(5)})

    monkeypatch.setattr(hub.datasets, "load_dataset", give)
    data = load(DataConfig(source="someone/reviews:plain"), seed=0)
    assert asked == [("someone/reviews", "plain")]
    assert {split: len(rows) for split, rows in data.splits.items()} == {"train": 36, "validation": 4, "test": 10}
    assert data.splits["test"][3] == {
        "text": "text number 3", "label": "pos", "origin_file": "hub:someone/reviews/test", "origin_line": 4
    }  # fmt: skip
    assert set(data.files) == {"hub:someone/reviews/train", "hub:someone/reviews/test"}


def test_a_set_without_known_splits_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.datasets, "load_dataset", lambda *_: datasets.DatasetDict({"full": made_up(4)}))
    with pytest.raises(DataError, match="no split called train, validation or test among full"):
        read_hub(HubSource(name="someone/set"), offline=False)


def raiser(error: Exception) -> Any:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [DatasetNotFoundError("gone"), ConnectionError("no network"), FileNotFoundError()])
@pytest.mark.parametrize("offline", [True, False])
def test_what_cannot_be_fetched_is_a_data_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, offline: bool
) -> None:
    monkeypatch.setattr(hub.datasets, "load_dataset", raiser(error))
    with pytest.raises(DataError) as caught:
        read_hub(HubSource(name="someone/set"), offline=offline)
    assert ("the network is off" in caught.value.what) is offline
    assert ("--offline" in caught.value.remedy) is offline
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_configuration_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.datasets, "load_dataset", raiser(ValueError("Config name is missing.\nPick one.")))
    with pytest.raises(DataError) as caught:
        read_hub(HubSource(name="glue"), offline=False)
    assert str(caught.value) == "Config name is missing. (glue)\nName a configuration: glue:CONFIGURATION."


def test_offline_switches_both_libraries_off_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    seen: list[tuple[bool, bool]] = []

    def look(*_: object) -> None:
        seen.append((datasets.config.HF_HUB_OFFLINE, huggingface_hub.constants.HF_HUB_OFFLINE))
        raise ConnectionError

    monkeypatch.setattr(hub.datasets, "load_dataset", look)
    for offline in (True, False):
        with pytest.raises(DataError):
            read_hub(HubSource(name="x"), offline=offline)
    assert seen == [(True, True), (False, False)]


def test_the_real_library_offline_opens_no_connection() -> None:
    with pytest.raises(DataError, match="the network is off"):
        read_hub(HubSource(name="accent-tests/no-such-set"), offline=True)
