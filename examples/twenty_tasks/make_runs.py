"""Twenty small LoRA runs on one base, for one server: python examples/twenty_tasks/make_runs.py [--quick] [--tasks N].

Each run learns something else from the data that comes with the project, and saves a megabyte beside the base.
`--quick` makes one update on 24 rows, `--tasks N` the first N runs. A run that is there already is left as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import accent

TOP = Path("runs/twenty")
QUICK = "--quick" in sys.argv
EFFORT = {"updates": 1, "limit": 24} if QUICK else {"updates": 60, "learning_rate": 1e-3}
SPLITS = ("train", "validation", "test")
TOPICS = ("delivery", "payment", "refund", "account", "defect", "advice", "praise")
KINDS = ("INGREDIENT", "QUANTITY", "TIME", "TOOL", "DISH")


@dataclass(frozen=True)
class Task:
    """What one run learns."""

    name: str
    data: str
    """Built-in rows, or a folder of rows made of them."""
    settings: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    """Fit what is missing and say how to serve it."""
    most = int(sys.argv[sys.argv.index("--tasks") + 1]) if "--tasks" in sys.argv else None
    tasks = list(all_tasks(TOP / "data"))[:most]
    for number, task in enumerate(tasks, start=1):
        folder = TOP / task.name
        if (folder / "model" / "accent.json").exists():
            print(f"{number:2} {task.name}: is there")
            continue
        run = accent.finetune(
            task.data, **task.settings, strategy="lora", base="builtin:minilm", output=folder, offline=True, **EFFORT
        )
        main_score = run.scores["main"]
        score = run.scores["test"][main_score]
        size = sum(file.stat().st_size for file in (folder / "model").glob("*.safetensors")) / 1e6
        print(f"{number:2} {task.name}: {main_score} {score['value']:.3f} on {score['n']} test rows, {size:.1f} MB")
    print("\naccent serve " + " ".join(str(TOP / task.name) for task in tasks))


def all_tasks(made: Path) -> Iterator[Task]:
    """Yield twenty tasks; rows with labels of their own are written into `made`."""
    yield Task("reviews", "builtin:reviews")
    yield Task("questions", "builtin:questions")
    yield Task("tickets", "builtin:tickets", {"task": "multilabel"})
    yield Task("hikes", "builtin:hikes", {"task": "regression"})
    yield Task("recipes", "builtin:recipes", {"task": "tagging"})
    yield Task("guides", "builtin:guides", {"task": "qa"})
    yield Task("subject", "builtin:reviews", {"label_column": ["subject"]})
    yield Task("manner", "builtin:reviews", {"label_column": ["manner"]})
    for topic in TOPICS:
        yield Task(topic, split_by_topic(made / topic, topic))
    for kind in KINDS:
        yield Task(kind.lower(), one_kind_of_entity(made / kind.lower(), kind), {"task": "tagging"})


def split_by_topic(folder: Path, topic: str) -> str:
    """Write the tickets with yes or no: is it about this?"""
    for split in SPLITS:
        rows = read("tickets", split)
        named = [{"text": row["text"], "label": "yes" if topic in row["labels"] else "no"} for row in rows]
        write(folder / f"{split}.jsonl", named)
    return str(folder)


def one_kind_of_entity(folder: Path, kind: str) -> str:
    """Write the sentences from the kitchen with one kind of entity only."""
    for split in SPLITS:
        rows = read("recipes", split)
        kept = [{**row, "entities": [one for one in row["entities"] if one["label"] == kind]} for row in rows]
        write(folder / f"{split}.jsonl", kept)
    return str(folder)


def read(name: str, split: str) -> list[Any]:
    """Read a built-in set's rows as they are."""
    file = Path(accent.__file__).parent / "data" / "builtin" / name / f"{split}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, rows: Sequence[Any]) -> None:
    """Write rows as JSON lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
