"""How a model learns: batches, schedules, updates and the loop that tells what happened."""

from __future__ import annotations

from accent.training.batching import BatchPlan, microbatches, padding_share
from accent.training.learner import Examples, Learner, UpdateReport
from accent.training.loop import (
    Cadence,
    CheckpointDue,
    Ended,
    Evaluated,
    Event,
    Progress,
    Updated,
    Warned,
    learn,
)
from accent.training.schedules import SCHEDULES, rate_share
from accent.training.stopping import Patience
from accent.training.world import World

__all__ = [
    "SCHEDULES",
    "BatchPlan",
    "Cadence",
    "CheckpointDue",
    "Ended",
    "Evaluated",
    "Event",
    "Examples",
    "Learner",
    "Patience",
    "Progress",
    "UpdateReport",
    "Updated",
    "Warned",
    "World",
    "learn",
    "microbatches",
    "padding_share",
    "rate_share",
]
