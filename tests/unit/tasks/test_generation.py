"""Generation: transformers' loss and texts whatever the batch, bits per byte by hand, draws that keep to the odds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from accent.config import DecodingConfig, GenerationConfig, TaskChoiceConfig, TruncateConfig, WindowsConfig
from accent.errors import BaseModelError, ConfigError, DataError
from accent.inference import Predictor
from accent.modeling import find_base, load_model
from accent.tasks import Generation, encode_dataset
from accent.tasks.generation import Scored
from accent.tasks.running_text import block_spans
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint

PROMPTS = ["the plot", "we waited an hour for", "I", "What is the tallest mountain in Europe? It is", "see you at"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("base"), "gpt2", initializer_range=0.25)


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return load_model(find_base(str(folder)), "causal", (), seed=1).model


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return Encoder(load_tokenizer(folder), 16, long_texts=LongTexts(windows=True))


def predictor(model: Any, encoder: Encoder, **decoding: Any) -> Predictor:
    return Predictor.from_parts(model, encoder, Generation(decoding=DecodingConfig(**decoding)), batch_tokens=128)


def texts(model: Any, encoder: Encoder, prompts: list[str], **decoding: Any) -> list[Any]:
    return [answer["text"] for answer in predictor(model, encoder, **decoding).answers(prompts)]


def theirs(model: Any, encoder: Encoder, prompt: str, **options: Any) -> str:
    tokenizer = encoder.tokenizer
    ids = torch.tensor([tokenizer(prompt)["input_ids"][-encoder.max_length :]])
    options = {"max_new_tokens": 12, "do_sample": False, "pad_token_id": tokenizer.pad_token_id, **options}
    found = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=True, **options)
    return str(tokenizer.decode(found[0, ids.shape[1] :], skip_special_tokens=True))


def rows(*sentences: str, completions: list[str] | None = None) -> Dataset:
    labels = {} if completions is None else {"label": completions}
    return Dataset.from_dict({"text": list(sentences), **labels})


@pytest.mark.parametrize("count", [1, 3, 10])
def test_the_loss_is_that_of_transformers(model: Any, encoder: Encoder, count: int) -> None:
    task = Generation()
    examples = encode_dataset(task, rows(*SENTENCES[:count]), encoder)
    batch = examples.batch(np.arange(len(examples.rows)))
    with torch.no_grad():
        found = task.loss(model(**batch.inputs), batch.targets)
        own = model(**batch.inputs, labels=batch.targets["labels"]).loss
    assert float(found.total) == pytest.approx(float(own) * found.weight, rel=1e-5)
    ids = [encoder.tokenizer(sentence)["input_ids"] for sentence in SENTENCES[:count]]
    assert found.weight == sum(len(one) + 1 - len(block_spans(len(one) + 1, 16)) for one in ids)


@pytest.mark.parametrize("loss_on", ["all", "completions"])
def test_the_loss_of_completions_is_that_of_transformers(model: Any, encoder: Encoder, loss_on: Any) -> None:
    task = Generation(loss_on=loss_on)
    examples = encode_dataset(task, rows("the plot", "free", completions=[" is thin", " in a competition"]), encoder)
    assert examples.rows.windows is None
    batch = examples.batch(np.arange(2))
    with torch.no_grad():
        found = task.loss(model(**batch.inputs), batch.targets)
        own = model(**batch.inputs, labels=batch.targets["labels"]).loss
    assert float(found.total) == pytest.approx(float(own) * found.weight, rel=1e-5)
    after = [len(encoder.tokenizer(text)["input_ids"]) + 1 for text in (" is thin", " in a competition")]
    before = [len(encoder.tokenizer(text)["input_ids"]) - 1 for text in ("the plot", "free")]
    assert found.weight == sum(after) + (sum(before) if loss_on == "all" else 0)


def test_a_row_is_scored_over_its_blocks(model: Any, encoder: Encoder) -> None:
    long = " ".join(SENTENCES)
    ((_, found),) = predictor(model, encoder).predict(rows("a", long, ""), labelled=True)
    ids = torch.tensor([*encoder.tokenizer(long)["input_ids"], encoder.tokenizer.eos_token_id])
    nll, tokens, right = 0.0, 0, 0
    with torch.no_grad():
        for start, end, _ in block_spans(len(ids), 16):
            shares = model(input_ids=ids[None, start:end]).logits[0, :-1].double().log_softmax(dim=-1)
            wanted = ids[start + 1 : end]
            nll -= float(shares.gather(1, wanted[:, None]).sum())
            tokens += len(wanted)
            right += int((shares.argmax(dim=-1) == wanted).sum())
    assert isinstance(found[1], Scored)
    assert found[1].nll == pytest.approx(nll, rel=1e-5)
    assert found[1][1::2] == (tokens, right)
    assert found[0][1:3] == (1, 0)  # only the end of "a" is foretold, and it has no bytes
    assert found[2] == (0.0, 0, 0, 0)


def test_bits_per_byte_by_hand(encoder: Encoder) -> None:
    """All tokens as likely as each other: log2 V bits each, over the bytes that they stand for."""
    words = len(encoder.tokenizer)

    class Even(torch.nn.Module):
        config = type("Config", (), {"num_labels": 0})
        device = torch.device("cpu")

        def forward(self, input_ids: torch.Tensor, **inputs: Any) -> Any:
            return type("Output", (), {"logits": torch.zeros(*input_ids.shape, words)})

    data = rows("naïve", "😀 café")
    even = Predictor.from_parts(Even(), encoder, Generation())  # type: ignore[arg-type]
    ((columns, found),) = even.predict(data, labelled=True)
    scorer = even.task.scorer()
    even.task.score(scorer, columns, found)
    ids = [encoder.tokenizer(text)["input_ids"] for text in data["text"]]
    tokens = sum(map(len, ids))  # the first is not foretold, the end is
    hidden = [encoder.tokenizer.decode(ids[0][:1]), "😀"]
    size = len("naïve😀 café".encode()) - sum(len(part.encode()) for part in hidden)
    points = scorer.points()
    assert points["bits_per_byte"] == pytest.approx(tokens * math.log2(words) / size)
    assert points["loss"] == pytest.approx(math.log(words))
    assert points["perplexity"] == pytest.approx(words)
    answers = even.task.answers(found)
    assert answers[0]["loss"] == pytest.approx(math.log(words))


@pytest.mark.parametrize("options", [{}, {"min_new_tokens": 9}], ids=["plain", "at least nine tokens"])
def test_greedy_texts_are_those_of_transformers_one_by_one(
    model: Any, encoder: Encoder, options: dict[str, int]
) -> None:
    expected = [theirs(model, encoder, prompt, **options) for prompt in PROMPTS]
    assert texts(model, encoder, PROMPTS, max_new_tokens=12, **options) == expected
    assert len(set(expected)) > 3


def test_beams_are_those_of_transformers_one_by_one(model: Any, encoder: Encoder) -> None:
    options = {"length_penalty": 0.3}
    expected = [theirs(model, encoder, prompt, num_beams=3, **options) for prompt in PROMPTS]
    assert texts(model, encoder, PROMPTS, max_new_tokens=12, beams=3, **options) == expected
    assert expected != texts(model, encoder, PROMPTS, max_new_tokens=12)
    (answer,) = predictor(model, encoder, max_new_tokens=12, beams=3, sequences=2).answers(PROMPTS[:1])
    assert answer["text"] == answer["texts"][0] != answer["texts"][1]


def test_the_end_of_text_ends_the_answer(model: Any, encoder: Encoder) -> None:
    """A copy whose end token is what it would say third stops there."""
    ids = encoder.tokenizer(PROMPTS[1])["input_ids"]
    found = model.generate(input_ids=torch.tensor([ids]), max_new_tokens=6, do_sample=False, use_cache=True)[
        0, len(ids) :
    ]
    third = int(found[2])
    assert third not in found[:2].tolist()
    stopping = Encoder(load_tokenizer(Path(encoder.tokenizer.name_or_path)), 16)
    stopping.tokenizer.eos_token = stopping.tokenizer.convert_ids_to_tokens(third)
    expected = encoder.tokenizer.decode(found[:2])
    assert texts(model, stopping, [PROMPTS[1]], max_new_tokens=6) == [expected]


def test_a_stop_ends_the_answer_and_is_left_out(model: Any, encoder: Encoder) -> None:
    whole = texts(model, encoder, PROMPTS, max_new_tokens=24)
    stop = next(text[3:5] for text in whole if "\ufffd" not in text[3:5])
    found = texts(model, encoder, PROMPTS, max_new_tokens=24, stop=(stop, "never said"))
    assert found == [text.split(stop)[0] for text in whole]
    assert any(one != other for one, other in zip(found, whole, strict=True))
    assert [len(text) for text in found] != [len(text) for text in whole]
    beams = texts(model, encoder, PROMPTS, max_new_tokens=24, beams=2, stop=(stop,))
    assert not any(stop in text for text in beams)


def test_draws_depend_on_the_seed_and_the_row_alone(model: Any, encoder: Encoder) -> None:
    options = {"max_new_tokens": 10, "temperature": 1.0, "sequences": 3}
    state = torch.random.get_rng_state()
    together = list(predictor(model, encoder, **options).answers(PROMPTS))
    alone = [next(predictor(model, encoder, **options).answers([prompt])) for prompt in PROMPTS]
    assert torch.equal(torch.random.get_rng_state(), state)
    assert together == alone
    assert all(len(set(answer["texts"])) == 3 for answer in together)
    settings = Generation().settings() | {"seed": 7}
    other = Predictor.from_parts(model, encoder, Generation.from_settings(settings, DecodingConfig(**options)))
    assert [answer["texts"] for answer in other.answers(PROMPTS[:2])] != [one["texts"] for one in together[:2]]


def test_draws_keep_to_the_odds(model: Any, encoder: Encoder) -> None:
    """Of 4000 first tokens, each of the likeliest comes as often as its probability says, within four deviations."""
    draws, prompt = 4000, PROMPTS[0]
    task = Generation(decoding=DecodingConfig(max_new_tokens=1, temperature=0.7, top_k=6, sequences=draws))
    examples = task.encode({"text": [prompt]}, encoder, labelled=False)
    (drawn,) = task.read(model, examples.batch(np.arange(1)), encoder, labelled=False)
    counts = np.bincount([ids[0] if ids else encoder.tokenizer.eos_token_id for ids in drawn], minlength=400)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([encoder.tokenizer(prompt)["input_ids"]])).logits[0, -1].double()
    best = logits.topk(6)
    shares = (best.values / 0.7).softmax(dim=0).numpy()
    found = counts[best.indices.numpy()]
    assert found.sum() == draws  # nothing else is drawn
    assert (abs(found - draws * shares) < 4 * np.sqrt(draws * shares * (1 - shares)) + 1).all()


def test_top_p_leaves_the_likeliest(model: Any, encoder: Encoder) -> None:
    greedy = texts(model, encoder, PROMPTS, max_new_tokens=8)
    assert texts(model, encoder, PROMPTS, max_new_tokens=8, temperature=1.0, top_p=1e-6) == greedy


@pytest.mark.parametrize("options", [{}, {"temperature": 1.0}, {"min_new_tokens": 8}, {"stop": ("e", "never")}])
def test_a_streamed_text_is_the_answer(model: Any, encoder: Encoder, options: dict[str, Any]) -> None:
    decoding = {"max_new_tokens": 20, **options}
    task = Generation(decoding=DecodingConfig(**decoding))
    for prompt, whole in zip(PROMPTS, texts(model, encoder, PROMPTS, **decoding), strict=True):
        pieces = list(task.stream(model, encoder, prompt))
        assert "".join(pieces) == whole
        assert len(pieces) > 1 or len(whole) < 4
    assert list(task.stream(model, encoder, "")) == list(task.stream(model, encoder, "<|endoftext|>"))
    with pytest.raises(ConfigError, match="with beams nothing is known"):
        next(Generation(decoding=DecodingConfig(beams=2)).stream(model, encoder, "a"))


def test_a_long_prompt_loses_its_beginning(model: Any, encoder: Encoder) -> None:
    long = " ".join(SENTENCES)
    whole = encoder.tokenizer(long, verbose=False)["input_ids"]
    wide = Encoder(encoder.tokenizer, 64)
    ten = Generation(decoding=DecodingConfig(max_new_tokens=10))
    # Ten of 64 positions are kept for the answer, half of them where nothing is asked; and 16 tokens are read at most.
    for task, own, room in ((ten, wide, 54), (Generation(), wide, 32), (ten, encoder, 16), (Generation(), encoder, 16)):
        examples = task.encode({"text": [long]}, own, labelled=False)
        assert examples.rows.ids.tolist() == whole[-room:]
        assert examples.rows.cut.tolist() == [len(whole) - room]
        tail = own.tokenizer.decode(whole[-room:])
        assert list(own.tokenizer(tail)["input_ids"]) == whole[-room:]
        assert "".join(task.stream(model, own, long)) == "".join(task.stream(model, own, tail))
    assert len(texts(model, encoder, [long], max_new_tokens=10)) == 1
    with pytest.raises(ConfigError, match="64 new tokens leave no room"):
        texts(model, encoder, ["a"], max_new_tokens=64)


@pytest.mark.parametrize("followed", [{}, {"beams": 3}, {"temperature": 1.0, "sequences": 4}])
def test_what_is_written_counts_in_a_batch(
    model: Any, encoder: Encoder, followed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 128 tokens a batch, a prompt of 3 to 5 with 12 new ones, three times over, leaves room for two or three."""
    sizes = list[tuple[int, int]]()
    read = Generation.read

    def noted(self: Generation, model: Any, batch: Any, *others: Any, **options: Any) -> Any:
        sizes.append(tuple(batch.inputs["input_ids"].shape))
        return read(self, model, batch, *others, **options)

    monkeypatch.setattr(Generation, "read", noted)
    texts(model, encoder, ["the plot", "I", "see you at"] * 10, max_new_tokens=12, **followed)
    copies = {"beams": 3, "temperature": 4}.get(next(iter(followed), ""), 1)
    assert sum(rows for rows, _ in sizes) == 30
    assert all(rows * (width + 12) * copies <= 128 for rows, width in sizes)
    assert max(rows for rows, _ in sizes) == 128 // copies // (len(encoder.tokenizer("I")["input_ids"]) + 12)


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (TaskChoiceConfig(stride=4), "stride"),
        (WindowsConfig(), "kind"),
        (WindowsConfig(stride=0), "stride"),
        (TruncateConfig(), "kind"),
        (TruncateConfig(kept_part="tail"), "kind"),
    ],
)
def test_settings_of_long_texts_without_effect_are_refused(encoder: Encoder, asked: Any, where: str) -> None:
    plain, completed = rows("the plot"), rows("the plot", completions=[" is thin"])
    with pytest.raises(ConfigError, match="has no effect: the rows are prompts with completions") as caught:
        Generation().check({"train": completed}, encoder, asked)
    assert caught.value.where == f"long_texts.{where}"
    assert len(str(caught.value).splitlines()) == 2
    Generation().check({"train": plain}, encoder, asked)
    Generation().check({"train": completed}, encoder, TaskChoiceConfig())


