"""Which settings mattered: the share of the scores' variance that each explains, by fANOVA.

Trials that were given up have no final score. Where they are most of all, scores are compared where all were judged:
at the first evaluation.
"""

from __future__ import annotations

import math
from typing import Any

import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from accent.seeds import derive
from accent.tuning.trials import FACTS, Searching

__all__ = ["FEWEST", "importance"]

FEWEST = 6
"""Trials that say something of what mattered."""
_MOST_SEED = 2**32


def importance(searching: Searching) -> dict[str, Any] | None:
    """Return the share of each setting that all trials have, and of which scores; None where they say nothing.

    Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance".
    """
    ended = searching.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    judged = [one for one in ended if one.user_attrs.get(FACTS, {}).get("evaluations")]
    whole = [one for one in judged if one.state is TrialState.COMPLETE]
    final = len(whole) >= FEWEST and 2 * len(whole) >= len(judged)
    scores = [(one, _score(one, final=final)) for one in (whole if final else judged)]
    told = [(one, score) for one, score in scores if math.isfinite(score)]
    if len(told) < FEWEST or len({score for _, score in told}) == 1:
        return None
    study = optuna.create_study(direction=searching.study.direction)
    for one, score in told:
        study.add_trial(create_trial(value=score, params=one.params, distributions=one.distributions))
    evaluator = FanovaImportanceEvaluator(seed=derive(searching.config.run.seed, "importance") % _MOST_SEED)
    shares = get_param_importances(study, evaluator=evaluator)
    return {"of": "final" if final else "first", "trials": len(told), "shares": shares}


def _score(trial: FrozenTrial, *, final: bool) -> float:
    evaluations = trial.user_attrs[FACTS]["evaluations"]
    return float(evaluations[-1 if final else 0][1])
