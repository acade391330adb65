"""What a student is worth beside its teacher: the share of its score that is kept, the speed, the size on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from accent.recipes.writing import RunWriter
from accent.report import DISTILLED

__all__ = ["Worth", "speeds_in_turns"]

FEWEST_ROUNDS, ROUNDS = 3, 9
"""How often each of the two answers the same rows, in turns; the median round counts."""
ENOUGH_SECONDS = 20.0
"""No further round begins after so long."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The two side by side, each number as in scores.json: a value with its 95 % interval and n."""

    score: str
    """The score that is compared."""
    split: str
    """The rows that it is of."""
    student: Mapping[str, Any]
    teacher: Mapping[str, Any]
    kept: Mapping[str, Any] | None
    """The student's score over the teacher's; None where the teacher's is 0 or less."""
    speed: Mapping[str, Any]
    """How many times as fast the student answers: the median round, the slowest and the fastest."""
    student_bytes: int
    """Its weights on disk."""
    teacher_bytes: int
    agreement: bool = False
    """Whether the rows have no labels, so that the teacher's own answers stand for them."""

    @property
    def size(self) -> float:
        """The student's size as a share of the teacher's."""
        return self.student_bytes / self.teacher_bytes

    @property
    def line(self) -> str:
        """All of it in one sentence."""
        if self.agreement:
            told = f"reaches {self.score} {self.student['value']:.3f} on the teacher's own answers"
        elif self.kept is None:
            told = f"reaches {self.score} {self.student['value']:.3f}, the teacher {self.teacher['value']:.3f}"
        else:
            told = f"keeps {100 * self.kept['value']:.1f} % of the teacher's {self.score}"
        return f"{told} at {self.speed['value']:.2f} times its speed, {100 * self.size:.0f} % of its size"

    def tell(self, writer: RunWriter) -> dict[str, Any]:
        """Put it into the run's record, and return the entry of scores.json."""
        found = vars(self) | {"size": self.size, "line": self.line}
        writer.record.training[DISTILLED] = found
        writer.tell("note", {"what": self.line})
        return {DISTILLED: found}


def speeds_in_turns(student: Callable[[], object], teacher: Callable[[], object]) -> dict[str, Any]:
    """Return how many times as fast the student is, from rounds in which both do the same work one after the other."""
    student(), teacher()  # the first round pays for what is made once
    rounds: list[tuple[float, float]] = []
    while len(rounds) < FEWEST_ROUNDS or (len(rounds) < ROUNDS and np.sum(rounds) < ENOUGH_SECONDS):
        rounds.append((_seconds(teacher), _seconds(student)))
    low, middle, high = np.quantile([slow / fast for slow, fast in rounds], (0.0, 0.5, 1.0)).tolist()
    return {"value": middle, "low": low, "high": high, "n": len(rounds)}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
