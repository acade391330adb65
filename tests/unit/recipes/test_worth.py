"""What a student is worth: the sentence, and a speed that two clocks tell."""

from __future__ import annotations

from typing import Any

import pytest

from accent.recipes import worth as room
from accent.recipes.worth import Worth, speeds_in_turns


def score(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": 200}


def worth(**changes: Any) -> Worth:
    made: dict[str, Any] = {
        "score": "accuracy",
        "split": "test",
        "student": score(0.88),
        "teacher": score(0.9),
        "kept": score(0.88 / 0.9),
        "speed": {"value": 1.934, "low": 1.9, "high": 2.0, "n": 5},
        "student_bytes": 45,
        "teacher_bytes": 90,
    }
    return Worth(**made | changes)


def test_all_of_it_is_one_sentence() -> None:
    assert worth().line == "keeps 97.8 % of the teacher's accuracy at 1.93 times its speed, 50 % of its size"


def test_a_teacher_without_a_score_has_no_shares() -> None:
    found = worth(kept=None, teacher=score(0.0), score="pearson").line
    assert found.startswith("reaches pearson 0.880, the teacher 0.000 at 1.93 times")


def test_rows_without_labels_are_said_to_be_so() -> None:
    assert worth(agreement=True).line.startswith("reaches accuracy 0.880 on the teacher's own answers at 1.93 times")


class Clock:
    """A clock that moves only when something works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def work(self, name: str, seconds: list[float]) -> Any:
        rounds = iter([99.0, *seconds])  # the first round is the slowest, and must not count

        def do() -> None:
            self.order.append(name)
            self.now += next(rounds, seconds[-1])

        return do


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(room.time, "perf_counter", lambda: made.now)
    return made


def test_the_median_round_counts_and_both_work_in_turns(clock: Clock) -> None:
    found = speeds_in_turns(clock.work("student", [4.0, 5.0, 2.0]), clock.work("teacher", [8.0, 5.0, 6.0]))
    assert found == {"value": 2.0, "low": 1.0, "high": 3.0, "n": 3}
    assert clock.order == ["student", "teacher"] + 3 * ["teacher", "student"]


def test_quick_work_is_done_more_often_and_slow_work_three_times(clock: Clock) -> None:
    quick = speeds_in_turns(clock.work("student", [0.1]), clock.work("teacher", [0.2]))
    assert (quick["n"], quick["value"]) == (room.ROUNDS, pytest.approx(2.0))
    slow = speeds_in_turns(clock.work("student", [50.0]), clock.work("teacher", [60.0]))
    assert slow["n"] == room.FEWEST_ROUNDS
