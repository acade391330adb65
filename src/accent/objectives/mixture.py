"""One or several objectives together: `mlm+nsp` hides tokens of pairs of texts, and both losses add up.

    L = L_tokens + L_pairs, the mean over hidden tokens and the mean over rows

As a sum, with m the hidden tokens that a full row has: (S_tokens + m S_pairs) / M. Since every row hides about as many,
this is the sum of both means, and it adds up over microbatches and processes whatever they hold.

Legend: B rows, T tokens, M hidden tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor
from transformers import PreTrainedModel

from accent.errors import ConfigError, DataError
from accent.modeling import PretrainingHead, SummedLoss
from accent.objectives.blocks import apart, packed, separators
from accent.objectives.chance import Chance
from accent.objectives.framing import lay_rows
from accent.objectives.model import BoundaryHead, PretrainingModel, new_generator
from accent.objectives.protocol import Context, Laid, Objective, Outputs, Prepared, Tally, Text
from accent.objectives.symbols import Symbols

__all__ = ["Mixture"]

Ints = npt.NDArray[np.int64]
_WRITERS = frozenset({"t5"})
_MISSING = {
    "documents": ("the corpus is one document", "Mark where documents end, by blank lines or one row each"),
    "sentences": ("the corpus does not know where sentences start", "Build it again with sentences"),
    "words": ("the corpus does not know where words start", "Build it again with words"),
    "pairs": ("the corpus has no translations", "Name the column of translations with --pair-column"),
}


class Mixture:
    """The objectives of a run. Batches are pure functions of (seed, epoch, blocks); nothing is kept between them."""

    def __init__(
        self, objectives: Sequence[Objective], *, places_a_row: int = 1, dynamic: bool = True, apart: bool = False
    ) -> None:
        """Take the objectives; ConfigError where they cannot be joined.

        `places_a_row` are the hidden tokens of a full row. `dynamic` draws anew every epoch. `apart` keeps documents of
        a row, or texts of a pair, from seeing one another; `clm` always does.
        """
        self.objectives = tuple(objectives)
        self.name = "+".join(one.kind for one in self.objectives)
        self._scale = float(places_a_row)
        self._dynamic = dynamic
        self._apart = apart or any(one.kind == "clm" for one in self.objectives)
        _check_joined(self.name, self.objectives)
        self._tokens = next((one for one in self.objectives if one.role == "tokens"), None)
        self._pairs = next((one for one in self.objectives if one.role == "pairs"), None)

    @property
    def families(self) -> frozenset[str]:
        """Families of models that can learn all of it, by `model_type`."""
        return frozenset.intersection(*(one.families for one in self.objectives))

    @property
    def needs(self) -> frozenset[str]:
        """What the corpus must know: "documents", "words", "sentences", "pairs"."""
        return frozenset().union(*(one.needs for one in self.objectives))

    @property
    def pairs(self) -> bool:
        """Whether a row holds two texts."""
        return self._pairs is not None or "pairs" in self.needs

    def check(self, model_type: str) -> None:
        """Raise ConfigError where models of this type cannot learn it."""
        if model_type in self.families:
            return
        able = sorted(self.families)
        raise ConfigError(
            f"models of type {model_type!r} cannot learn {self.name}",
            where="objective",
            remedy=f"Take one of these: {', '.join(able)}." if able else "Give fewer objectives: no family learns all.",
        )

    def check_corpus(self, context: Context) -> None:
        """Raise DataError where the corpus lacks what an objective needs, or its blocks are too short for a pair."""
        text = context.text
        has = {
            "documents": len(text.documents) > 2,  # noqa: PLR2004 - the starts of two documents, and the end
            "sentences": text.sentences is not None,
            "words": text.words is not None,
            "pairs": text.pair is not None,
        }
        for need in sorted(self.needs):
            if not has[need]:
                what, remedy = _MISSING[need]
                raise DataError(f"{self.name} cannot be learned: {what}", where="corpus", remedy=f"{remedy}.")

    def context(self, text: Text, *, symbols: Symbols, length: int, types: bool) -> Context:
        """Cut a text into blocks that make rows of up to `length` tokens, as its objectives need them.

        Rows of plain text go over documents and are full but for the last; those of pairs stay in one document. Raises
        DataError where the corpus lacks what an objective needs.
        """
        frame = symbols.pair if self.pairs else symbols.single
        room = length - frame.size
        _check_room(length, frame.size, needed=2 if frame is symbols.pair else 1)
        separated = symbols.separator is not None
        if "pairs" in self.needs:
            starts, ends = text.documents[:-1], text.documents[1:]
            sizes = (ends - starts) + (0 if text.pair is None else np.diff(text.pair.documents))
            rows = np.minimum(sizes, room)
        elif self._pairs is not None:
            starts, ends = apart(text.documents, room)
            rows = ends - starts
        else:
            starts, ends = packed(text.documents, room, separated=separated)
            rows = np.minimum(ends - starts + separated * separators(text.documents, starts, ends), room)
        made = Context(
            text=text, starts=starts, ends=ends, symbols=symbols, length=length, types=types, lengths=rows + frame.size
        )
        self.check_corpus(made)
        return made

    def head(self, model_type: str) -> PretrainingHead:
        """Return the head that a model of this type learns it with."""
        if model_type in _WRITERS:
            return "written"
        if self._tokens is None:
            return "pair"
        heads: dict[str, PretrainingHead] = {"rtd": "replaced", "clm": "causal"}
        return heads.get(self._tokens.kind, "masked" if self._pairs is None else "paired")

    def build(self, kept: PreTrainedModel, *, seed: int) -> PretrainingModel:
        """Put what is learned and dropped beside the model that is kept."""
        kinds = {one.kind for one in self.objectives}
        writes = kept.config.model_type in _WRITERS
        return PretrainingModel(
            kept,
            asks_tokens=self._tokens is not None,
            asks_pairs=self._pairs is not None,
            generator=new_generator(kept, seed=seed) if "rtd" in kinds else None,
            boundary=BoundaryHead(kept, seed=seed) if "span" in kinds and not writes else None,
        )

    def make(self, blocks_B: Ints, *, context: Context, seed: int, epoch: int) -> Prepared:
        """Make the batch of some blocks; what happens to a block is the same in whatever batch it stands."""
        chance = Chance(seed, epoch if self._dynamic else 0, blocks_B)
        layouts = (one.lay(blocks_B, context=context, chance=chance) for one in (*self._both,))
        laid = next((one for one in layouts if one is not None), None)
        laid = lay_rows(blocks_B, context=context) if laid is None else laid
        parts = [one.prepare(laid, context=context, chance=chance) for one in self._both]
        inputs: dict[str, Any] = {} if any(part.whole for part in parts) else self._inputs(laid, context)
        targets: dict[str, Any] = {}
        for part in parts:
            inputs |= part.inputs
            targets |= part.targets
        return Prepared(inputs=inputs, targets=targets, tokens=parts[0].tokens)

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the losses of all objectives, summed; the weight is the number of predicted tokens, or of pairs."""
        losses = [one.loss(outputs, targets) for one in self._both]
        if len(losses) == 1:
            return losses[0]
        pairs, tokens = losses
        return SummedLoss(tokens.total + self._scale * pairs.total, tokens.weight)

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return sums that add up over batches, by name."""
        outputs = outputs.detached()
        return {name: sums for one in self._both for name, sums in one.tally(outputs, targets).items()}

    def scores(self, tallies: Sequence[Tally]) -> dict[str, float]:
        """Turn the sums of a split's batches into scores; `loss` is what the learner makes small."""
        total: dict[str, Any] = {}
        for tally in tallies:
            for name, sums in tally.items():
                total[name] = total[name] + sums if name in total else sums
        found = {name: value for one in self._both for name, value in one.scores(total).items()}
        if self._pairs is not None:
            found["loss"] = found["pair_loss"] + (found["loss"] if self._tokens is not None else 0.0)
        return found

    @property
    def _both(self) -> tuple[Objective, ...]:
        """The objective of pairs first: it says how rows are laid out."""
        return tuple(one for one in (self._pairs, self._tokens) if one is not None)

    def _inputs(self, laid: Laid, context: Context) -> dict[str, Any]:
        """Return what a model takes of rows as they are laid out."""
        columns_T = np.arange(laid.ids.shape[1])
        inputs: dict[str, Any] = {"input_ids": laid.ids}
        if (laid.lengths < laid.ids.shape[1]).any():
            inputs["attention_mask"] = (columns_T < laid.lengths[:, None]).astype(np.int64)
        if context.types and laid.types is not None:
            inputs["token_type_ids"] = laid.types
        positions = laid.positions
        if self._apart and laid.parts is not None and laid.parts.any():
            inputs["parts"] = laid.parts
            positions = _restarted(laid.parts) if positions is None else positions
        if positions is not None:
            inputs["position_ids"] = positions
        return inputs


