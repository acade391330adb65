"""What is known of a run without its model: what a row costs, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.inference import Host, Hosted
from tests.checkpoints import make_checkpoint
from tests.unit.inference.served import LABELS, save_served

LONG = "a warm film " * 400


def load(folder: Path, family: str, *made: str, **changes: object) -> Hosted:
    base = make_checkpoint(folder / "base", family)
    return Host(precision="fp32").load("name", save_served(folder / "run", base, *made, **changes))


def test_a_run_says_what_it_is(tmp_path: Path) -> None:
    run = load(tmp_path, "bert")
    assert (run.name, run.task, run.labels, run.pair) == ("name", "classification", LABELS, False)
    assert (run.strategy, run.base, run.shared, run.loaded, run.streams) == (
        "lora", str(tmp_path / "base"), True, True, False,
    )  # fmt: skip
    lora, head = 2 * 2 * 8 * (32 + 32), (32 * 32 + 32) + (3 * 32 + 3)
    assert run.memory == 4 * (lora + head)


def test_a_row_that_is_cut_costs_what_is_read(tmp_path: Path) -> None:
    run = load(tmp_path, "bert", max_length=20)
    assert run.cost(("a film", None)) == 2 + 6 // 4
    assert run.cost((LONG, None)) == 20
    assert run.cost(("\u4e16\u754c" * 4, None)) == 2 + 24 // 4  # three bytes a character
    assert run.cost(("half \ud800", None)) >= 1
    assert run.cost(("", None)) == 2


def test_a_row_in_windows_costs_all_of_it_and_both_texts(tmp_path: Path) -> None:
    run = load(tmp_path, "bert", "lora", "qa")
    assert run.cost(("a" * 40, "b" * 400)) == 2 + 440 // 4


@pytest.mark.parametrize(
    ("family", "task", "new", "beams"), [("gpt2", "generation", 32, 1), ("bart", "summarization", 6, 4)]
)
def test_what_is_written_counts(tmp_path: Path, family: str, task: str, new: int, beams: int) -> None:
    """64 new tokens, but no more than half of 64 positions; a summary of 6 with four beams."""
    run = load(tmp_path, family, "lora", task)
    read = 2 + 40 // 4
    assert run.cost(("a" * 40, None)) == pytest.approx((read + new) * beams, abs=2)


def test_complaints_are_those_of_the_predictor(tmp_path: Path) -> None:
    run = load(tmp_path, "bert")
    assert run.complaint(("a film", None)) is None
    assert run.complaint((" ", None)) == "the text is empty"
    assert "there are two texts" in str(run.complaint(("a", "b")))
    assert "half a character" in str(run.complaint(("\udfff", None)))
