"""How a model learns: batches, schedules, updates and the loop that tells what happened."""

from __future__ import annotations

from accent.training.batching import BatchPlan, Plan, microbatches, padding_share
from accent.training.blocks import BlockPlan, EveryEpoch, GrowingPlan
from accent.training.budget import Budget, Costs
from accent.training.compaction import CompactVocabulary, compact_vocabulary
from accent.training.costs import UpdateCost, fit_cost, spread, tokens_of_epoch
from accent.training.learner import Examples, Learner, UpdateReport
from accent.training.loop import (
    Cadence,
    CheckpointDue,
    Ended,
    Evaluated,
    Event,
    Progress,
    StageOpened,
    Updated,
    Warned,
    learn,
)
from accent.training.memory import device_memory, forget_peak, peak_memory
from accent.training.range_test import RangeTest, range_test
from accent.training.schedules import SCHEDULES, rate_share
from accent.training.stopping import Patience
from accent.training.watch import Watch
from accent.training.world import World

__all__ = [
    "SCHEDULES",
    "BatchPlan",
    "BlockPlan",
    "Budget",
    "Cadence",
    "CheckpointDue",
    "CompactVocabulary",
    "Costs",
    "Ended",
    "Evaluated",
    "Event",
    "EveryEpoch",
    "Examples",
    "GrowingPlan",
    "Learner",
    "Patience",
    "Plan",
    "Progress",
    "RangeTest",
    "StageOpened",
    "UpdateCost",
    "UpdateReport",
    "Updated",
    "Warned",
    "Watch",
    "World",
    "compact_vocabulary",
    "device_memory",
    "fit_cost",
    "forget_peak",
    "learn",
    "microbatches",
    "padding_share",
    "peak_memory",
    "range_test",
    "rate_share",
    "spread",
    "tokens_of_epoch",
]
