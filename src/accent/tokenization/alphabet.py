"""Which characters a vocabulary is built from."""

from __future__ import annotations

import json
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers.normalizers import Normalizer

__all__ = ["Survey", "alphabet", "survey"]

MOST_CHARACTERS = 1000
"""Characters in an alphabet at most, the most frequent ones (as the tokenizers library has it), or as many as ..."""
COVERAGE = 0.9995
"""... write this share of the text: scripts such as Chinese need more (SentencePiece's default)."""
FEWEST = 2
"""A character that stands there only once teaches a model nothing."""
CHUNK = 1 << 20


@dataclass(frozen=True)
class Survey:
    """Texts that can be read again, and how often each character stands in them."""

    again: Iterable[str]
    counts: Counter[str]


def survey(texts: Iterable[str], tell: Callable[[int], None]) -> Survey:
    """Read all texts once and count their characters; `tell` is given the characters so far, now and then.

    What can be read only once (a generator) goes to an unnamed temporary file on the way.
    """
    spool = _Spool() if isinstance(texts, Iterator) else None
    counts = np.zeros(0x110000, dtype=np.int64)
    for chunk in _chunks(texts):
        if spool is not None:
            spool.write(chunk)
        codes = np.frombuffer("".join(chunk).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        part = np.bincount(codes)
        counts[: len(part)] += part
        tell(int(counts.sum()))
    met = Counter({chr(code): int(counts[code]) for code in np.flatnonzero(counts)})
    return Survey(texts if spool is None else spool, met)


def alphabet(counts: Counter[str], normalizer: Normalizer | None) -> list[str]:
    """Return the characters to build pieces from as the normalizer writes them, in the order of their code points."""
    normal: Counter[str] = Counter()
    for character, count in counts.items():
        for part in normalizer.normalize_str(character) if normalizer is not None else character:
            normal[part] += count
    order = sorted((-count, part) for part, count in normal.items() if not part.isspace() and count >= FEWEST)
    covered = np.cumsum([-count for count, _ in order])
    needed = int(np.searchsorted(covered, COVERAGE * covered[-1])) + 1 if order else 0
    return sorted(part for _, part in order[: max(MOST_CHARACTERS, needed)])


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class _Spool:
    """Texts in an unnamed temporary file, which the system removes with the object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", prefix="accent-", encoding="utf-8")  # noqa: SIM115 - it outlives this
        weakref.finalize(self, self._file.close)

    def write(self, texts: Iterable[str]) -> None:
        """Add texts at the end."""
        self._file.writelines(json.dumps(text) + "\n" for text in texts)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)
