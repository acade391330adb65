"""Settings of writing: defaults, refusals, and padding that changes sides."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from accent.config import DecodingConfig
from accent.errors import ConfigError
from accent.tasks import Classification, Multilabel, Regression
from accent.tasks.writing import left_padded, refuse_decoding, resolved

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
