"""Documents turned into arrays: token ids, and where words, sentences and documents start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.data.corpus.sentences import sentences

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerFast

__all__ = ["Arrays", "Tokenizing"]

CHARACTERS_AT_ONCE = 1 << 19
"""Text handed to the tokenizer in one call: it keeps about 150 bytes a token until its answer is read."""


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """D documents one behind the other."""

    tokens: npt.NDArray[Any]
    """Token ids without special tokens (T,), uint16 or uint32."""
    words: npt.NDArray[np.bool_]
    """True where a word starts (T,): what the tokenizer splits before it looks at its vocabulary."""
    sentences: npt.NDArray[np.int64]
    """Where each sentence starts (S,), counted in tokens."""
    sizes: npt.NDArray[np.int64]
    """The tokens of each document (D,); a line of control characters may have none."""

    @property
    def documents(self) -> npt.NDArray[np.int64]:
        """Where each document starts (D,), counted in tokens."""
        starts: npt.NDArray[np.int64] = np.cumsum(self.sizes) - self.sizes
        return starts

    def only(self, kept: npt.NDArray[np.bool_]) -> Arrays:
        """Return the documents for which `kept` (D,) is True."""
        if kept.all():
            return self
        inside = np.repeat(kept, self.sizes)
        gone = np.cumsum(~inside)
        starts = self.sentences[inside[self.sentences]]
        return Arrays(
            tokens=self.tokens[inside],
            words=self.words[inside],
            sentences=starts - gone[starts],
            sizes=self.sizes[kept],
        )


class Tokenizing:
    """A tokenizer made ready for a corpus: nothing is cut or padded, and no text is read as a special token.

    A text that says "[MASK]" is tokenized as letters. Where a vocabulary has such a piece all the same (Unigram), it
    becomes the unknown token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        """Copy what is needed of `tokenizer`, which stays as it is."""
        from tokenizers import Tokenizer

        self._engine = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self._engine.no_truncation()
        self._engine.no_padding()
        self.digest = hashlib.sha256(self._engine.to_str().encode()).hexdigest()
        self._engine.encode_special_tokens = True
        highest = max(self._engine.get_vocab().values(), default=0)
        self.dtype = np.dtype(np.uint16 if highest <= np.iinfo(np.uint16).max else np.uint32)
        self.unknown: int | None = tokenizer.unk_token_id
        self._plain = np.arange(highest + 1, dtype=self.dtype)
        if self.unknown is not None:
            self._plain[list(tokenizer.all_special_ids)] = self.unknown

    def arrays(self, texts: Iterable[str]) -> Arrays:
        """Tokenize documents."""
        cut = [sentences(text) for text in texts]
        ids, words, lengths = self._encode([sentence for document in cut for sentence in document])
        ends = np.concatenate([[0], np.cumsum(lengths)])
        edges = ends[np.cumsum([0, *map(len, cut)])]
        return Arrays(tokens=ids, words=words, sentences=ends[:-1][lengths > 0], sizes=np.diff(edges))

    def _encode(self, pieces: Sequence[str]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """Return ids (T,), word starts (T,) and the tokens of each piece (P,)."""
        ids: list[npt.NDArray[Any]] = [np.zeros(0, dtype=self.dtype)]
        starts: list[npt.NDArray[np.bool_]] = [np.zeros(0, dtype=bool)]
        lengths: list[int] = []
        for some in _portions(pieces):
            encodings = self._engine.encode_batch(some, add_special_tokens=False)
            counts = [len(encoding) for encoding in encodings]
            ids.append(self._plain[_joined((encoding.ids for encoding in encodings), sum(counts))])
            starts.append(_word_starts(encodings, counts))
            lengths += counts
        return np.concatenate(ids), np.concatenate(starts), np.array(lengths, dtype=np.int64)


def _portions(pieces: Iterable[str]) -> Iterator[list[str]]:
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHARACTERS_AT_ONCE:
            yield held
            held, size = [], 0
    if held:
        yield held


def _joined(values: Iterable[Sequence[int]], count: int) -> npt.NDArray[np.int64]:
    return np.fromiter(chain.from_iterable(values), dtype=np.int64, count=count)


def _word_starts(encodings: Sequence[Encoding], counts: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Return where the number of the word changes; each sentence starts with a word."""
    numbers = [-1 if word is None else word for encoding in encodings for word in encoding.word_ids]
    words = np.array(numbers, dtype=np.int64)
    starts = np.ones(len(words), dtype=bool)
    starts[1:] = (words[1:] != words[:-1]) | (words[1:] < 0)
    edges = np.cumsum([0, *counts])[:-1]
    starts[edges[edges < len(words)]] = True
    return starts
