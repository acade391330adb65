"""Question answering: targets that bring back the answer, transformers' loss, and answers out of windows."""

from __future__ import annotations

import json
import lzma
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from datasets import Dataset
from scipy.special import log_softmax, softmax

from accent.config import QaConfig
from accent.errors import BaseModelError, DataError
from accent.modeling import find_base
from accent.tasks import IGNORED, Examples, Qa
from accent.tasks.qa import Passage, QaPrediction, Reading
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import FAMILIES
from tests.unit.tasks.questions import LONG, ROWS, WINDOWS, columns_of, encoder_of, perfect, reference
from tests.unit.tasks.tagged import refuse_texts


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("long_texts", [LongTexts(), WINDOWS], ids=["whole", "windows"])
def test_right_tokens_bring_back_every_answer_to_the_letter(family: str, long_texts: LongTexts) -> None:
    encoder = encoder_of(family, 64 if long_texts.windows else 1000, long_texts)
    task, columns = Qa(answer_length=100), columns_of(ROWS)
    examples = task.encode(columns, encoder, labelled=True)
    assert (len(examples.rows) > len(ROWS)) == long_texts.windows
    answers = task.answers(perfect(task, examples, encoder))
    assert [answer["answer"] for answer in answers] == [answer for _, _, answer in ROWS]
    for answer, (_, context, _) in zip(answers, ROWS, strict=True):
        assert context[answer["start"] : answer["end"]] == answer["answer"]
    assert [answer["start"] for answer in answers] == [labels[0]["start"] for labels in columns["label"]]


def test_windows_without_the_answer_point_at_the_first_token_and_rows_count_once() -> None:
    encoder = encoder_of("bert", 64, WINDOWS)
    examples = Qa().encode(columns_of([*ROWS, ("Where?", LONG, "")]), encoder, labelled=True)
    row_of, starts = examples.rows.row_of(), examples.of_examples["starts"]
    totals = np.bincount(row_of, examples.of_examples["weights"])
    assert totals == pytest.approx(np.ones(len(ROWS) + 1))
    several = np.bincount(row_of) > 1
    assert several.sum() >= 5
    halves = np.bincount(row_of, examples.of_examples["weights"] * (starts > 0))
    assert halves[several] == pytest.approx([0.5] * (several.sum() - 1) + [0.0])
    assert not starts[row_of == len(ROWS)].any()
    assert ((starts == 0) == (examples.of_examples["ends"] == 0)).all()


def test_an_answer_that_truncation_takes_is_no_target() -> None:
    encoder = encoder_of("bert", 32)
    examples = Qa().encode(columns_of([("Who?", LONG, "this year"), ("Who?", LONG, "film")]), encoder, labelled=True)
    assert examples.rows.truncated_rows == 2
    assert examples.of_examples["starts"].tolist()[0] == 0 < examples.of_examples["starts"].tolist()[1]
    assert examples.of_examples["weights"].tolist() == [1.0, 1.0]


def test_the_first_reference_is_learned_and_all_are_gold() -> None:
    context = "red, green and blue"
    columns = {
        "text": ["Which?", "None?"],
        "text_pair": [context, context],
        "label": [reference(context, "green") + reference(context, "green and blue"), []],
    }
    encoder = encoder_of("bert")
    task = Qa(threshold=0.0)
    examples = task.encode(columns, encoder, labelled=True)
    assert [answer["answer"] for answer in task.answers(perfect(task, examples, encoder))] == ["green", ""]
    assert task.gold(columns) == task.expected(columns) == [["green", "green and blue"], []]


def test_the_context_is_marked_without_labels_too() -> None:
    encoder = encoder_of("roberta")
    examples = Qa().encode({"text": ["Who is it?"], "text_pair": ["not bad at all"]}, encoder, labelled=False)
    assert dict(examples.of_examples) == {}
    marked = encoder.tokenizer.decode(examples.rows.ids[examples.of_tokens["context"] == 1])
    assert marked == "not bad at all"


