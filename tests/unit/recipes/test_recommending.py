"""Which strategy is recommended, rule by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accent.recipes.predicting import Prediction
from accent.recipes.recommending import Situation, recommend

SITUATION = Situation(
    rows=20_000,
    smallest_class=("spam", 900),
    memory=8_000_000_000,
    device_memory=None,
    memory_is_asked=False,
    seconds=None,
    tasks=1,
    batch_size=32,
    microbatch=32,
)


def costs(strategy: str, seconds: float, memory: int) -> Prediction:
    return Prediction(
        strategy=strategy,
        parts={},
        seconds=seconds,
        memory=memory,
        device_memory=None,
        microbatch=32,
        disk=10,
        model_bytes=90_000_000,
        parameters=1000,
        trainable=500,
        expected=500,
        updates=10,
        epochs=1.0,
        learning_rate=1e-4,
        reason="as given",
        suggested_rate=None,
    )


ALL = [
    costs("full", 1000.0, 2_000_000_000),
    costs("head", 60.0, 800_000_000),
    costs("partial", 500.0, 1_500_000_000),
    costs("lora", 700.0, 1_200_000_000),
    costs("adapter", 600.0, 1_100_000_000),
]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "full"),
        ({"rows": 999}, "lora"),
        ({"tasks": 2}, "lora"),
        ({"seconds": 800.0}, "lora"),
        ({"seconds": 650.0}, "adapter"),
        ({"seconds": 550.0}, "partial"),
        ({"seconds": 100.0}, "head"),
        ({"seconds": 650.0, "tasks": 5}, "adapter"),
        ({"seconds": 550.0, "tasks": 5}, "head"),
        ({"memory": 1_600_000_000, "memory_is_asked": True}, "lora"),
        ({"memory": 1_150_000_000, "memory_is_asked": True}, "adapter"),
        ({"seconds": 10.0}, None),
        ({"memory": 1_000_000, "memory_is_asked": True}, None),
    ],
)
def test_the_strongest_that_fits(change: dict[str, object], expected: str | None) -> None:
    assert recommend(ALL, replace(SITUATION, **change)).strategy == expected


def test_reasons_are_sentences_that_name_what_decided() -> None:
    found = recommend(ALL, replace(SITUATION, seconds=650.0, memory=1_150_000_000, memory_is_asked=True))
    assert found.reasons[0] == (
        "adapter is the first choice of those that fit: it moves 50.00% of the weights, takes 10 min 0 s and 1.1 GB, "
        "and leaves a model of 90.0 MB."
    )
    assert "full takes 2.0 GB of memory; a run may take 1.1 GB." in found.reasons
    assert "lora takes 1.2 GB of memory; a run may take 1.1 GB." in found.reasons
    assert "For a first look head takes 1 min 0 s." in found.reasons


def test_a_limit_of_the_machine_is_called_so() -> None:
    found = recommend(ALL, replace(SITUATION, memory=1_900_000_000))
    assert "full takes 2.0 GB of memory; this machine has 1.9 GB." in found.reasons


def test_memory_is_held_against_its_own_kind() -> None:
    """The device has less than the machine: a run that the one holds may be too much for the other."""
    runs = [replace(ALL[0], device_memory=900_000_000), replace(ALL[1], device_memory=300_000_000)]
    roomy = replace(SITUATION, memory=2_500_000_000, device_memory=1_000_000_000)
    assert recommend(runs, roomy).strategy == "full"
    assert "takes 16 min 40 s and 900.0 MB" in recommend(runs, roomy).reasons[0]
    small = recommend(runs, replace(roomy, device_memory=500_000_000))
    assert small.strategy == "head"
    assert "full takes 900.0 MB of device memory; the device has 500.0 MB." in small.reasons
    asked = recommend(runs, replace(roomy, device_memory=500_000_000, memory_is_asked=True)).reasons
    assert "full takes 900.0 MB of device memory; a run may take 500.0 MB." in asked
    host = recommend(runs, replace(roomy, memory=1_900_000_000, memory_is_asked=True)).reasons
    assert "full takes 2.0 GB of memory; this machine has 1.9 GB." in host


def test_a_strategy_for_which_memory_ran_out_is_told() -> None:
    said = recommend([replace(ALL[0], microbatch=8), *ALL[1:]], SITUATION).reasons
    assert [reason for reason in said if "ran out" in reason] == [
        "full ran out of memory with 32 rows at once: what is said of it is with 8, to which a run comes by itself."
    ]


def test_a_class_with_hardly_any_rows_is_named() -> None:
    said = recommend(ALL, replace(SITUATION, smallest_class=("fraud", 3))).reasons
    assert any(reason.startswith("Class fraud has 3 training rows") for reason in said)
    assert not any("Class" in reason for reason in recommend(ALL, SITUATION).reasons)


def test_where_nothing_fits_there_is_a_way_out() -> None:
    short = recommend(ALL, replace(SITUATION, seconds=10.0))
    assert "--time-budget" in short.reasons[-1]
    tight = recommend(ALL, replace(SITUATION, memory=1_000_000, memory_is_asked=True))
    assert "--microbatch-size 16" in tight.reasons[-1]
    torn = recommend(
        [costs("full", 10.0, 2_000), costs("head", 1000.0, 1_000)],
        replace(SITUATION, seconds=100.0, memory=1_500, memory_is_asked=True),
    )
    assert torn.strategy is None
    assert torn.reasons[-1] == "What fits into the memory takes too long: give more of one of the two."
    assert recommend([], SITUATION).reasons == ("None of the strategies works for this task and base.",)
