"""Questions with their contexts and answers, and a model that knows every answer, for tests of question answering."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from accent.tasks import Examples, Qa
from accent.tokenization import Encoder, LongTexts
from tests.checkpoints import SENTENCES, make_tokenizer

WINDOWS = LongTexts(windows=True, stride=24)
LONG = " ".join(SENTENCES)
# The question, the context, the answer; every answer stands where it first occurs.
ROWS = [
    ("Who is the film about?", SENTENCES[0], "two sisters"),
    ("What is it?", SENTENCES[0], "a warm, funny and moving film"),
    ("Where is it?", SENTENCES[0], "by the sea"),
    ("How is the phone?", SENTENCES[2], "great"),
    ("How often?", SENTENCES[2], "twice"),
    ("How long?", "we waited (an hour, or so) for cold soup", "an hour, or so"),
    ("How much?", "It cost $3.50 more", "$3.50"),
    ("How much?", "It cost $3.50 more", "3.50"),
    ("Where?", "From Zürich to São Paulo, naïvely.", "São Paulo"),
    ("Where?", "Das Büro liegt in Tōkyō (東京), Japan", "東京"),
    ("What?", "  two  spaces\tand a line\nend", "a line\nend"),
    ("Which?", "the 😀 and the 👩‍🔬 smile", "👩‍🔬"),
    ("Who said so?", "\u201cYes\u201d, said O\u2019Neil\u2014twice.", "O\u2019Neil"),
    ("A cafe\u0301?", "the cafe\u0301 is near", "cafe\u0301"),
    ("All?", "all of it", "all of it"),
    ("How was the plot?", LONG, "thin"),
    ("What should you bring?", LONG, "the tickets"),
    ("Which mountain?", LONG, "the tallest mountain in Europe"),
    ("What is it in the end?", LONG, "that I have read this year"),
    ("How does it begin?", LONG, "a warm"),
]


def reference(context: str, answer: str) -> list[dict[str, Any]]:
    return [{"text": answer, "start": context.index(answer)}]


def columns_of(rows: list[tuple[str, str, str]]) -> dict[str, list[Any]]:
    """Return standard columns; "" is no answer."""
    return {
        "text": [question for question, _, _ in rows],
        "text_pair": [context for _, context, _ in rows],
        "label": [reference(context, answer) if answer else [] for _, context, answer in rows],
    }


def encoder_of(family: str, max_length: int = 64, long_texts: LongTexts | None = None) -> Encoder:
    tokenizer = make_tokenizer(family)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Encoder(tokenizer, max_length, long_texts=long_texts)


def perfect(task: Qa, examples: Examples, encoder: Encoder) -> Any:
    """Return the predictions of a model that gives 10 to the right tokens and 0 to the others."""
    batch = examples.batch(np.arange(len(examples.rows)))

    def model(**inputs: torch.Tensor) -> Any:
        shape = inputs["input_ids"].shape
        starts, ends = (10.0 * torch.eye(shape[1])[batch.targets[name]] for name in ("starts", "ends"))
        return SimpleNamespace(start_logits=starts, end_logits=ends)

    return task.join(examples, task.read(model, batch, encoder, labelled=True), encoder)  # type: ignore[arg-type]
