"""Ask every run of a server for one text: python examples/twenty_tasks/ask.py [URL].

Nothing but Python's own library is needed for that.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
TEXT = "The box was crushed in the van, and the honey cake in it too. Please send another, or return my 20 euros."
QUESTION = "What was in the box?"


def main() -> None:
    """Print what each run makes of the same text, and how long all of them together took."""
    runs = ask("/runs")["runs"]
    started = time.perf_counter()
    with ThreadPoolExecutor(len(runs)) as pool:
        answers = list(pool.map(answer, runs))  # all at once: the server puts their rows into one batch
    took = time.perf_counter() - started
    for run, found in zip(runs, answers, strict=True):
        print(f"{run['name']:12} {run['task']:15} {short(found)}")
    memory = sum(run["memory"] for run in runs) / 1e6
    print(f"{len(runs)} runs, {memory:.1f} MB beside what they share, asked in {1000 * took:.0f} ms")


def answer(run: dict[str, Any]) -> Any:
    """Return a run's answer to the text, or to a question on it."""
    row = [QUESTION, TEXT] if run["pair"] else TEXT
    return ask("/predict", {"run": run["name"], "text": [row]})["answers"][0]


def ask(route: str, content: Any = None) -> Any:
    """Send JSON and read JSON; without content, GET."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(URL + route, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def short(answer: dict[str, Any]) -> str:
    """Return the gist of an answer, whatever the task."""
    if "labels" in answer:
        return ", ".join(one["label"] for one in answer["labels"]) or "nothing"
    if "entities" in answer:
        return ", ".join(one["word"] for one in answer["entities"]) or "nothing"
    return next(str(answer[name]) for name in ("label", "value", "answer", "error") if name in answer)


if __name__ == "__main__":
    main()
