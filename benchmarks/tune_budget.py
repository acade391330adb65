"""How many trained tokens a search needs to reach the best of 16 full random trials, over what those took.

    python benchmarks/tune_budget.py SST2_FOLDER [REPEATS]

1,000 rows of SST-2 and builtin:minilm. Both search the same space and judge by the same validation rows; the random
trials are all trained to their end. Of the search those tokens count that were trained until a trial of it had come to
its end with as good a score. Each pair has a seed of its own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROWS = ["--limit", "1000", "--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts"]
RANDOM = ["--search", "random", "--pruning", "none", "--trials", "16"]
SEARCH = ["--search", "bayesian", "--pruning", "halving", "--trials", "32"]
KEPT = ["--keep-runs", "none", "--offline", "--quiet"]
GOAL = 0.4


def main() -> None:
    """Measure and print."""
    folder, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    shares = []
    for seed in range(1, repeats + 1):
        random, search = (tuned(folder, words, seed) for words in (RANDOM, SEARCH))
        spent, goal = random["totals"]["tokens"], random["winner"]["score"]
        needed = tokens_until(search, goal)
        reached = "not reached" if needed is None else f"{needed:,} tokens, {needed / spent:.1%}"
        whole = f"{search['totals']['tokens'] / spent:.1%} in all, best {search['winner']['score']:.4f}"
        print(f"seed {seed}: random reaches {goal:.4f} with {spent:,} tokens; search {reached} ({whole})", flush=True)
        shares.append(float("inf") if needed is None else needed / spent)
    print(f"median share of tokens: {statistics.median(shares):.1%} (goal: at most {GOAL:.0%})")
    print(json.dumps({"shares": shares}))


def tuned(folder: str, words: list[str], seed: int) -> dict[str, Any]:
    """Run one search in a process of its own and return its tune.json."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "search"
        command = [sys.executable, "-m", "accent", "tune", folder, *ROWS, *words, *KEPT, "--seed", str(seed)]
        subprocess.run([*command, "--output", str(output)], check=True, stdout=subprocess.DEVNULL)
        found: dict[str, Any] = json.loads((output / "tune.json").read_text())
        return found


def tokens_until(search: dict[str, Any], goal: float) -> int | None:
    """Return the tokens trained until a whole trial had reached the goal, None where none has."""
    spent = 0
    for trial in search["trials"]:
        spent += trial["tokens"]
        if trial["state"] == "complete" and trial["score"] >= goal:
            return spent
    return None


if __name__ == "__main__":
    main()
