"""Run commands in turns (A B C A B C ...) and compare medians and ratios, pair by pair.

Machines drift: a ratio of two runs that stood next to each other says more than two medians do.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["in_turns", "ratio_line"]


def in_turns(commands: Mapping[str, Sequence[str]], repeats: int) -> dict[str, list[dict[str, Any]]]:
    """Run every command once a turn, `repeats` turns; each prints one line of JSON last."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in commands}
    for turn in range(repeats):
        for name, command in commands.items():
            done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
            outcome = json.loads(done.stdout.strip().splitlines()[-1])
            found[name].append(outcome)
            print(f"turn {turn + 1} {name}: {outcome['rows_per_second']:.1f} rows/s", file=sys.stderr, flush=True)
    return found


def ratio_line(found: Mapping[str, Sequence[Mapping[str, Any]]], name: str, peer: str) -> str:
    """Say how much faster `name` is than `peer`: the median of the ratios, and their range."""
    ratios = [
        one["rows_per_second"] / other["rows_per_second"] for one, other in zip(found[name], found[peer], strict=True)
    ]
    median = statistics.median(ratios)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}, n = {len(ratios)}"
    return f"{name} / {peer}: {median:.2f} times the rows a second ({spread})"
