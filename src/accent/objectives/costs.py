"""How many floating point operations a token of pretraining takes: what the model asks for, not what a kernel does.

A product with a matrix of P numbers takes 2 P operations forwards and 4 P backwards; attention of a token to T others
takes two products of T x D. With P_l the numbers in the matrices of a layer, L layers, P_h those of the head, and M / N
the share of the tokens that are predicted:

    F = 6 L P_l + 12 L T D + 6 P_h M / N

Embeddings are looked up and cost nothing here; norms, activations and poolers are left out, as is usual (Kaplan et al.
2020, arXiv 2001.08361, table 1; Chowdhery et al. 2022, arXiv 2204.02311, appendix B). Attention that sees only a part
of the row is counted whole. A decoder counts the tokens that it writes, a generator beside the model counts too.

Legend: N tokens that are read, M places, T tokens of a row, D width.
"""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import PreTrainedModel

from accent.modeling import layer_paths
from accent.objectives.model import PretrainingModel
from accent.objectives.protocol import Prepared

__all__ = ["operations_a_token"]

_FORWARD_AND_BACKWARD = 3
_CROSS_INPUTS = ("EncDecAttention.k", "EncDecAttention.v")


def operations_a_token(model: PretrainingModel, prepared: Prepared) -> float:
    """Return the operations of one update over this batch, forwards and backwards, for each token that it reads."""
    rows, length = prepared.inputs["input_ids"].shape
    places = len(prepared.inputs.get("places", ()))
    kept = model.kept
    if kept.config.is_encoder_decoder:
        forward = _writer(kept, rows, (length, prepared.inputs["decoder_input_ids"].shape[1]), places)
    else:
        forward = _reader(kept, rows, length, rows * length if model.generator is not None else places)
    if model.generator is not None:
        forward += _reader(model.generator, rows, length, places)
    if model.boundary is not None:
        forward += 2.0 * places * (_matrices(model.boundary) + _output(kept))
    return _FORWARD_AND_BACKWARD * forward / max(1, prepared.tokens)


def _reader(model: PreTrainedModel, rows: int, length: int, asked: int) -> float:
    """Return the forward operations of an encoder, or of a decoder alone, with `asked` places of its head."""
    layers, width = int(model.config.num_hidden_layers), int(model.config.hidden_size)
    paths = layer_paths(model)
    repeated = layers / len(paths)  # ALBERT's one layer runs many times
    inside = repeated * sum(_matrices(model.get_submodule(path)) for path in paths)
    attention = 2.0 * layers * 2 * length * width
    return rows * length * (2.0 * inside + attention) + 2.0 * asked * _head(model)


def _writer(model: PreTrainedModel, rows: int, lengths: tuple[int, int], asked: int) -> float:
    """Return the forward operations of an encoder and a decoder, whose tokens differ in number."""
    read, written = lengths
    config: Any = model.config
    width = config.num_heads * config.d_kv
    products = 0.0
    for path in layer_paths(model):
        layer = model.get_submodule(path)
        is_decoder = path.startswith("decoder.")
        across = sum(_matrices(one) for name, one in layer.named_modules() if name.endswith(_CROSS_INPUTS))
        own = _matrices(layer) - across
        products += own * (written if is_decoder else read) + across * read
        products += 2 * width * (written * (written + read) if is_decoder else read * read)
    return rows * 2.0 * products + 2.0 * asked * _output(model)


def _head(model: PreTrainedModel) -> int:
    """Return the numbers in the matrices above the base model: a transform and the output over the vocabulary."""
    base = set(model.base_model.modules())
    return sum(_own(module) for module in model.modules() if module not in base and not _asks_pairs(model, module))


def _asks_pairs(model: PreTrainedModel, module: nn.Module) -> bool:
    own: Any = model
    pairs = (getattr(own, "sop_classifier", None), getattr(getattr(own, "cls", None), "seq_relationship", None))
    return any(module is one or (one is not None and module in set(one.modules())) for one in pairs)


def _output(model: PreTrainedModel) -> int:
    own: Any = model
    return int(own.get_output_embeddings().weight.numel())


def _matrices(module: nn.Module) -> int:
    return sum(_own(one) for one in module.modules())


def _own(module: nn.Module) -> int:
    """Return the numbers in a module's own matrices; tables that are looked up multiply nothing."""
    if isinstance(module, nn.Embedding):
        return 0
    return sum(weight.numel() for weight in module.parameters(recurse=False) if weight.dim() == 2)  # noqa: PLR2004
