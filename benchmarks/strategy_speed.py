"""Training speed and memory of each strategy on SST-2 with builtin:minilm, in turns.

    python benchmarks/strategy_speed.py SST2_FOLDER [REPEATS]

1,600 rows, three epochs, batch 32, each run in a process of its own, with an empty cache of activations. `later` are
rows a second of the updates after the first epoch, `all` those of the whole training: frozen layers computed once,
batching and the log included, evaluation and checkpoints not.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STRATEGIES = ("full", "head", "partial", "gradual", "lora", "adapter", "prefix")
FLAGS = ["--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts", "--limit", "1600"]
BYTES_A_WEIGHT = 12
"""Of a weight that moves: its gradient and AdamW's two moments, in float32."""

Found = Mapping[str, Sequence[Mapping[str, Any]]]


def main() -> None:
    """Measure, and print a table and the ratios to full, pair by pair."""
    folder, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in STRATEGIES}
    for turn in range(repeats):
        for name in STRATEGIES:
            found[name].append(train(folder, name))
            print(f"turn {turn + 1} {name}: {json.dumps(found[name][-1])}", file=sys.stderr, flush=True)
    print(
        "| strategy | moves | rows/s later | against full | rows/s all | against full | gradients and moments | peak |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in STRATEGIES:
        print(row_text(name, found))


def train(folder: str, strategy: str) -> dict[str, Any]:
    """Fine-tune once and read the run folder."""
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = [sys.executable, "-m", "accent", "finetune", folder, *FLAGS, "--strategy", strategy, "--epochs", "3"]
        subprocess.run(
            [*command, "--seed", "1", "--output", str(run), "--quiet", "--offline"],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "ACCENT_CACHE": f"{scratch}/cache"},
        )
        return summary(run)


def summary(run: Path) -> dict[str, Any]:
    """Return the speeds and the memory of a finished run."""
    record = json.loads((run / "record.json").read_text())
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    later = [event for event in events if event["kind"] == "update" and event["epoch"] > 1]
    aside = sum(event["seconds"] for event in events if event["kind"] in {"evaluation", "checkpoint"})
    before = sum(event["seconds"] for event in events if event["kind"] == "activations")
    training = record["training"]
    return {
        "later": sum(event["rows"] for event in later) / sum(event["seconds"] for event in later),
        "all": training["rows"] / (record["timings"]["training"] - aside + before),
        "trainable": training["trainable"],
        "share": training["trainable"] / training["parameters"],
        "peak_memory": training["peak_memory"],
    }


def row_text(name: str, found: Found) -> str:
    """Return a strategy's row: medians, and the medians and ranges of its ratios to full."""
    first = found[name][0]
    parts = [name, f"{first['share']:.1%}"]
    for kind in ("later", "all"):
        ratios = [one[kind] / full[kind] for one, full in zip(found[name], found["full"], strict=True)]
        parts += [
            f"{statistics.median(one[kind] for one in found[name]):,.0f}",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        ]
    peak = statistics.median(one["peak_memory"] for one in found[name])
    parts += [f"{first['trainable'] * BYTES_A_WEIGHT / 1e6:.1f} MB", f"{peak / 1e9:.2f} GB"]
    return f"| {' | '.join(parts)} |"


if __name__ == "__main__":
    main()
