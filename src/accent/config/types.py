"""The value types that several configurations share, with their bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

__all__ = [
    "Allowance",
    "CleaningStep",
    "ColumnNames",
    "Format",
    "NonNegativeFloat",
    "NonNegativeInt",
    "Positive",
    "PositiveInt",
    "Precision",
    "Share",
    "Text",
]

Text = Annotated[str, MinLen(1)]
ColumnNames = tuple[Text, ...]
PositiveInt = Annotated[int, Gt(0)]
NonNegativeInt = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0.0)]
NonNegativeFloat = Annotated[float, Ge(0.0)]
Share = Annotated[float, Ge(0.0), Lt(1.0)]
SplitShare = Annotated[float, Ge(0.0), Le(100.0)]

Format = Literal["csv", "tsv", "json", "jsonl", "parquet", "arrow", "text", "conll", "conllu", "squad"]
Precision = Literal["auto", "fp32", "bf16"]
CleaningStep = Literal[
    "unicode", "control", "whitespace", "html", "urls", "lowercase", "drop-empty", "drop-duplicates", "labels"
]
Allowance = Literal["leaks", "conflicts", "empty", "labels", "small-classes"]
