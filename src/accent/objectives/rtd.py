"""Replaced tokens: a generator puts likely tokens in, and the model tells which ones are not the text's own.

A small generator G is trained as in `mlm`. At each hidden place a token is drawn from what it says; the discriminator
D, which is what is kept, reads the row with these and says of every token whether it was replaced (r = 1). A drawn
token that is the text's own counts as not replaced.

    L = - sum_{m in M} log P_G(x_m) + lambda |M| / N sum_t BCE(D(x')_t, r_t),    lambda = 50

so that, divided by |M|, it is the mean of the generator's loss plus 50 times the mean of the discriminator's over all
N tokens. |M| / N is taken as the masking rate, whatever a batch hides: sums must add up over microbatches. G shares
all its embeddings with D and gets no gradient from it; it is a quarter as wide. A token is drawn as the first whose
cumulated probability exceeds a number of the place's own, which is a draw from the same distribution as by Gumbel
noise, and needs one number a place instead of one for every token of the vocabulary.

Source: ELECTRA, Clark et al. 2020, arXiv 2003.10555, sections 2 and 3.2; 85 % of the hidden tokens become the mask and
15 % stay, as in the authors' code. Scores: L as above, the discriminator's own loss (`replaced_loss`) with area under
the ROC curve and F1 of the replaced tokens, and those of the generator (`generator_...`). The discriminator's own loss
does not choose checkpoints: it rises as the generator gets better.

    >>> prepared = make_mixture("rtd").make(np.arange(32), context=context, seed=0, epoch=0)
    >>> sorted(prepared.inputs)
    ['chances', 'input_ids', 'originals', 'places']

Use `mlm` instead where the model shall fill gaps: a discriminator has no words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.modeling import SummedLoss
from accent.objectives.chance import Chance
from accent.objectives.masking import ELECTRA_SHARES
from accent.objectives.mlm import Mlm, hide
from accent.objectives.protocol import Context, Laid, Outputs, Prepared, Tally
from accent.objectives.tallies import binary_loss, binary_scores, binary_tally, token_figures, token_tally

__all__ = ["DISCRIMINATOR_WEIGHT", "Rtd", "draw"]

DISCRIMINATOR_WEIGHT = 50.0


class Rtd(Mlm):
    """Every token is asked whether it was replaced."""

    kind: ClassVar[str] = "rtd"
    families: ClassVar[frozenset[str]] = frozenset({"electra"})

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:
        """Hide tokens for the generator, with the `originals` (M,) and the `chances` (M,) to draw by."""
        hidden_BT = self.choose(laid, chance)
        hiding = hide(laid, hidden_BT, context=context, chance=chance, shares=ELECTRA_SHARES)
        chances_M = chance.uniform("samples", hidden_BT.shape[1])[hidden_BT].astype(np.float32)
        drawing: dict[str, npt.NDArray[Any]] = {"originals": laid.ids[hidden_BT], "chances": chances_M}
        return Prepared(inputs={**hiding.inputs, **drawing}, targets=hiding.targets, tokens=hiding.tokens)

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the generator's and the discriminator's losses; the weight is the number of hidden tokens."""
        generator = super().loss(outputs, targets)
        discriminator = binary_loss(*_verdicts(outputs))
        return SummedLoss(generator.total + DISCRIMINATOR_WEIGHT * self.rate * discriminator.total, generator.weight)

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return what both say, added up."""
        generator = token_tally(_required(outputs.tokens_MV), targets["labels"], "generator_")
        return {**generator, **binary_tally(*_verdicts(outputs))}

    def scores(self, tally: Tally) -> dict[str, float]:
        """Return scores of the replaced tokens and of the generator; `loss` is what both are taught by together."""
        nats, _, hidden = tally["generator_tokens"].tolist()
        both = nats + DISCRIMINATOR_WEIGHT * self.rate * float(tally["binary_nats"][0])
        joint = both / hidden if hidden else math.nan
        return {"loss": joint, **binary_scores(tally), **token_figures(tally, "generator_")}


@torch.no_grad()
def draw(logits_MV: Tensor, chances_M: Tensor) -> Tensor:
    """Return a token for each place (M,), drawn from softmax(logits) by numbers from 0 to 1."""
    sums_MV = torch.softmax(logits_MV.float(), dim=-1).cumsum_(dim=-1)
    wanted_M1 = chances_M[:, None] * sums_MV[:, -1:]
    return torch.searchsorted(sums_MV, wanted_M1, right=True)[:, 0].clamp_(max=logits_MV.shape[1] - 1)


def _verdicts(outputs: Outputs) -> tuple[Tensor, Tensor, Tensor]:
    return _required(outputs.replaced_BT), _required(outputs.is_replaced_BT), _required(outputs.read_BT)


def _required(tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise TypeError("the model was not asked for replaced tokens")
    return tensor