def _check_room(length: int, specials: int, *, needed: int) -> None:
    if length < specials + needed:
        raise ConfigError(
            f"blocks of {length} tokens have no room for text beside {specials} special tokens",
            where="training.block_length",
            remedy=f"Give --block-length {specials + needed} at least; 64 or 128 is usual.",
        )


def _restarted(parts_BT: Ints) -> Ints:
    """Return positions that begin again with each part."""
    columns_T = np.arange(parts_BT.shape[1])
    is_first_BT = np.diff(parts_BT, axis=1, prepend=-1) != 0
    return columns_T - np.maximum.accumulate(np.where(is_first_BT, columns_T, 0), axis=1)


def _check_joined(name: str, objectives: Sequence[Objective]) -> None:
    kinds = [one.kind for one in objectives]
    if len(set(kinds)) < len(kinds):
        raise ConfigError(f"{name} names an objective twice", where="objective", remedy="Name each once.")
    for role, what in (("tokens", "of tokens"), ("pairs", "of pairs")):
        several = [one.kind for one in objectives if one.role == role]
        if len(several) > 1:
            raise ConfigError(
                f"{' and '.join(several)} cannot be joined: a row has one objective {what}",
                where="objective",
                remedy="Join one of mlm, wwm, span, rtd, clm, tlm with one of nsp, sop.",
            )
    if len(kinds) > 1 and not frozenset.intersection(*(one.families for one in objectives)):
        raise ConfigError(
            f"{' and '.join(kinds)} cannot be joined: no family of models learns both",
            where="objective",
            remedy="Join mlm, wwm or span with nsp or sop.",
        )
    if "tlm" in kinds and len(kinds) > 1:
        raise ConfigError(
            "tlm makes its own pairs of texts and stands alone", where="objective", remedy="Give --objective tlm."
        )
