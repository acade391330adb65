"""A run as it was judged: its record, its scores, and its answers row by row, read from its folder alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import Any

from accent.errors import RunError
from accent.evaluation import Score, Scorer, reread
from accent.records import Record, RunFolder, folder_bytes, one_line, read_json, read_predictions

__all__ = ["JudgedRun", "check_same_rows", "read_judged"]

ROUNDING = 1e-6
"""Answers are written whole, so that a score made of them again differs by the rounding of sums at most."""


@dataclass(frozen=True, kw_only=True)
class JudgedRun:
    """One run that ended and was scored."""

    folder: RunFolder
    record: Record
    split: str
    """The split it was judged by."""
    main: str
    """The score it is named by."""
    scores: Mapping[str, Score]
    """Its overall scores on that split."""
    scorer: Scorer
    """Made again of its answers."""
    rows: tuple[bytes, ...]
    """A digest of each row: its place, texts and label."""

    @property
    def task(self) -> str:
        """The kind of its task."""
        return str(self.record.config["task"]["kind"])

    @property
    def model_bytes(self) -> int | None:
        """Bytes of its model's folder; None where the folder was not copied along."""
        return folder_bytes(self.folder.model) or None


def read_judged(target: str | Path) -> JudgedRun:
    """Read the run in the folder `target`; its model is not needed.

    Raises RunError where there is no run, it has not ended well, it was judged by no rows, or its files do not belong
    together.
    """
    folder = RunFolder.open(target)
    record = Record.read(folder)
    _check_ended(folder, record)
    scores = read_json(folder.scores)
    split = next((name for name in ("test", "validation") if scores.get(name)), None)
    if split is None or not folder.predictions.exists():
        what = "the run was judged by no rows" if split is None else "the run's predictions.jsonl is missing"
        raise RunError(
            what, where=str(target), remedy="Give runs with test or validation rows, and their whole folders."
        )
    rows: list[bytes] = []
    lines = _digested(read_predictions(folder.predictions), rows)
    run = JudgedRun(
        folder=folder,
        record=record,
        split=split,
        main=str(scores["main"]),
        scores={name: Score.from_json(score) for name, score in scores[split].items() if "/" not in name},
        scorer=_scorer(folder, record, lines, main=str(scores["main"])),
        rows=tuple(rows),
    )
    _check_score(run)
    return run


def check_same_rows(runs: Sequence[JudgedRun]) -> None:
    """Raise RunError where runs were judged on other rows than the first, naming the first row that differs."""
    first = runs[0]
    for run in runs[1:]:
        if (run.task, run.split) != (first.task, first.split):
            raise RunError(
                f"it was judged by {run.split} rows of {run.task}, and {first.folder.path} by {first.split} rows of "
                f"{first.task}",
                where=str(run.folder.path),
                remedy="Compare runs of one task that were judged by the same split.",
            )
        if run.rows != first.rows:
            raise _other_rows(first, run)


def _check_ended(folder: RunFolder, record: Record) -> None:
    if record.verb != "finetune" and "task" not in record.config:
        raise RunError(
            "the run was pretrained: there are no rows on which it was judged",
            where=str(folder.path),
            remedy="Give fine-tuned runs; two pretrained bases are told apart by accent sweep DATA --bases ONE,OTHER.",
        )
    if record.status == "done" and folder.scores.exists():
        return
    remedy = f"Let it go on to its end ({record.resume_command(folder.path)}), or leave it out."
    what = f"the run is not done, but {record.status}" if record.status != "done" else "the run has no scores.json"
    raise RunError(what, where=str(folder.path), remedy=remedy)


def _scorer(folder: RunFolder, record: Record, lines: Iterable[Mapping[str, Any]], *, main: str) -> Scorer:
    try:
        return reread(str(record.config["task"]["kind"]), lines, main=main)
    except ValueError as error:
        raise RunError(
            f"the answers cannot be scored again: {error}",
            where=str(folder.predictions),
            remedy="Run it again with this Accent: accent reproduce RUN.",
        ) from error


def _check_score(run: JudgedRun) -> None:
    """Refuse answers that do not give the score that the run has: one of the two files is another run's."""
    again, told = run.scorer.points()[run.main], run.scores[run.main].value
    if abs(again - told) > ROUNDING * max(1.0, abs(told)):
        raise RunError(
            f"predictions.jsonl gives {run.main} {again:.4f}, and scores.json has {told:.4f}",
            where=str(run.folder.path),
            remedy="Restore both files from the run, or run it again.",
        )


def _digested(lines: Iterable[Mapping[str, Any]], digests: list[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the lines, and leave each one's digest behind."""
    for line in lines:
        digests.append(_digest(line))
        yield line


def _digest(line: Mapping[str, Any]) -> bytes:
    """Return what tells a row from others; of its file the name alone, as folders are moved and copied."""
    parts = [PurePath(str(line.get("file"))).name, *(line.get(name) for name in ("line", "text", "text_pair", "label"))]
    return hashlib.blake2b(one_line(parts).encode(errors="surrogatepass"), digest_size=12).digest()


def _other_rows(first: JudgedRun, run: JudgedRun) -> RunError:
    """Name the first row that differs."""
    pairs = zip_longest(first.rows, run.rows)
    at = next(number for number, (one, other) in enumerate(pairs) if one != other)
    here, there = (_place(one, at) for one in (run, first))
    texts = " (the same place, another text or label)" if here == there else ""
    return RunError(
        f"it was judged on other rows than {first.folder.path}: row {at + 1} is {here} and {there} there{texts}",
        where=str(run.folder.path),
        remedy="Give all runs the same --test FILE, or split their rows alike with --split-seed N.",
    )


def _place(run: JudgedRun, at: int) -> str:
    line = next((line for number, line in enumerate(read_predictions(run.folder.predictions)) if number == at), None)
    return "missing" if line is None else f"{line.get('file')}:{line.get('line')}"
