"""What every task promises, checked on each member of the table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from accent.config import METRICS, READ_IN_WINDOWS, TaskConfig
from accent.config.annotations import members
from accent.inference import Predictor
from accent.modeling import find_base, load_model
from accent.tasks import TASKS, Task, encode_dataset, make_task
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint
from tests.conformance.members import documented, kinds_of

CONFIGS = {config.kind: config() for config in members(TaskConfig)}
FAMILIES = {"generation": "gpt2", "summarization": "t5"}


@dataclass(frozen=True)
class Case:
    """A task over a few rows, with a tiny model."""

    task: Task
    rows: Dataset
    encoder: Encoder
    model: Any

    @property
    def predictor(self) -> Predictor:
        return Predictor.from_parts(self.model, self.encoder, self.task)


def words(sentence: str) -> list[tuple[int, int]]:
    """Return the words of a sentence as character spans."""
    starts = [0, *(place + 1 for place, letter in enumerate(sentence) if letter == " ")]
    return [(start, start + len(sentence[start:].split(" ", maxsplit=1)[0])) for start in starts]


def tagged(sentence: str) -> dict[str, list[Any]]:
    """Tag the second word of a sentence as an entity of two words."""
    spans = words(sentence)
    tags = ["O", "B-X", "I-X", *["O"] * len(spans)][: len(spans)]
    return {"starts": [start for start, _ in spans], "ends": [end for _, end in spans], "tags": tags}


LABELS: Mapping[str, Sequence[Any]] = {
    "classification": ["good", "bad", "mixed", "good", "bad"] * 2,
    "multilabel": [["sea", "food"], [], ["phone"], ["food"], ["sea"]] * 2,
    "regression": [[1.0], [2.5], [-3.0], [0.0], [4.0]] * 2,
    "tagging": [tagged(sentence) for sentence in SENTENCES],
    "qa": [[{"text": sentence.split()[1], "start": sentence.index(sentence.split()[1])}] for sentence in SENTENCES],
    "generation": [" and so on" for _ in SENTENCES],
    "summarization": [[sentence[:20], sentence[-20:]] for sentence in SENTENCES],
}
"""Labels of ten rows for each task; a task without an entry fails the suite."""


def make_rows(kind: str) -> Dataset:
    columns: dict[str, Any] = {"text": list(SENTENCES), "label": list(LABELS[kind])}
    if kind == "qa":
        columns |= {"text": ["what is the second word?"] * len(SENTENCES), "text_pair": list(SENTENCES)}
    places = {"origin_file": ["a.csv"] * len(SENTENCES), "origin_line": list(range(1, len(SENTENCES) + 1))}
    return Dataset.from_dict(columns | places)


@pytest.fixture(params=sorted(TASKS))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    kind = request.param
    rows = make_rows(kind)
    family = FAMILIES.get(kind, "bert")
    base = find_base(str(make_checkpoint(tmp_path, family, initializer_range=0.3)))
    task = make_task(CONFIGS[kind], {"train": rows, "validation": rows}).suited(base.family)
    loaded = load_model(base, task.head, task.labels, problem_type=task.problem_type, seed=1)
    encoder = Encoder(
        load_tokenizer(base.folder), 48, long_texts=LongTexts(windows=task.kind in READ_IN_WINDOWS, stride=4)
    )
    return Case(task, rows, encoder, loaded.model)


def test_table_config_documentation_and_suite_name_the_same_members() -> None:
    assert set(TASKS) == set(LABELS) == set(METRICS) == kinds_of(TaskConfig) == documented("tasks.md")


def test_its_metric_is_one_of_the_scores_that_can_choose_a_checkpoint(case: Case) -> None:
    scorer = case.task.scorer()
    for columns, predictions in case.predictor.predict(case.rows, labelled=True):
        case.task.score(scorer, columns, predictions)
    points = scorer.points()
    assert case.task.metrics[0] in points
    assert set(case.task.metrics) <= set(METRICS[case.task.kind])
    assert scorer.main in points
    scores = scorer.scores(seed=0)
    for name, value in points.items():
        if name in scores:
            assert scores[name].value == pytest.approx(value, rel=1e-9, abs=1e-12), name
            assert scores[name].low <= scores[name].value <= scores[name].high, name


def test_losses_add_up_over_microbatches(case: Case) -> None:
    examples = encode_dataset(case.task, case.rows, case.encoder)
    everything = np.arange(len(examples.rows))
    whole, parts = (
        _loss(case, examples, everything),
        [_loss(case, examples, part) for part in (everything[:3], everything[3:])],
    )
    assert whole.total.item() == pytest.approx(sum(part.total.item() for part in parts), rel=1e-4)
    assert whole.weight == pytest.approx(sum(part.weight for part in parts), rel=1e-6)


def test_a_step_against_the_gradient_lowers_the_loss(case: Case) -> None:
    examples = encode_dataset(case.task, case.rows, case.encoder)
    everything = np.arange(len(examples.rows))
    before = _loss(case, examples, everything)
    (before.total / before.weight).backward()  # type: ignore[no-untyped-call]
    gradients = [parameter.grad for parameter in case.model.parameters() if parameter.grad is not None]
    assert gradients
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    with torch.no_grad():
        for parameter in case.model.parameters():
            if parameter.grad is not None:
                parameter.sub_(1e-3 * parameter.grad)
    assert _loss(case, examples, everything).total.item() < before.total.item()


def test_saved_settings_make_the_same_task(case: Case) -> None:
    stored = json.loads(json.dumps(case.task.settings()))
    again = type(case.task).from_settings(stored)
    assert json.loads(json.dumps(again.settings())) == stored
    assert again.labels == case.task.labels
    assert again.head == case.task.head
    texts = _texts(case)
    before = list(case.predictor.answers(texts))
    assert list(Predictor.from_parts(case.model, case.encoder, again).answers(texts)) == before


def test_each_row_has_one_answer_and_a_row_that_cannot_be_answered_keeps_its_place(case: Case) -> None:
    texts = _texts(case)
    empty = ("", "") if isinstance(texts[0], tuple) else ""
    answers = list(case.predictor.answers([*texts[:2], empty, *texts[2:]]))
    assert len(answers) == len(texts) + 1
    assert list(answers[2]) == ["error"]
    alone = [next(iter(case.predictor.answers([text]))) for text in texts]
    assert [_words(answer) for answer in answers[:2] + answers[3:]] == [_words(answer) for answer in alone]
    json.dumps(answers)


def test_baselines_predict_every_row_and_can_be_compared(case: Case) -> None:
    judged = case.task.scorer()
    for columns, predictions in case.predictor.predict(case.rows, labelled=True):
        case.task.score(judged, columns, predictions)
    found = case.task.baselines(case.rows, case.rows, seed=0)
    assert found
    for name, predictions in found.items():
        scorer = case.task.scorer()
        credits = case.task.score(scorer, case.rows[:], predictions)
        assert len(credits) == len(case.rows), name
        assert all(0.0 <= credit <= 1.0 for credit in credits), name
        assert 0.0 <= judged.compare(scorer, seed=0).p_value <= 1.0, name


def test_what_is_expected_of_a_row_can_be_written_down(case: Case) -> None:
    assert len(case.task.expected(case.rows[:])) == len(case.rows)
    json.dumps(list(case.task.expected(case.rows[:])))


def _loss(case: Case, examples: Any, chosen: np.ndarray) -> Any:
    batch = examples.batch(chosen)
    case.model.eval()
    return case.task.loss(case.model(**batch.inputs), batch.targets)


def _texts(case: Case) -> list[Any]:
    if "text_pair" in case.rows.column_names:
        return list(zip(case.rows["text"][:4], case.rows["text_pair"][:4], strict=True))
    return list(case.rows["text"][:4])


def _words(answer: Any) -> Any:
    """Return an answer without its numbers, which batches of other shapes round in other ways."""
    if isinstance(answer, dict):
        return {name: _words(value) for name, value in answer.items() if name not in {"score", "scores", "value"}}
    return [_words(one) for one in answer] if isinstance(answer, list) else answer
