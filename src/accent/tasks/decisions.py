"""How answers follow from probabilities: a temperature, then thresholds, both from validation rows.

The temperature makes probabilities mean what they say, the thresholds say which of them are worth giving as answers.
Both stand in accent.json and hold for every answer from then on. Where a text is read in windows, they hold for the
probabilities that are pooled from its windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accent.config import ClassificationConfig, MultilabelConfig
from accent.errors import ConfigError
from accent.evaluation import GOALS

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Decision"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A task's temperature and thresholds, and which of them `Task.tuned` is to find."""

    temperature: float = 1.0
    """What logits are divided by."""
    thresholds: tuple[float, ...] | None = None
    """Each class's or label's own; None for the task's default."""
    finds_temperature: bool = False
    """Whether the temperature is fitted."""
    finds_thresholds: bool = False
    """Whether thresholds are tuned."""
    goal: str = GOALS[0]
    """The score of classes that thresholds are tuned for."""

    @classmethod
    def of(cls, config: ClassificationConfig | MultilabelConfig, splits: Mapping[str, Dataset]) -> Decision:
        """Take what `config` asks for. Raises ConfigError where there are no validation rows to find it on."""
        tuned, calibrated = config.threshold == "tuned", config.calibrate == "temperature"
        if tuned and not splits.get("validation"):
            raise _no_validation("thresholds are tuned", "threshold")
        if calibrated and not splits.get("validation"):
            raise _no_validation("a temperature is fitted", "calibrate")
        return cls(finds_temperature=calibrated, finds_thresholds=tuned)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Decision:
        """Take what `settings` wrote; models from before there were temperatures have 1."""
        found = settings.get("thresholds")
        thresholds = None if found is None else tuple(float(one) for one in found)
        return cls(temperature=float(settings.get("temperature", 1.0)), thresholds=thresholds)

    def settings(self) -> dict[str, Any]:
        """Return what accent.json says."""
        thresholds = None if self.thresholds is None else list(self.thresholds)
        return {"thresholds": thresholds, "temperature": self.temperature}

    @property
    def tunes(self) -> bool:
        """Whether validation rows have anything to say."""
        return self.finds_temperature or self.finds_thresholds


def _no_validation(what: str, name: str) -> ConfigError:
    return ConfigError(
        f"{what} on validation rows, and there are none",
        where=f"task.{name}",
        remedy=f"Give --validation FILE or a --split with a share for validation, or leave --{name} out.",
    )
