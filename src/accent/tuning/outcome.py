"""What a search leaves behind."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["TuneOutcome"]


@dataclass(frozen=True, kw_only=True)
class TuneOutcome:
    """What one process of a search leaves behind."""

    folder: Path
    """The search's folder."""
    ended: str
    """done, interrupted, or shared: other processes have trials under way, and the last of them scores the winner."""
    summary: dict[str, Any]
    """The contents of tune.json."""

    @property
    def best(self) -> Path | None:
        """The winner's run folder, where there is one."""
        winner = self.summary["winner"]
        return self.folder / winner["folder"] if winner and winner["folder"] else None

    @property
    def scores(self) -> dict[str, Any]:
        """The contents of the winner's scores.json; empty where it was not scored."""
        scores: dict[str, Any] = (self.summary["winner"] or {}).get("scores") or {}
        return scores

    @property
    def interrupted(self) -> bool:
        """Whether the search was stopped before its end."""
        return self.ended == "interrupted"

    @property
    def resume_command(self) -> str:
        """What to type to go on."""
        return f"accent tune --resume {shlex.quote(str(self.folder))}"
