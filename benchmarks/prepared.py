"""Files that Accent and its peers read alike, cut from the data sets as they are kept.

python benchmarks/prepared.py SHARED_DATA_FOLDER FOLDER writes those of squad1 into FOLDER/squad1.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["clinc_files", "shakespeare_files", "squad_files"]

TRAIN_QUESTIONS, VALIDATION_QUESTIONS, TEST_QUESTIONS = 8000, 1000, 2000
TRAIN_SHARE, VALIDATION_SHARE = 0.90, 0.05


def main() -> None:
    """Write the files of squad1."""
    print(squad_files(Path(sys.argv[1]), Path(sys.argv[2])))


def clinc_files(data: Path, scratch: Path) -> tuple[Path, Path]:
    """Return a folder of the 150 intents' rows by split, and a file of the out-of-scope test texts."""
    splits = json.loads(_text(data / "clinc150" / "data_full.json.xz"))
    folder = scratch / "clinc150"
    folder.mkdir()
    for split, name in (("train", "train"), ("val", "validation"), ("test", "test")):
        _write(folder / f"{name}.jsonl", ({"text": text, "label": intent} for text, intent in splits[split]))
    _write(scratch / "oos_test.jsonl", ({"text": text} for text, _ in splits["oos_test"]))
    return folder, scratch / "oos_test.jsonl"


def squad_files(data: Path, scratch: Path, *, full: bool = False) -> Path:
    """Return a folder of SQuAD documents: train, validation (the questions behind them) and test (from dev).

    These are the first 8,000 questions of train, the next 1,000 of other contexts, and the first 2,000 of dev, or all
    of dev with `full`.
    """
    train, dev = (json.loads(_text(data / "squad1" / f"{name}.json.xz")) for name in ("train", "dev"))
    contexts = list(_contexts(train))
    folder = scratch / "squad1"
    folder.mkdir()
    first, used = _take(contexts, TRAIN_QUESTIONS)
    _document(folder / "train.json", first)
    _document(folder / "validation.json", _take(contexts[used:], VALIDATION_QUESTIONS)[0])
    _document(folder / "test.json", _take(list(_contexts(dev)), None if full else TEST_QUESTIONS)[0])
    return folder


def shakespeare_files(data: Path, scratch: Path) -> Path:
    """Return a folder with the first 90 % of tiny Shakespeare's speeches as train, then 5 % validation and 5 % test."""
    speeches = _text(data / "tinyshakespeare" / "input.txt.xz").strip().split("\n\n")
    folder = scratch / "tinyshakespeare"
    folder.mkdir()
    ends = [int(share * len(speeches)) for share in (TRAIN_SHARE, TRAIN_SHARE + VALIDATION_SHARE, 1)]
    for name, start, end in zip(("train", "validation", "test"), (0, *ends), ends, strict=False):
        (folder / f"{name}.txt").write_text("\n\n".join(speeches[start:end]) + "\n", encoding="utf-8")
    return folder


def _contexts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (paragraph for article in document["data"] for paragraph in article["paragraphs"])


def _take(contexts: list[dict[str, Any]], questions: int | None) -> tuple[list[dict[str, Any]], int]:
    """Return the contexts of the first `questions`, the last one with some of its own, and their number."""
    if questions is None:
        return contexts, len(contexts)
    taken: list[dict[str, Any]] = []
    for context in contexts:
        if questions <= 0:
            break
        taken.append({**context, "qas": context["qas"][:questions]})
        questions -= len(context["qas"])
    return taken, len(taken)


def _document(file: Path, contexts: list[dict[str, Any]]) -> None:
    article = {"title": file.stem, "paragraphs": contexts}
    file.write_text(json.dumps({"version": "1.1", "data": [article]}), encoding="utf-8")


def _write(file: Path, rows: Iterable[dict[str, str]]) -> None:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def _text(file: Path) -> str:
    with lzma.open(file, "rt", encoding="utf-8") as stream:
        return stream.read()


if __name__ == "__main__":
    main()
