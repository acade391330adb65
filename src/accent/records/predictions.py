"""The answers of a run: one JSON line a row, with the row's place, its label, and how right the answer is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accent.errors import RunError

__all__ = ["read_predictions"]


def read_predictions(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a predictions.jsonl in order. Raises RunError with the place of a line that is none."""
    with path.open(encoding="utf-8") as file:
        for at, text in enumerate(file, start=1):
            try:
                yield dict(json.loads(text))
            except (ValueError, TypeError) as error:
                raise RunError(
                    "this line is no prediction",
                    where=f"{path}:{at}",
                    remedy="The file was changed after the run wrote it: restore it from a copy, or evaluate again.",
                ) from error
