"""What runs on one base hold together: one copy of its weights, its layers once for all, and its tokenizer.

A run is told from the base by its weights alone, bit by bit: whatever it says of itself, what is shared is equal.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from transformers import PreTrainedModel

from accent.inference.additions import Additions
from accent.inference.mixing import Trunk
from accent.inference.settings import Settings
from accent.modeling import Anatomy, Base, Cut, HeadName
from accent.strategies.activations import settings_below
from accent.tokenization import Encoder, LongTexts, load_tokenizer, position_limit

__all__ = ["Encoders", "SharedBase", "SharedBases", "bytes_of", "differs_by_additions"]

_READS: tuple[HeadName, ...] = ("sequence", "tokens", "span")
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)


class SharedBase:
    """The weights of one base, and of a family that reads its layers, for as long as a run holds it."""

    def __init__(self, base: Base, device: torch.device, precision: str) -> None:
        self.base = base
        self._device = device
        self._precision = precision
        self._weights: dict[str, Tensor] = {}
        self._trunk: Trunk | None = None

    def adopt(self, model: PreTrainedModel, *, changed: bool) -> set[str]:
        """Let a model hold the base's own tensors wherever its weights equal them; return these weights' names.

        `changed` is whether the model was made from the base, so that what is frozen in it is the base's.
        """
        shared = set()
        for name, parameter in model.named_parameters():
            key = _key(name, model)
            if changed and not parameter.requires_grad:
                self._weights.setdefault(key, parameter.data)
            known = self._weights.get(key)
            if known is not None and known.shape == parameter.shape and torch.equal(known, parameter.data):
                parameter.data = known
                shared.add(name)
            else:
                parameter.data = parameter.data.clone()  # from a file that would stay mapped as long as a part is used
        return shared

    def trunk(self, model: PreTrainedModel, head: HeadName) -> Trunk | None:
        """Return the layers that can answer for this model too; None where its family or head does not allow it."""
        anatomy = Anatomy.of(model, head)
        if head not in _READS or not Cut.possible(model, anatomy, len(anatomy.layers)):
            return None
        if self._trunk is None:
            trunk = Trunk(self.base, self._device, precision=self._precision)
            trunk.model.requires_grad_(False)
            self.adopt(trunk.model, changed=True)
            trunk.settle()
            self._trunk = trunk
        return self._trunk


class SharedBases:
    """Every base that a run holds, by digest."""

    def __init__(self, device: torch.device, precision: str) -> None:
        self._device = device
        self._precision = precision
        self._held: WeakValueDictionary[str, SharedBase] = WeakValueDictionary()

    def of(self, base: Base) -> SharedBase:
        """Return what is shared of this base."""
        found = self._held.get(base.digest)
        if found is None:
            found = self._held[base.digest] = SharedBase(base, self._device, self._precision)
        return found

    def known(self, digest: str) -> SharedBase | None:
        """Return what is shared of the base with this digest, where a run holds it."""
        return self._held.get(digest)


class Encoders:
    """Encoders by the tokenizer's files and what is asked of them: runs with equal ones hold one."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[tuple[str, int, LongTexts], Encoder] = WeakValueDictionary()

    def of(self, folder: Path, settings: Settings) -> Encoder:
        """Return the encoder of a model folder. Raises BaseModelError where there is no tokenizer in it."""
        key = (_digest(folder), settings.max_length, settings.long_texts)
        found = self._held.get(key)
        if found is None:
            made = Encoder(load_tokenizer(folder), settings.max_length, long_texts=settings.long_texts)
            found = self._held[key] = made
        return found


def differs_by_additions(model: PreTrainedModel, trunk: Trunk, shared: set[str]) -> bool:
    """Say whether a model differs from the trunk, up to its last layer, by additions alone.

    `shared` are the names of its weights that are the base's.
    """
    layers = trunk.anatomy.layers
    below = [name for name, _ in model.named_parameters() if trunk.anatomy.depth(name) <= len(layers)]
    same = all(name in shared or Additions.is_added(name) for name in below)
    return same and settings_below(model) == settings_below(trunk.model)


def bytes_of(model: PreTrainedModel, *, without: set[str]) -> int:
    """Return the bytes of a model's weights, those of these names left out."""
    own = (parameter for name, parameter in model.named_parameters() if name not in without)
    return sum(parameter.numel() * parameter.element_size() for parameter in own)


def _key(name: str, model: Any) -> str:
    """Return the name that a weight has in every model of its base, whatever stands on top."""
    return name.removeprefix(f"{model.base_model_prefix}.").replace(".base_layer.", ".")


def _digest(folder: Path) -> str:
    settings = (position_limit(folder), *_vocabulary(folder))
    digest = hashlib.sha256(repr(settings).encode())
    for name in _TOKENIZER_FILES:
        path = folder / name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _vocabulary(folder: Path) -> tuple[Any, Any]:
    """Return what config.json says of the tokenizer: the family that it is of, and the ids that there are."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return (config.get("model_type"), config.get("vocab_size")) if isinstance(config, dict) else (None, None)
