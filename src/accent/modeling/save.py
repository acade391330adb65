"""Save a model in transformers' layout, whole files only."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from accent.modeling.quiet import quiet_transformers
from accent.records import disk
from accent.records.files import explained, make_folders

__all__ = ["save_model"]


def save_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write config.json, model.safetensors and the tokenizer's files into `folder`, made where it is missing.

    All files are written beside it and flushed first; then each takes its place, the weights last. Raises RunError
    where the disk is full or the place cannot be written to.
    """
    folder = Path(folder)
    make_folders(folder)
    with explained(folder, _bytes(model)), _partial(folder) as partial, quiet_transformers():
        tokenizer.save_pretrained(str(partial))
        model.save_pretrained(str(partial))
        files = sorted(partial.iterdir(), key=lambda path: path.suffix == ".safetensors")
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


def _bytes(model: PreTrainedModel) -> int:
    return sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
