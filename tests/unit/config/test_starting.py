"""Settings of a pretraining that come to nothing: with a base, without one, and beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from accent.config.load import resolve
from accent.config.pretraining import PretrainConfig
from accent.errors import Problems

BASE = {"base": "builtin:minilm"}


def pretrain(**settings: Any) -> PretrainConfig:
    return resolve(PretrainConfig, flags={"sources": ["text.txt"], **settings}, typed=True)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({**BASE, "size": "mini"}, "size has no effect: a base brings its own shape"),
        ({**BASE, "embeddings": "random"}, "embeddings has no effect: a base brings its own shape"),
        ({**BASE, "short_updates": 10}, "short_updates has no effect: a base has left the plateau"),
        ({"block_length": 127, "short_updates": 10}, "short_updates has no effect: blocks of 127 tokens are short"),
        ({"objective": "mlm+nsp", "short_updates": 10}, "short_updates has no effect: rows of mlm.nsp hold two texts"),
        ({"extend_vocabulary": 5}, "extend_vocabulary has no effect: there is no base"),
        ({"tokenizer": "roberta", "vocabulary": 500}, "vocabulary has no effect: roberta is taken as it is"),
        ({"objective": "clm", "mask_rate": 0.3}, "mask_rate has no effect: clm hides no token"),
        ({"pair_column": "de"}, "pair_column has no effect: the objective reads no translation"),
    ],
)
def test_what_comes_to_nothing_is_named(settings: dict[str, Any], what: str) -> None:
    with pytest.raises(Problems, match=what):
        pretrain(**settings)


@pytest.mark.parametrize(
    "settings", [BASE, {"block_length": 64}, {"objective": "mlm+nsp"}, {"block_length": 128, "short_updates": 10}]
)
def test_what_was_not_given_is_not_named(settings: dict[str, Any]) -> None:
    assert pretrain(**settings).corpus.sources == ("text.txt",)
