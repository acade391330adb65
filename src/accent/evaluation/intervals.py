"""What 95 % intervals are made of: resamples of rows, percentiles, and Wilson's bounds where resamples say nothing.

Letters on arrays: N rows, R resamples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from accent.seeds import generator

__all__ = ["percentiles", "resampled_weights", "wilson"]

_LEVEL = 0.95
_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_CELLS = 1 << 20  # weights held at once: 8 MiB


def resampled_weights(
    rows: int, *, seed: int, resamples: int, cells: int = _CELLS
) -> Iterator[npt.NDArray[np.float64]]:
    """Yield how often each row stands in each resample, as (N, R) blocks of at most `cells` weights.

    A resample is N draws of rows with replacement, so its weights are multinomial. They depend on the seed, on `rows`
    and on the resample's number alone: the size of the blocks bounds the memory and changes no number.
    """
    if rows < 1 or resamples < 1:
        raise ValueError(f"a bootstrap needs at least one row and one resample, not {rows} and {resamples}")
    chance = generator(seed, "bootstrap")
    width = max(1, cells // rows)
    for start in range(0, resamples, width):
        weights_RN = np.empty((min(width, resamples - start), rows))
        for weights_N in weights_RN:
            weights_N[:] = np.bincount(chance.integers(0, rows, size=rows), minlength=rows)
        yield np.ascontiguousarray(weights_RN.T)


def percentiles(values_R: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % points of a metric over resamples, without those where it is undefined (NaN).

    The metrics that can be undefined run from 0 to 1, and that is the answer when every resample leaves one undefined.
    """
    known = values_R[~np.isnan(values_R)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.quantile(known, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def wilson(share: float, trials: float) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share seen in `trials` independent trials; (0, 1) without any.

    `trials` may be an effective number and need not be whole. Source: E. B. Wilson, 1927, JASA 22, pp. 209-212.
    """
    if trials <= 0:
        return 0.0, 1.0
    pull = _Z * _Z / trials
    middle = (share + pull / 2) / (1 + pull)
    reach = _Z * math.sqrt(share * (1 - share) / trials + pull / (4 * trials)) / (1 + pull)
    low = 0.0 if share == 0 else max(0.0, middle - reach)
    high = 1.0 if share == 1 else min(1.0, middle + reach)
    return low, high
