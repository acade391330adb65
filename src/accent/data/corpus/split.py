"""One split of a corpus on disk: arrays that are mapped, not read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from accent.data.corpus.facts import SplitFacts
from accent.data.corpus.shards import ARRAYS, Shard
from accent.data.corpus.whole import write_whole

__all__ = ["Split", "open_split", "stream_file", "write_stream"]

Ints = npt.NDArray[np.int64]

PLACES = frozenset({"sentences", "documents"})
"""Arrays that count tokens."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Tokens of D documents one behind the other, without special tokens; T tokens, S sentences.

    All arrays are memory-mapped and cannot be written to. Places count tokens from the first of the split.
    """

    facts: SplitFacts
    tokens: npt.NDArray[Any]
    """Token ids (T,), uint16 where the vocabulary allows, else uint32. Widen them before sums: uint16 wraps."""
    words: npt.NDArray[np.bool_]
    """True where a word starts (T,)."""
    sentences: Ints
    """Where each sentence starts (S,); every document starts one."""
    documents: Ints
    """Where each document starts, and T behind the last (D + 1,). No document is empty."""
    pair: Split | None = None
    """The translations, document by document, in a corpus that has such."""

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.tokens)


def write_stream(folder: Path, stream: str, shards: tuple[Shard, ...]) -> None:
    """Join the shards' arrays of a stream to one whole file each; a stream without tokens has none."""
    if sum(shard.facts[stream].tokens for shard in shards):
        for name in ARRAYS:
            write_whole(stream_file(folder, stream, name), partial(_join, stream=stream, name=name, shards=shards))


def open_split(folder: Path, stream: str, facts: SplitFacts, pair: SplitFacts | None) -> Split:
    """Map a stream's arrays; with `pair` those of the translations too."""
    mapped = {name: np.load(stream_file(folder, stream, name), mmap_mode="r", allow_pickle=False) for name in ARRAYS}
    translations = open_split(folder, f"{stream}-pair", pair, None) if pair is not None else None
    return Split(facts=facts, **mapped, pair=translations)


def stream_file(folder: Path, stream: str, name: str) -> Path:
    """Return the file of one of a stream's arrays."""
    return folder / f"{stream}.{name}.npy"


def _join(file: IO[bytes], *, stream: str, name: str, shards: tuple[Shard, ...]) -> None:
    """Write the arrays one behind the other in the .npy format; places are moved by the tokens before their shard."""
    lengths = [len(shard.array(stream, name)) for shard in shards]
    last = name == "documents"
    dtype = shards[0].array(stream, name).dtype
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": (sum(lengths) + last,),
    }
    np.lib.format.write_array_header_1_0(file, header)
    before = 0
    for shard in shards:
        array = shard.array(stream, name)
        file.write((array + before if name in PLACES else array).tobytes())
        before += shard.facts[stream].tokens
    if last:
        file.write(np.array([before], dtype=dtype).tobytes())