def test_the_loss_worked_by_hand() -> None:
    logits_BT = np.random.default_rng(0).normal(size=(2, 2, 5)).astype(np.float32)
    outputs = SimpleNamespace(start_logits=torch.tensor(logits_BT[0]), end_logits=torch.tensor(logits_BT[1]))
    targets = {
        "starts": torch.tensor([3, 0]),
        "ends": torch.tensor([4, 0]),
        "weights": torch.tensor([1.0, 0.25]),
        "context": torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, IGNORED, IGNORED]]),
    }
    whole = [log_softmax(logits_BT[side, 0])[[3, 4][side]] for side in (0, 1)]
    short = [log_softmax(logits_BT[side, 1, :3])[0] for side in (0, 1)]
    loss = Qa().loss(outputs, targets)
    assert float(loss.total) == pytest.approx(-np.mean(whole) - 0.25 * np.mean(short), rel=1e-5)
    assert loss.weight == 1.25


def test_an_example_without_tokens_has_a_finite_loss_and_no_answer() -> None:
    encoder, task = encoder_of("gpt2", 16), Qa()
    examples = task.encode({"text": [""], "text_pair": [""], "label": [[]]}, encoder, labelled=True)
    batch = examples.batch(np.asarray([0]))
    outputs = SimpleNamespace(start_logits=torch.ones(1, 1), end_logits=torch.ones(1, 1))
    assert float(task.loss(outputs, batch.targets).total) == 0.0
    predictions = task.join(examples, task.read(lambda **_: outputs, batch, encoder, labelled=False), encoder)  # type: ignore[arg-type]
    assert task.answers(predictions) == [{"answer": "", "score": 1.0, "start": 0, "end": 0, "candidates": []}]


def test_texts_count_once_over_windows_and_no_answer_scores_the_least_that_it_does_in_one() -> None:
    encoder = encoder_of("bert", 16, LongTexts(windows=True, stride=4))
    context = "you read the best book about cold soup and phone jokes now, you"
    task = Qa(threshold=0.0, n_best=2)
    examples = task.encode({"text": ["a?"], "text_pair": [context]}, encoder, labelled=False)
    assert len(examples.rows) == 2
    (you, best), (again,) = tokens_of(examples, 0, ["you", "best"]), tokens_of(examples, 1, ["you"])
    readings = [reading([(3.0, you), (2.0, best)], 1.0), reading([(4.0, again), (-math.inf, again)], -0.5)]
    (found,) = task.join(examples, readings, encoder)
    shares = softmax([4.0, 2.0, -0.5])
    assert [(one.text, one.start, one.end) for one in found.passages] == [("you", 60, 63), ("best", 13, 17)]
    assert [one.score for one in found.passages] == pytest.approx(shares[:2])
    assert found.null_score == pytest.approx(shares[2])
    assert found.null_odds == pytest.approx(-4.5)
    (sure,) = Qa(n_best=2).join(examples, readings, encoder)
    assert [one.score for one in sure.passages] == pytest.approx(softmax([4.0, 2.0]))
    assert sure.null_score == 0.0


def reading(candidates: list[tuple[float, int]], null: float) -> Reading:
    """Make a window's reading of candidates of one token."""
    scores, places = (np.asarray(part) for part in zip(*candidates, strict=True))
    return Reading(scores, places, places, null)


def tokens_of(examples: Examples, example: int, words: list[str]) -> list[int]:
    """Return where each word stands in an example, its last place where it stands there twice."""
    rows, context = examples.rows, examples.details[0]
    assert rows.spans is not None
    own = rows.spans[rows.offsets[example] : rows.offsets[example + 1]].tolist()
    texts = [context[start:end] if start >= 0 else None for start, end in own]
    return [len(texts) - 1 - texts[::-1].index(word) for word in words]


def test_the_threshold_decides_and_is_tuned() -> None:
    context = "not bad at all"
    task = Qa(threshold=0.0)
    odds = [-3.0, -1.0, 0.5, 1.0, 2.0, math.inf]
    predictions = [prediction(context, "bad", one) for one in odds[:-1]] + [QaPrediction((), math.inf, 1.0)]
    assert [answer["answer"] for answer in task.answers(predictions)] == ["bad", "bad", "", "", "", ""]
    gold = [["bad"], ["bad"], ["bad"], [], [], []]
    tuned = task.tuned(gold, predictions)
    assert 0.5 <= tuned.settings()["threshold"] < 1.0
    answers = tuned.answers(predictions)
    assert [answer["answer"] for answer in answers] == ["bad"] * 3 + [""] * 3
    assert answers[0] == {
        "answer": "bad", "score": 0.75, "start": 4, "end": 7, "candidates": [{"answer": "bad", "score": 0.75}],
    }  # fmt: skip
    assert answers[3] == {
        "answer": "", "score": 0.25, "start": 0, "end": 0, "candidates": [{"answer": "bad", "score": 0.75}],
    }  # fmt: skip
    columns = {"label": [reference(context, "bad") if texts else [] for texts in gold]}
    assert task.score(task.scorer(), columns, predictions) == [1, 1, 0, 1, 1, 1]
    assert tuned.score(tuned.scorer(), columns, predictions) == [1] * 6
    always = Qa()
    assert [answer["answer"] for answer in always.answers(predictions)] == ["bad"] * 5 + [""]
    assert always.tuned(gold, predictions) is always


