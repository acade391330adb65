"""Times and amounts as users write them."""

from __future__ import annotations

import pytest

from accent.config import FinetuneConfig
from accent.config.load import resolve
from accent.config.quantities import bytes_of, is_amount, is_duration, seconds_of
from accent.errors import Problems


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), ("2 M", 120), (" 0.5s ", 0.5), ("3H", 10800)]
)
def test_times(text: str, seconds: float) -> None:
    assert is_duration(text)
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("text", "count"), [("500MB", 500_000_000), ("8GB", 8_000_000_000), ("8 gib", 8 * 2**30), ("1.5TB", 1.5e12)]
)
def test_amounts(text: str, count: int) -> None:
    assert is_amount(text)
    assert bytes_of(text) == count


@pytest.mark.parametrize(
    "text", ["", "10", "m", "ten m", "-5m", "0s", "1e3s", "5 minutes", "1,5h", "9" * 400 + "h", "8GB"]
)
def test_what_is_no_time(text: str) -> None:
    assert not is_duration(text)


@pytest.mark.parametrize("text", ["", "8", "GB", "0MB", "8 G B", "10m"])
def test_what_is_no_amount(text: str) -> None:
    assert not is_amount(text)


def test_a_wrong_time_is_told_with_examples() -> None:
    with pytest.raises(Problems) as raised:
        resolve(FinetuneConfig, flags={"data": "a.csv", "time_budget": "ten"})
    assert str(raised.value) == (
        "time_budget must be a time such as 90s, 10m or 1.5h, not 'ten' (--time-budget)\n"
        "Give a time such as 90s, 10m or 1.5h."
    )


@pytest.mark.parametrize("name", ["epochs", "updates"])
def test_a_time_budget_goes_with_no_other_length(name: str) -> None:
    with pytest.raises(Problems, match=f"{name} has no effect: time_budget is given"):
        resolve(FinetuneConfig, flags={"data": "a.csv", "time_budget": "10m", name: "3"})


def test_a_time_budget_replaces_the_lengths_of_a_file(tmp_path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("data:\n  source: a.csv\ntraining:\n  epochs: 3\n", encoding="utf-8")
    training = resolve(FinetuneConfig, file=file, flags={"time_budget": "10m"}).training
    assert (training.epochs, training.updates, training.time_budget) == (None, None, "10m")
    assert resolve(FinetuneConfig, file=file, flags={"updates": "5"}).training.updates == 5
