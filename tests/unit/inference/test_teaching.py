"""What a teacher says, kept once: against the teacher asked afresh, and found again where it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from accent.data.store import cache_folder
from accent.inference import Lessons, Predictor, Teacher, teaching
from accent.tasks import Examples, Tagging
from tests.checkpoints import SENTENCES
from tests.unit.inference.small import save_run, save_tagger
from tests.unit.tasks.tagged import ENTITIES, rows, tagged

TEXTS = [*SENTENCES, "ok", "fine film"]


@pytest.fixture(autouse=True)
def own_lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def teacher(tmp_path: Path) -> Teacher:
    return Teacher(Predictor.load(save_run(tmp_path, initializer_range=0.3), precision="fp32"), digest="abc")


def examples_of(teacher: Teacher, texts: list[str]) -> Examples:
    return teacher.predictor.examples(texts)


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "asked each time"])
def test_lessons_are_what_transformers_says_of_each_text_alone(
    kept: bool, teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kept:
        monkeypatch.setattr(teaching, "make_room", lambda *_: False)
    lessons = teacher.lessons(examples_of(teacher, TEXTS))
    assert (lessons.kept, lessons.hit) == (kept, False)
    chosen = np.array([3, 10, 0, 11, 7])
    logits, hidden = lessons.batch(chosen)
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "run" / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "run" / "model")
    for place, example in enumerate(chosen):
        batch = tokenizer(TEXTS[example], truncation=True, max_length=24, return_tensors="pt")
        with torch.no_grad():
            told = model.eval()(**batch, output_hidden_states=True)
        tokens = batch["input_ids"].shape[1]
        torch.testing.assert_close(logits[place], told.logits[0])
        torch.testing.assert_close(hidden[place, :tokens], told.hidden_states[-1][0])
        assert not hidden[place, tokens:].any()
    assert logits.shape == (5, 3)


def test_what_is_kept_is_to_the_bit_what_the_teacher_said_and_it_is_asked_once(
    teacher: Teacher, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples, said = examples_of(teacher, TEXTS), {}
    ask = Teacher.ask

    def hear(self: Teacher, of: Any, chosen: Any, *, pad_id: int) -> Any:
        logits, hidden = ask(self, of, chosen, pad_id=pad_id)
        said.update({int(one): (logits[place], hidden[place]) for place, one in enumerate(chosen)})
        return logits, hidden

    monkeypatch.setattr(Teacher, "ask", hear)
    teacher.lessons(examples)
    assert sorted(said) == list(range(len(TEXTS))), "each text once"
    heard = dict(said)
    said.clear()
    again = teacher.lessons(examples)
    for example, (logits, hidden) in heard.items():
        found = again.batch(np.array([example]))
        tokens = int(examples.rows.lengths[example])
        assert torch.equal(found[0][0], logits)
        assert torch.equal(found[1][0], hidden[:tokens])
    assert again.hit
    assert not said


def test_they_are_found_for_the_same_teacher_and_texts_alone(teacher: Teacher) -> None:
    examples = examples_of(teacher, TEXTS)
    teacher.lessons(examples)
    same = Teacher(teacher.predictor, digest="abc").lessons(examples_of(teacher, TEXTS))
    other = Teacher(teacher.predictor, digest="abd").lessons(examples)
    texts = teacher.lessons(examples_of(teacher, TEXTS[::-1]))
    assert [one.hit for one in (same, other, texts)] == [True, False, False]


def test_hidden_states_that_are_not_wanted_are_not_kept(teacher: Teacher) -> None:
    examples = examples_of(teacher, TEXTS)
    brief = Teacher(teacher.predictor, digest="abc", hidden=False)
    lessons = brief.lessons(examples)
    logits, hidden = lessons.batch(np.array([1, 2]))
    assert lessons.kept
    assert hidden is None
    assert lessons.bytes == len(TEXTS) * 3 * 4
    assert len(list(cache_folder("lessons").glob("*.npy"))) == 1
    torch.testing.assert_close(logits, teacher.lessons(examples).batch(np.array([1, 2]))[0])
    assert brief.lessons(examples).hit


def test_a_tagger_is_asked_at_every_token(tmp_path: Path) -> None:
    run = save_tagger(tmp_path, ENTITIES)
    teacher = Teacher(Predictor.load(run, precision="fp32"), digest="tags")
    data = rows(tagged())
    task = teacher.predictor.task
    assert isinstance(task, Tagging)
    examples = task.encode(data[:], teacher.predictor.encoder, labelled=True)
    lessons = teacher.lessons(examples)
    assert lessons.kept
    model = AutoModelForTokenClassification.from_pretrained(run / "model").eval()
    chosen = np.array([4, 0, 6])
    logits, hidden = lessons.batch(chosen)
    for place, example in enumerate(chosen):
        start, end = examples.rows.offsets[example : example + 2]
        ids = torch.from_numpy(np.asarray(examples.rows.ids[start:end], dtype=np.int64))[None]
        with torch.no_grad():
            told = model(input_ids=ids, output_hidden_states=True)
        torch.testing.assert_close(logits[place, : end - start], told.logits[0])
        torch.testing.assert_close(hidden[place, : end - start], told.hidden_states[-1][0])
        assert not logits[place, end - start :].any()


def test_an_empty_text_takes_a_place_too(teacher: Teacher) -> None:
    columns = {"text": ["ok", "", "fine film"]}
    examples = teacher.predictor.task.encode(columns, teacher.predictor.encoder, labelled=False)
    lessons: Lessons = teacher.lessons(examples)
    whole, _ = lessons.batch(np.array([0, 1, 2]))
    fresh, _ = teacher.ask(examples.rows, np.array([0, 1, 2]), pad_id=examples.pad_id)
    torch.testing.assert_close(whole, fresh)
