"""SQuAD 1.1 with transformers' Trainer: windows of 384 tokens that share 128, and the best spans over all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from peer_pairs import Example, Peer
from transformers import AutoModelForQuestionAnswering, DataCollatorWithPadding, Trainer

from accent.evaluation import AnswerScorer

__all__ = ["prepare"]

MAX_LENGTH, STRIDE, N_BEST, ANSWER_LENGTH = 384, 128, 20, 30


@dataclass(frozen=True)
class Question:
    """A question with its context and its answers: texts, and where each begins."""

    question: str
    context: str
    answers: list[tuple[str, int]]


def prepare(folder: Path, base: Path, tokenizer: Any, limit: int | None) -> Peer:
    """Read questions, and cut their contexts into windows."""
    train, test = (list(_questions(folder / f"{split}.json"))[:limit] for split in ("train", "test"))
    return Peer(
        rows=len(train),
        examples=_training_windows(train, tokenizer),
        model=AutoModelForQuestionAnswering.from_pretrained(base),
        collate=DataCollatorWithPadding(tokenizer),
        score=lambda trainer: _scores(trainer, test, tokenizer),
    )


def _questions(file: Path) -> Iterator[Question]:
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                answers = [(answer["text"], answer["answer_start"]) for answer in asked["answers"]]
                yield Question(asked["question"], paragraph["context"], answers)


def _windows(questions: Sequence[Question], tokenizer: Any) -> Any:
    return tokenizer(
        [row.question.lstrip() for row in questions],
        [row.context for row in questions],
        truncation="only_second",
        max_length=MAX_LENGTH,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def _training_windows(questions: Sequence[Question], tokenizer: Any) -> list[Example]:
    """Return windows with the first and the last token of the answer, both 0 ([CLS]) where a window lacks it."""
    encoded = _windows(questions, tokenizer)
    examples = _inputs(encoded)
    for window, example in enumerate(examples):
        text, start = questions[encoded["overflow_to_sample_mapping"][window]].answers[0]
        spans = _context_spans(encoded, window)
        inside = [place for place, (low, high) in spans.items() if low < start + len(text) and high > start]
        whole = inside and spans[inside[0]][0] <= start and spans[inside[-1]][1] >= start + len(text)
        example["start_positions"], example["end_positions"] = (inside[0], inside[-1]) if whole else (0, 0)
    return examples


def _inputs(encoded: Any) -> list[Example]:
    names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in encoded]
    return [{name: encoded[name][window] for name in names} for window in range(len(encoded["input_ids"]))]


def _context_spans(encoded: Any, window: int) -> dict[int, tuple[int, int]]:
    """Return the characters of each token of a window that is of the context."""
    pairs = zip(encoded["offset_mapping"][window], encoded.sequence_ids(window), strict=True)
    return {place: tuple(span) for place, (span, part) in enumerate(pairs) if part == 1}


def _scores(trainer: Trainer, test: Sequence[Question], tokenizer: Any) -> dict[str, float]:
    encoded = _windows(test, tokenizer)
    starts_WT, ends_WT = trainer.predict(_inputs(encoded)).predictions  # type: ignore[arg-type]
    best: list[tuple[float, str]] = [(-np.inf, "")] * len(test)
    for window, row in enumerate(encoded["overflow_to_sample_mapping"]):
        spans = _context_spans(encoded, window)
        score, start, end = _best_span(starts_WT[window], ends_WT[window], list(spans))
        if score > best[row][0]:
            best[row] = (score, test[row].context[spans[start][0] : spans[end][1]])
    scorer = AnswerScorer()
    scorer.add([[text for text, _ in row.answers] for row in test], [text for _, text in best])
    return scorer.points()


def _best_span(starts_T: npt.NDArray[Any], ends_T: npt.NDArray[Any], allowed: Sequence[int]) -> tuple[float, int, int]:
    """Return the span with the highest sum of scores among the 20 best starts and ends, at most 30 tokens long."""
    places = np.asarray(allowed)
    first = places[np.argsort(-starts_T[places], kind="stable")[:N_BEST]]
    last = places[np.argsort(-ends_T[places], kind="stable")[:N_BEST]]
    sums = starts_T[first][:, None] + ends_T[last][None, :]
    lengths = last[None, :] - first[:, None] + 1
    sums = np.where((lengths >= 1) & (lengths <= ANSWER_LENGTH), sums, -np.inf)
    start, end = np.unravel_index(sums.argmax(), sums.shape)
    return float(sums[start, end]), int(first[start]), int(last[end])
