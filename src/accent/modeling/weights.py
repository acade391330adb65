"""The weight files of a checkpoint folder: found, named, digested. Only safetensors is accepted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from accent.errors import BaseModelError

__all__ = ["CHANGES_FILE", "read_weights", "weight_bytes", "weight_files", "weight_names", "weights_digest"]

CHANGES_FILE = "adapter_model.safetensors"
"""Weights that are put onto a base, in PEFT's name for them."""
_SINGLE = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_CHUNK = 2**20
_digests: dict[tuple[str, int, int], str] = {}  # a fact about a file's contents: remembered while the process lives


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the safetensors files of a folder: one, or the shards that its index names.

    Raises BaseModelError where there is none, and says so where there is a pickle instead.
    """
    if (folder / _SINGLE).is_file():
        return (folder / _SINGLE,)
    if not (folder / _INDEX).is_file():
        raise _no_weights(folder)
    try:
        names = sorted(set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BaseModelError(
            "the index of the weights cannot be read",
            where=str(folder / _INDEX),
            remedy="Copy the checkpoint again.",
        ) from error
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise BaseModelError(
            f"{len(missing)} of {len(names)} weight files are missing, {missing[0]} first",
            where=str(folder),
            remedy="Copy the checkpoint again, with all of its files.",
        )
    return tuple(folder / name for name in names)


def weight_bytes(folder: Path) -> int:
    """Return what a folder's weights take up on disk, those that are put onto a base where it holds no others."""
    changes = folder / CHANGES_FILE
    files = (changes,) if changes.is_file() and not (folder / _SINGLE).is_file() else weight_files(folder)
    return sum(file.stat().st_size for file in files)


def weights_digest(folder: Path) -> str:
    """Return the SHA-256 of a folder's weights in hexadecimal; of several shards, that of their digests in order."""
    files = weight_files(folder)
    if len(files) == 1:
        return _file_digest(files[0])
    return hashlib.sha256("".join(_file_digest(file) for file in files).encode()).hexdigest()


def weight_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all tensors; only the files' headers are read."""
    names: list[str] = []
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                names.extend(file.keys())
        except (SafetensorError, OSError) as error:
            raise _unreadable(path, error) from error
    return tuple(names)


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Return all tensors by name."""
    tensors: dict[str, torch.Tensor] = {}
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                tensors |= {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        except (SafetensorError, OSError) as error:
            raise _unreadable(path, error) from error
    return tensors


def _unreadable(path: Path, error: Exception) -> BaseModelError:
    return BaseModelError(
        f"the weights cannot be read: {error}", where=str(path), remedy="Copy the file again: it is damaged."
    )


def _no_weights(folder: Path) -> BaseModelError:
    if (folder / CHANGES_FILE).is_file():
        return BaseModelError(
            "the folder holds changes to a base, and no whole model",
            where=str(folder),
            remedy="Give the base that they belong to. Runs of head and lora with --merge hold the whole model.",
        )
    pickles = sorted(path.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt") for path in folder.glob(pattern))
    if pickles:
        return BaseModelError(
            f"the weights are a pickle only ({pickles[0]}), which can run code when it is read",
            where=str(folder),
            remedy="Take a checkpoint with model.safetensors, or convert this one where you trust it.",
        )
    return BaseModelError(
        "no model.safetensors in the folder",
        where=str(folder),
        remedy="Give a folder in transformers' layout: config.json, model.safetensors and a tokenizer.",
    )


def _file_digest(path: Path) -> str:
    facts = path.stat()
    key = (str(path.resolve()), facts.st_size, facts.st_mtime_ns)
    if key not in _digests:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        _digests[key] = digest.hexdigest()
    return _digests[key]
