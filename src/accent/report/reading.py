"""What a run folder holds, read once for the page and the card. A file that is missing is no error."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from accent.records import Record, RunFolder, read_events, read_json, read_predictions
from accent.report.wording import to_float

__all__ = ["Answers", "Material", "Score", "read_material"]

WORST = 25
"""Rows that are not wholly right and are kept, the worst first."""
WHOLE = 1.0 - 1e-9
"""From this credit on a row is wholly right."""
MODEL_FACTS = "accent.json"
DEFAULT_TASK, DEFAULT_MAIN = "classification", "accuracy"
"""Those of a run of an Accent that knew no others."""


@dataclass(frozen=True)
class Score:
    """A metric's value with its 95 % interval and n, as scores.json gives it."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None) -> Score | None:
        """Return the score in `raw`; None where there is none or its value is not finite."""
        if not raw or not math.isfinite(to_float(raw.get("value"))):
            return None
        value = to_float(raw["value"])
        return cls(value, to_float(raw.get("low", value)), to_float(raw.get("high", value)), int(raw.get("n") or 0))


@dataclass(frozen=True)
class Answers:
    """What predictions.jsonl says in sum, and its worst rows."""

    rows: int
    wrong: int
    """Rows with an answer that is not wholly right."""
    failed: int
    """Rows without an answer."""
    worst: tuple[dict[str, Any], ...]
    """The lowest credit first, then the most confident."""


@dataclass(frozen=True)
class Material:
    """A run folder's files."""

    name: str
    path: str
    record: Record
    settings: str
    """The resolved configuration as YAML."""
    events: list[dict[str, Any]]
    scores: dict[str, Any]
    """Empty where there are none."""
    audit: dict[str, Any] | None
    answers: Answers | None
    model: dict[str, Any]
    """What accent.json of the saved model says; empty where there is none."""

    @property
    def task(self) -> str:
        """The kind of the run's task."""
        return str((self.record.config.get("task") or {}).get("kind") or DEFAULT_TASK)

    @property
    def is_pretraining(self) -> bool:
        """Whether the run learned from running text, without a task."""
        return "corpus" in self.record.config

    @property
    def is_student(self) -> bool:
        """Whether it learned from a teacher, which its base names."""
        return self.record.verb == "distill"

    @property
    def judged(self) -> str | None:
        """The split that the run is judged by: test, or validation where there is no test; None without scores."""
        return next((split for split in ("test", "validation") if self.scores.get(split)), None)

    @property
    def main(self) -> str:
        """The score that the run is named by and compared on."""
        return str(self.scores.get("main") or DEFAULT_MAIN)

    def score(self, metric: str, split: str | None = None) -> Score | None:
        """Return the run's score on `split`, by default the one that it is judged by."""
        return Score.of(self.scores.get(split or self.judged or "", {}).get(metric))

    def baseline(self, name: str, metric: str) -> Score | None:
        """Return a baseline's score on the split that the run is judged by."""
        return Score.of(self.scores.get("baselines", {}).get(name, {}).get(metric))

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What the audit found; nothing where there was no audit."""
        return list((self.audit or {}).get("findings", []))

    @property
    def splits(self) -> dict[str, dict[str, Any]]:
        """The audit's facts of each split; only the row counts where there was no audit."""
        audited = (self.audit or {}).get("splits")
        return dict(audited or {name: {"rows": rows} for name, rows in self.record.data.get("rows", {}).items()})


def read_material(folder: RunFolder) -> Material:
    """Read all files of a run.

    Raises:
        RunError: where there is no record, or a file is damaged.
    """
    record = Record.read(folder)
    return Material(
        name=folder.path.resolve().name,
        path=str(folder.path),
        record=record,
        settings=_settings(folder.config, record),
        events=read_events(folder.events),
        scores=read_json(folder.scores) if folder.scores.exists() else {},
        audit=read_json(folder.audit) if folder.audit.exists() else None,
        answers=_answers(folder.predictions) if folder.predictions.exists() else None,
        model=read_json(folder.model / MODEL_FACTS) if (folder.model / MODEL_FACTS).exists() else {},
    )


def _settings(path: Path, record: Record) -> str:
    if path.exists():
        return path.read_text(encoding="utf-8")
    return str(yaml.safe_dump(record.config, sort_keys=False, allow_unicode=True))


def _answers(path: Path) -> Answers:
    """Read predictions in constant memory: only the worst are kept."""
    rows = wrong = failed = 0
    worst: list[tuple[float, float, int, dict[str, Any]]] = []
    for line in read_predictions(path):
        rows += 1
        answer = line.get("answer") or {}
        credit = _credit(line)
        if not answer or "error" in answer:
            failed += 1
        elif credit < WHOLE:
            wrong += 1
            heapq.heappush(worst, (-credit, _confidence(answer), -rows, line))
            if len(worst) > WORST:
                heapq.heappop(worst)
    ordered = sorted(worst, key=lambda entry: entry[:3], reverse=True)
    return Answers(rows, wrong, failed, tuple(entry[-1] for entry in ordered))


def _credit(line: Mapping[str, Any]) -> float:
    """How right a row is, from 0 to 1; a file of an older Accent says only whether it is."""
    credit = to_float(line.get("credit"))
    return credit if math.isfinite(credit) else float(bool(line.get("correct")))


def _confidence(answer: Mapping[str, Any]) -> float:
    """The answer's probability, of several parts that of the surest; 0 where none is told."""
    parts = [answer, *(answer.get("labels") or ()), *(answer.get("entities") or ())]
    told = [to_float(part.get("score")) for part in parts if isinstance(part, Mapping)]
    return max((score for score in told if math.isfinite(score)), default=0.0)
