"""Save a model in transformers' layout, whole files only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from accent.modeling.quiet import quiet_transformers
from accent.modeling.weights import CHANGES_FILE
from accent.records import disk
from accent.records.files import explained, make_folders

__all__ = ["save_model", "save_part", "save_tokenizer"]


def save_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer's files into `folder`, made where it is missing.

    All files are written beside it and flushed first; then each takes its place, the weights last. Raises RunError
    where the disk is full or the place cannot be written to.
    """
    with _whole_files(Path(folder), _bytes(dict(model.named_parameters()))) as partial:
        tokenizer.save_pretrained(str(partial))
        model.save_pretrained(str(partial))


def save_part(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    weights: Mapping[str, Tensor],
    folder: Path,
    *,
    add: Callable[[Path], object] | None = None,
) -> None:
    """Write config.json, adapter_model.safetensors with `weights`, and the tokenizer's files, as `save_model` does.

    `add` writes further files into the folder that it is given.
    """
    config = deepcopy(model.config)
    config.architectures = [type(model).__name__]
    with _whole_files(Path(folder), _bytes(weights)) as partial:
        tokenizer.save_pretrained(str(partial))
        config.save_pretrained(str(partial))
        if add is not None:
            add(partial)
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        save_file(whole, partial / CHANGES_FILE, metadata={"format": "pt"})


def save_tokenizer(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write the tokenizer's files into `folder` as `save_model` does, tokenizer.json last: with it they are whole."""
    with _whole_files(Path(folder), 0) as partial:
        tokenizer.save_pretrained(str(partial))


@contextmanager
def _whole_files(folder: Path, needed: int) -> Iterator[Path]:
    """Give a folder beside the files' places; what is written there takes its place at the end, the weights last."""
    make_folders(folder)
    with explained(folder, needed), _partial(folder) as partial, quiet_transformers():
        yield partial
        files = sorted(
            partial.iterdir(), key=lambda path: (path.suffix == ".safetensors", path.name == "tokenizer.json")
        )
        for path in files:
            _flush(path)
        for path in files:
            disk.rename(path, folder / path.name)
        disk.sync_folder(folder)


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    partial = folder / f".partial-{os.getpid()}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        disk.sync_file(descriptor)
    finally:
        os.close(descriptor)


def _bytes(weights: Mapping[str, Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
