"""How text is written, token by token, by the tasks that answer with text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Le

from accent.config.types import NonNegativeFloat, NonNegativeInt, PositiveInt, Text

__all__ = ["DecodingConfig"]


@dataclass(frozen=True, kw_only=True)
class DecodingConfig:
    """Greedy unless a temperature or beams are given. For generation and summarization only."""

    max_new_tokens: PositiveInt | None = None
    """Tokens to write at most; without it 64 for generation, and for summaries what they were trained with."""
    min_new_tokens: NonNegativeInt = 0
    """Tokens to write at least."""
    temperature: NonNegativeFloat = 0.0
    """0 takes the likeliest token each time; above it tokens are drawn, the more evenly the higher it is."""
    top_k: PositiveInt | None = None
    """Draw among this many likeliest tokens."""
    top_p: Annotated[float, Gt(0.0), Le(1.0)] | None = None
    """Draw among the likeliest tokens that together have this probability."""
    beams: PositiveInt | None = None
    """Sequences followed at once; without it 1, and 4 for summaries."""
    length_penalty: float = 1.0
    """With beams: above 0 favours longer texts, below 0 shorter ones."""
    sequences: PositiveInt = 1
    """Texts to write for each row."""
    stop: tuple[Text, ...] = ()
    """Texts at which writing ends; they are left out of the answer."""
