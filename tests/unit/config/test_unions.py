"""Unions tagged by `kind`: flat flags, the right member, and settings of other members."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from accent.config.flags import flags_of
from accent.config.load import resolve
from accent.config.show import to_dict, to_yaml
from accent.config.types import PositiveInt
from accent.errors import Problems


@dataclass(frozen=True, kw_only=True)
class Low:
    """A member."""

    kind: Literal["low"] = "low"
    """Which."""
    rank: PositiveInt = 8
    """How many."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """The default member."""

    kind: Literal["whole"] = "whole"
    """Which."""


@dataclass(frozen=True, kw_only=True)
class Root:
    """A configuration with a union."""

    strategy: Low | Whole = field(default_factory=Whole)
    """What moves."""


def test_the_flags_of_all_members_are_flat():
    table = flags_of(Root)
    assert list(table) == ["strategy", "rank"]
    assert table["strategy"].choices == ("whole", "low")
    assert table["strategy"].default == "whole"
    assert table["rank"].kinds == ("low",)
    assert table["rank"].help == "How many."


def test_the_kind_chooses_the_member():
    assert resolve(Root) == Root(strategy=Whole())
    assert resolve(Root, flags={"strategy": "low", "rank": "3"}) == Root(strategy=Low(rank=3))
    assert resolve(Root, sets=["strategy=low", "strategy.rank=3"]) == Root(strategy=Low(rank=3))


def test_settings_of_other_members_are_refused():
    with pytest.raises(Problems, match=r"rank has no effect with strategy whole \(--rank\)") as caught:
        resolve(Root, flags={"rank": "3"})
    assert "--strategy low" in caught.value.remedy


def test_an_unknown_kind_is_named_with_the_nearest():
    with pytest.raises(Problems, match="one of low, whole") as caught:
        resolve(Root, flags={"strategy": "hole"})
    assert caught.value.remedy == "Did you mean whole?"


@pytest.mark.parametrize("text", ["strategy: low", "strategy: {kind: low}", "strategy:\n  kind: low\n  rank: 8"])
def test_a_file_names_the_kind(text: str, tmp_path: Path):
    file = tmp_path / "c.yaml"
    file.write_text(text, encoding="utf-8")
    assert resolve(Root, file=file) == Root(strategy=Low())


def test_a_union_round_trips(tmp_path: Path):
    config = Root(strategy=Low(rank=2))
    file = tmp_path / "c.yaml"
    file.write_text(to_yaml(config), encoding="utf-8")
    assert resolve(Root, file=file) == config
    assert to_dict(config) == {"strategy": {"kind": "low", "rank": 2}}


@dataclass(frozen=True, kw_only=True)
class Clash:
    """Two sections with a field of one name."""

    one: Low = field(default_factory=Low)
    two: Low = field(default_factory=Low)


def test_two_fields_of_one_flat_name_are_our_mistake():
    with pytest.raises(ValueError, match=r"one\.rank and two\.rank"):
        flags_of(Clash)
