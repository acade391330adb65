"""Speed and memory of many LoRA runs on builtin:minilm that are answered from one copy of it, in one process.

    OMP_NUM_THREADS=2 python benchmarks/mixed_runs.py [RUNS] [REPEATS]

The runs' weights are moved by chance: neither speed nor memory depends on their values. Each call has so many rows,
short built-in reviews, of one run or of all in turns; one and all take turns, and ratios are taken pair by pair.
`predictor` is the first run without a host.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from accent.config import LoraConfig
from accent.config.show import to_dict
from accent.data.builtin import read_builtin
from accent.inference import Host, Hosted, Predictor
from accent.modeling import Anatomy, find_base, load_model
from accent.records import write_json
from accent.strategies import Lora, save_changes
from accent.tokenization import load_tokenizer

BASE, LABELS = "builtin:minilm", ("bad", "good")
CALLS = (32, 128, 512)
WORDS = 12
SECONDS = 0.5


def main() -> None:
    """Measure, and print a line for each size of call."""
    count, repeats = (int(text) for text in (*sys.argv[1:3], *("20", "5")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as scratch:
        folders = [save_run(Path(scratch) / f"run{number}", number) for number in range(count)]
        predictor = Predictor.load(folders[0])
        host, before = Host(), memory()
        runs, sizes = [], []
        for number, folder in enumerate(folders):
            runs.append(host.load(f"run{number}", folder))
            host.put(runs[-1])
            gc.collect()
            sizes.append(memory())
    print(f"precision {predictor.precision}, {torch.get_num_threads()} threads, {count} runs")
    later = (sizes[-1] - sizes[0]) / max(1, count - 1)
    print(f"memory: first run and base {mb(sizes[0] - before)}, each later run {mb(later)}, own {mb(runs[0].memory)}")
    for rows in CALLS:
        print(line(host, runs, predictor, rows, repeats=repeats), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"memory: now {mb(memory())}, peak {mb(peak)}")


def line(host: Host, runs: list[Hosted], predictor: Predictor, rows: int, *, repeats: int) -> str:
    """Return the speeds with calls of so many rows."""
    texts = short_texts(rows)
    one = [(runs[0], (text, None)) for text in texts]
    mixed = [(runs[place % len(runs)], (text, None)) for place, text in enumerate(texts)]
    calls: dict[str, Callable[[], Any]] = {
        "predictor": lambda: list(predictor.answers(texts)),
        "one": lambda: host.answers(one),
        "mixed": lambda: host.answers(mixed),
    }
    found: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(repeats):
        for name, call in calls.items():
            found[name].append(rows / seconds(call))
    shares = [mixed / one for mixed, one in zip(found["mixed"], found["one"], strict=True)]
    speeds = ", ".join(f"{name} {statistics.median(values):.0f}" for name, values in found.items())
    return (
        f"calls of {rows} rows: {speeds} rows/s; "
        f"mixed against one {statistics.median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"
    )


def seconds(call: Callable[[], Any]) -> float:
    """Return the median time of a call."""
    taken: list[float] = []
    while sum(taken) < SECONDS:
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def short_texts(count: int) -> list[str]:
    """Return the first words of reviews: 4 to 12, as in short messages."""
    lines = read_builtin("reviews")["train"].read_text(encoding="utf-8").splitlines()
    texts = [" ".join(json.loads(one)["text"].split()[: 4 + place % (WORDS - 3)]) for place, one in enumerate(lines)]
    return [texts[place % len(texts)] for place in range(count)]


def save_run(folder: Path, seed: int) -> Path:
    """Write the run of a LoRA classifier whose weights were moved by chance."""
    base, strategy = find_base(BASE, offline=True), Lora()
    model = load_model(base, "sequence", LABELS, seed=seed).model
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for moved in strategy.prepare(model, Anatomy.of(model, "sequence"), seed=seed):
            moved.parameter.add_(torch.randn(moved.parameter.shape, generator=chance) * 0.02)
    save_changes(model, load_tokenizer(base.folder), strategy, folder / "model", base=base.name)
    facts = {
        "version": 3,
        "task": "classification",
        "labels": list(LABELS),
        "settings": {},
        "pair": False,
        "max_length": 128,
        "long_texts": {},
        "strategy": to_dict(LoraConfig()),
        "saved": "changes",
        "base": {"name": base.name, "digest": base.digest, "revision": None},
    }
    write_json(folder / "model" / "accent.json", facts)
    return folder


def memory() -> int:
    """Return the bytes of memory that this process takes up now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def mb(count: float) -> str:
    """Return a number of bytes in MB."""
    return f"{count / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
