"""The next token: GPT's objective, over packed documents that do not see one another.

A row is a block of text as it comes. Where documents meet, the end of text stands between them, and what comes behind
sees nothing of what was before: attention is block-diagonal, and positions begin again. Each token is asked for from
those before it, the end of a document from the document, the first token of the next from the end of text:

    L = - sum_t log P(x_{t+1} | x_s..x_t),    s being where the document of x_t begins in the row

Source: Radford et al. 2019 (GPT-2), section 2; documents kept apart as in Krell et al. 2021, arXiv 2107.02027. Scores:
loss, perplexity, accuracy. Needs documents only to know where they end.

    >>> prepared = make_mixture("clm").make(np.arange(32), context=context, seed=0, epoch=0)
    >>> len(prepared.targets["labels"]) == prepared.tokens - 32
    True

Use `mlm` instead for a model that reads and does not write.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from accent.objectives.chance import Chance
from accent.objectives.framing import lay_rows
from accent.objectives.mlm import Mlm
from accent.objectives.protocol import Context, Laid, Prepared

__all__ = ["Clm"]


class Clm(Mlm):
    """Each token is asked for from those before it."""

    kind: ClassVar[str] = "clm"
    families: ClassVar[frozenset[str]] = frozenset({"gpt2"})

    def lay(self, blocks_B: npt.NDArray[np.int64], *, context: Context, chance: Chance) -> Laid | None:  # noqa: ARG002
        """Lay blocks out so that the end of text begins what comes behind it."""
        return lay_rows(blocks_B, context=context, opens=True)

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:  # noqa: ARG002
        """Ask at each place for the next: `places` (M,) and the `labels` (M,) that follow them."""
        columns_T = np.arange(laid.ids.shape[1])
        is_asked_BT = columns_T < laid.lengths[:, None] - 1
        next_BT = np.roll(laid.ids, -1, axis=1)
        inputs = {"input_ids": laid.ids, "places": np.flatnonzero(is_asked_BT).astype(np.int64)}
        return Prepared(inputs=inputs, targets={"labels": next_BT[is_asked_BT]}, tokens=int(laid.lengths.sum()))
