"""The learning rate over the updates, as pure functions of the update: a resumed run needs no state.

Legend: u the update about to be taken, counted from 0; U all updates; W warm-up updates = ceil(ratio * U).
During warm-up every schedule is (u + 1) / (W + 1), so that the first update already moves.
After it, with the share p = (u - W) / (U - W) of what is left:

    linear    1 - p                     (Devlin et al. 2019, arXiv 1810.04805)
    cosine    (1 + cos(pi p)) / 2       (Loshchilov and Hutter 2017, arXiv 1608.03983)
    constant  1
    wsd       1 until the last fifth of all updates, then 1 - sqrt of the share of it that is done
              (warm-up, stable, decay; Hu et al. 2024, arXiv 2404.06395; 1-sqrt: Hagele et al. 2024, arXiv 2405.18392)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from accent.config import ScheduleConfig

__all__ = ["SCHEDULES", "rate_share"]

WSD_DECAY_SHARE = 0.2


def rate_share(config: ScheduleConfig, update: int, updates: int) -> float:
    """Return the rate of `update` (from 0) of `updates` as a share of the peak, between 0 and 1."""
    warmup = math.ceil(config.warmup_ratio * updates)
    if update < warmup:
        return (update + 1) / (warmup + 1)
    return SCHEDULES[config.kind](update, warmup, updates)


def _linear(update: int, warmup: int, updates: int) -> float:
    return 1.0 - (update - warmup) / max(1, updates - warmup)


def _cosine(update: int, warmup: int, updates: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * (update - warmup) / max(1, updates - warmup)))


def _constant(_update: int, _warmup: int, _updates: int) -> float:
    return 1.0


def _wsd(update: int, warmup: int, updates: int) -> float:
    start = max(warmup, math.floor((1.0 - WSD_DECAY_SHARE) * updates))
    if update < start:
        return 1.0
    return 1.0 - math.sqrt((update - start) / max(1, updates - start))


SCHEDULES: Mapping[str, Callable[[int, int, int], float]] = {
    "linear": _linear,
    "cosine": _cosine,
    "constant": _constant,
    "wsd": _wsd,
}
"""Every schedule after its warm-up, by `kind`."""
