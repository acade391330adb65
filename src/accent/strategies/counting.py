"""How many numbers a strategy moves, by formula: from the shapes of a base before anything is put into it."""

from __future__ import annotations

from collections.abc import Callable

from transformers import PreTrainedModel

from accent.config import AdapterConfig, LoraConfig, PartialConfig, PrefixConfig, StrategyConfig
from accent.modeling import Anatomy
from accent.strategies.adapter import adapter_parameters
from accent.strategies.freezing import Partial
from accent.strategies.lora import lora_parameters
from accent.strategies.prefix import prefix_parameters

__all__ = ["expected_parameters"]


def expected_parameters(config: StrategyConfig, model: PreTrainedModel, anatomy: Anatomy) -> int:
    """Return how many numbers will move in the end.

    - full, gradual: all; head: what stands above the layers; partial: that and the layers that are not frozen
    - lora: the sum of r (in + out) over its targets, and the head
    - adapter: the sum of 2 D M + D + M over the bottlenecks, the norms of the layers with houlsby, and the head
    - prefix: the sum of 2 P H W over the layers, and the head

    Raises the ConfigError of the strategy for targets that the model does not have.
    """
    match config:
        case LoraConfig():
            return lora_parameters(model, anatomy, config) + _head(model, anatomy)
        case AdapterConfig():
            norms = _norms(model, anatomy) if config.placement == "houlsby" else 0
            return adapter_parameters(model, anatomy, config) + norms + _head(model, anatomy)
        case PrefixConfig():
            return prefix_parameters(model, anatomy, config) + _head(model, anatomy)
        case PartialConfig():
            frozen = Partial(config).frozen_layers(anatomy)
            return _count(model, lambda name: anatomy.depth(name) > frozen)
    if config.kind == "head":
        return _count(model, lambda name: anatomy.depth(name) == anatomy.top)
    return _count(model, lambda _: True)


def _head(model: PreTrainedModel, anatomy: Anatomy) -> int:
    """Count the head, with the pooler where a checkpoint may lack it."""
    return _count(model, lambda name: anatomy.family.may_be_new(name, anatomy.head))


def _norms(model: PreTrainedModel, anatomy: Anatomy) -> int:
    inside = tuple(f"{name}." for name in anatomy.inside(model, anatomy.family.parts.norms))
    return _count(model, lambda name: name.startswith(inside) and not anatomy.family.may_be_new(name, anatomy.head))


def _count(model: PreTrainedModel, chosen: Callable[[str], bool]) -> int:
    return sum(parameter.numel() for name, parameter in model.named_parameters() if chosen(name))
