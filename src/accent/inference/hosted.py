"""One run that is served: what others may know of it, and the model behind it, which may be out of memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from accent.inference.additions import Additions
from accent.inference.mixing import Trunk
from accent.inference.predictor import Predictor
from accent.inference.rows import complaint
from accent.inference.settings import Settings
from accent.inference.sharing import SharedBase
from accent.modeling import Cut

__all__ = ["Hosted", "Mix", "Row", "Served"]

Row = tuple[str, str | None]
"""A text, and the second of a pair."""

_BYTES_A_TOKEN = 4
"""Bytes of UTF-8 that a token stands for, about: in English 4.5, with the spaces."""
_MARKS = 2
_SHORT, _LONGER = "a", "a a a a a a a a"


@dataclass(frozen=True)
class Mix:
    """How a run is answered together with others on its base."""

    trunk: Trunk
    """The layers that it shares."""
    additions: Additions
    """What it adds to them."""
    cut: Cut
    """Its own model, which goes on where they end."""


@dataclass(frozen=True)
class Served:
    """A run in memory."""

    predictor: Predictor
    memory: int
    """Bytes of weights that are its own."""
    mix: Mix | None = None
    """None where it is answered by itself."""
    base: SharedBase | None = None
    """Held as long as a run holds it."""


class Hosted:
    """One run that is served. Make one with `Host.load`; its host alone changes what is in memory of it."""

    def __init__(self, name: str, folder: Path, settings: Settings, served: Served) -> None:
        predictor = served.predictor
        self.name = name
        """Under which it is asked."""
        self.task: str = settings.task
        """Its task's kind."""
        self.labels = predictor.labels
        """Names of its outputs; none where it writes text."""
        self.pair: bool | None = settings.pair
        """Whether a row is two texts."""
        self.strategy: str = settings.strategy.kind
        """Which weights moved."""
        self.base = settings.base.name
        """The base, as the run names it."""
        self.shared = served.mix is not None or settings.saved == "changes"
        """Whether it is answered from a base that other runs may share; then it stays in memory."""
        self.streams = predictor.streams
        """Whether an answer can be shown while it is written."""
        self.folder = folder
        """Its model folder."""
        self.settings = settings
        """What its folder says of it."""
        self.served: Served | None = served
        """None while it is out of memory."""
        self.size = served.memory
        """Bytes of its own weights when they are in memory, as they were last."""
        self._cost = _Cost.probed(predictor, settings)

    @property
    def loaded(self) -> bool:
        """Whether its weights are in memory now."""
        return self.served is not None

    @property
    def memory(self) -> int:
        """Bytes that it holds for itself now, beside what it shares."""
        return 0 if self.served is None else self.size

    def complaint(self, row: Row) -> str | None:
        """Say why a row cannot be answered, or return None where it can."""
        return complaint(row, pair=bool(self.pair))

    def cost(self, row: Row) -> int:
        """Return the tokens that a row will take up, read and written ones: an estimate from its bytes."""
        return self._cost.of(row)


@dataclass(frozen=True)
class _Cost:
    """Tokens that a row takes up: so many at once and so many for each token that is read."""

    fixed: float
    each: float
    most: int | None
    """Tokens that are read of a row at most; None where it is read in windows."""

    @classmethod
    def probed(cls, predictor: Predictor, settings: Settings) -> Self:
        """Learn from two texts what the task makes of lengths."""
        second = _SHORT if settings.pair else None
        short, longer = (predictor.examples([(text, second)]) for text in (_SHORT, _LONGER))
        tokens = [int(examples.rows.lengths.sum()) for examples in (short, longer)]
        costs = [int(examples.costs.sum()) for examples in (short, longer)]
        each = (costs[1] - costs[0]) / (tokens[1] - tokens[0]) if tokens[1] > tokens[0] else 1.0
        most = None if settings.long_texts.windows else settings.max_length
        return cls(fixed=costs[0] - each * tokens[0], each=each, most=most)

    def of(self, row: Row) -> int:
        read = _MARKS + sum(len(text.encode("utf-8", errors="surrogatepass")) for text in row if text) // _BYTES_A_TOKEN
        return max(1, round(self.fixed + self.each * (read if self.most is None else min(read, self.most))))
