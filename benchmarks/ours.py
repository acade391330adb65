"""One fine-tuning with Accent, as a process of its own; prints one line of JSON.

    python benchmarks/ours.py DATA --seed 1 --epochs 3 --batch-size 32 --learning-rate 5e-5

Further arguments go to `accent finetune`. `rows_per_second` covers everything between the first and the last update
but evaluation and checkpoints: batching, collation, updates and the log.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Run, read the run folder, print."""
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = [sys.executable, "-m", "accent", "finetune", *sys.argv[1:], "--output", str(run), "--quiet"]
        subprocess.run([*command, "--offline"], check=True, stdout=subprocess.DEVNULL)
        print(json.dumps(summary(run)))


def summary(run: Path) -> dict[str, object]:
    """Return speed and scores of a finished run."""
    record = json.loads((run / "record.json").read_text())
    scores = json.loads((run / "scores.json").read_text())
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    aside = sum(event["seconds"] for event in events if event["kind"] in {"evaluation", "checkpoint"})
    training = record["training"]
    return {
        "who": "accent",
        "rows": training["rows"],
        "seconds": record["timings"]["training"] - aside,
        "rows_per_second": training["rows"] / (record["timings"]["training"] - aside),
        "padding": training["padding"],
        "precision": training["precision"],
        "total_seconds": record["timings"]["total"],
        "losses": [event["loss"] for event in events if event["kind"] == "update"],
        "test": {name: score["value"] for name, score in scores["test"].items()},
        "intervals": {name: [score["low"], score["high"], score["n"]] for name, score in scores["test"].items()},
        "baselines": {
            name: {metric: score["value"] for metric, score in found.items()}
            for name, found in scores["baselines"].items()
        },
    }


if __name__ == "__main__":
    main()
