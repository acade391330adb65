"""Each field is reachable by one documented flag, and aliases lead to real ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from accent import config as room
from accent.config.aliases import ALIASES, FOREIGN, SWITCHES, canonical
from accent.config.annotations import describe, field_types, members, several
from accent.config.flags import flags_of
from accent.config.help import field_help

VERBS = [
    room.CheckConfig,
    room.CompareConfig,
    room.DemoConfig,
    room.DoctorConfig,
    room.EvaluateConfig,
    room.FinetuneConfig,
    room.InspectConfig,
    room.PredictConfig,
    room.ReportConfig,
    room.ReproduceConfig,
    room.SweepConfig,
]
SECTIONS = [value for value in vars(room).values() if isinstance(value, type) and is_dataclass(value)]


def leaves(config: type, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, hint in field_types(config).items():
        if sections := members(hint) or several(hint):
            for section in sections:
                yield from leaves(section, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("config", VERBS, ids=lambda config: config.__name__)
def test_each_field_has_one_flag(config: type):
    table = flags_of(config)
    assert {flag.path for flag in table.values()} == set(leaves(config))
    assert all(flag.help and flag.help[-1] == "." for flag in table.values())
    assert all(describe(flag.annotation) for flag in table.values())


@pytest.mark.parametrize("config", VERBS, ids=lambda config: config.__name__)
def test_each_verb_takes_what_every_verb_takes(config: type):
    assert {"output", "seed", "offline"} <= set(flags_of(config))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda config: config.__name__)
def test_each_field_is_documented(section: type):
    assert set(field_help(section)) == {field.name for field in fields(section)}
    assert section.__doc__
    assert section.__dataclass_params__.frozen
    assert all(field.kw_only for field in fields(section))


def test_the_help_is_the_text_under_the_field():
    assert flags_of(room.FinetuneConfig)["updates"].help == "Optimizer steps to take, in place of epochs."
    assert flags_of(room.FinetuneConfig)["output"].help.startswith("The run folder")
    assert flags_of(room.CheckConfig)["output"].help.startswith("The folder for what the verb writes")


def test_the_promised_flags_exist():
    promised = """task strategy epochs updates batch_size learning_rate max_length warmup_ratio weight_decay
        max_grad_norm schedule layer_decay head_learning_rate embeddings_learning_rate label_smoothing dropout
        early_stopping metric evaluate_every save_every keep precision processes resume seeds
        format encoding delimiter quoting header columns validation test split group_column text_column label_column
        clean limit base revision output seed offline allow"""
    assert set(promised.split()) <= set(flags_of(room.FinetuneConfig))


def test_aliases_lead_to_flags():
    table = flags_of(room.FinetuneConfig)
    assert set(ALIASES.values()) <= set(table)
    assert {name for name, _ in SWITCHES.values()} <= set(table)
    assert not (set(ALIASES) | set(FOREIGN) | set(SWITCHES)) & set(table)
    assert not set(ALIASES) & set(FOREIGN)


@pytest.mark.parametrize("spelling", ["--num_train_epochs", "--num-train-epochs", "num_train_epochs", "--epochs"])
def test_dashes_and_underscores_are_the_same(spelling: str):
    assert canonical(spelling) == "epochs"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("batch_size", "a whole number above 0"),
        ("dropout", "a number of at least 0 and below 1, or none"),
        ("schedule", "one of linear, cosine, constant, wsd"),
        ("split", "3 numbers from 0 to 100"),
        ("offline", "true or false"),
        ("base", "text of at least one character"),
        ("learning_rate", "a number above 0, or auto"),
        ("head_learning_rate", "a number above 0, or none"),
        ("layer_decay", "a number above 0 and of at most 1"),
        ("text_column", "a list of at most 2: text of at least one character"),
    ],
)
def test_annotations_in_words(name: str, words: str):
    assert describe(flags_of(room.FinetuneConfig)[name].annotation) == words
