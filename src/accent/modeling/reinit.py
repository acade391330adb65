"""Layers that start anew: the top ones hold what pretraining asked, which the task may not need.

Re-initialising the pooler and a few top layers makes fine-tuning on few rows steadier (Zhang et al. 2021,
arXiv 2006.05987, section 5). Weights are drawn as the family draws them before pretraining.
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from accent.errors import BaseModelError, ConfigError
from accent.modeling.anatomy import Anatomy
from accent.seeds import derive

__all__ = ["reinit_layers"]

_DRAWN = "_is_hf_initialized"


def reinit_layers(
    model: PreTrainedModel, anatomy: Anatomy, count: int, *, frozen: int | None = None, seed: int
) -> tuple[str, ...]:
    """Draw the weights of the pooler and of the `count` layers nearest the head, and return their names.

    They come from the seed's stream "reinit"; torch's global generator stays untouched. `frozen` layers from the input
    up never move, None for none. Raises BaseModelError where all layers are one set of weights or there are fewer, and
    ConfigError where a layer would stay as it was drawn.
    """
    if not count:
        return ()
    _check(anatomy, count, frozen)
    parts = [model.get_submodule(path) for path in (*anatomy.layers[-count:], *_poolers(model, anatomy))]
    anew = {id(parameter) for part in parts for parameter in part.parameters()}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(derive(seed, "reinit"))
        for part in parts:
            _draw(model, part)
    return tuple(name for name, parameter in model.named_parameters() if id(parameter) in anew)


def _check(anatomy: Anatomy, count: int, frozen: int | None) -> None:
    where, layers = "model.reinit_layers", len(anatomy.layers)
    if anatomy.shared:
        raise BaseModelError(
            "all layers of this base are one set of weights: to begin the top one anew is to begin them all",
            where=where,
            remedy="Leave --reinit-layers out, or take another base.",
        )
    if count > layers:
        raise BaseModelError(
            f"{count} layers shall begin anew, and the base has {layers}",
            where=where,
            remedy=f"Give --reinit-layers from 1 to {layers}.",
        )
    if frozen is not None and count > layers - frozen:
        raise ConfigError(
            f"{count} layers shall begin anew, and of {layers} layers the strategy lets {layers - frozen} learn",
            where=where,
            remedy="Give a smaller --reinit-layers, or freeze fewer layers.",
        )


def _poolers(model: PreTrainedModel, anatomy: Anatomy) -> list[str]:
    """Return the paths of what pools tokens into one vector; ModernBERT calls it its head."""
    return [
        name
        for name, module in model.named_modules()
        if (name == "head" or name.endswith("pooler"))
        and not any(anatomy.is_head(f"{name}.{own}") for own, _ in module.named_parameters())
    ]


def _draw(model: PreTrainedModel, part: nn.Module) -> None:
    """Draw every weight of `part`, inner modules first: transformers passes by what is marked as loaded."""
    for parameter in part.parameters():
        setattr(parameter, _DRAWN, False)
    part.apply(model._init_weights)
    for parameter in part.parameters():
        setattr(parameter, _DRAWN, True)
