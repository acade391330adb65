"""What the sources of a corpus mean: files of text or of rows, each for training, for validation, or left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from accent.config.corpus import CorpusConfig
from accent.config.data import DataConfig
from accent.config.paths import typed_path
from accent.data.compression import plain_name
from accent.data.formats import find_format
from accent.data.sources import BESIDE_THE_DATA, DATA_FORMATS, SHARD, HubSource, SourceFile, find_sources
from accent.data.vocabulary import ALL_ROWS, SPLIT_NAMES
from accent.errors import ConfigError, DataError

__all__ = ["CorpusSource", "find_corpus", "reading"]

SAVED_FACTS = frozenset({"dataset_info.json", "dataset_dict.json", "state.json"})
"""What `datasets` writes beside the rows of a saved set."""


@dataclass(frozen=True, kw_only=True)
class CorpusSource:
    """A file or a Hub data set; `split` is train, validation or test, or ALL_ROWS where the source names none.

    `pair` is the file whose lines translate those of `file`.
    """

    split: str
    file: SourceFile | None = None
    hub: HubSource | None = None
    pair: SourceFile | None = None


def find_corpus(config: CorpusConfig) -> tuple[CorpusSource, ...]:
    """Return all that `config.sources` names, in order, each file once; files of test splits are among them.

    A folder is read to its depths, files in the order of their paths; those that only accompany data (README, LICENSE
    ...) and hidden ones are passed over. Raises DataError for a source that is not there or holds no data.
    """
    found = [source for name in config.sources for source in _find(name, config)]
    unique = list({_identity(source): source for source in reversed(found)}.values())[::-1]
    return _with_pairs(unique, config) if config.pair_sources else tuple(unique)


def reading(config: CorpusConfig, source: str) -> DataConfig:
    """Return how one source is read, in the words of data sets."""
    return DataConfig(
        source=source,
        format=config.format,
        encoding=config.encoding,
        delimiter=config.delimiter,
        quoting=config.quoting,
        header=config.header,
        columns=config.columns,
    )


def _find(name: str, config: CorpusConfig) -> Iterator[CorpusSource]:
    path = typed_path(name)
    if path.is_dir():
        yield from _in_folder(path, config)
    elif has_magic(name) and not path.exists():
        yield from _matching(name, config)
    else:
        sources = find_sources(reading(config, name))
        if sources.hub is not None:
            yield CorpusSource(split=ALL_ROWS, hub=sources.hub)
        for split, files in sources.files.items():
            yield from (CorpusSource(split=split, file=file) for file in files)


def _in_folder(folder: Path, config: CorpusConfig) -> Iterator[CorpusSource]:
    paths = [path for path in sorted(folder.rglob("*")) if _is_data(path, folder, config)]
    if not paths:
        raise DataError(
            "a folder without text",
            where=str(folder),
            remedy="Give a folder of .txt, .jsonl, .csv, .tsv or .parquet files, or name them: 'FOLDER/*'.",
        )
    for path, split in zip(paths, _splits(paths, folder), strict=True):
        yield CorpusSource(split=split, file=SourceFile(path=path, name=str(path)))


def _matching(pattern: str, config: CorpusConfig) -> Iterator[CorpusSource]:
    """Yield the files that a pattern names, each as it is: who names files has chosen among the splits."""
    found = [Path(path) for path in sorted(glob(str(typed_path(pattern)), recursive=True))]
    if not found:
        raise DataError(
            "no file has a name like it", where=pattern, remedy="Check the pattern; quote it for the shell."
        )
    for path in found:
        if path.is_dir():
            yield from _in_folder(path, config)
        else:
            yield CorpusSource(split=ALL_ROWS, file=SourceFile(path=path, name=str(path)))


def _is_data(path: Path, folder: Path, config: CorpusConfig) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    if hidden or not path.is_file() or BESIDE_THE_DATA.fullmatch(path.name) or path.name in SAVED_FACTS:
        return False
    return config.format is not None or Path(plain_name(path)).suffix.lower() in DATA_FORMATS


def _splits(paths: Sequence[Path], folder: Path) -> list[str]:
    """Return the split of each file: by its whole name or a folder's, where one beside that is called train.

    A folder of books may hold one called Test or Valid.
    """
    named = [_named(path.relative_to(folder)) for path in paths]
    training = {place for place, split in named if split == "train"}
    return [split if place in training else ALL_ROWS for place, split in named]


def _named(path: Path) -> tuple[Path, str]:
    """Return the first split that a part of the path names, and the folder in which that part stands."""
    parts = [*path.parts[:-1], SHARD.sub("", Path(plain_name(path)).stem)]
    for depth, part in enumerate(parts):
        if part.lower() in SPLIT_NAMES:
            return Path(*parts[:depth]), SPLIT_NAMES[part.lower()]
    return path, ALL_ROWS


def _with_pairs(sources: Sequence[CorpusSource], config: CorpusConfig) -> tuple[CorpusSource, ...]:
    pairs = [source.file for name in config.pair_sources for source in _find(name, config)]
    if len(pairs) != len(sources) or any(source.file is None for source in sources) or None in pairs:
        raise ConfigError(
            f"{len(sources)} files of text and {len(pairs)} of translations",
            where="pair_sources",
            remedy="Give a file of translations for each file of text, in the same order.",
        )
    _check_plain((file for source in sources for file in (source.file,) if file is not None), config)
    return tuple(
        CorpusSource(split=source.split, file=source.file, pair=pair)
        for source, pair in zip(sources, pairs, strict=True)
    )


def _check_plain(files: Iterable[SourceFile], config: CorpusConfig) -> None:
    for file in files:
        if find_format(file.path, config.format).format != "text":
            raise ConfigError(
                "pair_sources go with plain text, a line a text",
                where=file.name,
                remedy="Name the column of translations of a table with --pair-column.",
            )


def _identity(source: CorpusSource) -> tuple[object, ...]:
    if source.file is not None:
        return source.file.path.resolve(), source.file.member
    return (source.hub,)
