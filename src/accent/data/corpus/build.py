"""A corpus made once: documents read, duplicates dropped, split, tokenized, and kept on disk for every later run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from accent.config.corpus import CorpusConfig
from accent.data.corpus.documents import Part, documents_of, find_parts
from accent.data.corpus.facts import CorpusFacts, Listen, SplitFacts, ignore
from accent.data.corpus.shards import ARRAYS, STREAMS, Done, Shard, make_shards
from accent.data.corpus.split import Split, open_split, stream_file, write_stream
from accent.data.corpus.survey import Survey, survey
from accent.data.corpus.tokenizing import Tokenizing
from accent.data.corpus.whole import alone, write_whole
from accent.data.store import cache_folder, key_of
from accent.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["Corpus", "build_corpus"]

# Part of every key: a change of how documents are read, cut or written raises it, and old folders are not found.
VERSION = 1
FACTS = "corpus.json"


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A tokenized corpus on disk; `validation` is None where no share was asked for."""

    folder: Path
    fingerprint: str
    """A digest of all that the arrays come from: files, reading, tokenizer, seed."""
    facts: CorpusFacts
    train: Split
    validation: Split | None


def build_corpus(
    config: CorpusConfig,
    tokenizer: PreTrainedTokenizerFast,
    *,
    folder: Path | None = None,
    seed: int,
    offline: bool = False,
    listen: Listen = ignore,
) -> Corpus:
    """Return the corpus that `config` describes, tokenized; from `folder` where it was made before.

    `folder` holds one folder a corpus, by fingerprint; without it, the cache is it. The corpus is read twice, once to
    find duplicates and the split, once to tokenize, in memory that does not grow with it. What broke off goes on with
    the next shard. The seed moves documents between the splits and nothing else.

    Raises DataError for all that `read_documents` raises it for, where no document is left to train on, and where no
    document has a token.
    """
    begun = time.perf_counter()
    parts, left_out = find_parts(config, offline=offline)
    tokenizing = Tokenizing(tokenizer)
    key = _key(parts, config, tokenizing, seed=seed)
    place = (cache_folder("corpora") if folder is None else folder) / key
    with alone(place):
        facts = _known(place)
        if facts is None:
            listen("stage", {"what": "reading the corpus"})
            given = any(part.split == "validation" for part in parts)
            found = survey(documents_of(parts, config.limit), config, seed=seed, given=given, listen=listen)
            listen("stage", {"what": "tokenizing the corpus"})
            documents = documents_of(parts, config.limit)
            done = make_shards(documents, found, tokenizing, folder=place, listen=listen)
            facts = _facts(parts, left_out, found, done, seconds=time.perf_counter() - begun)
            _finish(place, facts, done.shards)
    return _open(place, key, facts)


def _key(parts: Iterable[Part], config: CorpusConfig, tokenizing: Tokenizing, *, seed: int) -> str:
    """Return the digest of contents and settings; where files lie and what they are called is no part of it."""
    settings = {
        name: getattr(config, name)
        for name in ("text_column", "pair_column", "documents", "validation_share", "limit", "deduplicate", "encoding")
    }
    files = [(part.digest, part.split) for part in parts]
    return key_of(corpus=VERSION, files=files, settings=settings, tokenizer=tokenizing.digest, seed=seed)


def _facts(
    parts: Iterable[Part], left_out: tuple[str, ...], found: Survey, done: Done, *, seconds: float
) -> CorpusFacts:
    sums = {stream: _sum([shard.facts[stream] for shard in done.shards]) for stream in STREAMS}
    if sums["train"] is None:
        raise DataError(
            "a corpus without tokens: the tokenizer makes nothing of its text",
            where=", ".join(part.name for part in parts)[:200],
            remedy="Take a tokenizer that was trained on such text.",
        )
    return CorpusFacts(
        files=tuple(part.name for part in parts),
        left_out=left_out,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes())),
        documents=sum(split.documents for split in (sums["train"], sums["validation"]) if split is not None),
        duplicates=found.duplicates,
        empty=sum(shard.empty for shard in done.shards),
        characters=found.characters,
        train=sums["train"],
        validation=sums["validation"],
        train_pair=sums["train-pair"],
        validation_pair=sums["validation-pair"],
        seconds=round(seconds, 2),
        tokens_per_second=round(done.tokens / done.seconds) if done.tokens else None,
    )


def _sum(parts: list[SplitFacts]) -> SplitFacts | None:
    """Return the numbers of a stream in all its shards, None where it has no tokens."""
    added = SplitFacts(*np.sum([astuple(part) for part in parts], axis=0).tolist())
    return added if added.tokens else None


def _finish(folder: Path, facts: CorpusFacts, shards: tuple[Shard, ...]) -> None:
    """Join the shards, then say that the corpus is whole, then remove them."""
    for stream in STREAMS:
        write_stream(folder, stream, shards)
    sizes = {path.name: path.stat().st_size for path in _files(folder, facts)}
    text = json.dumps({"facts": asdict(facts), "bytes": sizes}, ensure_ascii=False, indent=1).encode()

    def write(file: IO[bytes]) -> None:
        file.write(text)

    write_whole(folder / FACTS, write)
    for shard in shards:
        shard.path.unlink(missing_ok=True)


def _known(folder: Path) -> CorpusFacts | None:
    """Return the facts of the corpus in `folder`, None where there is none that is whole."""
    try:
        stored = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        facts = stored["facts"]
        whole = all((folder / name).stat().st_size == size for name, size in stored["bytes"].items())
    except (OSError, ValueError, KeyError):
        return None
    streams = {name: SplitFacts(**facts[name]) if facts[name] else None for name in map(_field, STREAMS)}
    lists = {name: tuple(facts[name]) for name in ("files", "left_out", "notes")}
    return CorpusFacts(**(facts | streams | lists)) if whole else None


def _open(folder: Path, key: str, facts: CorpusFacts) -> Corpus:
    train = open_split(folder, "train", facts.train, facts.train_pair)
    validation = None
    if facts.validation is not None:
        validation = open_split(folder, "validation", facts.validation, facts.validation_pair)
    return Corpus(folder=folder, fingerprint=key, facts=facts, train=train, validation=validation)


def _files(folder: Path, facts: CorpusFacts) -> list[Path]:
    there = [stream for stream in STREAMS if getattr(facts, _field(stream)) is not None]
    return [stream_file(folder, stream, name) for stream in there for name in ARRAYS]


def _field(stream: str) -> str:
    """Return what a stream is called among the facts."""
    return stream.replace("-", "_")