def test_rows_without_anything_to_foretell_are_refused(model: Any, encoder: Encoder) -> None:
    good, bare = rows("", "the plot"), rows("", "a")
    assert len(encoder.tokenizer("a")["input_ids"]) == 1
    Generation().check({"train": good, "test": good, "validation": rows()}, encoder, TaskChoiceConfig())
    for splits in ({"train": bare}, {"train": good, "test": bare}):
        with pytest.raises(DataError, match="no row has anything to foretell") as caught:
            Generation().check(splits, encoder, TaskChoiceConfig())
        assert caught.value.where == next(reversed(splits))
        assert len(str(caught.value).splitlines()) == 2
    answering = predictor(model, encoder)
    ((columns, found),) = answering.predict(good, labelled=True)
    credits = answering.task.score(answering.task.scorer(), columns, found)
    assert credits[0] == 0.0
    assert 0.0 < credits[1] < 1.0


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"top_k": 3}, "top_k has no effect without a temperature"),
        ({"top_p": 0.5}, "top_p has no effect without a temperature"),
        ({"length_penalty": 2.0}, "length_penalty has no effect without beams"),
        ({"beams": 2, "temperature": 1.0}, "beams follow the likeliest"),
        ({"sequences": 2}, "2 texts are asked for and 1 is followed"),
        ({"sequences": 3, "beams": 2}, "3 texts are asked for and 2 are followed"),
        ({"min_new_tokens": 9, "max_new_tokens": 8}, "at least 9 new tokens and at most 8"),
    ],
)
def test_settings_without_effect_are_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ConfigError, match=what) as caught:
        Generation.from_settings(Generation().settings(), DecodingConfig(**options))
    assert len(str(caught.value).splitlines()) == 2


