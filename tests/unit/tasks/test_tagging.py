"""Tagging: labels, the loss of transformers, scores, baselines, and training."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from accent.config import ScheduleConfig, TaggingConfig, TrainingConfig
from accent.errors import BaseModelError, DataError
from accent.evaluation.tag_schemes import to_bio
from accent.inference import Predictor
from accent.modeling import Anatomy
from accent.strategies import Full
from accent.tasks import gold_tags
from accent.tasks.examples import IGNORED
from accent.tasks.gathering import encode_dataset
from accent.tasks.tagging import Tagging
from accent.training import Examples as TrainingExamples
from accent.training import Learner, World
from tests.checkpoints import FAMILIES
from tests.unit.tasks.tagged import ENTITIES, WORDS, make, refuse_texts, rows, sentences, tagged

# Labels.


def test_entities_have_o_then_both_tags_of_each_type_of_all_splits_in_reading_order() -> None:
    splits = {
        "train": rows(sentences("x/B-type10 y/I-type10 z/O", "x/B-type2")),
        "test": rows(sentences("x/O x/B-Org")),
    }
    task = Tagging.fit(TaggingConfig(), splits)
    assert task.labels == ("O", "B-Org", "I-Org", "B-type2", "I-type2", "B-type10", "I-type10")
    assert task.metrics[0] == "f1"
    assert not task.tunes


def test_plain_tags_stand_in_reading_order_and_the_commonest_of_training_rows_is_known() -> None:
    splits = {"train": rows(sentences("a/DET dog/NOUN", "dog/NOUN runs/VERB")), "test": rows([(["x"], ["ADJ"])] * 9)}
    task = Tagging.fit(TaggingConfig(), splits)
    assert task.labels == ("ADJ", "DET", "NOUN", "VERB")
    assert task.metrics[0] == "accuracy"
    assert task.settings()["common"] == "NOUN"


def test_bare_letters_are_entities_of_one_type() -> None:
    task = Tagging.fit(TaggingConfig(), {"train": rows(sentences("x/O gene/B p53/I x/O"))})
    assert task.labels == ("O", "B", "I")
    assert task.scorer().page()["types"] == ["_"]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("bio", ["B-a I-a B-a O B-b", "O B-b I-b I-b B-a"]),
        ("iob1", ["I-a I-a B-a O I-b", "O I-b I-b I-b I-a"]),
        ("bilou", ["B-a L-a U-a O U-b", "O B-b I-b L-b U-a"]),
        ("bilou", ["B-a E-a S-a O S-b", "O B-b M-b E-b S-a"]),
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_every_scheme_is_learned_as_the_same_bio(tmp_path: Path, scheme: Any, tags: list[str], given: bool) -> None:
    words = ["film", "two", "the", "a", "sea"]
    data = rows([(words, line.split()) for line in tags])
    task = Tagging.fit(TaggingConfig(scheme=scheme if given else "auto"), {"train": data})
    assert task.labels == ENTITIES[:5]
    assert task.gold(data[:]) == [["B-a", "I-a", "B-a", "O", "B-b"], ["O", "B-b", "I-b", "I-b", "B-a"]]
    _, encoder = make(tmp_path, labels=task.labels)
    labels = task.encode(data[:], encoder, labelled=True).of_tokens["labels"]
    assert labels[labels != IGNORED].tolist() == [1, 2, 1, 0, 3, 0, 3, 4, 4, 1]


def test_stray_tags_are_refused_by_name_in_every_split() -> None:
    good, bad = rows(sentences("x/B-a y/I-a")), rows(sentences("x/O", "to/O Paris/I-a"), file="dev.conll")
    with pytest.raises(DataError) as caught:
        Tagging.fit(TaggingConfig(), {"train": good, "validation": bad})
    assert caught.value.where == "dev.conll:11"
    assert "I-a of 'Paris'" in caught.value.what
    assert "--strays mend" in caught.value.remedy
    assert str(caught.value).count("\n") == 1
    task = Tagging.fit(TaggingConfig(strays="mend"), {"train": good, "validation": bad})
    assert task.gold(bad[:]) == [["O"], ["O", "B-a"]]
    Tagging.fit(TaggingConfig(), {"train": rows(sentences("x/O Paris/I-a y/I-a z/O"))})  # as IOB1 writes it


def test_a_tag_that_the_scheme_lacks_is_refused_by_name() -> None:
    data = rows(sentences("a/B-a b/I-a c/B-a", "a/O dog/NOUN"))
    with pytest.raises(DataError, match="NOUN of 'dog' is no tag of the scheme bio") as caught:
        Tagging.fit(TaggingConfig(), {"train": data})
    assert caught.value.where == "f.conll:11"
    with pytest.raises(DataError, match="L-a of 'b' is no tag of the scheme iob1"):
        Tagging.fit(TaggingConfig(scheme="iob1"), {"train": rows(sentences("a/B-a b/L-a"))})
    with pytest.raises(DataError, match="NOUN of 'dog' is no tag of entities"):
        Tagging(ENTITIES, entities=True).gold(data[:])


@pytest.mark.parametrize(("scheme", "line"), [("bio", "a/O b/O"), ("auto", "a/O b/O"), ("plain", "a/X")])
def test_one_tag_is_nothing_to_learn(scheme: Any, line: str) -> None:
    with pytest.raises(DataError, match="every word has the tag"):
        Tagging.fit(TaggingConfig(scheme=scheme), {"train": rows(sentences(line))})
    with pytest.raises(DataError, match="no row has a word"):
        Tagging.fit(TaggingConfig(scheme=scheme), {"train": Dataset.from_dict({"text": [""], "label": [{"tags": []}]})})


def test_a_tag_that_the_model_does_not_know_has_no_number_and_counts_under_its_own_name(tmp_path: Path) -> None:
    model, encoder = make(tmp_path)
    task = Tagging(ENTITIES, entities=True)
    data = rows(sentences("film/B-new a/I-new sea/B-a", "two/O"))
    labels = task.encode(data[:], encoder, labelled=True).of_tokens["labels"]
    assert labels[labels != IGNORED].tolist() == [1, 0]
    scorer = task.scorer()
    for columns, found in Predictor.from_parts(model, encoder, task).predict(data, labelled=True):
        task.score(scorer, columns, found)
    assert scorer.page()["types"] == ["a", "b", "c", "new"]
    score = scorer.scores(seed=0)["recall/new"]
    assert (score.value, score.n) == (0.0, 1)
    plain = Tagging(("X", "Y"), entities=False, common="X")
    scorer = plain.scorer()
    assert plain.score(scorer, data[:], plain.baselines(rows([(["film"], ["X"])]), data, seed=0)["common tag"]) == [
        0,
        0,
    ]
    assert scorer.page()["confusion"]["labels"] == ["X", "Y", "B-new", "I-new", "B-a", "O"]


@pytest.mark.parametrize(
    "task",
    [
        Tagging(ENTITIES, entities=True),
        Tagging(ENTITIES, entities=True, mends=True),
        Tagging(["X", "Y"], entities=False, common="Y"),
    ],
)
def test_settings_make_the_same_task(task: Tagging) -> None:
    settings = json.loads(json.dumps(task.settings()))
    again = Tagging.from_settings(settings)
    assert again.settings() == task.settings()
    assert again.metrics == task.metrics


@pytest.mark.parametrize("strays", ["refuse", "mend"])
def test_what_becomes_of_strays_is_kept_for_evaluation(strays: Any) -> None:
    fitted = Tagging.fit(TaggingConfig(strays=strays), {"train": rows(sentences("x/B-a y/I-a", "x/O"))})
    assert fitted.settings()["strays"] == strays
    task = Tagging.from_settings(json.loads(json.dumps(fitted.settings())))
    scored = rows(sentences("x/B-a y/O", "to/O Paris/I-a"), file="new.conll")
    iob1 = rows(sentences("x/O Paris/I-a y/I-a z/O"))
    assert task.check(iob1) == ()
    if strays == "mend":
        assert task.check(scored) == ()
        return
    with pytest.raises(DataError) as caught:
        task.check(scored)
    assert (caught.value.what, caught.value.where) == ("the tag I-a of 'Paris' continues no entity", "new.conll:11")


def test_tags_are_fitted_without_reading_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = {"train": rows(sentences("x/B-a y/I-a", "x/O") * 20_000), "test": rows(sentences("x/B-b y/I-b"))}
    plain = {"train": rows(sentences("a/D b/N", "b/N") * 6_000)}
    refuse_texts(monkeypatch)
    assert Tagging.fit(TaggingConfig(), splits).labels == ENTITIES[:5]
    assert Tagging.fit(TaggingConfig(), plain).settings()["common"] == "N"


def test_rows_are_brought_to_bio_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, encoder = make(tmp_path)
    task = Tagging(ENTITIES, entities=True)
    converted: list[tuple[str, ...]] = []

    def counting(tags: list[str], scheme: Any) -> list[str]:
        converted.append(tuple(tags))
        return to_bio(tags, scheme)

    monkeypatch.setattr(gold_tags, "to_bio", counting)
    data = rows(tagged())
    for columns, found in Predictor.from_parts(model, encoder, task).predict(data, labelled=True):
        task.score(task.scorer(), columns, found)
        assert len(task.expected(columns)) == len(data)
    assert len(converted) == len(data)
    assert task.gold(rows(sentences("x/U-a"))[:]) == [["B-a"]]


def test_families_without_a_head_over_tokens_are_refused() -> None:
    task = Tagging(ENTITIES, entities=True)
    assert task.suited("gpt2") is task
    with pytest.raises(BaseModelError, match="tagging"):
        task.suited("bart")


# The loss.


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loss_is_that_of_transformers_times_the_words(tmp_path: Path, family: str) -> None:
    model, encoder = make(tmp_path, family)
    task = Tagging(ENTITIES, entities=True)
    examples = task.encode(rows(tagged())[:], encoder, labelled=True)
    batch = examples.batch(np.arange(len(examples.rows)))
    model.eval()
    with torch.no_grad():
        found = task.loss(model(**batch.inputs), batch.targets)
        theirs = model(**batch.inputs, labels=batch.targets["labels"]).loss
    assert found.weight == sum(map(len, WORDS)) == int((batch.targets["labels"] != IGNORED).sum())
    assert float(found.total) == pytest.approx(float(theirs) * found.weight, rel=1e-5)


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_each_words_label_is_learned_at_its_first_piece_and_nowhere_else(tmp_path: Path, family: str) -> None:
    _, encoder = make(tmp_path, family)
    task = Tagging(ENTITIES, entities=True)
    data = tagged()
    examples = task.encode(rows(data)[:], encoder, labelled=True)
    for row, (words, tags) in enumerate(data):
        own = examples.of_tokens["labels"][examples.rows.offsets[row] : examples.rows.offsets[row + 1]]
        theirs = encoder.tokenizer(" ".join(words))
        start, expected = 0, [IGNORED] * len(own)
        for word, tag in zip(words, tags, strict=True):
            expected[theirs.char_to_token(start)] = ENTITIES.index(tag)
            start += len(word) + 1
        assert own.tolist() == expected


def test_a_batch_without_words_has_no_loss_and_no_weight(tmp_path: Path) -> None:
    model, encoder = make(tmp_path)
    task = Tagging(ENTITIES, entities=True)
    batch = task.encode(rows([([], [])])[:], encoder, labelled=True).batch(np.asarray([0]))
    found = task.loss(model(**batch.inputs), batch.targets)
    assert (float(found.total.detach()), found.weight) == (0.0, 0.0)
    found.total.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in model.parameters())


# Scores.


def test_perfect_tags_have_perfect_scores_and_gold_is_written_like_answers(tmp_path: Path) -> None:
    data = rows(sentences("Ann/B-a Lee/I-a went/O to/O Oslo/B-b", "no/O one/O"))
    task = Tagging(ENTITIES[:5], entities=True)
    _, encoder = make(tmp_path)
    examples = task.encode(data[:], encoder, labelled=True)
    labels = examples.of_tokens["labels"]
    readings = [
        (np.maximum(labels[start:end], 0).astype(np.int16), np.full(end - start, 0.75, dtype=np.float32))
        for start, end in zip(examples.rows.offsets, examples.rows.offsets[1:], strict=False)
    ]
    predictions = task.join(examples, readings, encoder)
    scorer = task.scorer()
    assert task.score(scorer, data[:], predictions) == [1.0, 1.0]
    assert scorer.points()["f1"] == scorer.points()["token_accuracy"] == 1.0
    expected = task.expected(data[:])
    assert expected[0]["entities"] == [
        {"entity_group": "a", "word": "Ann Lee", "start": 0, "end": 7},
        {"entity_group": "b", "word": "Oslo", "start": 16, "end": 20},
    ]
    assert expected[1] == {"entities": []}
    without = [
        [{k: v for k, v in one.items() if k != "score"} for one in row["entities"]] for row in task.answers(predictions)
    ]
    assert without == [row["entities"] for row in expected]
    assert {one["score"] for row in task.answers(predictions) for one in row["entities"]} == {0.75}


def test_baselines_remember_the_training_rows() -> None:
    train = rows(sentences("Ann/B-a Lee/I-a met/O Bo/B-a", "in/O Oslo/B-b"))
    test = rows(sentences("Oslo/B-b met/O Ann/B-a Lee/I-a", "Eve/B-a"))
    task = Tagging.fit(TaggingConfig(), {"train": train, "test": test})
    found = task.baselines(train, test, seed=0)
    assert list(found) == ["gazetteer", "none"]
    assert [list(one.tags) for one in found["gazetteer"]] == [["B-b", "O", "B-a", "I-a"], ["O"]]
    scores = {}
    for name, predictions in found.items():
        scorer = task.scorer()
        task.score(scorer, test[:], predictions)
        scores[name] = scorer.points()["f1"]
    assert scores == {"gazetteer": pytest.approx(0.8), "none": 0.0}
    plain = rows(sentences("a/D dog/N", "a/D cat/N runs/V"))
    task = Tagging.fit(TaggingConfig(), {"train": plain})
    (tags,) = [[list(one.tags) for one in part] for part in task.baselines(plain, plain, seed=0).values()]
    assert tags == [["D", "N"], ["D", "N", "V"]]


# Training.


@pytest.mark.parametrize("microbatch", [10, 3])
def test_training_on_windows_learns_the_tags(tmp_path: Path, microbatch: int) -> None:
    labels = {"a": "D", "the": "D", ",": "P", "and": "C", "is": "V", "in": "A"}
    model, encoder = make(tmp_path, labels=("A", "C", "D", "N", "P", "V"), windows=True, max_length=14, stride=4)
    data = rows([(words, [labels.get(word, "N") for word in words]) for words in WORDS])
    task = Tagging.fit(TaggingConfig(), {"train": data})
    examples = encode_dataset(task, data, encoder)
    assert len(examples.rows) > examples.rows.rows
    assert int((examples.of_tokens["labels"] != IGNORED).sum()) == sum(map(len, WORDS))
    learner = Learner(
        model,
        Full().prepare(model, Anatomy.of(model, "tokens"), seed=1),
        examples=TrainingExamples(examples.lengths, examples.batch, examples.rows.windows),
        loss=task.loss,
        config=TrainingConfig(
            batch_size=10, microbatch_size=microbatch, learning_rate=1e-2, schedule=ScheduleConfig(kind="constant")
        ),
        seed=3,
        world=World(),
        autocast=nullcontext,
    )
    losses = [learner.update(np.arange(10), update, 40).loss for update in range(40)]
    assert losses[-1] < 0.3 < losses[0]
    scorer = task.scorer()
    for columns, found in Predictor.from_parts(model, encoder, task).predict(data, labelled=True):
        task.score(scorer, columns, found)
    assert scorer.points()["accuracy"] > 0.95


def test_no_word_of_real_tweets_is_lost(shared_data: Path, tmp_path: Path) -> None:
    from accent.config.data import DataConfig
    from accent.data import load

    data = load(DataConfig(source=str(shared_data / "wnut17")), task="tagging", seed=0)
    task = Tagging.fit(TaggingConfig(), data.splits)
    assert len(task.labels) == 13
    _, encoder = make(tmp_path, labels=task.labels, windows=True)
    for split, part in data.splits.items():
        examples = task.encode(part[:], encoder, labelled=True)
        own = np.concatenate([row.own for row in examples.details])
        words = np.asarray([word for row in examples.details for word in row.row.words()], dtype=np.object_)
        tags = np.asarray([tag for row in task.gold(part[:]) for tag in row], dtype=np.object_)
        assert len(own) == len(words) == len(tags) == {"train": 62730, "validation": 15733, "test": 23394}[split]
        labels = examples.of_tokens["labels"]
        assert [task.labels[number] for number in labels[own[own >= 0]]] == tags[own >= 0].tolist()
        assert (labels != IGNORED).sum() == (own >= 0).sum()
        assert set(words[own < 0]) <= {"\ufe0f"}  # a mark that the tokenizer strips like an accent
        assert set(tags[own < 0]) <= {"O"}
