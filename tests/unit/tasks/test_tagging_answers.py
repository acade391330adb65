"""What a tagger answers: each word once over all windows, by its characters, and words that nothing was read of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from accent.inference import Predictor
from accent.tasks.examples import IGNORED, Examples
from accent.tasks.tagging import Tagging
from accent.tokenization import Encoder
from tests.checkpoints import FAMILIES, SENTENCES
from tests.unit.tasks.tagged import ENTITIES, WORDS, make, rows

ODD = (
    "e\u0301te\u0301 naïve café",
    "東京 and 👩\u200d👧 \u2764\ufe0f",
    "zero\u200bwidth so\u00adft \u200b",
    "  ",
    "wait...",
)


def best_tags(model: PreTrainedModel, examples: Examples) -> list[tuple[list[int], list[float]]]:
    """Ask the model for one example at a time, without padding."""
    found = []
    for example in range(len(examples.rows)):
        batch = examples.batch(np.asarray([example]))
        with torch.no_grad():
            shares = model(**batch.inputs).logits[0].double().softmax(-1)
        found.append((shares.argmax(-1).tolist(), shares.max(-1).values.tolist()))
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_long_texts_are_answered_window_by_window_and_each_word_once(tmp_path: Path, family: str) -> None:
    labels = tuple("NVADPX")
    model, encoder = make(tmp_path, family, labels, windows=True, stride=5, max_length=20)
    task = Tagging(labels, entities=False, common="N")
    chance = np.random.default_rng(0)
    words = [word for sentence in WORDS[:6] for word in sentence]
    data = rows([(part, chance.choice(labels, len(part)).tolist()) for part in (words, words[:3], words[20:60])])
    examples = task.encode(data[:], encoder, labelled=True)
    assert examples.rows.windows is not None
    assert np.diff(examples.rows.windows).tolist()[1] == 1 < np.diff(examples.rows.windows).tolist()[2]
    predictor = Predictor.from_parts(model, encoder, task, batch_tokens=100)
    ((_, found),) = list(predictor.predict(data, labelled=True))
    theirs = best_tags(model.eval(), examples)
    expected: dict[int, tuple[list[str], list[float]]] = {row: ([], []) for row in range(3)}
    for example, row in enumerate(examples.rows.row_of().tolist()):
        own = examples.of_tokens["labels"][slice(*examples.rows.offsets[example : example + 2])]
        for token in np.flatnonzero(own != IGNORED):
            expected[row][0].append(labels[theirs[example][0][token]])
            expected[row][1].append(theirs[example][1][token])
    for row, one in enumerate(found):
        assert len(one.tags) == len(data["label"][row]["tags"])
        assert list(one.tags) == expected[row][0]
        np.testing.assert_allclose(one.scores, expected[row][1], atol=2e-5)
    assert len({tag for one in found for tag in one.tags}) > 2


class Certain(torch.nn.Module):
    """Answers each token by its id: the tag at place `numbers[id]` with a probability of nearly one."""

    device = torch.device("cpu")

    def __init__(self, numbers: dict[int, int], labels: int) -> None:
        super().__init__()
        self.numbers, self.labels = numbers, labels

    def forward(self, input_ids: torch.Tensor, **_: torch.Tensor) -> Any:
        logits = torch.zeros(*input_ids.shape, self.labels)
        for row, ids in enumerate(input_ids.tolist()):
            for column, token in enumerate(ids):
                logits[row, column, self.numbers.get(token, 0)] = 12.0
        return type("Output", (), {"logits": logits})


def certain(encoder: Encoder, words: dict[str, str], labels: tuple[str, ...] = ENTITIES) -> Any:
    ids = {encoder.tokenizer(word, add_special_tokens=False)["input_ids"][0]: tag for word, tag in words.items()}
    return Certain({token: labels.index(tag) for token, tag in ids.items()}, len(labels))


def test_answers_name_entities_by_their_characters(tmp_path: Path) -> None:
    _, encoder = make(tmp_path)
    task = Tagging(ENTITIES, entities=True)
    model = certain(encoder, {"sea": "B-a", "two": "I-a", "film": "I-b", "warm": "B-c"})
    text = "The SEA\u200b \u200b two: film \u00e9 warm"
    (answer,) = Predictor.from_parts(model, encoder, task).answers([text])
    share = float(np.exp(12) / (np.exp(12) + 6))
    assert answer == {
        "entities": [
            {"entity_group": "a", "score": pytest.approx(share), "word": "SEA\u200b \u200b two", "start": 4, "end": 14},
            {"entity_group": "b", "score": pytest.approx(share), "word": "film", "start": 16, "end": 20},
            {"entity_group": "c", "score": pytest.approx(share), "word": "warm", "start": 23, "end": 27},
        ]
    }


def test_plain_answers_name_every_word(tmp_path: Path) -> None:
    labels = ("ADJ", "NOUN")
    _, encoder = make(tmp_path)
    task = Tagging(labels, entities=False, common="NOUN")
    model = certain(encoder, {"sea": "NOUN"}, labels)
    (answer,) = Predictor.from_parts(model, encoder, task).answers(["Warm sea\u200b"])
    found = [(one["entity_group"], one["word"], one["start"], one["end"]) for one in answer["entities"]]
    assert found == [("ADJ", "Warm", 0, 4), ("NOUN", "sea", 5, 8), ("NOUN", "\u200b", 8, 9)]
    assert [one["score"] > 0.9 for one in answer["entities"]] == [True, True, False]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("labels", [ENTITIES, ("X", "Y", "Z")])
def test_answers_of_any_text_are_what_stands_there(tmp_path: Path, family: str, labels: tuple[str, ...]) -> None:
    model, encoder = make(tmp_path, family, labels, windows=True, max_length=12)
    task = Tagging(labels, entities=labels == ENTITIES, common="X" if labels != ENTITIES else "O")
    texts = [*SENTENCES, *ODD]
    answers = list(Predictor.from_parts(model, encoder, task).answers(texts))
    assert "error" in answers[texts.index("  ")]
    named = 0
    for text, answer in zip(texts, answers, strict=True):
        for one in answer.get("entities", ()):
            assert text[one["start"] : one["end"]] == one["word"] != ""
            assert 0.0 <= one["score"] <= 1.0
            named += 1
    assert named > 20


def test_an_empty_text_is_predicted_like_others(tmp_path: Path) -> None:
    for family in ("bert", "gpt2"):
        model, encoder = make(tmp_path, family, windows=True)
        task = Tagging(ENTITIES, entities=True)
        data = rows([([], []), (["sea"], ["O"]), ([], [])])
        ((columns, found),) = list(Predictor.from_parts(model, encoder, task).predict(data, labelled=True))
        assert [len(one.tags) for one in found] == [0, 1, 0]
        assert task.answers(found)[0] == {"entities": []}
        assert len(task.score(task.scorer(), columns, found)) == 3


def test_words_that_are_cut_off_are_outside_or_the_commonest(tmp_path: Path) -> None:
    data = rows([(WORDS[0], ["B-a"] * len(WORDS[0]))])
    for labels, common in ((ENTITIES, "O"), (("X", "Y"), "Y")):
        model, encoder = make(tmp_path / common, labels=labels, max_length=8)
        task = Tagging(labels, entities=common == "O", common=common)
        plain = (
            data.map(lambda row: {"label": row["label"] | {"tags": ["X"] * len(WORDS[0])}}) if common == "Y" else data
        )
        examples = task.encode(plain[:], encoder, labelled=True)
        assert examples.rows.truncated_rows == 1
        ((_, (one,)),) = list(Predictor.from_parts(model, encoder, task).predict(plain, labelled=True))
        assert len(one.tags) == len(WORDS[0])
        assert one.tags[-1] == common
        assert one.scores[-1] == 0.0 < one.scores[0]
