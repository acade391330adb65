"""Training speed on tagging and question answering with builtin:minilm: Accent and Trainer at its best settings.

    python benchmarks/task_speed.py SHARED_DATA_FOLDER [REPEATS]

The same rows, base, batch of 32, rate and number of epochs for both, each run in a process of its own, in turns: the
first 1,600 sentences of wnut17, and the first 320 questions of squad1 in windows of 384 tokens that share 128. Trainer
runs three times: with the library's default attention, with eager attention, which is faster on some processors, and
with dropout of attention probabilities switched off, as it always is with Accent.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from prepared import squad_files
from turns import in_turns, ratio_line

SAME = ["--epochs", "1", "--seed", "1", "--batch-size", "32", "--learning-rate", "1e-4"]
ROWS = {"wnut17": "1600", "squad1": "320"}
FLAGS = {
    "wnut17": ["--task", "tagging", "--allow", "leaks"],
    "squad1": ["--task", "qa", "--max-length", "384", "--stride", "128"],
}


def main() -> None:
    """Measure and print."""
    data, repeats = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as scratch:
        compare("wnut17", data / "wnut17", repeats)
        compare("squad1", squad_files(data, Path(scratch)), repeats)


def compare(name: str, folder: Path, repeats: int) -> None:
    """Measure all on one set and print medians and ratios."""
    same = [str(folder), *SAME, "--limit", ROWS[name]]
    found = in_turns(
        {
            "accent": ["benchmarks/ours.py", *same, *FLAGS[name]],
            "trainer-best": ["benchmarks/peers.py", *same, "--task", name],
            "trainer-eager": ["benchmarks/peers.py", *same, "--task", name, "--attention", "eager"],
            "trainer-lean": ["benchmarks/peers.py", *same, "--task", name, "--without-attention-dropout"],
        },
        repeats,
    )
    for who, runs in found.items():
        speeds = [run["rows_per_second"] for run in runs]
        span = f"({min(speeds):.1f} to {max(speeds):.1f})"
        print(f"{name} {who}: median {statistics.median(speeds):.1f} rows/s {span}", flush=True)
    for peer in ("trainer-best", "trainer-eager", "trainer-lean"):
        print(f"{name} {ratio_line(found, 'accent', peer)}")
    print(json.dumps({who: [run["rows_per_second"] for run in runs] for who, runs in found.items()}))


if __name__ == "__main__":
    main()
