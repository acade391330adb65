"""Several processes for one run, started by torch's own launcher."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.config.show import to_yaml
from accent.errors import RunError
from accent.records import Record, RunFolder, read_json

__all__ = ["finetune_in_processes", "needs_processes"]


def needs_processes(config: FinetuneConfig) -> bool:
    """Whether this process should start others rather than train itself."""
    return config.training.processes > 1 and "LOCAL_RANK" not in os.environ


def finetune_in_processes(config: FinetuneConfig) -> tuple[Path, dict[str, Any], str]:
    """Run the same fine-tuning in `config.training.processes` processes; return the folder, scores and how it ended.

    Their progress goes to standard error as it comes. Raises RunError where they fail.
    """
    output = config.run.resume or config.run.output or f"runs/finetune-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    config = replace(config, run=replace(config.run, output=output))
    with tempfile.TemporaryDirectory(prefix="accent-") as scratch:
        file = Path(scratch) / "config.yaml"
        file.write_text(to_yaml(config), encoding="utf-8")
        code = subprocess.run(_command(config.training.processes, file), check=False, stdout=sys.stderr).returncode
    folder = RunFolder(Path(output))
    if not folder.record.exists():
        raise RunError(
            f"the processes ended with exit code {code} before the run began",
            where=output,
            remedy="Read their messages above.",
        )
    record = Record.read(folder)
    if record.status == "interrupted":
        return folder.path, {}, "interrupted"
    if record.status != "done":
        raise RunError(
            f"the run failed: {record.error}", where=output, remedy=f"Mend it, then: accent finetune --resume {output}"
        )
    return folder.path, read_json(folder.scores), str(record.training.get("ended", "done"))


def _command(processes: int, config: Path) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [*launcher, "-m", "accent", "finetune", "--config", str(config)]
