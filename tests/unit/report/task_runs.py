"""Run folders of each task but classification, with scores from the program's own scorers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from accent.evaluation import (
    AnswerScorer,
    EntityScorer,
    LanguageScorer,
    MultilabelScorer,
    QuantityScorer,
    Scorer,
    SummaryScorer,
    TagScorer,
)
from accent.records import RunFolder, one_line, write_json, write_lines
from tests.unit.report.runs import write_run_files

ROWS = 60
LABELS = ("billing", "delivery", "praise", "refund")
TEXTS = (
    "The parcel came a week late and I was billed twice for it.",
    "Lovely people, quick answer, money back within a day.",
    "Where is my order? The tracking page has said the same thing since Monday.",
    "You charged the wrong card; please put it right.",
)
SENTENCES = (
    ("Ada Lovelace met Charles Babbage in London .", "B-PER I-PER O B-PER I-PER O B-LOC O"),
    ("The Bank of England raised rates on Thursday .", "O B-ORG I-ORG I-ORG O O O O O"),
    ("Paris Hilton left the Paris Hilton early .", "B-PER I-PER O O B-ORG I-ORG O O"),
    ("Rain fell all day .", "O O O O O"),
    ("In Vienna Siemens AG hired Maria Huber .", "O B-LOC B-ORG I-ORG O B-PER I-PER O"),
)
CONTEXT = (
    "The lighthouse at Cape Farrow was built in 1861 by the engineer Ruth Alder. Its lamp first burned colza oil "
    "and was changed to paraffin in 1884. Ships had been lost on the reef in every decade before. The keeper "
    "lived in the tower until 1923, when a cottage was built beside it; the last keeper left in 1978, and since "
    "then the light has been run from the harbour office in Port Ellery, eleven miles to the south, which also "
    "looks after the two buoys."
)
QUESTIONS: tuple[tuple[str, list[str]], ...] = (
    ("When was the lighthouse built?", ["1861"]),
    ("Who built it?", ["the engineer Ruth Alder", "Ruth Alder"]),
    ("What did the lamp burn at first?", ["colza oil"]),
    ("From where is the light run today?", ["the harbour office in Port Ellery"]),
    ("Who painted it red?", []),
)


def make_task_run(path: Path, task: str, *, made: Any = None, **changes: Any) -> RunFolder:
    """Write a finished run of `task` as TASK_RUNS or `made` has it; `changes` replace parts of its scores.json."""
    folder = RunFolder(path)
    write_run_files(folder, labels=LABELS)
    record = json.loads(folder.record.read_text())
    record["config"]["task"] = {"kind": task}
    record["config"]["training"]["metric"] = None
    if task == "qa":
        record["data"]["schema"] |= {"text_columns": ["question", "context"]}
    write_json(folder.record, record)
    scores, lines, saved = (made or TASK_RUNS[task])(np.random.default_rng(5))
    write_json(folder.scores, scores | changes)
    write_lines(folder.predictions, [one_line(line) for line in lines])
    write_json(folder.model / "accent.json", {"version": 2, "task": task, "labels": [], "settings": saved})
    audit = json.loads(folder.audit.read_text())
    if task not in ("multilabel", "tagging"):
        for facts in audit["splits"].values():
            facts["labels"] = {}
    if task == "regression":
        for facts in audit["splits"].values():
            facts["numbers"] = {"value": {"min": 0.0, "mean": 2.61, "max": 5.0}}
    write_json(folder.audit, audit)
    return folder


Made = tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]


def _multilabel(chance: np.random.Generator) -> Made:
    gold = (chance.random((ROWS, len(LABELS))) < 0.35).astype(int)
    answers, tfidf = (np.clip(gold * k + chance.normal(0.3, 0.2, gold.shape), 0, 1) for k in (0.5, 0.2))
    scorer, credits, scores = _scored(
        lambda: MultilabelScorer(LABELS), gold, answers, {"tfidf": tfidf, "majority": np.full(gold.shape, 0.4)}
    )
    lines = []
    for row, credit in enumerate(credits):
        shares = dict(zip(LABELS, answers[row].tolist(), strict=True))
        given = sorted(((p, name) for name, p in shares.items() if p >= 0.5), reverse=True)
        answer = {"labels": [{"label": name, "score": p} for p, name in given], "scores": shares}
        true = [name for name, there in zip(LABELS, gold[row], strict=True) if there]
        lines.append(_line(row, TEXTS[row % 4], true, answer, credit=credit))
    return scores | scorer.page(), lines, {"thresholds": [0.5] * 4}


def _regression(chance: np.random.Generator) -> Made:
    gold = np.round(chance.uniform(0, 5, (ROWS, 1)), 1)
    answers = 2.5 + 0.6 * (gold - 2.5) + chance.normal(0, 0.4, gold.shape)
    scorer, credits, scores = _scored(
        QuantityScorer, gold, answers, {"tfidf": gold + chance.normal(0, 2.0, gold.shape), "mean": gold * 0 + 2.6}
    )
    lines = [
        _line(row, TEXTS[row % 4], float(gold[row, 0]), {"value": float(answers[row, 0])}, credit=credit)
        for row, credit in enumerate(credits)
    ]
    lines[0]["text_pair"] = TEXTS[3]
    return scores | scorer.page(), lines, {"means": [2.6], "scales": [1.4]}


def _tagging(chance: np.random.Generator) -> Made:
    gold = [SENTENCES[row % 5][1].split() for row in range(ROWS)]
    answers = [_slipped(tags, chance, 0.06) for tags in gold]
    scorer, credits, scores = _scored(
        lambda: EntityScorer(("LOC", "ORG", "PER")),
        gold,
        answers,
        {"gazetteer": [_slipped(tags, chance, 0.4) for tags in gold], "none": [["O"] * len(tags) for tags in gold]},
    )
    lines = []
    for row, credit in enumerate(credits):
        text = SENTENCES[row % 5][0]
        true, answer = ({"entities": entities(text, tags)} for tags in (gold[row], answers[row]))
        lines.append(_line(row, text, true, answer, credit=credit))
    return scores | scorer.page(), lines, {"marks": "entities", "common": "O"}


def plain_tags(chance: np.random.Generator) -> Made:
    """Make parts of speech, which have a confusion table instead of kinds of errors."""
    text = "The old dog sleeps by the warm stove"
    tags = ["DET", "ADJ", "NOUN", "VERB", "ADP", "DET", "ADJ", "NOUN"]
    names = ("ADJ", "ADP", "DET", "NOUN", "VERB")
    gold = [tags] * ROWS
    answers = [[str(chance.choice(names)) if chance.random() < 0.08 else tag for tag in tags] for _ in gold]
    scorer, credits, scores = _scored(
        lambda: TagScorer(names), gold, answers, {"common tag": [["NOUN"] * len(tags)] * ROWS}
    )
    lines = []
    for row, credit in enumerate(credits):
        true, answer = ({"entities": _words(text, found)} for found in (tags, answers[row]))
        lines.append(_line(row, text, true, answer, credit=credit))
    return scores | scorer.page(), lines, {"marks": "plain", "common": "NOUN"}


def _qa(chance: np.random.Generator) -> Made:
    asked = [QUESTIONS[row % 5] for row in range(ROWS)]
    gold = [references for _, references in asked]
    answers = [references[0] if references and chance.random() < 0.7 else "" for references in gold]
    answers = [
        text or str(chance.choice(["in every decade", "1884", "", "colza oil and was changed to paraffin"]))
        for text in answers
    ]
    scorer, credits, scores = _scored(
        AnswerScorer, gold, answers, {"overlap": [CONTEXT[:75]] * ROWS, "none": [""] * ROWS}
    )
    lines = []
    for row, credit in enumerate(credits):
        start = CONTEXT.find(answers[row]) if answers[row] else 0
        answer = {
            "answer": answers[row],
            "score": float(chance.random()),
            "start": start,
            "end": start + len(answers[row]),
        }
        line = _line(row, asked[row][0], gold[row], answer | {"candidates": []}, credit=credit)
        lines.append(line | {"text_pair": CONTEXT})
    return scores | scorer.page(), lines, {"threshold": 1.25}


def _generation(chance: np.random.Generator) -> Made:
    tokens = chance.integers(20, 60, ROWS)
    answers = [(float(n * chance.uniform(1.5, 4.5)), int(n), int(4.2 * n), int(0.4 * n)) for n in tokens]
    grams = [(2.4 * size, size + 1, size) for _, _, size, _ in answers]
    gold = [TEXTS[row % 4] for row in range(ROWS)]
    scorer, credits, scores = _scored(LanguageScorer, gold, answers, {"5-gram": grams})
    lines = []
    for row, credit in enumerate(credits):
        nll, n, size, _ = answers[row]
        answer = {"loss": nll / n, "bits_per_byte": nll / math.log(2) / size}
        lines.append(_line(row, gold[row], None, answer, credit=credit))
    lines[1]["label"] = "a completion"
    return scores | scorer.page(), lines, {"loss_on": "all"}


def _summarization(chance: np.random.Generator) -> Made:
    references = [["The lighthouse of 1861 has been run from Port Ellery since its last keeper left in 1978."]] * ROWS
    full = references[0][0].split()
    answers = [" ".join(full[: int(chance.integers(0, len(full)))]) for _ in references]
    scorer, credits, scores = _scored(SummaryScorer, references, answers, {"lead": [CONTEXT[:150]] * ROWS})
    lines = [
        _line(row, CONTEXT, references[row][0], {"summary_text": answers[row]}, credit=credit)
        for row, credit in enumerate(credits)
    ]
    return scores | scorer.page(), lines, {"prompt": "summarize: ", "summary_length": 64, "head": "written"}


TASK_RUNS: dict[str, Callable[[np.random.Generator], Made]] = {
    "multilabel": _multilabel,
    "regression": _regression,
    "tagging": _tagging,
    "qa": _qa,
    "generation": _generation,
    "summarization": _summarization,
}


def _scored(
    make: Callable[[], Any], gold: Any, answers: Any, baselines: dict[str, Any]
) -> tuple[Scorer, list[float], dict[str, Any]]:
    scorer: Scorer = make()
    credits = scorer.add(gold, answers)
    own = {name: score.to_json() for name, score in scorer.scores(seed=1).items()}
    found: dict[str, Any] = {"validation": own, "test": own, "main": scorer.main, "baselines": {}, "comparisons": {}}
    for name, predictions in baselines.items():
        other: Scorer = make()
        other.add(gold, predictions)
        scores = {metric: score.to_json() for metric, score in other.scores(seed=1).items() if "/" not in metric}
        found["baselines"][name] = scores
        found["comparisons"][name] = {"score": scorer.main, **scorer.compare(other, seed=1).to_json()}
    return scorer, credits, found


def _line(row: int, text: str, label: Any, answer: dict[str, Any], *, credit: float) -> dict[str, Any]:
    place = {"file": "data/rows.jsonl", "line": row + 1, "text": text}
    return {**place, "label": label, "answer": answer, "correct": credit >= 1, "credit": credit}


def _slipped(tags: Sequence[str], chance: np.random.Generator, rate: float) -> list[str]:
    def slip(tag: str) -> str:
        if chance.random() >= rate:
            return tag
        return "O" if tag != "O" and chance.random() < 0.5 else f"B-{chance.choice(['LOC', 'ORG', 'PER'])}"

    return [slip(tag) for tag in tags]


def entities(text: str, tags: Sequence[str]) -> list[dict[str, Any]]:
    """Return the entities of words that single spaces part, by tags in BIO."""
    found: list[dict[str, Any]] = []
    for word, tag in zip(_words(text, tags), tags, strict=True):
        if tag == "O":
            continue
        goes_on = (
            tag[0] == "I" and found and found[-1]["entity_group"] == tag[2:] and found[-1]["end"] == word["start"] - 1
        )
        if goes_on:
            found[-1]["end"] = word["end"]
            found[-1]["word"] += " " + word["word"]
        else:
            found.append(word | {"entity_group": tag[2:]})
    return found


def _words(text: str, tags: Sequence[str]) -> list[dict[str, Any]]:
    words, start = [], 0
    for word, tag in zip(text.split(" "), tags, strict=True):
        words.append({"entity_group": tag, "word": word, "start": start, "end": start + len(word)})
        start += len(word) + 1
    return words
