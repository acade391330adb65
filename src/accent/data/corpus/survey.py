"""The first reading of a corpus: which documents are kept, which of them are for validation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.config.corpus import CorpusConfig
from accent.data.corpus.documents import Document
from accent.data.corpus.duplicates import Met
from accent.data.corpus.facts import Listen
from accent.errors import DataError
from accent.seeds import derive

__all__ = ["DROPPED", "TRAIN", "VALIDATION", "Survey", "survey"]

DROPPED, TRAIN, VALIDATION = 0, 1, 2
DIGEST = 16
"""Bytes of a document's digest; two texts of a trillion share one with a chance of 1 in 10^15."""
CHUNK = 1 << 22
"""Characters whose documents are looked at together."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What becomes of each document as they are read: DROPPED, TRAIN or VALIDATION, a byte a document."""

    fates: npt.NDArray[np.uint8]
    duplicates: int
    characters: int
    """Of the documents that are kept, translations among them."""


def survey(documents: Iterable[Document], config: CorpusConfig, *, seed: int, given: bool, listen: Listen) -> Survey:
    """Read all documents once.

    A document goes to validation by a digest of its text and the seed, so that neither order nor other documents
    matter; where the sources bring validation documents of their own (`given`), these are it. Where chance leaves
    validation without a document, the one that came nearest is taken. Raises DataError where there is but one.
    """
    key = derive(seed, "corpus").to_bytes(8, "big")
    share = 0.0 if given else config.validation_share
    met, fates, nearest = Met(), bytearray(), (2**64, -1)
    duplicates = characters = 0
    for chunk in _chunks(documents):
        digests, values = _digests(chunk, key)
        new = met.add(digests) if config.deduplicate else np.ones(len(chunk), dtype=bool)
        nearest = min(nearest, _nearest(values, new, len(fates)))
        fates += _fates(chunk, values < np.uint64(share * 2**64), new).tobytes()
        duplicates += int(np.sum(~new))
        characters += sum(len(one.text) + len(one.pair or "") for one, kept in zip(chunk, new, strict=True) if kept)
        listen("progress", {"what": "characters read", "done": characters})
    decided = np.frombuffer(fates, dtype=np.uint8)
    if share and VALIDATION not in decided:
        decided[nearest[1]] = VALIDATION
    _check_training(decided, config, given=given)
    return Survey(fates=decided, duplicates=duplicates, characters=characters)


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    chunk: list[Document] = []
    size = 0
    for document in documents:
        chunk.append(document)
        size += len(document.text) + len(document.pair or "")
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _digests(documents: Iterable[Document], key: bytes) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[np.uint64]]:
    """Return a digest of each document (N,) of type S16, and a number of 64 bits that is independent of it (N,)."""
    both = b"".join(
        hashlib.blake2b(_content(document), digest_size=DIGEST + 8, key=key).digest() for document in documents
    )
    table = np.frombuffer(both, dtype=[("digest", f"S{DIGEST}"), ("value", ">u8")])
    return np.ascontiguousarray(table["digest"]), table["value"].astype(np.uint64)


def _content(document: Document) -> bytes:
    """Return what makes two documents the same: the texts without the white space around them."""
    return "\0".join(part.strip() for part in (document.text, document.pair or "")).encode()


def _fates(
    documents: Iterable[Document], drawn: npt.NDArray[np.bool_], new: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    given = np.array([document.split == "validation" for document in documents])
    fates = np.where(given | drawn, VALIDATION, TRAIN)
    return np.where(new, fates, DROPPED).astype(np.uint8)


def _nearest(values: npt.NDArray[np.uint64], new: npt.NDArray[np.bool_], first: int) -> tuple[int, int]:
    """Return the least value of the documents that are kept, and that document's number, counted from `first`."""
    places = np.flatnonzero(new)
    if not len(places):
        return 2**64, -1
    place = int(places[np.argmin(values[places])])
    return int(values[place]), first + place


def _check_training(fates: npt.NDArray[np.uint8], config: CorpusConfig, *, given: bool) -> None:
    """Raise DataError where all documents went to validation."""
    if TRAIN in fates:
        return
    kept = int(np.sum(fates != DROPPED))
    raise DataError(
        f"no document is left to train on: there {'is' if kept == 1 else 'are'} {kept}, for validation",
        where=", ".join(config.sources[:3]),
        remedy="Give a training text too."
        if given
        else "Give --documents line or blank-line to cut it, or --validation-share 0.",
    )
