"""What the parts of a run will cost, found by doing a little of each before it begins. The run itself is untouched."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from accent.inference import Predictor
from accent.recipes.assembling import Setup
from accent.recipes.scoring import Scoring, baseline_scores, split_scores, validation_points
from accent.training import BatchPlan, Costs, Learner, UpdateCost, fit_cost, spread, tokens_of_epoch

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["PAGES", "ScoringCost", "mean_tokens", "rehearse", "rehearse_scoring", "some_rows", "timed"]

UPDATES = 3
"""Updates that are rehearsed, beside the first, which pays for what is made once."""
FEW_ROWS, ROWS = 8, 256
"""Rows that are answered to warm up, and then at most."""
TIMES_ANSWERED = 2.25
"""How often they are answered: once to time that, once for the scores of all, and once for those of a fourth."""
TRAINING_ROWS = 2000
"""Training rows that the baselines learn from in a rehearsal, at most."""
WRITING_RATE = 200e6
"""Bytes a second at which a checkpoint is written, flushed and hashed, until one has been."""
STATES = 3
"""Copies of the weights in a checkpoint: themselves and AdamW's two moments."""
PAGES = 1.5
"""Seconds for the model's card, the report with its figures, and what is written beside them."""


@dataclass(frozen=True)
class ScoringCost:
    """Seconds of answering and scoring."""

    row: float
    """One row answered and counted."""
    rest: float
    """Intervals and baselines of the rows that judge the run."""


def rehearse(
    setup: Setup, learner: Learner, predictor: Predictor, plan: BatchPlan, *, seconds: float
) -> tuple[Costs, float]:
    """Return what the parts of this run will cost, and the tokens of a mean update, with padding.

    Half of `seconds` is for updates and half for answers: as many as fit by what the first ones took. One update and
    FEW_ROWS rows are rehearsed always, and the intervals and baselines of the rows that were answered come on top: a
    rehearsal takes that much, however short `seconds` is.
    """
    update = _rehearse_updates(learner, plan, seconds)
    weights = 4.0 * learner.trainable(learner.last_stage)
    checkpoint = STATES * weights / WRITING_RATE
    scored = rehearse_scoring(setup, predictor, seconds=seconds) if setup.world.is_main else ScoringCost(0.0, 0.0)
    watched, judged = (len(setup.rows(split) or ()) for split in ("validation", "test"))
    again = watched * predictor.task.tunes + watched + judged
    tokens = mean_tokens(learner, plan)
    costs = Costs(
        update=update.of(tokens),
        evaluation=scored.row * watched,
        checkpoint=checkpoint,
        scoring=again / watched if watched else 0.0,
        ending=scored.rest + PAGES + checkpoint / STATES + (0.0 if watched else scored.row * judged),
    )
    return costs, tokens


def rehearse_scoring(setup: Setup, predictor: Predictor, *, seconds: float = math.inf) -> ScoringCost:
    """Score a few rows with everything that the end of a run does; it costs nothing where no rows will be scored.

    Test rows are read when the best checkpoint has been chosen, and not before: of them only the number is taken, and
    validation rows stand in for them, or training rows where there are none. Intervals and baselines are done on two
    parts of the rows: what they will cost on all is on the line through both.
    """
    watched, train = setup.rows("validation"), setup.rows("train")
    judged = len(setup.rows("test") or watched or ())
    if not judged or train is None:
        return ScoringCost(0.0, 0.0)
    rows = watched or train
    first = timed(lambda: validation_points(predictor, some_rows(rows, FEW_ROWS)))
    room = 0.5 * seconds / max(first, 1e-9) * FEW_ROWS / TIMES_ANSWERED
    count = int(min(len(rows), ROWS, max(FEW_ROWS, room)))
    answered = some_rows(rows, count)
    row = timed(lambda: validation_points(predictor, answered)) / count
    share = min(1.0, count / judged, TRAINING_ROWS / len(train))
    parts = [share / 4, share] if share < 1.0 else [1.0]
    costs = [_rest(setup, predictor, some_rows(rows, math.ceil(part * judged)), part) for part in parts]
    return ScoringCost(row, fit_cost(parts, costs).of(1.0) if len(parts) > 1 else costs[0])


def mean_tokens(learner: Learner, plan: BatchPlan) -> float:
    """Return the tokens of a mean update, with padding."""
    return float(np.mean([tokens for _, tokens in tokens_of_epoch(plan, learner.tokens_of)]))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _rehearse_updates(learner: Learner, plan: BatchPlan, seconds: float) -> UpdateCost:
    """Time the gradients of a few batches that span the lengths; each is a step's part of the whole update."""
    counted = tokens_of_epoch(plan, learner.tokens_of)
    middle, tokens = counted[len(counted) // 2]
    spent = timed(lambda: learner.rehearse(middle))
    measured = [(tokens, spent)]
    for batch, tokens in spread(counted, UPDATES):
        if (len(measured) + 1) * spent > 0.5 * seconds:
            break
        measured.append((tokens, timed(lambda batch=batch: learner.rehearse(batch))))  # type: ignore[misc]
    warm = measured[1:] or measured
    return fit_cost([tokens for tokens, _ in warm], [spent for _, spent in warm])


def _rest(setup: Setup, predictor: Predictor, rows: Dataset, share: float) -> float:
    """Time the intervals and baselines of `rows`, beside a share of the others; the answers are not counted."""
    splits = {name: split for name in ("train", "validation") if (split := setup.rows(name)) is not None}
    some = {name: some_rows(split, math.ceil(share * len(split))) for name, split in splits.items()}
    judged = Scoring.of(predictor, rows)
    judged.finish()
    intervals = timed(lambda: split_scores(judged.scorer, seed=setup.seed))
    scored = sum(setup.rows(name) is not None for name in ("validation", "test"))
    return scored * intervals + timed(lambda: baseline_scores(some, judged, seed=setup.seed))


def some_rows(rows: Dataset, count: int) -> Dataset:
    """Return `count` rows, evenly from the first to the last."""
    return rows.select(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
