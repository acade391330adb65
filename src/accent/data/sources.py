"""What DATA means: a file, a folder of splits, `builtin:NAME`, or a Hub data set; resolved into files by split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz import process

from accent.config.data import DataConfig
from accent.config.paths import typed_path
from accent.config.types import Format
from accent.data.builtin import BUILTIN_DATA, read_builtin
from accent.data.compression import COMPRESSIONS, plain_name
from accent.data.encoding import find_encoding
from accent.data.formats import SUFFIXES
from accent.data.readers import InputFile
from accent.data.readers.json_file import json_members
from accent.data.vocabulary import ALL_ROWS, SPLIT_NAMES, SPLITS
from accent.errors import DataError

__all__ = ["HubSource", "SourceFile", "Sources", "find_sources", "no_such_file"]

HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?(:[\w.-]+)?")
SHARD = re.compile(r"-\d+-of-\d+$")
BESIDE_THE_DATA = re.compile(r"(source|readme|license|licence|labels|manifest|vocab)(\..*)?", re.IGNORECASE)
DATA_FORMATS = frozenset(SUFFIXES)


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One file of rows; `name` is what rows and messages call it, `member` the list in a JSON document."""

    path: Path
    name: str
    member: str | None = None


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """A data set on the Hub: `owner/name`, and `configuration` where it has several."""

    name: str
    configuration: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the rows come from: files by split (ALL_ROWS where there is no split), or a data set on the Hub."""

    files: dict[str, tuple[SourceFile, ...]]
    hub: HubSource | None = None


def find_sources(config: DataConfig) -> Sources:
    """Return the files behind `config.source`, with `config.validation` and `config.test` in their places.

    Raises DataError where there is no such file, folder or built-in set, where a folder holds no data, and where two
    files claim one split.
    """
    sources = _find_source(config)
    extra = {
        split: (_existing(name),)
        for split, name in (("validation", config.validation), ("test", config.test))
        if name is not None
    }
    if not extra:
        return sources
    files = {("train" if split == ALL_ROWS else split): found for split, found in sources.files.items()}
    return replace(sources, files={**files, **extra})


def _find_source(config: DataConfig) -> Sources:
    name = config.source
    if name.startswith("builtin:"):
        return _builtin(name)
    path = typed_path(name)
    if path.is_dir():
        return Sources(files=_in_folder(path, config.format))
    if path.exists() or not _may_be_hub(name):
        return Sources(files=_in_file(_existing(name), config.format))
    dataset, _, configuration = name.partition(":")
    return Sources(files={}, hub=HubSource(name=dataset, configuration=configuration or None))


def _builtin(source: str) -> Sources:
    name = source.removeprefix("builtin:")
    if name not in BUILTIN_DATA:
        raise DataError(
            f"no built-in data set is called {name!r}",
            where=source,
            remedy=f"There are: {', '.join(sorted(BUILTIN_DATA))}.",
        )
    files = read_builtin(name)
    return Sources(
        files={split: (SourceFile(path=path, name=f"{source}/{path.name}"),) for split, path in files.items()}
    )


def _may_be_hub(name: str) -> bool:
    """Return whether a name that is no path here can be one on the Hub: not with a data file's suffix, not ./this."""
    suffix = Path(plain_name(Path(name))).suffix.lower()
    compressed = Path(name).suffix.lower() in COMPRESSIONS
    return bool(HUB_NAME.fullmatch(name)) and suffix not in DATA_FORMATS and not compressed and not name.startswith(".")


def _existing(name: str) -> SourceFile:
    path = typed_path(name)
    if path.is_file():
        return SourceFile(path=path, name=name)
    if path.is_dir():
        raise DataError("a folder, where a file is needed", where=name, remedy="Give one file of rows.")
    raise no_such_file(name)


def no_such_file(name: str) -> DataError:
    """Return the error for a path that does not exist, with the nearest file of the nearest folder that does."""
    path = typed_path(name)
    if not path.parent.is_dir():
        remedy = f"The folder {path.parent} does not exist either: check the path."
    else:
        entries = [entry.name for entry in path.parent.iterdir() if not entry.name.startswith(".")]
        nearest = process.extractOne(path.name, entries, score_cutoff=50)
        shown = path.parent / nearest[0] if nearest else None
        remedy = f"Did you mean {shown}?" if shown else f"Check the path: nothing in {path.parent} has a name like it."
    return DataError("no such file or folder", where=name, remedy=remedy)


def _in_file(file: SourceFile, asked: Format | None) -> dict[str, tuple[SourceFile, ...]]:
    """Return the file as a whole, or by split where it is a JSON document with one list of rows a split."""
    is_json = asked == "json" or (asked is None and plain_name(file.path).lower().endswith(".json"))
    if is_json:
        encoding = find_encoding(file.path, None).name
        members = json_members(InputFile(path=file.path, name=file.name, encoding=encoding))
        if "train" in members:
            return {split: (replace(file, member=key),) for split, key in members.items()}
    return {ALL_ROWS: (file,)}


def _in_folder(folder: Path, asked: Format | None) -> dict[str, tuple[SourceFile, ...]]:
    paths = sorted(path for path in folder.iterdir() if _is_data(path, asked))
    by_split = {split: found for split in SPLITS if (found := _of_split(folder, paths, split))}
    if by_split:
        return {split: _named(found) for split, found in by_split.items()}
    if len(paths) == 1:
        return _in_file(_named(paths)[0], asked)
    if not paths:
        raise DataError(
            "a folder without data",
            where=str(folder),
            remedy="Put train, validation and test files there (such as train.csv), or give one file.",
        )
    shown = ", ".join(path.name for path in paths[:6]) + (" ..." if len(paths) > 6 else "")  # noqa: PLR2004
    raise DataError(
        f"several files and none called train: {shown}",
        where=str(folder),
        remedy=f"Give one of them, such as {paths[0]}, or rename them to train, validation and test.",
    )


def _is_data(path: Path, asked: Format | None) -> bool:
    if not path.is_file() or path.name.startswith(".") or BESIDE_THE_DATA.fullmatch(path.name):
        return False
    return asked is not None or Path(plain_name(path)).suffix.lower() in DATA_FORMATS


def _of_split(folder: Path, paths: Iterable[Path], split: str) -> list[Path]:
    """Return the files of one split: `train.csv` before `sst-train.csv`, and several only where they are shards."""
    exact, partly = [], []
    for path in paths:
        stem = _stem(path)
        if SPLIT_NAMES.get(stem) == split:
            exact.append(path)
        elif split in {SPLIT_NAMES.get(word) for word in re.split(r"[-_. ]", stem)}:
            partly.append(path)
    found = exact or partly
    if len(found) > 1 and not all(SHARD.search(_stem(path)) for path in found):
        raise DataError(
            f"several files for {split}: {', '.join(path.name for path in found)}",
            where=str(folder),
            remedy="Keep one of them there, or give the files: DATA --validation FILE --test FILE.",
        )
    return found


def _stem(path: Path) -> str:
    plain = Path(plain_name(path))
    return (plain.stem if plain.suffix.lower() in DATA_FORMATS else plain.name).lower()


def _named(paths: Iterable[Path]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(path=path, name=str(path)) for path in paths)
