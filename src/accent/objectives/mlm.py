"""Masked tokens, single or in whole words: BERT's objective and what RoBERTa, ALBERT and ELECTRA made of it.

Some tokens of the text are hidden, and the model is asked for them from all the others, on both sides. With h the
hidden states of the row in which the places m in M are hidden, W and b the output layer over the vocabulary V:

    L = - sum_{m in M} log softmax(W f(h_m) + b)_{x_m}

M is drawn anew every epoch (dynamic masks, Liu et al. 2019, arXiv 1907.11692, section 4.1) or once (static). Source:
Devlin et al. 2019, arXiv 1810.04805, section 3.1; whole words: the same authors' code of May 2019, and Cui et al. 2021,
arXiv 1906.08101. Scores: loss in nats, perplexity, accuracy at the hidden places. Needs no more than text; whole words
need to know where words start.

    >>> from accent.objectives import make_mixture
    >>> mixture = make_mixture("mlm", rate=0.15)
    >>> prepared = mixture.make(np.arange(32), context=context, seed=0, epoch=0)
    >>> prepared.inputs["input_ids"].shape, prepared.targets["labels"].shape
    ((32, 128), (608,))

Use `clm` instead for a model that shall write text, and `rtd` where every token shall teach, not one in seven.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from accent.modeling import SummedLoss, summed_loss
from accent.objectives.chance import Chance
from accent.objectives.masking import BERT_SHARES, Shares, budgets, choose, choose_words, corrupt, flat_places
from accent.objectives.protocol import Context, Laid, Outputs, Prepared, Tally
from accent.objectives.tallies import token_figures, token_tally

__all__ = ["MASKED_FAMILIES", "Mlm", "Wwm", "hide"]

MASKED_FAMILIES = frozenset(
    {"albert", "bert", "camembert", "distilbert", "electra", "modernbert", "roberta", "xlm-roberta"}
)
"""Families with a head for hidden tokens; ELECTRA's is that of its generator."""


class Mlm:
    """Single tokens are hidden."""

    kind: ClassVar[str] = "mlm"
    families: ClassVar[frozenset[str]] = MASKED_FAMILIES
    needs: ClassVar[frozenset[str]] = frozenset()
    role: ClassVar[str] = "tokens"

    def __init__(self, rate: float) -> None:
        """Take the share of the text's tokens that is hidden."""
        self.rate = rate

    def lay(self, blocks_B: npt.NDArray[np.int64], *, context: Context, chance: Chance) -> Laid | None:  # noqa: ARG002
        """Return None: plain rows serve it."""
        return None

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:
        """Hide tokens: `input_ids` (B, T), `places` (M,) of the hidden ones and their `labels` (M,)."""
        return hide(laid, self.choose(laid, chance), context=context, chance=chance)

    def choose(self, laid: Laid, chance: Chance) -> npt.NDArray[np.bool_]:
        """Return which tokens are hidden, (B, T)."""
        return choose(laid.text, budgets(laid, self.rate), chance.uniform("hidden", laid.ids.shape[1]))

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy of the hidden tokens, summed; the weight is their number."""
        return summed_loss(_logits(outputs), targets["labels"])

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return nats, right guesses and the number of hidden tokens."""
        return token_tally(_logits(outputs), targets["labels"])

    def scores(self, tally: Tally) -> dict[str, float]:
        """Return loss, perplexity and accuracy at the hidden places."""
        return token_figures(tally)


class Wwm(Mlm):
    """Whole words are hidden: their pieces together, so that none gives the others away."""

    kind: ClassVar[str] = "wwm"
    needs: ClassVar[frozenset[str]] = frozenset({"words"})

    def choose(self, laid: Laid, chance: Chance) -> npt.NDArray[np.bool_]:
        """Return the tokens of whole words, (B, T)."""
        return choose_words(laid, budgets(laid, self.rate), chance.uniform("hidden", laid.ids.shape[1]))


def hide(
    laid: Laid,
    hidden_BT: npt.NDArray[np.bool_],
    *,
    context: Context,
    chance: Chance,
    shares: Shares = BERT_SHARES,
    together_BT: npt.NDArray[np.int64] | None = None,
) -> Prepared:
    """Put masks and other tokens where `hidden_BT` is true, and ask for what stood there."""
    ids_BT = corrupt(laid, hidden_BT, symbols=context.symbols, chance=chance, shares=shares, together_BT=together_BT)
    inputs = {"input_ids": ids_BT, "places": flat_places(hidden_BT)}
    return Prepared(inputs=inputs, targets={"labels": laid.ids[hidden_BT]}, tokens=int(laid.lengths.sum()))


def _logits(outputs: Outputs) -> Tensor:
    if outputs.tokens_MV is None:
        raise TypeError("the model was asked for no tokens")
    return outputs.tokens_MV
