"""Run folders made up for the report's tests, with numbers that hang together as a real run's do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from accent.evaluation import classification_scores, compare_paired, confusion, reliability
from accent.records import EventLog, Record, RunFolder, one_line, write_json, write_lines, write_text

REVIEWS = (
    "The battery died within a week, and the seller never answered. Avoid.",
    "I wanted to hate it; instead I watched it twice in one weekend.",
    "Oh great, another update that moves every button. Just what I needed.",
    "Not bad at all for the price, though the lid does not quite close.",
    "Our waiter was lovely and the soup was cold, in that order of importance.",
)
QUESTIONS = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")


def make_run(
    path: Path,
    *,
    labels: tuple[str, ...] = ("negative", "positive"),
    rows: int = 400,
    skill: float = 2.6,
    baseline_skill: float = 1.4,
    weights: tuple[float, ...] | None = None,
    texts: tuple[str, ...] = REVIEWS,
) -> RunFolder:
    """Write a finished run whose model and TF-IDF baseline are as good as their skills."""
    chance = np.random.default_rng(7)
    folder = RunFolder(path)
    gold = chance.choice(len(labels), size=rows, p=weights)
    answers = _probabilities(gold, len(labels), skill, chance)
    write_run_files(folder, labels=labels)
    write_json(folder.scores, _scores(gold, answers, labels, given=baseline_skill, chance=chance))
    write_lines(
        folder.predictions, (one_line(_line(i, gold, answers, labels=labels, texts=texts)) for i in range(rows))
    )
    return folder


def make_interrupted_run(path: Path) -> RunFolder:
    """Write a run that was stopped in its second epoch."""
    folder = RunFolder(path)
    write_run_files(folder, labels=("negative", "positive"), status="interrupted", stop=130)
    return folder


def write_run_files(
    folder: RunFolder, *, labels: tuple[str, ...], status: Any = "done", stop: int = 300, total: int = 300
) -> None:
    """Write everything but scores and predictions."""
    record = make_record(labels, status=status)
    record.write(folder)
    write_text(folder.config, "data:\n  source: data/reviews.csv\n  allow: []\ntraining:\n  epochs: 3.0\n")
    write_json(folder.audit, make_audit(labels))
    write_events(folder.events, stop=stop, total=total)


def make_record(labels: tuple[str, ...], *, status: Any = "done") -> Record:
    """Return a record with every part filled."""
    return Record(
        command=["accent", "finetune", "data/reviews.csv", "--epochs", "3"],
        config={
            "data": {"source": "data/reviews.csv"},
            "model": {"base": "builtin:minilm"},
            "task": {"kind": "classification"},
            "strategy": {"kind": "full"},
            "training": {
                "epochs": 3.0,
                "batch_size": 32,
                "learning_rate": 5e-5,
                "schedule": {"kind": "linear", "warmup_ratio": 0.06},
                "max_length": 128,
                "metric": "f1_macro",
            },
        },
        seed=42,
        status=status,
        started="2026-01-31T12:00:00+00:00",
        ended="2026-01-31T12:03:21+00:00",
        versions={"python": "3.11.9", "accent": "0.1.0", "torch": "2.13.0", "transformers": "5.23.0"},
        machine={
            "processor": "Example CPU @ 2.50GHz",
            "cores": 2,
            "features": ["avx2", "amx_bf16"],
            "memory": 17 << 30,
            "platform": "Linux 6.1 x86_64",
            "python": "3.11.9",
        },
        data={
            "source": "data/reviews.csv",
            "fingerprint": "5f0c" * 16,
            "rows": {"train": 3200, "validation": 400, "test": 400},
            "files": {"data/reviews.csv": "ab12" * 16},
            "notes": ["header: first (inferred: names 'text' and 'label')", "encoding: UTF-8"],
            "cleaning": {"whitespace": 12, "drop-empty": 3},
            "given_split": False,
            "schema": {"text_columns": ["text"], "label_columns": ["label"], "group_column": None},
        },
        base={
            "name": "builtin:minilm",
            "digest": "53aa" * 16,
            "parameters": 22_713_986,
            "load": {
                "loaded": 101,
                "new": ["classifier.weight", "classifier.bias"],
                "discarded": ["embeddings.position_ids"],
                "parts": {
                    "embeddings": 11_917_440,
                    "encoder": 10_647_936,
                    "pooler": 147_840,
                    "head": 385 * len(labels),
                },
            },
        },
        timings={"data": 1.42, "audit": 2.9, "base": 0.81, "training": 161.3, "evaluation": 12.2, "total": 181.0},
        training={
            "updates": 300,
            "rows": 9600,
            "tokens": 231_044,
            "padding": 0.0312,
            "rows_per_second": 59.5,
            "tokens_per_second": 1432.4,
            "precision": "bf16",
            "precision_probe": {
                "choice": "bf16",
                "seconds": {"fp32": 0.0312, "bf16": 0.0121},
                "reason": "bf16 is 2.6 times as fast",
            },
            "threads": 2,
            "microbatch_size": 32,
            "chosen_update": 200,
            "truncated_rows": 14,
            "resumed_from": [100],
            "ended": "done",
        },
    )


def make_audit(labels: tuple[str, ...]) -> dict[str, Any]:
    """Return an audit with a finding of each severity."""
    place = {
        "split": "test",
        "file": "data/reviews.csv",
        "line": 812,
        "text": REVIEWS[0],
        "other": "data/reviews.csv:90",
    }
    findings = [
        _finding("conflicts", "error", "2 texts bear different labels", place, count=2),
        _finding("near-leaks", "warning", "3 test rows are near copies of training rows", place, place, count=3),
        _finding("lengths", "note", "tokens: mean 24.1, 95 % below 52, longest 171"),
    ]
    share = {label: 1 / (2 + index) for index, label in enumerate(labels)}
    return {"findings": findings, "splits": {name: _split(share, n) for name, n in (("train", 3200), ("test", 400))}}


def write_events(path: Path, *, stop: int, total: int) -> None:
    """Write a log of `stop` updates out of `total`, evaluated each 100, with one skipped update."""
    chance = np.random.default_rng(3)
    log = EventLog(path)
    log.append("start", update=0, updates=total, epochs=3.0, rows=3200, batch_size=32, precision="bf16")
    warm = max(1, total // 16)
    for update in range(1, stop + 1):
        rate = 5e-5 * min(update / warm, (total - update) / (total - warm))
        loss = 0.12 + 0.6 * np.exp(-update / (0.2 * total)) + chance.gamma(2.0, 0.03)
        loss = float("nan") if update == 77 else float(loss)
        epoch = 3 * update / total
        log.append("update", update=update, epoch=epoch, loss=loss, learning_rate=rate, grad_norm=1.2, rows=32)
        if update == 77:
            log.append(
                "warning", update=77, what="the loss is nan; the update is skipped", remedy="lower --learning-rate"
            )
        if update % 100 == 0:
            score = {100: 0.861, 200: 0.884, 300: 0.879}.get(update, 0.88)
            scores = {"loss": 0.41 - 0.001 * (update % 250), "f1_macro": score, "accuracy": score}
            log.append(
                "evaluation",
                update=update,
                epoch=epoch,
                scores=scores,
                best=update <= 200,
                chosen=update <= 200,
                seconds=2.0,
            )
            log.append("checkpoint", update=update, path=f"update-{update:08d}")
    log.append("end", update=stop, reason="done" if stop == total else "interrupted")


def _probabilities(gold: np.ndarray, classes: int, skill: float, chance: np.random.Generator) -> np.ndarray:
    logits = chance.normal(size=(len(gold), classes))
    logits[np.arange(len(gold)), gold] += skill
    weights = np.exp(1.6 * logits)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _scores(
    gold: np.ndarray, answers: np.ndarray, labels: tuple[str, ...], *, given: float, chance: np.random.Generator
) -> dict[str, Any]:
    majority = np.full_like(answers, 0.0)
    majority[:, np.bincount(gold).argmax()] = 1.0
    baselines = {"majority": majority, "tfidf": _probabilities(gold, len(labels), given, chance)}
    found: dict[str, Any] = {"validation": _score(gold, answers, labels), "test": _score(gold, answers, labels)}
    found["baselines"] = {name: _score(gold, given, labels) for name, given in baselines.items()}
    found["comparisons"] = {name: _compared(gold, answers, given) for name, given in baselines.items()}
    counts = confusion(gold, answers.argmax(axis=1), len(labels))
    found["confusion"] = {"labels": list(labels), "counts": counts.tolist()}
    found["reliability"] = [dict(one) for one in reliability(gold, answers)]
    return found | {"main": "accuracy", "classes": list(labels)}


def _score(gold: np.ndarray, answers: np.ndarray, labels: tuple[str, ...]) -> dict[str, Any]:
    scores = classification_scores(gold, answers, labels, seed=1, resamples=100)
    return {name: score.to_json() for name, score in scores.items()}


def _compared(gold: np.ndarray, answers: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    paired = compare_paired(gold, answers.argmax(axis=1), other.argmax(axis=1), seed=1, resamples=200)
    difference = paired.difference.to_json()
    return {"score": "accuracy", "difference": difference, "p_value": paired.p_value, "significant": paired.significant}


def _line(
    index: int, gold: np.ndarray, answers: np.ndarray, *, labels: tuple[str, ...], texts: tuple[str, ...]
) -> dict[str, Any]:
    best = int(answers[index].argmax())
    scores = {label: float(p) for label, p in zip(labels, answers[index], strict=True)}
    return {
        "file": "data/reviews.csv",
        "line": index + 2,
        "text": texts[index % len(texts)],
        "label": labels[gold[index]],
        "answer": {"label": labels[best], "score": float(answers[index, best]), "scores": scores},
        "correct": bool(best == gold[index]),
        "credit": float(best == gold[index]),
    }


def _finding(kind: str, severity: str, what: str, *places: dict[str, Any], count: int = 0) -> dict[str, Any]:
    remedy = "look at the rows named" if count else ""
    return {
        "kind": kind,
        "severity": severity,
        "what": what,
        "remedy": remedy,
        "count": count,
        "places": list(places),
        "allowed": True,
    }


def _split(share: dict[str, float], rows: int) -> dict[str, Any]:
    total = sum(share.values())
    return {
        "rows": rows,
        "labels": {label: round(rows * part / total) for label, part in share.items()},
        "length_mean": 24.13,
        "length_p95": 52.0,
        "length_max": 171,
        "truncated_rows": 14,
        "truncated_tokens": 230,
    }
