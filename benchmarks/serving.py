"""What `accent serve` carries, on builtin:minilm and rows of SST-2: prints the tables of RESULTS.md.

    OMP_NUM_THREADS=2 python benchmarks/serving.py SHARED_DATA_FOLDER [--parts a,b,c,d] [--seconds N] [--repeats N]
        [--minutes N]

Server and clients are processes of their own on one machine, and what the clients use of it is told apart.
a: requests of 32 rows, against `accent predict` on the same rows. b: single rows from 32 clients, against a plain
FastAPI server that calls pipeline() on each request. c: three times the load that it can carry, for `--minutes`.
d: 20 LoRA runs in turns, against one. Weights are moved by chance: neither speed nor memory depends on their values.
Compared servers take turns, and ratios are taken pair by pair.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from mixed_runs import BASE, LABELS, save_run

from accent.modeling import find_base, load_model, save_model
from accent.tokenization import load_tokenizer

HERE = Path(__file__).parent
ACCENT = [sys.executable, "-m", "accent"]


@dataclass(frozen=True)
class Started:
    """A server that runs."""

    port: int
    process: psutil.Process

    @property
    def memory(self) -> float:
        """Megabytes that it takes up now."""
        return float(self.process.memory_info().rss) / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


class Bench:
    """The rows, the runs, and how long to measure."""

    def __init__(self, asked: argparse.Namespace, scratch: Path) -> None:
        lines = (Path(asked.data) / "sst2" / "test.tsv").read_text(encoding="utf-8").splitlines()
        self.texts = [line.rpartition("\t")[0] for line in lines]
        random.Random(0).shuffle(self.texts)
        self.seconds, self.repeats, self.minutes = asked.seconds, asked.repeats, asked.minutes
        self.scratch = scratch
        self.whole = save_whole(scratch / "whole")
        self.runs = [save_run(scratch / f"run{number}", number) for number in range(20)]

    def load(self, started: Started, rows: int, **settings: Any) -> dict[str, Any]:
        """Let clients ask for a while; return what they saw, and what the server used."""
        batches = [self.texts[place : place + rows] for place in range(0, len(self.texts) - rows + 1, rows)]
        asked = {"port": started.port, "path": "/predict", "rows": batches, "runs": [None], "seconds": self.seconds}
        before, begun = started.cpu, time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(HERE / "serving_load.py")],
            input=json.dumps(asked | settings),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen | {"server_cores": (started.cpu - before) / (time.perf_counter() - begun)}


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--parts", default="a,b,c,d")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args()
    parts = {"a": batches_of_32, "b": single_rows, "c": overload, "d": many_runs}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(asked, Path(scratch))
        for name in asked.parts.split(","):
            parts[name](bench)


def batches_of_32(bench: Bench) -> None:
    """Compare HTTP in requests of 32 rows with `accent predict` on the same rows, as many at a time as there are."""
    file = bench.scratch / "rows.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in bench.texts * 3), encoding="utf-8")
    command = [*ACCENT, "predict", str(bench.whole), "--input", str(file), "--output", str(bench.scratch / "answers")]
    found: dict[str, list[dict[str, Any]]] = {"accent predict": []}
    with serving([bench.whole]) as started:
        for _ in range(bench.repeats):
            done = subprocess.run([*command, "--json", "--quiet"], check=True, stdout=subprocess.PIPE, text=True)
            found["accent predict"].append(json.loads(done.stdout)["statistics"])
            for clients in (8, 16, 32):
                seen = bench.load(started, 32, connections=clients)
                found.setdefault(f"accent serve, {clients} clients", []).append(seen)
    show("Requests of 32 rows, and `accent predict` on the same rows", found)
    for name in found:
        if name != "accent predict":
            compare(found, name, "accent predict")


def single_rows(bench: Bench) -> None:
    """Compare single rows from 32 clients with a plain server."""
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(bench.repeats):
        for precision in ("auto", "fp32"):
            with serving([bench.whole], "--precision", precision) as started:
                seen = bench.load(started, 1, connections=32)
                found.setdefault(f"accent serve, {precision}", []).append(seen)
        for dtype in ("fp32", "bf16"):
            with plain_server(bench.whole, dtype) as started:
                seen = bench.load(started, 1, connections=32, bare=True)
                found.setdefault(f"FastAPI and pipeline(), {dtype}", []).append(seen)
    show("Single rows from 32 clients", found)
    for dtype in ("fp32", "bf16"):
        compare(found, "accent serve, auto", f"FastAPI and pipeline(), {dtype}")
    compare(found, "accent serve, fp32", "FastAPI and pipeline(), fp32")


def overload(bench: Bench) -> None:
    """Offer three times what it can carry, in requests of 8 rows, and watch answers, refusals and memory."""
    with serving([bench.whole]) as started:
        peak = bench.load(started, 8, connections=16)
        rate = 3 * peak["rows_per_second"] / 8
        found: dict[str, list[dict[str, Any]]] = {"at its peak": [peak], "three times the load": []}
        sizes = []
        for _ in range(max(1, round(bench.minutes * 60 / bench.seconds))):
            found["three times the load"].append(bench.load(started, 8, connections=256, rate=rate))
            sizes.append(started.memory)
    show(f"Overload: {rate:.0f} requests of 8 rows a second offered, for {bench.minutes:g} minutes", found)
    over = found["three times the load"]
    rows = statistics.median(one["rows_per_second"] for one in over)
    refused = [one["refused"] for one in over if "p99" in one["refused"]]
    print(f"answered rows against the peak: {rows / peak['rows_per_second']:.2f}")
    for name in ("p50", "p99", "max"):
        print(f"refusals, {name}: {max(one[name] for one in refused):.1f} ms at worst over {len(refused)} spells")
    statuses = {name for one in over for name in one["statuses"]}
    print("statuses:", {name: sum(one["statuses"].get(name, 0) for one in over) for name in sorted(statuses)})
    early, late = sizes[len(sizes) // 10], sizes[-1]
    print(f"memory of the server: {early:.0f} MB after a tenth of the time, {late:.0f} MB at the end\n")


def many_runs(bench: Bench) -> None:
    """Compare 20 LoRA runs in turns with one, on requests of one row and of 32."""
    names = [folder.name for folder in bench.runs]
    memory = {}
    for rows, connections in ((1, 32), (32, 8)):
        found: dict[str, list[dict[str, Any]]] = {"one run": [], "20 runs in turns": []}
        with serving(bench.runs[:1]) as one, serving(bench.runs) as all_of_them:
            for _ in range(bench.repeats):
                found["one run"].append(bench.load(one, rows, connections=connections))
                found["20 runs in turns"].append(bench.load(all_of_them, rows, connections=connections, runs=names))
            memory = {"one": one.memory, "all": all_of_them.memory}
        show(f"LoRA runs: requests of {rows} rows from {connections} clients", found)
        compare(found, "20 runs in turns", "one run")
    each = (memory["all"] - memory["one"]) / 19
    print(f"memory: {memory['one']:.0f} MB with one run, {memory['all']:.0f} MB with 20: {each:.2f} MB a run more\n")


@contextmanager
def serving(runs: Sequence[Path], *words: str) -> Iterator[Started]:
    """Run `accent serve` on a free port; it must end in peace."""
    command = [*ACCENT, "serve", *map(str, runs), "--port", "0", "--json", "--quiet", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            text = ""
            while not text or text.count("{") != text.count("}"):
                line = process.stdout.readline() if process.stdout else ""
                if not line:
                    raise SystemExit("the server did not start")
                text += line
            yield Started(int(json.loads(text)["url"].rpartition(":")[2]), psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait()


@contextmanager
def plain_server(folder: Path, dtype: str) -> Iterator[Started]:
    """Run the plain server."""
    command = [sys.executable, str(HERE / "serving_peer.py"), str(folder / "model"), dtype]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = int(process.stdout.readline() if process.stdout else 0)
            yield Started(port, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait()


def save_whole(folder: Path) -> Path:
    """Write a run of a full fine-tuning whose head is drawn by chance, in transformers' layout."""
    base = find_base(BASE, offline=True)
    model = load_model(base, "sequence", LABELS, seed=1).model
    save_model(model, load_tokenizer(base.folder), folder / "model")
    facts = json.loads((save_run(folder / "like", 1) / "model" / "accent.json").read_text(encoding="utf-8"))
    facts |= {"strategy": {"kind": "full"}, "saved": "whole"}
    (folder / "model" / "accent.json").write_text(json.dumps(facts), encoding="utf-8")
    return folder


