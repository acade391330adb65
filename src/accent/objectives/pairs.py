"""Two texts, and whether they stand together: BERT's next sentence and ALBERT's order of sentences.

A block of one document is cut at the start of a sentence into A and B. The model reads A and B with type ids, and says
from what it pools of the row, c, whether they are as they stood in the text (y = 0) or not (y = 1):

    L = - log softmax(U c + d)_y

nsp: in half of the rows B comes from another document, as long as the true one (Devlin et al. 2019, arXiv 1810.04805,
section 3.1). sop: in half of the rows A and B change places, which asks for coherence and not for the topic (Lan et al.
2019, arXiv 1909.11942, section 3.1). Both need documents and where sentences start; scores: accuracy of the pairs.

    >>> mixture = make_mixture("mlm+sop")
    >>> prepared = mixture.make(np.arange(32), context=context, seed=0, epoch=0)
    >>> prepared.inputs["token_type_ids"].shape, prepared.targets["pairs"].shape
    ((32, 128), (32,))

Use neither to learn words: join them with `mlm`, which alone is often as good (Liu et al. 2019, arXiv 1907.11692,
table 2). What lies behind the first boundary of a block that crosses documents is left out.

Legend: B rows, S sentences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from accent.modeling import IGNORED, SummedLoss, summed_loss
from accent.objectives.chance import Chance
from accent.objectives.framing import lay_pairs
from accent.objectives.protocol import Context, Laid, Outputs, Prepared, Tally, Text
from accent.objectives.tallies import pair_scores, pair_tally

__all__ = ["PAIR_FAMILIES", "Nsp", "Sop"]

Ints = npt.NDArray[np.int64]
Spans = tuple[Ints, Ints]
"""Where texts start and end, (B,) each."""

PAIR_FAMILIES = frozenset({"albert", "bert"})
"""Families with a head for pairs and type ids."""


class Nsp:
    """In half of the rows the second text comes from another document."""

    kind: ClassVar[str] = "nsp"
    families: ClassVar[frozenset[str]] = PAIR_FAMILIES
    needs: ClassVar[frozenset[str]] = frozenset({"documents", "sentences"})
    role: ClassVar[str] = "pairs"

    def lay(self, blocks_B: Ints, *, context: Context, chance: Chance) -> Laid | None:
        """Cut each block in two and put another document's text in the place of half of the second ones."""
        text = context.text
        first, second = _cut(blocks_B, context, chance)
        lengths_B = second[1] - second[0]
        others = _from_elsewhere(text, second[0], lengths_B, chance)
        is_other_B = (chance.below("pair", 2, 1)[:, 0] == 1) & (lengths_B > 0)
        starts_B, ends_B = (np.where(is_other_B, other, own) for other, own in zip(others, second, strict=True))
        laid = lay_pairs((text, *first), (text, starts_B, ends_B), context=context)
        return _asking(laid, is_other_B, first, second)

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:  # noqa: ARG002
        """Hide nothing: the target `pairs` (B,) is 0 where the texts stood together."""
        return _prepared(laid)

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy of the pairs, summed; the weight is their number."""
        return summed_loss(_logits(outputs), targets["pairs"])

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return nats, right answers and the number of pairs."""
        return pair_tally(_logits(outputs), targets["pairs"])

    def scores(self, tally: Tally) -> dict[str, float]:
        """Return loss and accuracy of the pairs."""
        return pair_scores(tally)


class Sop(Nsp):
    """In half of the rows the two texts have changed places."""

    kind: ClassVar[str] = "sop"

    def lay(self, blocks_B: Ints, *, context: Context, chance: Chance) -> Laid | None:
        """Cut each block in two and swap half of them."""
        text = context.text
        first, second = _cut(blocks_B, context, chance)
        is_swapped_B = (chance.below("pair", 2, 1)[:, 0] == 1) & (second[1] > second[0])
        front = [np.where(is_swapped_B, b, a) for a, b in zip(first, second, strict=True)]
        back = [np.where(is_swapped_B, a, b) for a, b in zip(first, second, strict=True)]
        laid = lay_pairs((text, front[0], front[1]), (text, back[0], back[1]), context=context)
        return _asking(laid, is_swapped_B, first, second)


def _cut(blocks_B: Ints, context: Context, chance: Chance) -> tuple[Spans, Spans]:
    """Cut each block at the start of one of its sentences, any as likely; at its middle where it has but one."""
    text = context.text
    starts_B = context.starts[blocks_B]
    documents_B = np.searchsorted(text.documents, starts_B, side="right")
    ends_B = np.minimum(context.ends[blocks_B], text.documents[documents_B])
    ends_B = np.minimum(ends_B, starts_B + context.length - context.symbols.pair.size)
    sentences_S = _sentences(text)
    low_B = np.searchsorted(sentences_S, starts_B, side="right")
    high_B = np.searchsorted(sentences_S, ends_B, side="left")
    drawn_B = low_B + (chance.uniform("cut", 1)[:, 0] * (high_B - low_B)).astype(np.int64)
    cuts_B = np.where(
        high_B > low_B, sentences_S[np.minimum(drawn_B, len(sentences_S) - 1)], (starts_B + ends_B + 1) // 2
    )
    return (starts_B, cuts_B), (cuts_B, ends_B)


def _from_elsewhere(text: Text, own_B: Ints, lengths_B: Ints, chance: Chance) -> Spans:
    """Return texts of at most these lengths from other documents than those of `own_B`; any token as likely.

    They begin with a sentence, and are shorter only where a document is: length must not give them away.
    """
    documents_B = np.searchsorted(text.documents, own_B, side="right") - 1
    begins_B, behind_B = text.documents[documents_B], text.documents[documents_B + 1]
    others_B = text.documents[-1] - (behind_B - begins_B)
    drawn_B = (chance.uniform("elsewhere", 1)[:, 0] * others_B).astype(np.int64)
    drawn_B += np.where(drawn_B >= begins_B, behind_B - begins_B, 0)
    found_B = np.searchsorted(text.documents, drawn_B, side="right") - 1
    first_B, last_B = text.documents[found_B], text.documents[found_B + 1]
    drawn_B = np.maximum(first_B, np.minimum(drawn_B, last_B - lengths_B))
    sentences_S = _sentences(text)
    starts_B = np.maximum(first_B, sentences_S[np.searchsorted(sentences_S, drawn_B, side="right") - 1])
    return starts_B, np.minimum(starts_B + lengths_B, last_B)


def _asking(laid: Laid, is_changed_B: npt.NDArray[np.bool_], first: Spans, second: Spans) -> Laid:
    is_pair_B = (first[1] > first[0]) & (second[1] > second[0])
    pairs_B = np.where(is_pair_B, is_changed_B.astype(np.int64), IGNORED)
    return Laid(ids=laid.ids, lengths=laid.lengths, text=laid.text, starts=laid.starts, types=laid.types, pairs=pairs_B)


def _prepared(laid: Laid) -> Prepared:
    if laid.pairs is None:
        raise TypeError("rows that are no pairs")
    return Prepared(inputs={}, targets={"pairs": laid.pairs}, tokens=int(laid.lengths.sum()))


def _sentences(text: Text) -> Ints:
    return text.documents[:-1] if text.sentences is None else np.asarray(text.sentences)


def _logits(outputs: Outputs) -> Tensor:
    if outputs.pairs_B2 is None:
        raise TypeError("the model was asked for no pairs")
    return outputs.pairs_B2
