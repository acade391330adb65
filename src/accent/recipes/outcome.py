"""What every verb that trains leaves behind."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["RunOutcome"]


@dataclass(frozen=True)
class RunOutcome:
    """A run that came to its end, or was stopped."""

    verb: ClassVar[str]
    """The command that began the run."""
    folder: Path
    """The run folder."""
    scores: dict[str, Any]
    """The contents of scores.json; empty where the run was interrupted."""
    ended: str
    """done, early stopping, interrupted, not finite, or pruned."""

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before its end."""
        return self.ended == "interrupted"

    @property
    def resume_command(self) -> str | None:
        """What to type to go on, where there is something to go on with."""
        return f"accent {self.verb} --resume {shlex.quote(str(self.folder))}" if self.interrupted else None
