"""Save what a strategy moved, without the base, and put it onto the base again.

Weights have PEFT's names: `base_model.model.` before their own, and no name of an adapter in them. LoRA's folder has
PEFT's adapter_config.json too, and loads with `peft.PeftModel.from_pretrained`; for the others PEFT has no method.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from accent.errors import RunError
from accent.modeling import CHANGES_FILE, Anatomy, HeadName, save_part
from accent.strategies.lora import Lora
from accent.strategies.protocol import Strategy

__all__ = ["load_changes", "save_changes"]

_PEFT_PREFIX = "base_model.model."
_NAMES_SHOWN = 5


def save_changes(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, strategy: Strategy, folder: Path, *, base: str
) -> None:
    """Write the weights that may move, config.json and the tokenizer's files; `base` is the name of the base.

    Raises RunError where the disk is full or the place cannot be written to.
    """
    moving = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    description = strategy.described(model, base=base, saved=moving) if isinstance(strategy, Lora) else None
    save_part(
        model,
        tokenizer,
        {_stored_name(name): parameter for name, parameter in moving.items()},
        folder,
        add=None if description is None else lambda place: description.save_pretrained(str(place)),
    )


def load_changes(model: PreTrainedModel, strategy: Strategy, folder: Path, *, head: HeadName) -> None:
    """Prepare a base as `strategy` does and give it the weights of `folder`, strictly.

    Raises RunError where a weight is missing, left over or of another shape.
    """
    moving = strategy.prepare(model, Anatomy.of(model, head), seed=0)
    parameters = {_stored_name(moved.name): moved.parameter for moved in moving}
    stored = _read(folder / CHANGES_FILE)
    shared = parameters.keys() & stored.keys()
    undeclared = {
        "missing": parameters.keys() - shared,
        "left over": stored.keys() - shared,
        "of another shape": {name for name in shared if stored[name].shape != parameters[name].shape},
    }
    for kind, names in undeclared.items():
        if names:
            raise _strange(kind, sorted(names), folder)
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(stored[name])


def _stored_name(name: str) -> str:
    return _PEFT_PREFIX + name.replace(".lora_A.default.", ".lora_A.").replace(".lora_B.default.", ".lora_B.")


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise RunError(
            f"the weights cannot be read: {error}", where=str(path), remedy="Copy the model folder again from its run."
        ) from error


def _strange(kind: str, names: list[str], folder: Path) -> RunError:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    count = "1 weight is" if len(names) == 1 else f"{len(names)} weights are"
    return RunError(
        f"{count} {kind}: {shown}{more}",
        where=str(folder / CHANGES_FILE),
        remedy="The weights do not fit accent.json: copy the model folder again from its run.",
    )
