"""Masked tokens over two translations of a text, so that one language is guessed with the help of the other.

A row is a text and its translation. Tokens of both are hidden as in `mlm`; positions begin again with the second text,
and type ids say which language a token is of where the model has them:

    L = - sum_{m in M} log P(x_m | the text and its translation without M)

Source: XLM, Conneau and Lample 2019, arXiv 1901.07291, section 3.3. Scores: those of `mlm`; with the two texts kept
apart (`apart=True` of the mixture) the same places are asked for without the help of the translation. Needs pairs: a
corpus with two columns.

    >>> prepared = make_mixture("tlm").make(np.arange(8), context=parallel, seed=0, epoch=0)
    >>> bool((prepared.inputs["position_ids"].max(axis=1) < prepared.inputs["input_ids"].shape[1] - 1).all())
    True

Use `mlm` instead where there are no translations.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from accent.errors import DataError
from accent.objectives.chance import Chance
from accent.objectives.framing import lay_pairs
from accent.objectives.mlm import Mlm
from accent.objectives.protocol import Context, Laid

__all__ = ["Tlm"]


class Tlm(Mlm):
    """Tokens of a text and of its translation are hidden."""

    kind: ClassVar[str] = "tlm"
    needs: ClassVar[frozenset[str]] = frozenset({"pairs"})

    def lay(self, blocks_B: npt.NDArray[np.int64], *, context: Context, chance: Chance) -> Laid | None:  # noqa: ARG002
        """Lay a document and its translation out in a row; what has no room is cut off, of the longer first."""
        text, other = context.text, context.text.pair
        if other is None:
            raise DataError(
                "tlm needs a text and its translation",
                where="corpus",
                remedy="Name the column of translations with --pair-column, or take --objective mlm.",
            )
        room = context.length - context.symbols.pair.size
        starts = [one.documents[blocks_B] for one in (text, other)]
        own_B, other_B = (one.documents[blocks_B + 1] - start for one, start in zip((text, other), starts, strict=True))
        kept_B = np.minimum(own_B, np.maximum(room - other_B, room - room // 2))
        others_B = np.minimum(other_B, room - kept_B)
        first, second = (text, starts[0], starts[0] + kept_B), (other, starts[1], starts[1] + others_B)
        return lay_pairs(first, second, context=context, restart=True)
