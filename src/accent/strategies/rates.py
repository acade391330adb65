"""How fast what moves may move: the rates of a model's parts, and the rate to begin with.

A layer of depth d (0 the embeddings, L + 1 what stands above L layers) has the share

    layer_decay ** (L + 1 - d)

of the run's rate: what lies low is general and moves less (Howard and Ruder 2018, arXiv 1801.06146, section 3.2, divide
by 2.6 a layer; Clark et al. 2020, arXiv 2003.10555, multiply by 0.8 or 0.9). Head and embeddings may have rates of
their own, which take no share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accent.config import TrainingConfig
from accent.errors import ConfigError
from accent.modeling import Anatomy
from accent.strategies.protocol import RatedParameter

__all__ = ["Recommendation", "rated", "recommended_rate"]


def rated(moving: Sequence[RatedParameter], anatomy: Anatomy, config: TrainingConfig) -> list[RatedParameter]:
    """Return what moves with its share of `config.peak_rate`, times the share that the strategy has given it."""
    return [
        replace(
            moved,
            rate=moved.rate * _share(moved.name, anatomy, config),
            in_layer=0 < anatomy.depth(moved.name) < anatomy.top,
        )
        for moved in moving
    ]


def _share(name: str, anatomy: Anatomy, config: TrainingConfig) -> float:
    depth = anatomy.depth(name)
    if config.head_learning_rate is not None and anatomy.is_head(name):
        return config.head_learning_rate / config.peak_rate
    if config.embeddings_learning_rate is not None and depth == 0:
        return config.embeddings_learning_rate / config.peak_rate
    return float(config.layer_decay ** (anatomy.top - depth))


@dataclass(frozen=True)
class Recommendation:
    """A peak learning rate to begin with."""

    rate: float
    reason: str
    """What it is recommended for, and by whom."""


@dataclass(frozen=True)
class _Known:
    """Rates at which all weights of a family are usually trained, by width."""

    small: float
    base: float
    large: float
    source: str


MOST_SMALL, LEAST_LARGE = 512, 1024
"""Widths: up to 512 numbers a token a model is small, from 1024 on large."""
_SMALL_BERTS = "Turc et al. 2019, arXiv 1908.08962, for small models"
_BERT = _Known(1e-4, 3e-5, 2e-5, f"Devlin et al. 2019, arXiv 1810.04805, A.3; {_SMALL_BERTS}")
_ROBERTA = _Known(1e-4, 2e-5, 1e-5, "Liu et al. 2019, arXiv 1907.11692, table 10")
_T5 = _Known(3e-4, 1e-4, 1e-4, "the usual range with AdamW is 1e-4 to 3e-4; T5's own rate is for Adafactor")
_FULL: Mapping[str, _Known] = {
    "albert": _Known(6e-5, 2e-5, 2e-5, "Lan et al. 2020, arXiv 1909.11942, table 14"),
    "bart": _Known(1e-4, 3e-5, 3e-5, "Lewis et al. 2020, arXiv 1910.13461, and their recipes"),
    "bert": _BERT,
    "camembert": _ROBERTA,
    "distilbert": _Known(1e-4, 5e-5, 5e-5, f"the upper end for BERT; {_SMALL_BERTS}"),
    "electra": _Known(3e-4, 1e-4, 5e-5, "Clark et al. 2020, arXiv 2003.10555, table 7"),
    "gpt2": _Known(1e-4, 6.25e-5, 3e-5, "Radford et al. 2018, section 4.1"),
    "modernbert": _Known(1e-4, 5e-5, 3e-5, "Warner et al. 2024, arXiv 2412.13663, appendix"),
    "mt5": _T5,
    "roberta": _ROBERTA,
    "t5": _T5,
    "xlm-roberta": _ROBERTA,
}
_MEASURED = "and higher for small models, see benchmarks/RESULTS.md"
_ADDED: Mapping[str, tuple[float, float, str]] = {
    "head": (1e-3, 1e-3, "what moves is new: Adam's own default, Kingma and Ba 2015, arXiv 1412.6980"),
    "lora": (2e-3, 5e-4, f"Hu et al. 2021, arXiv 2106.09685, tables 9 and 11: 2e-4 to 5e-4, {_MEASURED}"),
    "adapter": (3e-3, 3e-4, f"Houlsby et al. 2019, arXiv 1902.00751, try 3e-5 to 3e-3, {_MEASURED}"),
    "prefix": (5e-3, 5e-3, "Liu et al. 2022, arXiv 2110.07602: 1e-3 to 1e-2"),
}
"""Strategies whose moving weights are mostly new: their rates are higher. The first is of small models."""


def recommended_rate(strategy: str, model_type: str, *, width: int) -> Recommendation:
    """Return the rate to begin with: a value from the literature for the strategy, the family and the width.

    It is a place to start, the same for all data: where rows are few, more epochs help and a higher rate does not
    (Mosbach et al. 2021, arXiv 2006.04884). A ConfigError names what to do for a family without a value.
    """
    if strategy in _ADDED:
        small, other, source = _ADDED[strategy]
        return Recommendation(small if width <= MOST_SMALL else other, f"for {strategy} ({source})")
    known = _FULL.get(model_type)
    if known is None:
        raise ConfigError(
            f"no learning rate is known for models of type {model_type!r}",
            where="training.learning_rate",
            remedy="Give --learning-rate, such as 5e-5.",
        )
    size = "small" if width <= MOST_SMALL else "large" if width >= LEAST_LARGE else "base"
    rate = {"small": known.small, "base": known.base, "large": known.large}[size]
    return Recommendation(rate, f"for {strategy} of {model_type}, {width} wide ({known.source})")
