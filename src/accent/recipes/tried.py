"""One strategy, tried in a process of its own: a few real updates, scores and a checkpoint. `trying` is that process.

A process of its own, because the most memory that was held is a process's, and because what one strategy changes in a
model must not be there for the next.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.config.show import to_yaml
from accent.errors import RunError, UserError
from accent.recipes.rehearsal import ScoringCost
from accent.records import make_folders, read_json, write_json, write_text

__all__ = ["ASKED", "CONFIG", "FOUND", "StageCost", "Tried", "try_strategy"]

CONFIG, ASKED, FOUND = "config.yaml", "asked.json", "found.json"
"""What stands in the folder between the two processes: the configuration, what is known, and what was found."""
LAUNCH = """
import sys, time
began = time.perf_counter()
from accent.recipes.trying import serve
serve(sys.argv[1], began)
"""


@dataclass(frozen=True)
class StageCost:
    """Seconds of an update at one stage of a strategy: most have the stage 0 only."""

    stage: int
    fixed: float
    per_token: float


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What trying a strategy has shown."""

    parameters: int
    """Numbers in the model, with what the strategy adds."""
    trainable: int
    """Those that move in the end."""
    expected: int
    """The same by formula."""
    stages: tuple[StageCost, ...]
    """What updates cost; where a strategy has many stages, at some from the first to the last."""
    mean_tokens: float
    """Tokens of a mean update, with padding."""
    longest_tokens: int
    """Tokens of the largest update, which was taken too."""
    memory: int
    """The most bytes that the process held."""
    device_memory: int | None
    """The most that were taken of the device's own memory, where there is one."""
    microbatch: int
    """Rows in memory at once in the end: those that were asked for, or fewer where memory ran out."""
    loading: float
    """Seconds until the model was there, without those for the data."""
    recalling: float
    """Seconds for what the frozen layers say of all rows, once."""
    recalled_bytes: int
    """What of that lies on the disk, and is held while it is read."""
    evaluation: float
    """Seconds for each validation row when all are scored, after the first time."""
    scoring: ScoringCost
    """Seconds of the scores at the end."""
    checkpoint: float
    checkpoint_bytes: int
    saving: float
    """Seconds for writing the model."""
    model_bytes: int
    learning_rate: float
    reason: str
    """Why this rate."""
    suggested_rate: float | None = None
    """What a range test says, where one was asked for and the loss fell in it."""


def try_strategy(config: FinetuneConfig, folder: Path, facts: Mapping[str, Any]) -> Tried:
    """Try a fine-tuning in a new process; `folder` will be its own. `facts` are the audit, the precision and how much.

    Raises the error that the fine-tuning itself would raise, and RunError where the process breaks down, such as when
    the system ends it for lack of memory.
    """
    make_folders(folder)
    write_text(folder / CONFIG, to_yaml(config))
    write_json(folder / ASKED, dict(facts))
    environment = {**os.environ, "ACCENT_CACHE": str(folder.parent / "cache")}
    command = [sys.executable, "-c", LAUNCH, str(folder)]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if not (folder / FOUND).is_file():
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        raise RunError(
            f"trying {config.strategy.kind} ended with code {done.returncode}: {last[0]}",
            remedy="Free memory, lower --batch-size or --max-length, or leave it out of --strategies.",
        )
    found: dict[str, Any] = read_json(folder / FOUND)
    if "error" in found:
        raise UserError(found["error"]["what"], where=found["error"]["where"], remedy=found["error"]["remedy"])
    parts = {
        "stages": tuple(StageCost(**stage) for stage in found["stages"]),
        "scoring": ScoringCost(**found["scoring"]),
    }
    return Tried(**(found | parts))
