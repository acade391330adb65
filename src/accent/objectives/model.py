"""The model that a mixture of objectives drives: the transformers model that is kept, and what is dropped in the end.

It takes a batch's inputs by name and returns only what the losses need, so that the learner can drive it as any other.

Legend: B rows, T tokens, D width, P width of place embeddings, E width of the embeddings, M places, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from accent.modeling import new_model, output_logits, pair_logits, predictions, read, replaced_logits
from accent.objectives.protocol import Outputs
from accent.objectives.rtd import draw
from accent.seeds import derive

__all__ = ["BoundaryHead", "PretrainingModel", "new_generator"]

GENERATOR_SHARE = 1 / 4
"""The generator's width as a share of the discriminator's (Clark et al. 2020, section 3.2: 1/4 to 1/2 is best)."""

_BEHIND_PADDING = frozenset({"camembert", "roberta", "xlm-roberta"})
_READ = ("input_ids", "attention_mask", "token_type_ids", "position_ids", "decoder_input_ids")
_PLACE_WIDTH = 200
_PLACES = 64


class PretrainingModel(nn.Module):
    """A model with its pretraining heads. `kept` is saved; generator and boundary head learn with it and are dropped.

    `asks_tokens` and `asks_pairs` say which of its heads are asked. Beside what transformers' models take, `forward`
    takes `places` (M,), flat indices into (B, T), and what the objectives add: `parts`, `lefts`, `rights`, `offsets`,
    `originals`, `chances`.
    """

    def __init__(
        self,
        kept: PreTrainedModel,
        *,
        asks_tokens: bool,
        asks_pairs: bool,
        generator: PreTrainedModel | None = None,
        boundary: BoundaryHead | None = None,
    ) -> None:
        super().__init__()
        self.model = kept
        self.generator = generator
        self.boundary = boundary
        self._asks_tokens = asks_tokens
        self._asks_pairs = asks_pairs

    @property
    def kept(self) -> PreTrainedModel:
        """The transformers model that is saved."""
        return self.model

    def forward(self, **inputs: Tensor) -> Outputs:
        """Return what the losses need of a batch."""
        taken = self._taken(inputs)
        if self.generator is not None:
            return self._replace(self.generator, taken, inputs)
        hidden_BTD, pooled_BD = read(self.model, taken)
        hidden_ND = hidden_BTD.flatten(0, 1)
        tokens_MV = boundary_MV = None
        if self._asks_tokens:
            tokens_MV = predictions(self.model, hidden_ND.index_select(0, inputs["places"]))
        if self.boundary is not None:
            states_ME = self.boundary(
                hidden_ND.index_select(0, inputs["lefts"]),
                hidden_ND.index_select(0, inputs["rights"]),
                inputs["offsets"],
            )
            boundary_MV = output_logits(self.model, states_ME)
        pairs_B2 = pair_logits(self.model, pooled_BD) if self._asks_pairs and pooled_BD is not None else None
        return Outputs(tokens_MV=tokens_MV, boundary_MV=boundary_MV, pairs_B2=pairs_B2, hidden_BTD=hidden_BTD)

    def _replace(self, generator: PreTrainedModel, taken: dict[str, Any], inputs: Mapping[str, Tensor]) -> Outputs:
        """Let the generator guess, put its guesses in, and ask of every token whether it is one of them."""
        places, originals = inputs["places"], inputs["originals"]
        hidden_BTD, _ = read(generator, taken)
        tokens_MV = predictions(generator, hidden_BTD.flatten(0, 1).index_select(0, places))
        drawn_M = draw(tokens_MV.detach(), inputs["chances"])
        ids_BT = taken["input_ids"]
        filled_BT = ids_BT.flatten().index_copy(0, places, drawn_M).view_as(ids_BT)
        is_replaced_BT = torch.zeros_like(ids_BT, dtype=torch.bool)
        is_replaced_BT.view(-1)[places] = drawn_M != originals
        told_BTD, _ = read(self.model, {**taken, "input_ids": filled_BT})
        is_read_BT = inputs.get("attention_mask")
        return Outputs(
            tokens_MV=tokens_MV,
            replaced_BT=replaced_logits(self.model, told_BTD),
            is_replaced_BT=is_replaced_BT,
            read_BT=torch.ones_like(ids_BT, dtype=torch.bool) if is_read_BT is None else is_read_BT.bool(),
        )

    def _taken(self, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return what a transformers model takes, documents kept apart where `parts` say so."""
        config = self.model.config
        taken: dict[str, Any] = {name: inputs[name] for name in _READ if name in inputs}
        if "position_ids" in taken and config.model_type in _BEHIND_PADDING:
            taken["position_ids"] = taken["position_ids"] + config.pad_token_id + 1
        if "parts" in inputs:
            mask_B1TT = _apart(inputs["parts"], inputs.get("attention_mask"), causal=config.model_type == "gpt2")
            taken["attention_mask"] = _for_layers(mask_B1TT, config)
        return taken


