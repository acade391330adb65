"""A student from its teacher: some of its layers, and all else as it is."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig, PreTrainedModel

from accent.errors import ConfigError
from accent.modeling.anatomy import layer_paths
from accent.modeling.attention import ATTENTION
from accent.modeling.families import FAMILIES
from accent.modeling.noise import own_dropout
from accent.modeling.quiet import quiet_transformers

__all__ = ["Telling", "make_student", "spread_layers"]


def make_student(teacher: PreTrainedModel, layers: int | None) -> tuple[PreTrainedModel, tuple[int, ...]]:
    """Return a copy of `teacher` with `layers` of its layers, half of them where None, and their places in it.

    Embeddings, what stands above the layers and the head are copied (Sanh et al. 2019, arXiv 1910.01108, section 3).
    ALBERT's one set of layer weights is passed through fewer times. Raises ConfigError for a count that is no
    student's, and for a teacher with encoder and decoder.
    """
    if teacher.config.is_encoder_decoder:
        raise ConfigError(
            f"models of type {teacher.config.model_type!r} have an encoder and a decoder, and cannot be thinned out",
            where="teacher",
            remedy="Give a teacher of another family, such as bert or roberta.",
        )
    kept = spread_layers(teacher.config.num_hidden_layers, layers)
    kind: Any = type(teacher)
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        student: PreTrainedModel = kind._from_config(_thinned(teacher.config, kept), attn_implementation=ATTENTION)
    student.load_state_dict(_weights(teacher, student, kept))
    own_dropout(student, FAMILIES[teacher.config.model_type])
    student.train(False)
    return student, kept


def spread_layers(total: int, wanted: int | None) -> tuple[int, ...]:
    """Return the places of `wanted` of `total` layers, evenly from the first to the last.

    Of 12 layers 6 are 0, 2, 4, 7, 9 and 11, those of DistilBERT. Raises ConfigError where these are no fewer layers.
    """
    count = total // 2 if wanted is None else wanted
    if not 0 < count < total:
        raise ConfigError(
            f"a student of {count} layers is no smaller than its teacher, which has {total}"
            if count
            else "the teacher has one layer, and a student cannot have fewer",
            where="student.layers",
            remedy=f"Give --layers from 1 to {total - 1}." if total > 1 else "Give a teacher with more layers.",
        )
    return tuple(int(place) for place in np.round(np.linspace(0, total - 1, count)))


class Telling(nn.Module):
    """A model that tells its hidden states beside its answers, for a learner to drive."""

    def __init__(self, model: PreTrainedModel) -> None:
        """Take the model; it stays as it is."""
        super().__init__()
        self.model = model

    def forward(self, **inputs: Tensor) -> Any:
        """Return the model's outputs, `hidden_states` among them."""
        return self.model(**inputs, output_hidden_states=True)


def _thinned(config: PreTrainedConfig, kept: tuple[int, ...]) -> PreTrainedConfig:
    thinned = deepcopy(config)
    thinned.num_hidden_layers = len(kept)
    kinds = getattr(config, "layer_types", None)
    if kinds is not None:
        thinned.layer_types = [kinds[place] for place in kept]
    return thinned


def _weights(teacher: PreTrainedModel, student: PreTrainedModel, kept: tuple[int, ...]) -> dict[str, Tensor]:
    """Return the student's weights by its own names."""
    stored, below = teacher.state_dict(), layer_paths(teacher)
    above = layer_paths(student)
    if len(below) == len(above):  # one set of weights for all layers
        return stored
    sources = {f"{own}.": f"{below[place]}." for own, place in zip(above, kept, strict=True)}
    return {name: stored[_source(name, sources)] for name in student.state_dict()}


def _source(name: str, sources: dict[str, str]) -> str:
    own = next((one for one in sources if name.startswith(one)), None)
    return name if own is None else sources[own] + name.removeprefix(own)
