"""Fifty trials of the head over one full fine-tuning, on SST-2 with builtin:minilm: whole commands, in turns.

    python benchmarks/head_trials.py SST2_FOLDER [REPEATS]

Both train for three epochs on all 6,920 rows; the search draws rate, batch size, warm-up, decay and dropout at random
and judges each trial on the validation rows. Each command starts with an empty cache, so that the first trial computes
what the frozen layers say.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROWS = ["--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts"]
COMMANDS = {
    "full": ["finetune", "--strategy", "full", "--epochs", "3"],
    "50 trials": ["tune", "--strategy", "head", "--search", "random", "--pruning", "none", "--trials", "50"],
}


def main() -> None:
    """Measure and print."""
    folder, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(repeats):
        for name in COMMANDS:
            found[name].append(seconds(folder, name))
            print(f"{name}: {found[name][-1]:.1f} s", flush=True)
    ratios = [trials / full for trials, full in zip(found["50 trials"], found["full"], strict=True)]
    medians = ", ".join(f"{name} {statistics.median(taken):.1f} s" for name, taken in found.items())
    print(f"{medians}; ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def seconds(folder: str, name: str) -> float:
    """Run one command and return how long it took."""
    with tempfile.TemporaryDirectory() as scratch:
        verb, *flags = COMMANDS[name]
        command = [sys.executable, "-m", "accent", verb, folder, *ROWS, *flags, "--seed", "1", "--offline", "--quiet"]
        environment = {**os.environ, "ACCENT_CACHE": f"{scratch}/cache"}
        started = time.perf_counter()
        subprocess.run([*command, "--output", f"{scratch}/out"], check=True, stdout=subprocess.DEVNULL, env=environment)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
