"""Prompts with completions are read together: their lengths are those of both, and longer rows are cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from accent.config import DataConfig
from accent.data import audit, load


def words(texts: list[str], pairs: list[str] | None) -> np.ndarray:
    """Count words, those of the second texts too."""
    second = [""] * len(texts) if pairs is None else pairs
    return np.asarray([len(one.split()) + len(other.split()) for one, other in zip(texts, second, strict=True)])


@pytest.mark.parametrize(
    ("columns", "longest", "kind"), [("prompt,completion", 11, "truncation"), ("text", 7, "windows")]
)
def test_a_completion_counts_and_long_rows_are_cut(tmp_path: Path, columns: str, longest: int, kind: str) -> None:
    rows = [f"write the line about thing number {row},the line of four" for row in range(40)]
    lines = rows if "," in columns else [row.split(",")[0] for row in rows]
    (tmp_path / "a.csv").write_text("\n".join([columns, *lines]) + "\n")
    data = load(DataConfig(source=str(tmp_path / "a.csv")), task="generation", seed=0)
    found = audit(data, lengths=words, max_length=6, windows=True)
    assert found.splits["train"].length_max == longest
    assert kind in {finding.kind for finding in found.findings}
