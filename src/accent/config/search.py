"""A search for the settings that score best on validation rows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal

from accent.config.runs import FinetuneConfig, RunConfig
from accent.config.types import Amount, Duration, PositiveInt, Text

__all__ = ["SearchConfig", "TuneConfig"]


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """What is tried, for how long, and what is kept."""

    kind: Literal["bayesian", "random", "grid"] = "bayesian"
    """How the next trial is chosen: near what scored well (bayesian: TPE), at random, or each combination in turn."""
    trials: PositiveInt = 20
    """Trials in all, over every process and every resume."""
    pruning: Literal["halving", "median", "none"] = "halving"
    """Which trials are stopped early: all but the best third at each rung (halving), those below the median of the
    others at the same place (median), or none."""
    space: tuple[str, ...] = ()
    """A setting to search: name=a,b,c or name=low..high, with log or step N behind it. Without any: learning rate,
    batch size, epochs, warm-up, weight decay, dropout, and LoRA's rank, but for those that are given."""
    timeout: Duration | None = None
    """Start no trial after this time, such as 30m or 2h; the one under way ends."""
    storage: Text | None = None
    """Where trials are written down, for processes and machines to share: a database URL, or a file (a journal where
    its name ends in .journal, else SQLite). Without it a file in the output folder."""
    keep_runs: Literal["best", "all", "none"] = "best"
    """Whose models and checkpoints stay: the best trial's so far, all that fit into disk_limit, or not even the
    winner's, which then is not scored. Records and logs stay in any case."""
    disk_limit: Amount = "20GB"
    """What the kept models and checkpoints may fill with keep_runs all; beyond it the worst trials lose theirs."""
    winner: Literal["kept", "retrained"] = "kept"
    """What is scored on test rows: the best trial's own model, or one trained again with another seed."""


@dataclass(frozen=True, kw_only=True)
class TuneConfig(FinetuneConfig):
    """Search for the settings that score best on validation rows."""

    search: SearchConfig = field(default_factory=SearchConfig)
    """What is tried."""
    run: RunConfig = field(default_factory=RunConfig)
    """Where the search is kept."""

    @property
    def finetuning(self) -> FinetuneConfig:
        """The fine-tuning whose settings are searched, without its folder."""
        sections = {section.name: getattr(self, section.name) for section in fields(FinetuneConfig)}
        return FinetuneConfig(**{**sections, "run": replace(self.run, output=None, resume=None)})
