"""JSON as the run folder keeps it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from accent.errors import RunError
from accent.records import one_line, plain, read_json, write_json


@dataclass
class Setting:
    name: str
    sizes: tuple[int, ...]


def test_plain_values_of_many_kinds() -> None:
    given = {
        1: np.float32("nan"),
        "array": np.array([[1.0, np.inf], [0.5, -np.inf]]),
        "count": np.int64(3),
        "flag": np.bool_(True),
        "path": Path("a/b"),
        "setting": Setting("x", (1, 2)),
        "nothing": None,
        "true": True,
    }
    assert plain(given) == {
        "1": "nan",
        "array": [[1.0, "inf"], [0.5, "-inf"]],
        "count": 3,
        "flag": True,
        "path": "a/b",
        "setting": {"name": "x", "sizes": [1, 2]},
        "nothing": None,
        "true": True,
    }


def test_numbers_keep_every_bit() -> None:
    values = [0.1, 1e-300, 2**63, float(np.float64(1) / 3), -0.0]
    assert json.loads(one_line(values)) == values
    assert str(json.loads(one_line(-0.0))) == "-0.0"


def test_a_numpy_float_is_written_as_a_number() -> None:
    assert one_line({"loss": np.float64(0.25)}) == '{"loss": 0.25}'


def test_non_finite_strings_are_read_back_by_float() -> None:
    values = json.loads(one_line([float("inf"), float("-inf"), float("nan")]))
    assert [float(value) for value in values[:2]] == [float("inf"), float("-inf")]
    assert np.isnan(float(values[2]))


def test_one_line_stays_one_line() -> None:
    assert "\n" not in one_line({"text": "two\nlines", "list": [1, 2]})


def test_a_kind_that_json_has_not_is_our_bug() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        plain({"keys": {1, 2}})


def test_lone_surrogates_round_trip(tmp_path: Path) -> None:
    write_json(tmp_path / "odd.json", {"word": "caf\udce9"})
    assert read_json(tmp_path / "odd.json") == {"word": "caf\udce9"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"scores\.json cannot be read: No such file") as caught:
        read_json(tmp_path / "scores.json")
    assert caught.value.where == str(tmp_path / "scores.json")


@pytest.mark.parametrize("data", [b"{", b"", b'{"a": \xff}'])
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "scores.json").write_bytes(data)
    with pytest.raises(RunError, match=r"scores\.json is no valid JSON"):
        read_json(tmp_path / "scores.json")
