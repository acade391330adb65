"""Which settings mattered: on scores whose cause is known."""

from __future__ import annotations

import math
from typing import Any, cast

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from accent.config import DataConfig, FinetuneConfig
from accent.seeds import generator
from accent.tuning.importance import importance
from accent.tuning.trials import Searching

SPACE = {"learning_rate": FloatDistribution(1e-5, 1e-1, log=True), "dropout": FloatDistribution(0.0, 0.5)}


class Known:
    """As much of a search as the importance asks for."""

    def __init__(self, trials: int, whole: int) -> None:
        self.config = FinetuneConfig(data=DataConfig(source="x.csv"))
        self.study = optuna.create_study(direction="maximize")
        chance = generator(0, "test")
        for number in range(trials):
            values = {"learning_rate": 10 ** chance.uniform(-5, -1), "dropout": chance.uniform(0, 0.5)}
            early, late = -abs(math.log10(values["learning_rate"]) + 3), values["dropout"]
            state = TrialState.COMPLETE if number < whole else TrialState.PRUNED
            evaluations = [[1.0, early]] + ([[9.0, late]] if number < whole else [])
            facts = {"facts": {"evaluations": evaluations}}
            self.study.add_trial(
                create_trial(
                    state=state, value=evaluations[-1][1], params=values, distributions=SPACE, user_attrs=facts
                )
            )


def found(trials: int, whole: int) -> Any:
    return importance(cast(Searching, Known(trials, whole)))


def test_final_scores_where_most_trials_have_one() -> None:
    told = found(30, 25)
    assert (told["of"], told["trials"]) == ("final", 25)
    assert told["shares"]["dropout"] > 0.8
    assert sum(told["shares"].values()) == pytest.approx(1.0)


def test_scores_at_the_first_evaluation_where_most_were_given_up() -> None:
    told = found(30, 8)
    assert (told["of"], told["trials"]) == ("first", 30)
    assert told["shares"]["learning_rate"] > 0.8


def test_few_trials_say_nothing() -> None:
    assert found(5, 5) is None