def prediction(context: str, text: str, odds: float) -> QaPrediction:
    start = context.index(text)
    return QaPrediction((Passage(text, start, start + len(text), 0.75),), odds, 0.25)


def dataset(rows: list[tuple[str, str, str]]) -> Dataset:
    return Dataset.from_dict(columns_of(rows))


def test_fit_finds_out_whether_some_have_no_answer() -> None:
    config = QaConfig(answer_length=5, n_best=3)
    assert not Qa.fit(config, {"train": dataset(ROWS)}).tunes
    task = Qa.fit(config, {"train": dataset([*ROWS, ("Who?", "nobody", "")])})
    assert task.tunes
    assert task.settings() == {"labels": ["start", "end"], "answer_length": 5, "n_best": 3, "threshold": 0.0}
    assert Qa.from_settings(task.settings()).settings() == task.settings()
    assert Qa.from_settings(Qa().settings()).settings() == Qa().settings()
    assert task.metrics[0] == "f1"
    with pytest.raises(DataError, match="no question has an answer"):
        Qa.fit(config, {"train": dataset([("Who?", "nobody", "")])})


def test_answers_are_counted_without_reading_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = dataset(ROWS[:5] * 2_500)
    some = dataset([*ROWS[:5] * 2_500, ("Who?", "nobody", "")])
    refuse_texts(monkeypatch)
    assert not Qa.fit(QaConfig(), {"train": answered}).tunes
    assert Qa.fit(QaConfig(), {"train": some}).tunes


def test_families_without_the_head_are_refused() -> None:
    assert Qa().suited("bert").settings() == Qa().settings()
    with pytest.raises(BaseModelError, match=r"gpt_neo.*qa"):
        Qa().suited("gpt_neo")


def test_baselines_answer_a_sentence_or_nothing() -> None:
    context = "The film is long. Two sisters open a restaurant. It rains."
    rows = dataset([("What do the sisters open?", context, "a restaurant"), ("Who?", "", "")])
    task = Qa(threshold=-100.0)
    found = task.baselines(rows, rows, seed=0)
    answers = {name: [answer["answer"] for answer in task.answers(one)] for name, one in found.items()}
    assert answers == {"overlap": ["Two sisters open a restaurant.", ""], "none": ["", ""]}
    assert set(Qa().baselines(rows, rows.select([0]), seed=0)) == {"overlap"}


def test_real_answers_come_back_from_their_tokens(shared_data: Path) -> None:
    """SQuAD 1.1 with MiniLM's WordPiece: what is left are answers that end within a word or a number."""
    pages = json.loads(lzma.decompress((shared_data / "squad1" / "dev.json.xz").read_bytes()))["data"]
    asked = [(qa, one["context"]) for page in pages for one in page["paragraphs"] for qa in one["qas"]][::20]
    columns = {
        "text": [qa["question"] for qa, _ in asked],
        "text_pair": [context for _, context in asked],
        "label": [
            [{"text": answer["text"], "start": answer["answer_start"]} for answer in qa["answers"][:1]]
            for qa, _ in asked
        ],
    }
    tokenizer = load_tokenizer(find_base("builtin:minilm", offline=True).folder)
    encoder = Encoder(tokenizer, 128, long_texts=LongTexts(windows=True, stride=32))
    task = Qa(answer_length=100)
    examples = task.encode(columns, encoder, labelled=True)
    assert len(examples.rows) > 1.2 * len(asked) > 500
    scorer = task.scorer()
    task.score(scorer, columns, perfect(task, examples, encoder))
    assert scorer.points()["exact_match"] >= 0.99
    assert scorer.points()["f1"] >= 0.995
