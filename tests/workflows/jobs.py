"""A small job for every task: files in formats that users have, a tiny base, and the flags that fit."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.checkpoints import make_checkpoint
from tests.workflows.small import BAD, GOOD, THINGS, small_data

__all__ = ["HELD_OUT", "HOLE", "JOBS", "Job", "Split", "finetune_words", "make_base", "write_split"]

TRAIN, HELD_OUT = 60, 10
"""Training rows, and rows of each of validation and test."""
HOLE = 3
PLACES = ("Lima", "Oslo", "Rome", "Bern", "Cairo")
PEOPLE = ("Ada Byron", "Max Frisch", "Toni", "Ines Lopez", "Omar")

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one task's small run is made of."""

    family: str
    """The family of the tiny base."""
    suffix: str
    """How its files' names end."""
    rows: Callable[[], list[Row]]
    """All of its rows, distinct, in an order of no meaning."""
    write: Callable[[Path, Sequence[Row]], None]
    """Writes rows as a user's file."""
    unanswerable: Row
    """A row without a text."""
    flags: tuple[str, ...] = ()
    """Further words of the command."""
    asks: Callable[[Path, Sequence[Row]], None] | None = None
    """Writes rows to be answered as JSONL, where that is not `write`: CoNLL cannot say that a sentence is empty."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """The files of one job."""

    train: Path
    validation: Path
    test: Path
    asked: Path
    """The test rows, and the one that cannot be answered at place HOLE."""


def write_split(job: Job, folder: Path) -> Split:
    """Write a job's files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = job.rows()
    test, validation = rows[:HELD_OUT], rows[HELD_OUT : 2 * HELD_OUT]
    parts = {"train": rows[2 * HELD_OUT : 2 * HELD_OUT + TRAIN], "validation": validation, "test": test}
    files = {name: folder / f"{name}{job.suffix}" for name in parts}
    for name, part in parts.items():
        job.write(files[name], part)
    asked = folder / f"asked{'.jsonl' if job.asks else job.suffix}"
    (job.asks or job.write)(asked, [*test[:HOLE], job.unanswerable, *test[HOLE:]])
    return Split(**files, asked=asked)


def finetune_words(task: str, split: Split, folder: Path, *more: str) -> list[str]:
    """Return the command line of a short run of `task` into `folder`, on a base made beside its files."""
    job = JOBS[task]
    base = split.train.parent / "base"
    if not base.exists():
        make_base(job, base)
    words = ["finetune", str(split.train), "--validation", str(split.validation), "--test", str(split.test)]
    words += ["--task", task, "--base", str(base), "--output", str(folder), "--offline", "--precision", "fp32"]
    words += ["--allow", "leaks,conflicts", "--learning-rate", "1e-3", "--dropout", "0.2", "--batch-size", "16"]
    return [*words, *job.flags, *more]


def make_base(job: Job, folder: Path) -> Path:
    """Make a base of the job's family with weights so wide that rows get different answers, and return `folder`."""
    wide = {"initializer_factor": 4.0} if job.family == "t5" else {"initializer_range": 0.3}
    return make_checkpoint(folder, job.family, **wide)


