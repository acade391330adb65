"""How well a language model foretells text: loss a token, perplexity, and bits a byte, which any tokenizers share.

Loss and perplexity depend on how the tokenizer cuts the text, so they compare models of one tokenizer only. Bits per
byte divides by what no tokenizer changes, and compares all of them.

Letters on arrays: N rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from accent.errors import DataError
from accent.evaluation.ratios import Ratio, RowNumbers, compare_ratios, ratio_scores, weighted_ratio
from accent.evaluation.resampling import Metric
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["LanguageScorer"]

_WITHOUT_RIGHT, _WITH_RIGHT = 3, 4
_MOST = 700.0  # exp of more is infinite in float64, and JSON has no infinity


class LanguageScorer:
    """Loss (nats a token), perplexity and bits per byte of scored text: the lower the better.

    A prediction is what a model says of a row: (nll, tokens, bytes), the negative log likelihood of the scored tokens
    in nats, summed; how many tokens these are; and how many bytes of UTF-8 they stand for. A fourth number, the
    tokens whose most probable guess was right, adds the score token_accuracy; all rows have it or none. Gold is not
    looked at. Scores are ratios of sums over all rows, so that a long row counts for more, and intervals resample rows;
    they raise DataError where no row has a token and a byte.

    The credit of a row is exp(-nll / tokens), the geometric mean of its tokens' probabilities; 0 where no token of it
    was scored, because nothing was foretold.
    """

    main = "bits_per_byte"

    def __init__(self) -> None:
        self._rows = RowNumbers()
        self._width: int | None = None

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:  # noqa: ARG002 - the protocol's
        """Take in some rows and return the credit of each. ValueError names what does not fit."""
        width = self._width
        for row, numbers in enumerate(predictions):
            width = width or len(numbers)
            _check(row, numbers, width)
        self._width = width
        self._rows.add(list(predictions))
        return [math.exp(-nll / tokens) if tokens else 0.0 for nll, tokens, *_ in predictions]

    def points(self) -> dict[str, float]:
        """Return each score of the rows so far as a plain number."""
        values = {name: ratio.value() for name, ratio in self._ratios().items()}
        loss = values.pop("loss")
        return {"loss": loss, "perplexity": _exp(loss), **values}

    def scores(self, *, seed: int) -> dict[str, Score]:
        """Return each score with its 95 % interval. That of perplexity is that of the loss, moved along."""
        found = ratio_scores(self._ratios(), seed=seed)
        loss = found.pop("loss")
        perplexity = Score(_exp(loss.value), _exp(loss.low), _exp(loss.high), loss.n)
        return {"loss": loss, "perplexity": perplexity, **found}

    def page(self) -> dict[str, Any]:
        """Return how much text was scored, in tokens and in bytes."""
        _, tokens_N, bytes_N, *_ = self._rows.columns()
        return {"tokens": int(tokens_N.sum()), "bytes": int(bytes_N.sum())}

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        if name != "perplexity":
            return weighted_ratio(self._ratios(), name)
        loss = self._ratios()["loss"]
        return lambda weights_NR: np.exp(np.minimum(loss.resampled(weights_NR), _MOST))

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Compare bits per byte with another scorer's on the same rows; below 0, this one is better."""
        return compare_ratios(self._ratios()[self.main], other._ratios()[self.main], seed=seed)

    def _ratios(self) -> dict[str, Ratio]:
        nll_N, tokens_N, bytes_N, *right = self._rows.columns()
        if not tokens_N.any() or not bytes_N.any():
            raise DataError(
                "no row has anything to foretell: the first token of a text has nothing before it",
                remedy="Give rows of two tokens or more.",
            )
        ratios = {
            "loss": Ratio(nll_N, tokens_N, share=False),
            "bits_per_byte": Ratio(nll_N / math.log(2), bytes_N, share=False),
        }
        return {**ratios, "token_accuracy": Ratio(right[0], tokens_N)} if right else ratios


def _exp(loss: float) -> float:
    return math.exp(min(loss, _MOST))


def _check(row: int, numbers: Sequence[float], width: int) -> None:
    if width not in {_WITHOUT_RIGHT, _WITH_RIGHT} or len(numbers) != width:
        raise ValueError(f"each row needs nll, tokens, bytes, and right tokens in all rows or none; row {row} differs")
    nll, tokens, _, *right = numbers
    if not np.isfinite(numbers).all() or min(numbers) < 0 or any(one > tokens for one in right):
        raise ValueError(f"nll, tokens, bytes and right tokens of row {row} cannot be {tuple(numbers)}")
    if nll and not tokens:
        raise ValueError(f"row {row} has an nll of {nll} without a scored token")
