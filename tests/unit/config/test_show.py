"""What is shown reads back as the same configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accent.config import FinetuneConfig, PredictConfig
from accent.config.annotations import choices, item_type, list_bounds, optional, scalar_type
from accent.config.documents import read_document, write_document
from accent.config.flags import Flag, flags_of
from accent.config.load import resolve
from accent.config.show import to_dict, to_yaml
from accent.errors import Problems

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\x85\u2028"), min_size=1)
LOOKALIKES = st.sampled_from(
    ["5e-5", "no", "012", "~", "null", "true", "1:30", "- a", "a: b", "'", '"', "#", "<<", "="]
)
NUMBERS = {int: st.integers(1, 10**9), float: st.floats(1e-9, 0.99), bool: st.booleans(), str: TEXTS | LOOKALIKES}


def values(flag: Flag) -> st.SearchStrategy[Any]:
    item = item_type(flag.annotation)
    one = st.sampled_from(flag.choices) if flag.choices else NUMBERS[scalar_type(item or flag.annotation)]
    if flag.name == "split":
        return st.sampled_from([(80.0, 10.0, 10.0), (50.5, 25.25, 24.25), (100.0, 0.0, 0.0)])
    if item is None:
        return st.none() | one if optional(flag.annotation) else one
    most = list_bounds(flag.annotation)[1] or 4
    return st.lists(one, max_size=most, unique=True).map(tuple)


TABLE = flags_of(FinetuneConfig)
SETTINGS = st.fixed_dictionaries(
    {"data": NUMBERS[str]},
    optional={name: values(flag) for name, flag in TABLE.items() if name not in ("data", "resume")},
)


def resolved(chosen: dict[str, Any]) -> FinetuneConfig:
    """Resolve, leaving out what contradicts something else."""
    try:
        return resolve(FinetuneConfig, flags=chosen, typed=True)
    except Problems as error:
        named = {one.where for one in error.errors}
    assert named & set(chosen)
    return resolved({name: value for name, value in chosen.items() if name not in named})


@given(SETTINGS)
@settings(max_examples=150, deadline=None)
def test_what_is_shown_resolves_to_the_same(tmp_path_factory: pytest.TempPathFactory, chosen: dict[str, Any]):
    config = resolved(chosen)
    file = tmp_path_factory.getbasetemp() / "round.yaml"
    file.write_text(to_yaml(config), encoding="utf-8")
    assert resolve(FinetuneConfig, file=file) == config
    assert json.loads(json.dumps(to_dict(config))) == to_dict(config)


@given(
    st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | LOOKALIKES)
)
@settings(max_examples=150, deadline=None)
def test_documents_round_trip(tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]):
    file = tmp_path_factory.getbasetemp() / "document.yaml"
    file.write_bytes(write_document(content).encode())
    assert read_document(file) == content


def test_settings_without_effect_are_left_out():
    config = resolve(FinetuneConfig, flags={"data": "builtin:reviews", "updates": "5"})
    shown = to_dict(config)
    assert "epochs" not in shown["training"]
    assert "split" not in shown["data"]
    assert "revision" not in shown["model"]
    assert shown["training"]["updates"] == 5


def test_numbers_of_yaml_1_2(tmp_path: Path):
    file = tmp_path / "n.yaml"
    file.write_text("a: 5e-5\nb: 012\nc: no\nd: 1_000\ne: .inf\nf: True\n", encoding="utf-8")
    assert read_document(file) == {"a": 5e-5, "b": 12, "c": "no", "d": "1_000", "e": float("inf"), "f": True}


def test_no_python_objects_from_yaml(tmp_path: Path):
    file = tmp_path / "o.yaml"
    file.write_text("data: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(Problems, match="not YAML"):
        resolve(FinetuneConfig, file=file)


def test_other_verbs_show_too():
    config = resolve(PredictConfig, flags={"target": "r", "texts": ["a"]})
    assert to_dict(config)["texts"] == ["a"]
    assert choices(flags_of(PredictConfig)["precision"].annotation) == ("auto", "fp32", "bf16")
