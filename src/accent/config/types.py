"""The value types that several configurations share, with their bounds."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen, Predicate, doc

from accent.config.quantities import is_amount, is_duration

__all__ = [
    "Allowance",
    "Amount",
    "CleaningStep",
    "ColumnNames",
    "Decay",
    "Duration",
    "Format",
    "NonNegativeFloat",
    "NonNegativeInt",
    "Part",
    "Positive",
    "PositiveInt",
    "Precision",
    "Rate",
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
Part = Annotated[float, Ge(0.0), Le(1.0)]
Decay = Annotated[float, Gt(0.0), Le(1.0)]
Rate = Positive | Literal["auto"]
Duration = Annotated[str, Predicate(is_duration), doc("a time such as 90s, 10m or 1.5h")]
Amount = Annotated[str, Predicate(is_amount), doc("an amount such as 500MB or 8GB")]
SplitShare = Annotated[float, Ge(0.0), Le(100.0)]

Format = Literal["csv", "tsv", "json", "jsonl", "parquet", "arrow", "text", "conll", "conllu", "squad"]
Precision = Literal["auto", "fp32", "bf16"]
CleaningStep = Literal[
    "unicode", "control", "whitespace", "html", "urls", "lowercase", "drop-empty", "drop-duplicates", "labels"
]
Allowance = Literal["leaks", "conflicts", "empty", "labels", "small-classes"]
