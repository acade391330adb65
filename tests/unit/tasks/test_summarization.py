"""Summarization: transformers' loss and summaries for each family, whatever the batch, and the room that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from accent.config import DecodingConfig, SummarizationConfig
from accent.errors import BaseModelError, ConfigError
from accent.inference import Predictor
from accent.modeling import find_base, load_model
from accent.tasks import IGNORED, Summarization, encode_dataset
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint

FAMILIES = ("t5", "bart", "gpt2")
TEXTS = [SENTENCES[0], SENTENCES[2], SENTENCES[6], SENTENCES[9]]
SUMMARIES = [["a warm film"], ["terrible battery", "went flat"], ["Where?"], ["the best book"]]
START = {"t5": "<pad>", "bart": "</s>"}
SPREAD = {"t5": {"initializer_factor": 3.0}, "bart": {"init_std": 0.3}, "gpt2": {"initializer_range": 0.25}}


class Parts:
    """A tiny model of one family, and the task that suits it."""

    def __init__(self, folder: Path, family: str, **settings: float) -> None:
        self.family = family
        make_checkpoint(folder, family, **(settings or SPREAD[family]))
        self.task = Summarization.fit(SummarizationConfig(summary_length=12), {}).suited(family)
        self.model = load_model(find_base(str(folder)), self.task.head, (), seed=1).model
        self.encoder = Encoder(load_tokenizer(folder), 64)
        self.tokenizer = self.encoder.tokenizer

    def source(self, text: str) -> list[int]:
        if self.family == "gpt2":
            return list(self.tokenizer(f"{text} TL;DR:", verbose=False)["input_ids"])
        return list(self.tokenizer(f"summarize: {text}" if self.family == "t5" else text)["input_ids"])

    def theirs(self, text: str, **options: Any) -> str:
        ids = torch.tensor([self.source(text)])
        start = {} if self.family == "gpt2" else {"decoder_start_token_id": self.start}
        found = self.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            pad_token_id=self.tokenizer.pad_token_id,
            use_cache=True,
            do_sample=False,
            forced_eos_token_id=None,  # BART's own configuration asks for it, and Accent's settings alone decide
            **start,
            **options,
        )[0, 1 if start else ids.shape[1] :]
        return str(self.tokenizer.decode(found, skip_special_tokens=True)).strip()

    @property
    def start(self) -> int:
        return int(self.tokenizer.convert_tokens_to_ids(START[self.family]))

    def summaries(self, texts: list[str], **decoding: Any) -> list[str]:
        task = Summarization.from_settings(self.task.settings(), DecodingConfig(**decoding))
        answering = Predictor.from_parts(self.model, self.encoder, task, batch_tokens=256)
        return [answer["summary_text"] for answer in answering.answers(texts)]


@pytest.fixture(scope="module", params=FAMILIES)
def parts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(tmp_path_factory.mktemp(request.param), request.param)


def rows(count: int = len(TEXTS)) -> Dataset:
    return Dataset.from_dict({"text": TEXTS[:count], "label": SUMMARIES[:count]})


def test_the_loss_is_that_of_transformers(parts: Parts) -> None:
    examples = encode_dataset(parts.task, rows(), parts.encoder)
    batch = examples.batch(np.arange(len(TEXTS)))
    targets = [parts.tokenizer(one[0])["input_ids"] for one in SUMMARIES]
    if parts.family == "gpt2":
        targets = [[*parts.tokenizer(f" {one[0]}")["input_ids"], parts.tokenizer.eos_token_id] for one in SUMMARIES]
    total, tokens = 0.0, 0
    with torch.no_grad():
        found = parts.task.loss(parts.model(**batch.inputs), batch.targets)
        for text, target in zip(TEXTS, targets, strict=True):  # one by one, without padding
            read = parts.source(text)
            if parts.family == "gpt2":
                inputs = {"input_ids": [[*read, *target]], "labels": [[IGNORED] * len(read) + target]}
            else:
                inputs = {"input_ids": [read], "labels": [target]}
            own = parts.model(**{name: torch.tensor(values) for name, values in inputs.items()}).loss
            total += float(own) * len(target)
            tokens += len(target)
    assert found.weight == tokens
    assert float(found.total) == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("beams", [1, None])
def test_summaries_are_those_of_transformers_one_by_one(parts: Parts, beams: int | None) -> None:
    expected = [parts.theirs(text, num_beams=beams or 4, max_new_tokens=12) for text in TEXTS]
    assert parts.summaries(TEXTS, beams=beams) == expected
    assert len(set(expected)) > 1


def test_scored_and_answered_summaries_are_the_same(parts: Parts) -> None:
    predictor = Predictor.from_parts(parts.model, parts.encoder, parts.task)
    ((columns, scored),) = predictor.predict(rows(), labelled=True)
    assert list(scored) == parts.summaries(TEXTS)
    scorer = parts.task.scorer()
    assert len(parts.task.score(scorer, columns, scored)) == len(TEXTS)
    perfect = parts.task.scorer()
    assert parts.task.score(perfect, columns, [one[-1] for one in SUMMARIES]) == [1.0] * len(TEXTS)
    assert parts.task.expected(columns) == ["a warm film", ["terrible battery", "went flat"], "Where?", "the best book"]


def test_several_summaries_of_one_text(parts: Parts) -> None:
    task = Summarization.from_settings(parts.task.settings(), DecodingConfig(sequences=3))
    (answer,) = Predictor.from_parts(parts.model, parts.encoder, task).answers(TEXTS[:1])
    assert answer["summary_text"] == answer["summary_texts"][0]
    assert len(set(answer["summary_texts"])) > 1
    drawn = {"temperature": 1.0, "max_new_tokens": 8}
    together = parts.summaries(TEXTS, **drawn)
    assert together == [parts.summaries([text], **drawn)[0] for text in TEXTS]
    assert together != parts.summaries(TEXTS, beams=1, max_new_tokens=8)


def test_a_summary_stops_at_a_stop(parts: Parts) -> None:
    whole = parts.summaries(TEXTS, beams=1)
    stop = max(whole, key=len)[2:4]
    assert parts.summaries(TEXTS, beams=1, stop=(stop,)) == [text.split(stop)[0].strip() for text in whole]


def test_a_long_reference_keeps_its_end(parts: Parts) -> None:
    long = " ".join(SENTENCES[:3])
    examples = parts.task.encode({"text": ["a"], "label": [[long]]}, parts.encoder, labelled=True)
    labels = examples.batch(np.arange(1)).targets["labels"][0]
    labels = labels[labels != IGNORED].tolist()
    assert len(labels) == 12
    assert labels[-1] == parts.tokenizer.eos_token_id
    said = parts.tokenizer.decode(labels, skip_special_tokens=True).strip()
    assert said
    assert long.startswith(said)


def test_a_long_text_leaves_room_for_its_summary(parts: Parts) -> None:
    long = " ".join(SENTENCES)
    examples = parts.task.encode({"text": [long], "label": [[long]]}, parts.encoder, labelled=True)
    assert len(examples.rows.ids) == 64
    source = examples.rows.ids[:52].tolist() if parts.family == "gpt2" else examples.rows.ids.tolist()
    whole = parts.source(long)
    assert examples.rows.cut.tolist() == [len(whole) - len(source)]
    ending = len(parts.source("")) if parts.family == "gpt2" else 1
    assert source == [*whole[: len(source) - ending], *whole[-ending:]]
    answered = parts.task.encode({"text": [long]}, parts.encoder, labelled=False)
    assert answered.rows.ids.tolist() == source
    assert len(parts.summaries([long])) == 1


def test_a_causal_model_reads_the_part_that_is_asked_for(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "gpt2")
    long = " ".join(SENTENCES)
    ids, cue = parts.tokenizer(long, verbose=False)["input_ids"], parts.tokenizer(" TL;DR:")["input_ids"]
    room = 64 - 12 - len(cue)
    for part, kept in (("tail", ids[-room:]), ("both", [*ids[: (room + 1) // 2], *ids[-(room // 2) :]])):
        encoder = Encoder(parts.tokenizer, 64, long_texts=LongTexts(kept_part=part))
        assert parts.task.encode({"text": [long]}, encoder, labelled=False).rows.ids.tolist() == [*kept, *cue]


@pytest.mark.parametrize("part", ["head", "tail", "both"])
def test_the_prompt_is_kept_whatever_part_is_read(parts: Parts, part: Any) -> None:
    prompt, long = "in short: ", " ".join(SENTENCES)
    task = Summarization(prompt=prompt, summary_length=12).suited(parts.family)
    encoder = Encoder(parts.tokenizer, 64, long_texts=LongTexts(kept_part=part))
    cue = parts.tokenizer(" TL;DR:")["input_ids"] if parts.family == "gpt2" else []
    whole = [int(one) for one in parts.tokenizer(f"{prompt}{long}", verbose=False)["input_ids"]]
    first, last = {"t5": (0, 1), "bart": (1, 1), "gpt2": (0, 0)}[parts.family]
    before = first + len(parts.tokenizer("in short:", add_special_tokens=False)["input_ids"])
    own, ending = whole[before : len(whole) - last], [*whole[len(whole) - last :], *cue]
    room = 64 - (12 if cue else 0) - before - len(ending)
    head = {"head": room, "tail": 0, "both": (room + 1) // 2}[part]
    expected = [*whole[:before], *own[:head], *own[len(own) - room + head :], *ending]
    for columns in ({"text": [long, "a"]}, {"text": [long, "a"], "label": [["b"], ["c"]]}):
        examples = task.encode(columns, encoder, labelled="label" in columns)
        found = examples.rows.ids[: examples.rows.offsets[1]].tolist()
        assert found[: len(expected)] == expected
        assert examples.rows.cut.tolist() == [len(own) - room, 0]
        short = [*parts.tokenizer(f"{prompt}a")["input_ids"], *cue]
        assert examples.rows.ids[examples.rows.offsets[1] :][: len(short)].tolist() == short


def test_a_prompt_that_leaves_nothing_is_refused(parts: Parts) -> None:
    task = Summarization(prompt=" ".join(SENTENCES), summary_length=12).suited(parts.family)
    with pytest.raises(ConfigError, match="tokens leave no room for a text") as caught:
        task.encode({"text": ["a"]}, parts.encoder, labelled=False)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("labelled", [True, False])
def test_what_is_written_counts_in_a_batch(parts: Parts, labelled: bool) -> None:
    """Twelve new tokens and four beams, whether or not there are references beside the texts."""
    asked = parts.task.encode({"text": TEXTS, "label": SUMMARIES}, parts.encoder, labelled=labelled)
    assert asked.costs.tolist() == [(len(parts.source(text)) + 12) * 4 for text in TEXTS]
    several = Summarization.from_settings(parts.task.settings(), DecodingConfig(sequences=5, temperature=1.0))
    drawn = several.encode({"text": TEXTS, "label": SUMMARIES}, parts.encoder, labelled=labelled)
    assert drawn.costs.tolist() == [(len(parts.source(text)) + 12) * 5 for text in TEXTS]


def test_settings_come_back(parts: Parts) -> None:
    again = Summarization.from_settings(parts.task.settings())
    assert again.settings() == parts.task.settings()
    assert (again.head, again.labels, again.metrics[0]) == (parts.task.head, (), "rougeL")
    one = again.encode({"text": TEXTS, "label": SUMMARIES}, parts.encoder, labelled=True)
    other = parts.task.encode({"text": TEXTS, "label": SUMMARIES}, parts.encoder, labelled=True)
    assert np.array_equal(one.rows.ids, other.rows.ids)
    assert one.decoder_start == other.decoder_start == (None if parts.family == "gpt2" else parts.start)


def test_families_and_their_prompts() -> None:
    def suited(family: str, prompt: str | None = None) -> dict[str, Any]:
        return Summarization(prompt=prompt).suited(family).settings()

    keys = ("prompt", "head", "decoder_start")
    assert [suited("t5")[key] for key in keys] == ["summarize: ", "written", "pad"]
    assert [suited("mt5")[key] for key in keys] == ["", "written", "pad"]
    assert [suited("bart")[key] for key in keys] == ["", "written", "end"]
    assert [suited("gpt2")[key] for key in keys[:2]] == ["", "causal"]
    assert suited("t5", "in short: ")["prompt"] == "in short: "
    for family in ("bert", "unheard-of"):
        with pytest.raises(BaseModelError, match=f"'{family}' have no decoder") as caught:
            suited(family)
        assert "bart, gpt2, mt5, t5" in caught.value.remedy
        assert len(str(caught.value).splitlines()) == 2


def test_no_room_and_windows_are_refused(parts: Parts) -> None:
    windows = Encoder(parts.tokenizer, 64, long_texts=LongTexts(windows=True))
    with pytest.raises(ConfigError, match="not of windows"):
        parts.task.encode({"text": ["a"]}, windows, labelled=False)
    if parts.family != "t5":  # T5 has no limit of positions
        with pytest.raises(ConfigError, match="summaries of 70 tokens leave no room"):
            Summarization(summary_length=70).suited(parts.family).encode({"text": ["a"]}, parts.encoder, labelled=False)


def test_the_baseline_is_the_first_sentences() -> None:
    train = Dataset.from_dict({"text": ["x"], "label": [["four words are here"]]})
    asked = Dataset.from_dict({"text": ["Two words. Then three more. And the rest follows."], "label": [["x"]]})
    assert Summarization().baselines(train, asked, seed=0) == {"lead": ["Two words. Then three more."]}


def test_what_was_learned_is_what_is_written(parts: Parts, tmp_path: Path) -> None:
    """Training and answering must begin, end and cut alike: a model that knows four summaries by heart writes them."""
    learner = Parts(tmp_path, parts.family, **({"initializer_factor": 1.0} if parts.family == "t5" else {}))
    examples = encode_dataset(learner.task, rows(), learner.encoder)
    optimizer = torch.optim.AdamW(learner.model.parameters(), lr=5e-3)
    for _ in range(150):
        batch = examples.batch(np.arange(len(TEXTS)))
        loss = learner.task.loss(learner.model(**batch.inputs), batch.targets)
        (loss.total / loss.weight).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert float(loss.total.detach()) / loss.weight < 0.05
    for beams in (1, 4):
        assert learner.summaries(TEXTS, beams=beams) == [one[0] for one in SUMMARIES]
