"""Test accuracy on SST-2 with builtin:minilm, 3 epochs, batch 32, rate 5e-5, 3 seeds: Accent and Trainer.

python benchmarks/sst2_scores.py SST2_FOLDER
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

SEEDS = (1, 2, 3)


def main() -> None:
    """Measure and print."""
    folder = sys.argv[1]
    settings = ["--epochs", "3", "--batch-size", "32"]
    columns = ["--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts"]
    accuracies: dict[str, list[float]] = {"accent": [], "trainer-best": []}
    for seed in SEEDS:
        ours = ["benchmarks/ours.py", folder, *settings, *columns, "--learning-rate", "5e-5", "--seed", str(seed)]
        peer = ["benchmarks/trainer.py", folder, *settings, "--settings", "best", "--seed", str(seed)]
        for name, command in (("accent", ours), ("trainer-best", peer)):
            accuracies[name].append(outcome(command)["test"]["accuracy"])
            print(f"seed {seed} {name}: {accuracies[name][-1]:.4f}", file=sys.stderr, flush=True)
    for name, values in accuracies.items():
        print(
            f"{name}: mean {statistics.mean(values):.4f}, standard deviation {statistics.stdev(values):.4f}: {values}"
        )


def outcome(command: list[str]) -> dict[str, Any]:
    """Run a command and return its last line's JSON."""
    done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
