"""Question answering with models of every family: transformers' loss, padding, a search by hand, and learning."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from scipy.special import softmax

from accent.config import QaConfig
from accent.inference import Predictor
from accent.modeling import find_base, load_model
from accent.tasks import Qa, encode_dataset
from accent.tokenization import Encoder, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint
from tests.unit.tasks.questions import LONG, ROWS, WINDOWS, columns_of


@pytest.fixture(scope="module", params=FAMILIES)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp(request.param), request.param, head=False)


def test_the_loss_is_that_of_transformers(checkpoint: Path) -> None:
    encoder = Encoder(load_tokenizer(checkpoint), 64)
    # The same question and context with several answers: equal lengths, no padding.
    rows = [(*ROWS[0][:2], answer) for answer in ("two sisters", "by the sea", "a", "")]
    task = Qa(threshold=0.0)
    examples = task.encode(columns_of(rows), encoder, labelled=True)
    batch = examples.batch(np.arange(len(rows)))
    assert batch.inputs["attention_mask"].all()
    model = span_model(checkpoint)
    with torch.no_grad():
        targets = {"start_positions": batch.targets["starts"], "end_positions": batch.targets["ends"]}
        outputs = model(**batch.inputs, **targets)
        loss = task.loss(outputs, batch.targets)
    assert loss.weight == len(rows)
    assert float(loss.total) / loss.weight == pytest.approx(float(outputs.loss), rel=1e-6)


def test_padding_changes_neither_the_loss_nor_the_answers(checkpoint: Path) -> None:
    encoder = Encoder(load_tokenizer(checkpoint), 64)
    rows = [row for row in ROWS if row[1] != LONG][:6]
    task = Qa()
    examples = task.encode(columns_of(rows), encoder, labelled=True)
    model = span_model(checkpoint)
    alone = [examples.batch(np.asarray([row])) for row in range(len(rows))]
    together = examples.batch(np.arange(len(rows)))
    assert not together.inputs["attention_mask"].all()
    with torch.no_grad():
        sums = sum(float(task.loss(model(**batch.inputs), batch.targets).total) for batch in alone)
        assert float(task.loss(model(**together.inputs), together.targets).total) == pytest.approx(sums, rel=1e-4)
        answers = [
            task.answers(
                task.join(
                    examples,
                    [one for batch in batches for one in task.read(model, batch, encoder, labelled=False)],
                    encoder,
                )
            )
            for batches in (alone, [together])
        ]
    for one, other in zip(*answers, strict=True):
        assert (one["answer"], one["start"]) == (other["answer"], other["start"])
        assert one["score"] == pytest.approx(other["score"], rel=1e-3)


def test_answers_are_those_of_a_search_through_every_window(checkpoint: Path) -> None:
    """The model itself, window by window and span by span, against the predictor in batches."""
    encoder = Encoder(load_tokenizer(checkpoint), 64, long_texts=WINDOWS)
    model, task = span_model(checkpoint), Qa(answer_length=4, n_best=7, threshold=0.0)
    rows = [(question, context) for question, context, _ in ROWS if "\u0301" not in context]
    answers = list(Predictor.from_parts(model, encoder, task, pair=True, batch_tokens=256).answers(rows))
    encoded = encoder.encode_flat([one for one, _ in rows], [other for _, other in rows], spans=True)
    assert len(encoded) > len(rows)
    assert encoded.windows is not None
    for row, (_, context) in enumerate(rows):
        best, nulls = searched(model, encoded, range(encoded.windows[row], encoded.windows[row + 1]), context)
        texts = sorted(best, key=lambda text: -best[text])[:7]
        shares = softmax([*(best[text] for text in texts), min(nulls)])
        candidates = answers[row]["candidates"]
        assert [one["answer"] for one in candidates] == texts[:3]
        assert [one["score"] for one in candidates] == pytest.approx(shares[:3], rel=1e-3)
        refused = min(nulls) > best[texts[0]]
        assert answers[row]["answer"] == ("" if refused else texts[0])
        assert answers[row]["score"] == pytest.approx(shares[-1 if refused else 0], rel=1e-3)


def searched(model: Any, encoded: Any, examples: range, context: str) -> tuple[dict[str, float], list[float]]:
    """Return each text of some windows' 7 best spans of 4 tokens with its best score, and each window's null score."""
    best: dict[str, float] = {}
    nulls = []
    for example in examples:
        part = slice(encoded.offsets[example], encoded.offsets[example + 1])
        inputs = {"input_ids": torch.tensor(encoded.ids[part][None].astype(np.int64))}
        if encoded.type_ids is not None:
            inputs["token_type_ids"] = torch.tensor(encoded.type_ids[part][None].astype(np.int64))
        with torch.no_grad():
            outputs = model(**inputs)
        starts, ends, spans = outputs.start_logits[0], outputs.end_logits[0], encoded.spans[part]
        nulls.append(float(starts[0] + ends[0]))
        own = [token for token in range(len(spans)) if spans[token, 0] >= 0]
        pairs = [(first, last) for first in own for last in range(first, min(first + 4, own[-1] + 1))]
        for first, last in sorted(pairs, key=lambda pair: -float(starts[pair[0]] + ends[pair[1]]))[:7]:
            text = context[spans[first, 0] : spans[last, 1]].strip()
            if text:
                best[text] = max(best.get(text, -math.inf), float(starts[first] + ends[last]))
    return best, nulls


def test_a_tiny_model_learns_where_answers_stand(tmp_path: Path) -> None:
    rows = [*[row for row in ROWS if row[1] != LONG][:5], ("Is there any?", SENTENCES[3], "")]
    torch.manual_seed(0)
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 64)
    model = load_model(find_base(str(tmp_path)), "span", Qa().labels, seed=0).model
    task = Qa.fit(QaConfig(), {"train": Dataset.from_dict(columns_of(rows))})
    examples = encode_dataset(task, Dataset.from_dict(columns_of(rows)), encoder)
    batch = examples.batch(np.arange(len(rows)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        loss = task.loss(model(**batch.inputs), batch.targets)
        (loss.total / loss.weight).backward()
        optimizer.step()
        optimizer.zero_grad()
    predictor = Predictor.from_parts(model, encoder, task, pair=True)
    answers = list(predictor.answers([(question, context) for question, context, _ in rows]))
    assert [answer["answer"] for answer in answers] == [answer for _, _, answer in rows]


def span_model(folder: Path, seed: int = 0) -> Any:
    """Load a base with a span head whose logits spread enough that ties do not decide."""
    model: Any = load_model(find_base(str(folder)), "span", Qa().labels, seed=seed).model
    head = model.classifier if hasattr(model, "classifier") else model.qa_outputs
    with torch.no_grad():
        head.weight.mul_(20)
    return model
