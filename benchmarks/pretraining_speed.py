"""Pretraining BERT-mini with masked tokens: Accent beside Trainer, in turns; prints blocks a second and the ratios.

    python benchmarks/pretraining_speed.py NOVELS_TRAIN.xz [REPEATS]

The same text, shape (4 x 256), tokenizer (30,522 pieces), blocks of 128, 32 a batch, AdamW at 1e-3 and 15 % of the
tokens hidden on all sides; Accent with Muon too. Updates are timed, without the first five; the corpus is cut before.
The first losses of all must agree within 3 %: the same guess of a model that knows nothing yet.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from turns import in_turns, ratio_line

UPDATES, WARM, BATCH, BLOCK = 40, 5, 32, 128
PARAGRAPHS = "8000"
"""Of the text that Accent reads and cuts, more than the updates need."""
FIRST = 0.03


def main() -> None:
    """Measure and print."""
    if sys.argv[1] == "--ours":
        ours(sys.argv[2], sys.argv[3])
        return
    text, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    peer = ["benchmarks/peer_pretraining.py", text, "--updates", str(UPDATES)]
    commands = {
        "accent": ["benchmarks/pretraining_speed.py", "--ours", text, "adamw"],
        "accent with Muon": ["benchmarks/pretraining_speed.py", "--ours", text, "muon"],
        "Trainer, packed bf16": [*peer, "--settings", "packed"],
        "Trainer, fp32": [*peer, "--settings", "default"],
    }
    found = in_turns(commands, repeats)
    for name, outcomes in found.items():
        speed = statistics.median(one["rows_per_second"] for one in outcomes)
        print(f"{name}: {speed:.1f} blocks/s, {speed * BLOCK:,.0f} tokens/s")
    for name in ("accent", "accent with Muon"):
        for other in ("Trainer, packed bf16", "Trainer, fp32"):
            print(ratio_line(found, name, other))
    firsts = {name: outcomes[0]["losses"][0] for name, outcomes in found.items()}
    if max(firsts.values()) / min(firsts.values()) > 1 + FIRST:
        sys.exit(f"the first losses do not agree: {firsts}")


def ours(text: str, optimizer: str) -> None:
    """Pretrain once with Accent and print one line of JSON."""
    flags = ["--tokenizer", "builtin:minilm", "--size", "mini", "--block-length", str(BLOCK), "--limit", PARAGRAPHS]
    flags += ["--embeddings", "random", "--short-updates", "0"]
    rates = ["--learning-rate", "1e-3", "--optimizer", optimizer]
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        command = [sys.executable, "-m", "accent", "pretrain", text, *flags, *rates, "--batch-size", str(BATCH)]
        subprocess.run(
            [*command, "--updates", str(UPDATES), "--seed", "1", "--output", str(run), "--quiet", "--offline"],
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ,
        )
        events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    updates = [event for event in events if event["kind"] == "update"]
    seconds = statistics.median(event["seconds"] for event in updates[WARM:])
    print(json.dumps({"rows_per_second": BATCH / seconds, "losses": [event["loss"] for event in updates]}))


if __name__ == "__main__":
    main()
