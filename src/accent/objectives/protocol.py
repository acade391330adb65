"""What every objective offers: rows laid out, places hidden, a loss from what the model says of them, and scores.

Legend: N tokens of a split, D documents, K blocks, B rows of a batch, T tokens of a row, M places that are predicted,
V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.data.corpus import Split
from accent.modeling import SummedLoss
from accent.objectives.chance import Chance
from accent.objectives.symbols import Symbols

__all__ = ["Context", "Laid", "Objective", "Outputs", "Prepared", "Tally", "Text"]

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Tally = Mapping[str, npt.NDArray[np.float64]]
"""Sums by name that add up over batches, from which scores are worked out at the end."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """One split of a corpus, as arrays that may be memory-mapped; each takes an array of indices."""

    tokens: Array
    """Token ids without any special token, (N,)."""
    documents: Ints
    """Where each document starts, and the end, (D + 1,), rising; no document is empty."""
    words: Array | None = None
    """Whether each token starts a word, (N,)."""
    sentences: Array | None = None
    """Where sentences start, rising; the starts of documents are among them."""
    pair: Text | None = None
    """The same documents in another language; only `tlm` reads it."""

    @classmethod
    def of(cls, split: Split) -> Text:
        """Take the arrays of a corpus's split."""
        return cls(
            tokens=split.tokens,
            documents=split.documents,
            words=split.words,
            sentences=split.sentences,
            pair=None if split.pair is None else cls.of(split.pair),
        )


@dataclass(frozen=True, kw_only=True)
class Context:
    """What batches are made from: the text, its blocks, and the tokenizer's symbols."""

    text: Text
    starts: Ints
    """The first token of each block, (K,). A block of `tlm` is one document and its translation."""
    ends: Ints
    """The token behind each block, (K,)."""
    symbols: Symbols
    length: int
    """Tokens of a row at most, special ones among them."""
    types: bool = False
    """Whether the model takes type ids for the first and second text of a row."""
    lengths: Ints | None = None
    """Tokens of each block's row, special ones among them, (K,)."""


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Rows as the model would read them, nothing hidden yet. All are (B, T) where nothing else is said."""

    ids: Ints
    lengths: Ints
    """Tokens of each row, without padding, (B,)."""
    text: Flags
    """Whether a token is an ordinary one of the text: special ones, unknown words among them, are never hidden."""
    starts: Flags | None = None
    """Whether a token starts a word; None where the corpus does not know."""
    types: Ints | None = None
    """Which text of a pair a token belongs to."""
    positions: Ints | None = None
    """Each token's position where they do not simply rise through the row."""
    parts: Ints | None = None
    """Which document of the row, or which text of a pair, a token belongs to."""
    pairs: Ints | None = None
    """What a pair objective asks of each row, -100 where a row was too short to make a pair, (B,)."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A batch: what the model takes and what the loss takes, as arrays by name."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]
    tokens: int
    """Tokens that the model reads, without padding; what a decoder writes is in the labels."""
    whole: bool = False
    """Whether these are all the inputs, and not only those that differ from the rows as laid out."""

    def tensors(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return inputs and targets as tensors."""
        inputs, targets = (
            {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in part.items()}
            for part in (self.inputs, self.targets)
        )
        return inputs, targets


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What a `PretrainingModel` says of a batch; None where no objective asks for it."""

    tokens_MV: Tensor | None = None
    """Logits of the tokens at the places."""
    boundary_MV: Tensor | None = None
    """Logits of the same tokens from the ends of their spans alone."""
    hidden_BTD: Tensor | None = None
    """Last hidden states, which a student shares with its teacher."""
    pairs_B2: Tensor | None = None
    """Logits of a pair being as it stood in the text (0) or not (1)."""
    replaced_BT: Tensor | None = None
    """Logits of each token having been replaced."""
    is_replaced_BT: Tensor | None = None
    """Whether it was."""
    read_BT: Tensor | None = None
    """Whether it is a token, and not padding."""

    def detached(self) -> Outputs:
        """Return the same without gradients."""
        return Outputs(**{name: None if one is None else one.detach() for name, one in vars(self).items()})


class Objective(Protocol):
    """A self-supervised signal. A `Mixture` joins one or several of them and drives them."""

    kind: ClassVar[str]
    families: ClassVar[frozenset[str]]
    """Families of models that can learn it, by the `model_type` of their config.json."""
    needs: ClassVar[frozenset[str]]
    """What the corpus must know: "documents", "words", "sentences", "pairs"."""
    role: ClassVar[str]
    """"tokens" where it predicts tokens, "pairs" where it predicts something of a pair of texts."""

    def lay(self, blocks_B: Ints, *, context: Context, chance: Chance) -> Laid | None:
        """Lay the blocks out as rows, or return None where rows of plain text serve it."""
        ...

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:
        """Hide what is to be predicted; only what differs from the rows as laid out, and targets."""
        ...

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Compare what the model says with the targets, summed."""
        ...

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return the sums of a batch from which `scores` are worked out."""
        ...

    def scores(self, tally: Tally) -> dict[str, float]:
        """Turn sums over a whole split into scores by name."""
        ...
