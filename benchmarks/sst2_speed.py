"""Training speed on SST-2 with builtin:minilm: Accent, Trainer at its best settings, Trainer at the tutorial's.

    python benchmarks/sst2_speed.py SST2_FOLDER [REPEATS]

The same 1,600 rows, base, batch of 32 and updates for all, one epoch, each run in a process of its own, in turns.
"""

from __future__ import annotations

import json
import statistics
import sys

from turns import in_turns, ratio_line

ROWS = ["--limit", "1600", "--epochs", "1", "--seed", "1"]


def main() -> None:
    """Measure and print."""
    folder, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    ours = ["benchmarks/ours.py", folder, *ROWS, "--batch-size", "32", "--learning-rate", "5e-5"]
    columns = ["--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts"]
    found = in_turns(
        {
            "accent": [*ours, *columns],
            "trainer-best": ["benchmarks/trainer.py", folder, *ROWS, "--settings", "best"],
            "trainer-tutorial": ["benchmarks/trainer.py", folder, *ROWS, "--settings", "tutorial"],
        },
        repeats,
    )
    for name, runs in found.items():
        speeds = [run["rows_per_second"] for run in runs]
        print(f"{name}: median {statistics.median(speeds):.1f} rows/s ({min(speeds):.1f} to {max(speeds):.1f})")
    print(ratio_line(found, "accent", "trainer-best"))
    print(ratio_line(found, "accent", "trainer-tutorial"))
    print(json.dumps({name: [run["rows_per_second"] for run in runs] for name, runs in found.items()}))


if __name__ == "__main__":
    main()