def test_settings_come_back() -> None:
    task = Generation(loss_on="completions")
    again = Generation.from_settings(task.settings())
    assert again.settings() == task.settings() == {"labels": [], "loss_on": "completions"}
    assert (again.labels, again.metrics[0], again.head) == ((), "bits_per_byte", "causal")


def test_only_completions_need_completions() -> None:
    config = GenerationConfig(loss_on="completions")
    with pytest.raises(ConfigError, match="loss_on completions has no effect"):
        Generation.fit(config, {"train": rows("a")})
    assert Generation.fit(config, {"train": rows("a", completions=["b"])}).settings()["loss_on"] == "completions"


def test_models_that_only_read_are_refused() -> None:
    assert Generation().suited("gpt2").head == "causal"
    for family in ("bert", "t5"):
        with pytest.raises(BaseModelError, match=f"'{family}' cannot be fine-tuned for generation"):
            Generation().suited(family)


def test_the_baseline_foretells_what_the_model_foretells() -> None:
    train = rows("ab", "cd", completions=["ab", "cd"])
    asked = rows("ab", completions=["ab"])
    (whole,) = Generation().baselines(train, asked, seed=0)["5-gram"]
    (after,) = Generation(loss_on="completions").baselines(train, asked, seed=0)["5-gram"]
    (text,) = Generation().baselines(rows("abab", "cdcd"), rows("abab"), seed=0)["5-gram"]
    assert whole == text
    assert whole[1:] == (5, 4)
    assert after[1:] == (3, 2)
    assert after[0] < whole[0]


def test_what_was_learned_is_what_is_written(folder: Path, encoder: Encoder) -> None:
    """A model that knows three completions by heart writes them, and stops where they end."""
    model = load_model(find_base(str(folder)), "causal", (), seed=1).model
    prompts, completions = ["the plot", "free", "we waited"], [" is thin", " entry, text WIN", ""]
    task = Generation(loss_on="completions")
    examples = encode_dataset(task, rows(*prompts, completions=completions), encoder)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(100):
        batch = examples.batch(np.arange(3))
        loss = task.loss(model(**batch.inputs), batch.targets)
        (loss.total / loss.weight).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert float(loss.total.detach()) / loss.weight < 0.05
    assert texts(model, encoder, prompts, max_new_tokens=20) == completions
