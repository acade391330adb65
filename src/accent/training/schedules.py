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
from collections.abc import Callable, Mapping, Sequence

from accent.config import ScheduleConfig

__all__ = ["SCHEDULES", "Aim", "position", "rate_share"]

Aim = tuple[int, int]
"""An update (from 0), and after how many in all the run was to end from there on."""

WSD_DECAY_SHARE = 0.2


def rate_share(config: ScheduleConfig, update: float, updates: int) -> float:
    """Return the rate of `update` (from 0) of `updates` as a share of the peak, between 0 and 1."""
    warmup = math.ceil(config.warmup_ratio * updates)
    if update < warmup:
        return (update + 1) / (warmup + 1)
    return SCHEDULES[config.kind](update, warmup, updates)


def position(update: int, aims: Sequence[Aim]) -> float:
    """Return where on its schedule a run stands at `update` (from 0) whose end was moved on the way.

    The first aim (0, U0) is the schedule's own length; a later one (k, U) moves the end to U: from k on the run walks
    evenly over what is left of the schedule, v(u) = v(k) + (u - k) (U0 - v(k)) / (U - k). The rate stays continuous
    and ends as it would have: linear decay has knots where the end was moved, and reaches zero at the new one.
    """
    length, stands = aims[0][1], 0.0
    for (begin, end), following in zip(aims, [*(start for start, _ in aims[1:]), update], strict=True):
        stands += (min(following, update) - begin) * (length - stands) / max(1, end - begin)
        if following >= update:
            break
    return stands


def _linear(update: float, warmup: int, updates: int) -> float:
    return 1.0 - (update - warmup) / max(1, updates - warmup)


def _cosine(update: float, warmup: int, updates: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * (update - warmup) / max(1, updates - warmup)))


def _constant(_update: float, _warmup: int, _updates: int) -> float:
    return 1.0


def _wsd(update: float, warmup: int, updates: int) -> float:
    start = max(warmup, math.floor((1.0 - WSD_DECAY_SHARE) * updates))
    if update < start:
        return 1.0
    return 1.0 - math.sqrt((update - start) / max(1, updates - start))


SCHEDULES: Mapping[str, Callable[[float, int, int], float]] = {
    "linear": _linear,
    "cosine": _cosine,
    "constant": _constant,
    "wsd": _wsd,
}
"""Every schedule after its warm-up, by `kind`."""
