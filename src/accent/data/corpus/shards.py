"""Shards: some documents as arrays in one whole file, so that a building that breaks off loses little."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.data.corpus.documents import Document
from accent.data.corpus.facts import Listen, SplitFacts
from accent.data.corpus.survey import DROPPED, TRAIN, VALIDATION, Survey
from accent.data.corpus.tokenizing import Arrays, Tokenizing
from accent.data.corpus.whole import write_whole

__all__ = ["ARRAYS", "STREAMS", "Done", "Shard", "make_shards"]

CHARACTERS = 8 * 10**6
"""Text of a shard: about 2 million tokens, made in 5 to 10 seconds."""
FATES = {"train": TRAIN, "validation": VALIDATION}
STREAMS = ("train", "validation", "train-pair", "validation-pair")
"""The texts of each split, and their translations."""
ARRAYS = ("tokens", "words", "sentences", "documents")
"""What there is of each stream."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A file of arrays by stream, and what is counted in it."""

    path: Path
    facts: dict[str, SplitFacts]
    """The numbers of each stream; all 0 of a corpus without translations."""
    empty: int
    """Documents that were left out, because they, or their translations, have no token."""

    def array(self, stream: str, name: str) -> npt.NDArray[Any]:
        """Return one of the stream's arrays, one of ARRAYS; starts are counted in the stream's tokens here."""
        with np.load(self.path, allow_pickle=False) as file:
            read: npt.NDArray[Any] = file[f"{stream}.{name}"]
        return read


@dataclass(frozen=True, kw_only=True)
class Done:
    """All shards in order; `tokens` of them were made now, in `seconds`."""

    shards: tuple[Shard, ...]
    tokens: int
    seconds: float


def make_shards(
    documents: Iterable[Document], found: Survey, tokenizing: Tokenizing, *, folder: Path, listen: Listen
) -> Done:
    """Tokenize the documents that `found` keeps, shard by shard; a shard that is there as a whole is not made again."""
    shards: list[Shard] = []
    tokens, seconds, characters = 0, 0.0, 0
    for number, part in enumerate(_portions(documents, found.fates)):
        path = folder / f"shard-{number:05}.npz"
        shard = _read(path)
        if shard is None:
            begun = time.perf_counter()
            shard = _make(path, part, tokenizing)
            seconds += time.perf_counter() - begun
            tokens += sum(split.tokens for split in shard.facts.values())
        shards.append(shard)
        characters += sum(_size(document) for document, _ in part)
        done = {"what": "characters tokenized", "done": characters, "total": found.characters}
        there = sum(split.tokens for one in shards for split in one.facts.values())
        listen("progress", {**done, "tokens": there, "tokens_per_second": tokens / seconds if tokens else None})
    return Done(shards=tuple(shards), tokens=tokens, seconds=seconds)


def _portions(documents: Iterable[Document], fates: npt.NDArray[np.uint8]) -> Iterator[list[tuple[Document, int]]]:
    """Yield the documents that are kept with their fates, about CHARACTERS at a time."""
    held: list[tuple[Document, int]] = []
    size = 0
    for document, fate in zip(documents, fates, strict=True):
        if fate == DROPPED:
            continue
        held.append((document, int(fate)))
        size += _size(document)
        if size >= CHARACTERS:
            yield held
            held, size = [], 0
    if held:
        yield held


def _size(document: Document) -> int:
    return len(document.text) + len(document.pair or "")


def _make(path: Path, documents: list[tuple[Document, int]], tokenizing: Tokenizing) -> Shard:
    streams: dict[str, Arrays] = {}
    empty = 0
    for split, wanted in FATES.items():
        chosen = [document for document, fate in documents if fate == wanted]
        texts = tokenizing.arrays(document.text for document in chosen)
        pairs = tokenizing.arrays(document.pair for document in chosen if document.pair is not None)
        kept = texts.sizes > 0
        if len(pairs.sizes):
            kept &= pairs.sizes > 0
            pairs = pairs.only(kept)
        streams |= {split: texts.only(kept), f"{split}-pair": pairs}
        empty += int(np.sum(~kept))
    facts = {stream: _facts(made, tokenizing.unknown) for stream, made in streams.items()}
    content = {f"{stream}.{name}": getattr(made, name) for stream, made in streams.items() for name in ARRAYS}
    counts = {f"{stream}.facts": np.array(list(asdict(facts[stream]).values())) for stream in STREAMS}
    write_whole(path, lambda file: np.savez(file, **content, **counts, empty=np.array(empty)))  # type: ignore[arg-type]
    return Shard(path=path, facts=facts, empty=empty)


def _facts(made: Arrays, unknown: int | None) -> SplitFacts:
    return SplitFacts(
        documents=len(made.sizes),
        sentences=len(made.sentences),
        words=int(made.words.sum()),
        tokens=len(made.tokens),
        unknown=0 if unknown is None else int(np.sum(made.tokens == unknown)),
    )


def _read(path: Path) -> Shard | None:
    """Return the shard in `path`, None where there is none that is whole."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            facts = {stream: SplitFacts(*file[f"{stream}.facts"].tolist()) for stream in STREAMS}
            empty = int(file["empty"])
            whole = all(f"{stream}.{name}" in file.files for stream in STREAMS for name in ARRAYS)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return Shard(path=path, facts=facts, empty=empty) if whole else None
