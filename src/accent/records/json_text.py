"""JSON as the run folder keeps it: plain values only, and readable by any parser."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accent.errors import RunError

__all__ = ["one_line", "plain", "pretty", "read_json"]


def plain(value: Any) -> Any:
    """Return `value` built of dict, list, str, int, float, bool and None.

    Keys become strings; tuples and arrays become lists; paths become strings; a dataclass becomes a dict. JSON has no
    NaN and no infinity: they become the strings "nan", "inf" and "-inf", which `float()` reads back.

    Raises:
        TypeError: for a value of any other kind.
    """
    if value is None or isinstance(value, (bool, int, float, str, os.PathLike)):
        return _plain_scalar(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "tolist"):  # an array or a scalar of NumPy or torch, known here without importing either
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} has no JSON form: {value!r}")


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def one_line(value: Any) -> str:
    """Return `value` as JSON on one line, without the line's end."""
    return _dump(plain(value), indent=None)


def pretty(value: Any) -> str:
    """Return `value` as JSON for people: indented by 2, with a line end at its end."""
    return _dump(plain(value), indent=2) + "\n"


def _dump(value: Any, *, indent: int | None) -> str:
    """Write letters as themselves; only where some have no UTF-8 form (lone surrogates) are they escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, allow_nan=False, indent=indent)
    return text


def read_json(path: Path) -> Any:
    """Return what the JSON file `path` holds.

    Raises:
        RunError: where the file is missing, cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        what = f"{path.name} cannot be read: {error.strerror or error}"
        raise RunError(what, where=str(path), remedy="Give the folder of a run that has it.") from error
    except ValueError as error:
        remedy = "It was changed after the run wrote it: restore it from a copy, or run again."
        raise RunError(f"{path.name} is no valid JSON: {error}", where=str(path), remedy=remedy) from error
