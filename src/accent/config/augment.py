"""Changed copies of the training rows: which kinds of change, how much of a row, and how many copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Gt, Lt

from accent.config.tasks import TaskName
from accent.config.types import PositiveInt

__all__ = ["AUGMENTED_TASKS", "AugmentConfig", "AugmenterName"]

AugmenterName = Literal["synonyms", "masked", "swap", "delete", "backoff"]

AUGMENTED_TASKS: frozenset[TaskName] = frozenset({"classification", "multilabel", "regression", "tagging"})
"""Tasks whose labels stay right when words of the text change: no label quotes the text or is made of it."""


@dataclass(frozen=True, kw_only=True)
class AugmentConfig:
    """Changed copies that are added to the training rows."""

    augment: tuple[AugmenterName, ...] = ()
    """Add changed copies of the training rows: words replaced by near ones of the base's vocabulary (synonyms) or by
    its guesses (masked), in each other's place (swap), left out (delete), or with tags, by words of the same tag
    (backoff)."""
    augment_share: Annotated[float, Gt(0.0), Lt(1.0)] = 0.1
    """The share of a row's words that change in a copy; one word at least, two where they swap."""
    augment_copies: PositiveInt = 1
    """Changed copies of each training row, for each kind of change."""
