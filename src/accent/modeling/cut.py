"""A model cut above its frozen layers: what they say is computed once, and handed in from then on.

Frozen layers answer the same text with the same vectors in every epoch, so that they need not be asked again. Where all
layers are frozen and the head reads a single token, that token's vector is all that has to be kept of a text.

Legend: B rows, T tokens, D width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from accent.modeling.anatomy import Anatomy

__all__ = ["ACTIVATIONS", "Cut", "token_read"]

ACTIVATIONS = "activations"
"""The name under which a call of a cut model is handed what the frozen layers say."""


class Cut:
    """A model and the layers, from the input up, that never move.

    Dropout below the cut must be off while training, or the layers would not say the same each time.
    """

    def __init__(self, model: PreTrainedModel, anatomy: Anatomy, frozen: int) -> None:
        """Cut above layer number `frozen`, counted from 1. Raises ValueError where `possible` is false."""
        if not self.possible(model, anatomy, frozen):
            raise ValueError(f"there is no cut above {frozen} of {len(anatomy.layers)} layers")
        self.model = model
        self.width = anatomy.width
        self.token = token_read(model, anatomy) if frozen == len(anatomy.layers) else None
        """The one token of each text that is read above the cut; None where all are."""
        self.weights = [name for name, _ in model.named_parameters() if anatomy.depth(name) <= frozen]
        """Names of the weights below the cut."""
        self._layers = [model.get_submodule(path) for path in anatomy.layers[:frozen]]
        self._shared = anatomy.shared
        self._handles: list[RemovableHandle] = []

    @staticmethod
    def possible(model: PreTrainedModel, anatomy: Anatomy, frozen: int | None) -> bool:
        """Say whether a model can be cut above so many layers.

        An encoder and a decoder cannot: two streams pass their cut. Layers that are one set of weights are all frozen
        or none.
        """
        if not frozen or frozen > len(anatomy.layers) or model.config.is_encoder_decoder:
            return False
        return frozen == len(anatomy.layers) or not anatomy.shared

    def below(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return what comes out of the highest frozen layer, (B, T, D), or (B, 1, D) where one token is read.

        The model answers in evaluation mode and without gradients, and no further than the cut.
        """
        training = self.model.training
        if training:
            self.model.train(False)
        try:
            with torch.no_grad():
                hidden_BTD = self._reach(inputs)
        finally:
            if training:
                self.model.train()
        return self.kept(hidden_BTD, inputs["input_ids"])

    def kept(self, hidden_BTD: Tensor, input_ids_BT: Tensor) -> Tensor:
        """Return what is read above the cut of what comes out of the highest frozen layer, in the shape of `below`."""
        if self.token is None:
            return hidden_BTD
        places_B = self._places(input_ids_BT)
        return hidden_BTD[torch.arange(len(places_B), device=places_B.device), places_B][:, None]

    def attach(self) -> None:
        """Let the model take `activations` (B, T, D) beside its inputs, in the place of its frozen layers.

        A call without them runs as ever. A model has one cut at a time: `detach` it before the next.
        """
        self._handles = [
            self.model.register_forward_pre_hook(self._open, with_kwargs=True),
            self.model.register_forward_hook(self._close, always_call=True),
        ]

    def detach(self) -> None:
        """Leave the model as it was before `attach`."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _reach(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Run the model up to the cut; layers that share weights end with the last of their calls."""
        found: list[Tensor] = []

        def keep(module: nn.Module, arguments: Any, output: Tensor) -> None:  # noqa: ARG001 - torch's calling convention
            found[:] = [output]
            if not self._shared:
                raise _Reached

        handle = self._layers[-1].register_forward_hook(keep)
        try:
            self.model(**inputs)
        except _Reached:
            pass
        finally:
            handle.remove()
        return found[0]

    def _places(self, input_ids_BT: Tensor) -> Tensor:
        """Return the place of the token that is read in each row, (B,); the last one is found as GPT-2's head does."""
        if self.token == "first":
            return input_ids_BT.new_zeros(len(input_ids_BT))
        counted_BT = torch.arange(input_ids_BT.shape[1], device=input_ids_BT.device)
        places_B: Tensor = (counted_BT * (input_ids_BT != self.model.config.pad_token_id)).argmax(dim=1)
        return places_B

    def _open(self, module: nn.Module, arguments: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:  # noqa: ARG002
        """Take the activations out of a call, and let each frozen layer answer with them for as long as it lasts."""
        given: Tensor | None = options.pop(ACTIVATIONS, None)
        if given is not None:
            for layer in self._layers:
                vars(layer)["forward"] = lambda *_, **__: given  # hides the class's own
        return arguments, options

    def _close(self, module: nn.Module, arguments: Any, output: Any) -> None:  # noqa: ARG002 - torch's calling convention
        for layer in self._layers:
            vars(layer).pop("forward", None)


def token_read(model: PreTrainedModel, anatomy: Anatomy) -> Literal["first", "last"] | None:
    """Return the one token of each text that the head reads of the last layer, or None where it reads all of them."""
    pools_all = getattr(model.config, "classifier_pooling", "cls") != "cls"
    return None if anatomy.head != "sequence" or pools_all else anatomy.family.reads


class _Reached(Exception):
    """The cut has been reached: nothing above it is asked for."""