def _write_table(file: Path, rows: Sequence[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def _write_lines(file: Path, rows: Sequence[Row]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _write_conll(file: Path, rows: Sequence[Row]) -> None:
    sentences = ("".join(f"{word}\t{tag}\n" for word, tag in row["words"]) for row in rows)
    file.write_text("\n".join(sentences), encoding="utf-8")


def _ask_texts(file: Path, rows: Sequence[Row]) -> None:
    _write_lines(file, [{"text": " ".join(word for word, _ in row["words"])} for row in rows])


def _write_squad(file: Path, rows: Sequence[Row]) -> None:
    paragraphs = [
        {
            "context": row["context"],
            "qas": [{"id": f"q{number}", "question": row["question"], "answers": row["answers"]}],
        }
        for number, row in enumerate(rows)
    ]
    document = {"version": "1.1", "data": [{"title": "small", "paragraphs": paragraphs}]}
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _mixed(rows: Sequence[Row]) -> list[Row]:
    """Return rows so that neighbours differ, the same ones each time."""
    return [rows[place * 37 % len(rows)] for place in range(len(rows))]


def _classified() -> list[Row]:
    return _mixed([{"text": text, "label": label} for text, label in small_data()])


def _many_labels() -> list[Row]:
    rows = []
    for number, (text, label) in enumerate(small_data()):
        labels = [name for name, given in (("praise", label == "good"), ("short", number % 3 == 0)) if given]
        rows.append({"text": text, "labels": "|".join(labels)})
    return _mixed(rows)


def _measured() -> list[Row]:
    rows = [
        {"text": text, "score": round((1.0 if label == "good" else -1.0) * (1 + number % 7) * 1.25, 2)}
        for number, (text, label) in enumerate(small_data())
    ]
    return _mixed(rows)


def _tagged() -> list[Row]:
    rows = []
    for number, thing in enumerate(THINGS):
        for place, person in zip(PLACES, PEOPLE, strict=True):
            names = [(word, f"{'I' if at else 'B'}-PER") for at, word in enumerate(person.split())]
            words = [*names, ("took", "O"), ("the", "O"), (thing, "O"), ("to", "O"), (place, "B-LOC"), (".", "O")]
            rows.append({"words": words})
            words = [("In", "O"), (place, "B-LOC"), (f"{number}", "O"), ("of", "O"), (thing, "O"), ("met", "O"), *names]
            rows.append({"words": words})
    return _mixed(rows)


def _questions() -> list[Row]:
    rows = []
    for thing in THINGS:
        for place, person in zip(PLACES, PEOPLE, strict=True):
            context = f"On a cold day {person} took a {thing} by train to {place}, and we were told of it at dinner."
            for question, answer in ((f"who took the {thing} to {place}?", person), (f"where is {person} now?", place)):
                answers = [{"text": answer, "answer_start": context.index(answer)}]
                rows.append({"question": question, "context": context, "answers": answers})
    return _mixed(rows)


def _completed() -> list[Row]:
    rows = []
    for thing in THINGS:
        for good, bad in zip(GOOD, BAD, strict=True):
            rows.append({"prompt": f"a {good} {thing}", "completion": " was kept by the sea"})
            rows.append({"prompt": f"the {bad} {thing}", "completion": " went back, and we waited"})
    return _mixed(rows)


def _summed_up() -> list[Row]:
    rows = []
    for number, thing in enumerate(THINGS):
        for good, bad in zip(GOOD, BAD, strict=True):
            long = f"We bought a {good} {thing} by the sea. It was {bad} before, they said. Number {number} is ours."
            rows.append({"document": long, "summary": f"a {good} {thing}"})
            long = f"The {thing} number {number} came back twice. They called it {bad}, and not {good} at all."
            rows.append({"document": long, "summary": f"a {bad} {thing}"})
    return _mixed(rows)


JOBS: Mapping[str, Job] = {
    "classification": Job(
        family="bert", suffix=".csv", rows=_classified, write=_write_table, unanswerable={"text": " ", "label": "good"}
    ),
    "multilabel": Job(
        family="distilbert",
        suffix=".csv",
        rows=_many_labels,
        write=_write_table,
        unanswerable={"text": "", "labels": "short"},
        flags=("--threshold", "tuned"),
    ),
    "regression": Job(
        family="roberta", suffix=".jsonl", rows=_measured, write=_write_lines, unanswerable={"text": "", "score": 1.5}
    ),
    "tagging": Job(
        family="bert",
        suffix=".conll",
        rows=_tagged,
        write=_write_conll,
        unanswerable={"words": []},
        flags=("--class-weights", "balanced"),  # else the head begins at the shares of the tags, and says O for a while
        asks=_ask_texts,
    ),
    "qa": Job(
        family="electra",
        suffix=".json",
        rows=_questions,
        write=_write_squad,
        unanswerable={"question": "", "context": "nobody asked", "answers": []},
    ),
    "generation": Job(
        family="gpt2",
        suffix=".jsonl",
        rows=_completed,
        write=_write_lines,
        unanswerable={"prompt": "", "completion": " nothing"},
    ),
    "summarization": Job(
        family="t5",
        suffix=".csv",
        rows=_summed_up,
        write=_write_table,
        unanswerable={"document": "", "summary": "nothing"},
        flags=("--summary-length", "8"),
    ),
}
"""A job for every task; a test fails for a task without one."""