class BoundaryHead(nn.Module):
    """A token of a span from the two tokens around it: SpanBERT's boundary objective (arXiv 1907.10529, section 3.2).

    y = LN(GELU(W_2 LN(GELU(W_1 [h_left; h_right; p])))), as wide as the output layer's input.
    """

    def __init__(self, model: PreTrainedModel, *, seed: int) -> None:
        """Draw the weights of a head for `model` from the seed's stream "boundary"."""
        super().__init__()
        own: Any = model
        width, embedding = own.config.hidden_size, own.get_output_embeddings().weight.shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(derive(seed, "boundary"))
            self.places = nn.Embedding(_PLACES, _PLACE_WIDTH)
            self.first = nn.Linear(2 * width + _PLACE_WIDTH, width)
            self.second = nn.Linear(width, embedding)
            for module in (self.places, self.first, self.second):
                nn.init.normal_(module.weight, std=model.config.initializer_range)
        nn.init.zeros_(self.first.bias)
        nn.init.zeros_(self.second.bias)
        self.first_norm = nn.LayerNorm(width)
        self.second_norm = nn.LayerNorm(embedding)

    def forward(self, left_MD: Tensor, right_MD: Tensor, offsets_M: Tensor) -> Tensor:
        """Return what goes into the output layer (M, E); places behind the last of the table share it."""
        places_MP = self.places(offsets_M.clamp(max=_PLACES - 1))
        joined = torch.cat([left_MD, right_MD, places_MP.to(left_MD.dtype)], dim=1)
        inner_MD = self.first_norm(nn.functional.gelu(self.first(joined)))
        states_ME: Tensor = self.second_norm(nn.functional.gelu(self.second(inner_MD)))
        return states_ME


def new_generator(discriminator: PreTrainedModel, *, seed: int, share: float = GENERATOR_SHARE) -> PreTrainedModel:
    """Make ELECTRA's generator for a discriminator: `share` as wide, with the same embeddings, not copies of them."""
    config = deepcopy(discriminator.config)
    config.hidden_size = max(1, round(config.hidden_size * share))
    config.intermediate_size = max(1, round(config.intermediate_size * share))
    wanted = max(1, round(config.num_attention_heads * share))
    config.num_attention_heads = next(count for count in range(wanted, 0, -1) if config.hidden_size % count == 0)
    generator: Any = new_model(config, "masked", seed=derive(seed, "generator"))
    shared: Any = discriminator.base_model
    generator.electra.embeddings = shared.embeddings
    generator.tie_weights()
    made: PreTrainedModel = generator
    return made


def _apart(parts_BT: Tensor, is_read_BT: Tensor | None, *, causal: bool) -> Tensor:
    """Return which tokens see which (B, 1, T, T): those of their own part, and where causal not those behind."""
    mask_BTT = parts_BT[:, :, None] == parts_BT[:, None, :]
    if is_read_BT is not None:
        mask_BTT = mask_BTT & is_read_BT.bool()[:, None, :]
    return (mask_BTT.tril() if causal else mask_BTT)[:, None]


def _for_layers(mask_B1TT: Tensor, config: Any) -> Tensor | dict[str, Tensor]:
    """Return the mask, for ModernBERT one for each kind of its layers."""
    if config.model_type != "modernbert":
        return _as_read(mask_B1TT, config)
    places_T = torch.arange(mask_B1TT.shape[-1], device=mask_B1TT.device)
    near_TT = (places_T[:, None] - places_T).abs() <= config.sliding_window
    masks = {"full_attention": mask_B1TT, "sliding_attention": mask_B1TT & near_TT}
    return {kind: _as_read(mask, config) for kind, mask in masks.items()}


def _as_read(mask_B1TT: Tensor, config: Any) -> Tensor:
    """Return what the attention takes: transformers' plain one adds its mask to the scores, and takes no truths."""
    if config._attn_implementation != "eager":
        return mask_B1TT
    added_B1TT = torch.zeros_like(mask_B1TT, dtype=torch.float32)
    return added_B1TT.masked_fill_(~mask_B1TT, torch.finfo(torch.float32).min)
