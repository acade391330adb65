"""Compare knows every task: the scores made again of a real run's written answers are those that the run has."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.cli.main import run
from accent.recipes.judged import read_judged
from accent.tasks import TASKS
from tests.workflows.jobs import JOBS, finetune_words, write_split

NOT_WRITTEN = {"tagging": {"token_accuracy"}}
"""Scores of words that no answer speaks of."""
MORE = {"multilabel": ("--threshold", "tuned")}


@pytest.mark.parametrize("task", TASKS)
def test_written_answers_give_the_scores_again(task: str, tmp_path: Path) -> None:
    split = write_split(JOBS[task], tmp_path)
    assert run([*finetune_words(task, split, tmp_path / "run", *MORE.get(task, ()), "--updates", "2"), "--quiet"]) == 0
    judged = read_judged(tmp_path / "run")
    again = judged.scorer.scores(seed=42)
    for name in judged.scores.keys() - NOT_WRITTEN.get(task, set()):
        assert again[name].value == pytest.approx(judged.scores[name].value, rel=1e-9), name
    assert judged.scorer.weighted(judged.main)
