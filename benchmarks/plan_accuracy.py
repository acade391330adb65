"""Predicted beside actual: `accent plan` before six runs of different kind, and `--time-budget` on one.

    python benchmarks/plan_accuracy.py DATA_FOLDER [SCRATCH]

DATA_FOLDER holds sst2. Each run is planned, then trained with `--plan`, in processes of their own and with a cache of
their own, so that nothing is found done. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TSV = ("--header", "none", "--allow", "leaks,conflicts,small-classes")
RUNS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "full, sentences": ("sst2", ("--limit", "1600", "--epochs", "1", *TSV, "--columns", "sentence,label"), "full"),
    "lora, sentences": ("sst2", ("--limit", "1600", "--epochs", "1", *TSV, "--columns", "sentence,label"), "lora"),
    "head, 10 epochs": ("sst2", ("--limit", "1600", "--epochs", "10", *TSV, "--columns", "sentence,label"), "head"),
    "partial, built in": ("builtin:reviews", ("--epochs", "3"), "partial"),
    "gradual, built in": (
        "builtin:questions",
        (
            "--epochs",
            "12",
        ),
        "gradual",
    ),
    "full, tags": ("builtin:recipes", ("--task", "tagging", "--epochs", "3"), "full"),
}
AMOUNTS = ("seconds", "memory", "disk")
BUDGET = 120.0


def main() -> None:
    """Measure and print."""
    data = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as scratch:
        found = {name: _measure(name, data, Path(scratch)) for name in RUNS}
        taken = _budgeted(Path(scratch))
    print(f"{'run':20}" + "".join(f"{name:>30}" for name in AMOUNTS))
    for name, both in found.items():
        print(f"{name:20}" + "".join(f"{_cell(both, amount):>30}" for amount in AMOUNTS))
    print(f"--time-budget {BUDGET:.0f}s: {taken:.1f} s ({taken / BUDGET - 1:+.1%})")
    print(json.dumps({"runs": found, "budget": BUDGET, "taken": taken}))


def _measure(name: str, data: Path, scratch: Path) -> dict[str, dict[str, float]]:
    source, words, strategy = RUNS[name]
    folder = scratch / name.replace(", ", "-").replace(" ", "-")
    rows = source if source.startswith("builtin:") else str(data / source)
    _accent(["plan", rows, *words, "--strategies", strategy, "--output", f"{folder}/plan"], folder)
    plan = f"{folder}/plan/plan.json"
    _accent(["finetune", rows, *words, "--strategy", strategy, "--plan", plan, "--output", f"{folder}/run"], folder)
    training = json.loads((folder / "run" / "record.json").read_text(encoding="utf-8"))["training"]
    return {kind: {amount: training[kind][amount] for amount in AMOUNTS} for kind in ("predicted", "actual")}


def _budgeted(scratch: Path) -> float:
    words = ["finetune", "builtin:reviews", "--time-budget", f"{BUDGET:.0f}s", "--output", f"{scratch}/budget"]
    _accent(words, scratch / "budgeted")
    record = json.loads((scratch / "budget" / "record.json").read_text(encoding="utf-8"))
    return float(record["timings"]["total"])


def _accent(words: Sequence[str], folder: Path) -> None:
    environment = {**os.environ, "ACCENT_CACHE": str(folder / "cache")}
    subprocess.run([sys.executable, "-m", "accent", *words, "--offline", "--quiet"], check=True, env=environment)


def _cell(both: dict[str, dict[str, float]], amount: str) -> str:
    predicted, actual = both["predicted"][amount], both["actual"][amount]
    unit = 1.0 if amount == "seconds" else 1e6
    return f"{predicted / unit:,.1f} / {actual / unit:,.1f} ({predicted / actual - 1:+.0%})"


if __name__ == "__main__":
    main()
