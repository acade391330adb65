"""Settings of writing: defaults, refusals, and padding that changes sides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GenerationConfig

from accent.config import DecodingConfig
from accent.errors import ConfigError
from accent.modeling import find_base, load_model
from accent.tasks import Classification, Multilabel, Regression
from accent.tasks.writing import Writer, left_padded, refuse_decoding, resolved
from accent.tokenization import load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint, make_tokenizer

SETTINGS: dict[type, dict[str, Any]] = {
    Classification: {"labels": ["a", "b"]},
    Multilabel: {"labels": ["a"], "thresholds": [0.5]},
    Regression: {"labels": ["value"], "means": [0.0], "scales": [1.0]},
}


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.kind)
def test_tasks_that_write_nothing_refuse_settings_of_writing(kind: Any) -> None:
    for nothing in (None, DecodingConfig()):
        assert kind.from_settings(SETTINGS[kind], nothing).labels
    with pytest.raises(ConfigError) as caught:
        kind.from_settings(SETTINGS[kind], DecodingConfig(temperature=0.5))
    assert caught.value.what == f"temperature has no effect: the run's task is {kind.kind}"
    assert len(str(caught.value).splitlines()) == 2


def test_several_settings_are_named_together() -> None:
    with pytest.raises(ConfigError, match=r"^max_new_tokens, stop have no effect: the run's task is qa") as caught:
        refuse_decoding(DecodingConfig(max_new_tokens=3, stop=("x",)), "qa")
    assert caught.value.where == "decoding.max_new_tokens"


def test_defaults_give_way_to_what_is_asked() -> None:
    assert resolved(None, max_new_tokens=5, beams=4) == DecodingConfig(max_new_tokens=5, beams=4)
    asked = DecodingConfig(max_new_tokens=7, beams=2)
    assert resolved(asked, max_new_tokens=5, beams=4) == asked
    assert resolved(DecodingConfig(temperature=1.0), max_new_tokens=5, beams=4).beams == 1
    assert resolved(DecodingConfig(sequences=4), max_new_tokens=5, beams=4).sequences == 4
    with pytest.raises(ConfigError, match="5 texts are asked for and 4 are followed"):
        resolved(DecodingConfig(sequences=5), max_new_tokens=5, beams=4)


def test_padding_moves_to_the_left_and_hidden_tokens_go() -> None:
    ids = torch.tensor([[1, 2, 3, 9, 9], [4, 0, 0, 0, 0], [5, 6, 7, 8, 9]])
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0]])
    found = left_padded(ids, mask)
    assert found["attention_mask"].tolist() == [[0, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]]
    assert (found["input_ids"] * found["attention_mask"]).tolist() == [[0, 1, 2, 3], [0, 0, 0, 4], [5, 6, 7, 8]]


TOKENIZER = make_tokenizer("gpt2")


def whole(ids: Sequence[int]) -> str:
    return str(TOKENIZER.decode(list(ids), skip_special_tokens=True))


def written(ids: Sequence[int], writer: Writer) -> int | None:
    """Return after how many of the tokens the writer comes to a stop."""
    return next((count for count in range(1, len(ids) + 1) if writer._has_stop(ids[:count])), None)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(0, len(TOKENIZER) - 1), max_size=60),
    st.sampled_from(["é", " the", "\n\n", "😀 ", "zQzQzQ", "o"]),
)
def test_a_stop_is_found_where_the_whole_text_first_has_it(ids: list[int], stop: str) -> None:
    ids = [*ids, *TOKENIZER(f"naïve{stop}café")["input_ids"]]
    writer = Writer(TOKENIZER, DecodingConfig(max_new_tokens=99, beams=1, stop=("never said at all", stop)))
    first = next((count for count in range(1, len(ids) + 1) if stop in whole(ids[:count])), None)
    assert written(ids, writer) == first


def test_tokens_that_do_not_show_do_not_hide_a_stop() -> None:
    end = TOKENIZER.eos_token_id
    one, other = TOKENIZER("qq")["input_ids"]
    writer = Writer(TOKENIZER, DecodingConfig(max_new_tokens=99, beams=1, stop=("qq",)))
    assert written([*TOKENIZER(SENTENCES[0])["input_ids"], one, *[end] * 30, other], writer) is not None


def test_only_the_last_tokens_are_decoded_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(TOKENIZER, DecodingConfig(max_new_tokens=99, beams=1, stop=("never",)))
    sizes = list[int]()
    decode = Writer._decode

    def noted(self: Writer, ids: Sequence[int]) -> str:
        sizes.append(len(ids))
        return decode(self, ids)

    monkeypatch.setattr(Writer, "_decode", noted)
    assert written(TOKENIZER(" ".join(SENTENCES), verbose=False)["input_ids"], writer) is None
    assert len(sizes) > 100
    assert max(sizes) == len("never") + 4


@pytest.mark.parametrize("family", ["gpt2", "bart"])
def test_the_settings_of_the_base_play_no_part(tmp_path: Path, family: str) -> None:
    """What the base's generation_config.json asks for is in neither `write` nor `stream`, and stays where it is."""
    folder = make_checkpoint(
        tmp_path, family, **({"initializer_range": 0.25} if family == "gpt2" else {"init_std": 0.3})
    )
    tokenizer, decodes = load_tokenizer(folder), family == "bart"
    model = load_model(find_base(str(folder)), "written" if decodes else "causal", (), seed=1).model
    ids = torch.tensor([tokenizer("the plot is thin, the jokes are old")["input_ids"]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    writer = Writer(
        tokenizer,
        resolved(DecodingConfig(min_new_tokens=20), max_new_tokens=20, beams=1),
        decoder_start=tokenizer.eos_token_id if decodes else None,
    )
    model.generation_config = GenerationConfig()
    plain = writer.write(model, inputs)
    bans = [[token] for token in plain[0][0][:3]]
    own = GenerationConfig(
        repetition_penalty=5.0,
        no_repeat_ngram_size=1,
        bad_words_ids=bans,
        forced_eos_token_id=7,
        suppress_tokens=bans[0],
    )
    model.generation_config = own
    assert len(set(plain[0][0])) < len(plain[0][0])  # it repeats itself
    assert writer.write(model, inputs) == plain
    assert model.generation_config is own
    if not decodes:
        assert "".join(writer.stream(model, ids[0].tolist())) == writer.text(plain[0][0])
