"""What pretraining on nearby text is worth on few labelled rows: from scratch, after some minutes of it, and TF-IDF.

    python benchmarks/pretraining_gain.py SST2_FOLDER CORPUS [CORPUS ...] [--minutes 10 30 60] [--flags FLAG ...]

A BERT of 4 x 256 is pretrained by the default recipe within each budget; it and the same shape from scratch are then
fine-tuned on the first 1,000 rows of SST-2, at each of the rates and with each of the seeds. The rate is chosen by the
mean validation accuracy, for each model by itself; test accuracy is shown at that rate, and at all. `--flags` are
handed to `accent pretrain`. TF-IDF with logistic regression has words and pairs of words, its penalty chosen likewise.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

ROWS, SEEDS, RATES = 1000, (1, 2, 3), ("1e-4", "3e-4", "1e-3")
SST2 = ["--header", "none", "--columns", "sentence,label", "--allow", "leaks,conflicts", "--limit", str(ROWS)]
PENALTIES = (0.1, 1.0, 10.0, 100.0)
Scores = dict[str, list[tuple[float, float]]]
"""Validation and test accuracy of each seed, by rate."""


def main() -> None:
    """Train all, and print a table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("sst2", type=Path)
    asked.add_argument("corpora", nargs="+")
    asked.add_argument("--minutes", nargs="+", type=float, default=[10, 30, 60])
    asked.add_argument("--flags", nargs=argparse.REMAINDER, default=[])
    given = asked.parse_args()
    print(f"TF-IDF and logistic regression: {tf_idf(given.sst2):.3f}")
    print("| pretraining | updates | validation loss | rate | test accuracy | mean | at all rates |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    budgets = [["--updates", "1", "--embeddings", "random", "--learning-rate", "1e-9"]]
    budgets += [["--time-budget", f"{minutes:g}m"] for minutes in given.minutes]
    for minutes, budget in zip([0.0, *given.minutes], budgets, strict=True):
        with tempfile.TemporaryDirectory() as scratch:
            base = Path(scratch, "base")
            accent("pretrain", *given.corpora, *given.flags, *budget, "--seed", "1", output=base)
            print(line(minutes, base, {rate: fine_tuned(given.sst2, base, rate) for rate in RATES}), flush=True)


def line(minutes: float, base: Path, scores: Scores) -> str:
    """Return the row of a base in the table."""
    best = max(scores, key=lambda rate: statistics.mean(validation for validation, _ in scores[rate]))
    tests = {rate: [test for _, test in each] for rate, each in scores.items()}
    loss = json.loads((base / "scores.json").read_text())["validation"]["loss"]["value"]
    updates = json.loads((base / "record.json").read_text())["training"]["updates"]
    every = ", ".join(f"{rate}: {statistics.mean(tests[rate]):.3f}" for rate in scores)
    shown = ", ".join(f"{test:.3f}" for test in tests[best])
    what = f"{minutes:g} min" if minutes else "none"
    return f"| {what} | {updates} | {loss:.2f} | {best} | {shown} | {statistics.mean(tests[best]):.3f} | {every} |"


def fine_tuned(sst2: Path, base: Path, rate: str) -> list[tuple[float, float]]:
    """Return validation and test accuracy of each seed."""
    found = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as scratch:
            run = Path(scratch, "run")
            flags = [*SST2, "--base", str(base), "--learning-rate", rate, "--seed", str(seed)]
            accent("finetune", str(sst2), *flags, output=run)
            scores = json.loads((run / "scores.json").read_text())
        found.append((scores["validation"]["accuracy"]["value"], scores["test"]["accuracy"]["value"]))
    return found


def accent(verb: str, *words: str, output: Path) -> None:
    """Run one command into `output`."""
    command = [sys.executable, "-m", "accent", verb, *words, "--offline", "--quiet", "--output", str(output)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def tf_idf(folder: Path) -> float:
    """Return the test accuracy of logistic regression on the same rows."""
    rows = {split: read(folder / f"{split}.tsv") for split in ("train", "dev", "test")}
    texts, labels = (side[:ROWS] for side in rows["train"])
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)
    fitted = [LogisticRegression(C=one, max_iter=1000).fit(words.transform(texts), labels) for one in PENALTIES]
    scored = [
        [one.score(words.transform(rows[split][0]), rows[split][1]) for split in ("dev", "test")] for one in fitted
    ]
    return float(max(scored)[1])


def read(path: Path) -> tuple[list[str], np.ndarray]:
    """Return texts and labels of a split."""
    cells = [line.rsplit("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    return [text for text, _ in cells], np.array([int(label) for _, label in cells])


if __name__ == "__main__":
    main()
