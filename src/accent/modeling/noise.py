"""Dropout as modules: where a family calls a function instead, a module on the same output takes its place.

Training gives each dropout module masks that belong to the rows, see `accent.training.dropout`. A call to torch's
function is out of its reach: its masks would change with the microbatch and with a resume.
"""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from accent.modeling.families import FAMILIES, Family

__all__ = ["carry_noise", "own_dropout", "usual_dropout"]

_CALLED = ("dropout", "activation_dropout", "layerdrop")


def own_dropout(model: PreTrainedModel, family: Family) -> None:
    """Put a dropout module on each output that `family` drops by a call, and call with probability 0 from now on.

    Calls that are no family's `called_dropout`, such as that of T5's attention probabilities, become nothing.
    """
    for module in list(model.modules()):
        for name in _CALLED:
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    for pattern, setting in family.called_dropout.items():
        share = float(getattr(model.config, setting) or 0.0)
        for name, module in list(model.named_modules()):
            if share and re.search(pattern, name):
                module.add_module("noise", nn.Dropout(share).train(module.training))
                module.register_forward_hook(_noisy)


def carry_noise(inner: nn.Module, outer: nn.Module) -> None:
    """Move the dropout of a module's output to the module that has taken its place and calls it."""
    noise = inner._modules.pop("noise", None)
    if noise is None:
        return
    for key in [key for key, hook in inner._forward_hooks.items() if hook is _noisy]:
        del inner._forward_hooks[key]
    outer.add_module("noise", noise)
    outer.register_forward_hook(_noisy)


def usual_dropout(config: PreTrainedConfig) -> None:
    """Let config.json ask for the dropout that its family is fine-tuned with: pretraining goes without."""
    family, usual = FAMILIES[config.model_type], type(config)()
    for setting in (*family.hidden_dropout, *family.head_dropout, family.attention_dropout):
        if setting is not None:
            setattr(config, setting, getattr(usual, setting))


def _noisy(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:  # noqa: ARG001 - torch's calling convention
    dropped: Tensor = module.get_submodule("noise")(output)
    return dropped
