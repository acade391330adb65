"""The same command on other data: TREC (6 classes), SMS spam (13 % positive), IMDB (long texts, 2,000 rows a split).

python benchmarks/more_data.py SHARED_DATA_FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

JOBS = {
    "trec": ["trec", "--allow", "leaks,conflicts"],
    "sms_spam": ["sms_spam/sms-spam.csv"],
    "imdb": ["imdb", "--limit", "2000", "--max-length", "256", "--allow", "leaks,conflicts"],
}
METRICS = ("accuracy", "f1_macro", "matthews", "roc_auc")


def main() -> None:
    """Measure and print a row of a table for each."""
    folder, wanted = Path(sys.argv[1]), sys.argv[2:] or list(JOBS)
    print("| data | rows | rows/s | padding | seconds | " + " | ".join(METRICS) + " | TF-IDF accuracy |")
    for name in wanted:
        source, *flags = JOBS[name]
        found = outcome([str(folder / source), *flags, "--epochs", "3", "--seed", "1"])
        scores = [score_text(found, metric) for metric in METRICS]
        facts = [f"{found['rows']:,}", f"{found['rows_per_second']:.0f}", f"{found['padding']:.1%}"]
        tfidf = f"{found['baselines']['tfidf']['accuracy']:.3f}"
        print("| " + " | ".join([name, *facts, f"{found['total_seconds']:.0f}", *scores, tfidf]) + " |", flush=True)


def outcome(arguments: list[str]) -> dict[str, Any]:
    """Run Accent and return its summary."""
    command = [sys.executable, "benchmarks/ours.py", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def score_text(found: dict[str, Any], metric: str) -> str:
    """Return a score with its interval."""
    low, high, _ = found["intervals"][metric]
    return f"{found['test'][metric]:.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