def show(title: str, found: dict[str, list[dict[str, Any]]]) -> None:
    """Print a table: medians over the repeats."""
    print(f"\n## {title}\n\n| who | rows/s | range | p50 | p99 | server | clients |\n{'| --- ' * 7}|")
    for name, ones in found.items():
        speeds = [one["rows_per_second"] for one in ones]
        cells = [f"{statistics.median(speeds):.0f}", f"{min(speeds):.0f} to {max(speeds):.0f}"]
        for cut in ("p50", "p99"):
            times = [one["answered"][cut] for one in ones if "answered" in one and cut in one["answered"]]
            cells.append(f"{statistics.median(times):.1f} ms" if times else "-")
        for who in ("server_cores", "client_cores"):
            shares = [one[who] for one in ones if who in one]
            cells.append(f"{statistics.median(shares):.2f} cores" if shares else "-")
        print(f"| {name} | " + " | ".join(cells) + " |")
    print()


def compare(found: dict[str, list[dict[str, Any]]], name: str, peer: str) -> None:
    """Print the ratio of two, pair by pair."""
    pairs = zip(found[name], found[peer], strict=True)
    ratios = [one["rows_per_second"] / other["rows_per_second"] for one, other in pairs]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}, n = {len(ratios)}"
    print(f"{name} / {peer}: {statistics.median(ratios):.2f} times the rows a second ({spread})", flush=True)


if __name__ == "__main__":
    main()
