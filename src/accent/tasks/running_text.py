"""Texts as a causal model reads them: blocks of running text, prompts with what goes on from them, and prompts alone.

No special token stands before a text. Behind it stands the tokenizer's end-of-text token, where it has one, so that
the model learns to stop; it counts in the loss and in the tokens, and it has no bytes. The first token of a text has
nothing before it to be foretold from, and is not foretold.

A longer text is cut into blocks of the encoder's length that share no token: then the first token of each block is not
foretold either. With a stride, each block begins with that many tokens of the one before as context, and every token
but the first of the text is foretold exactly once. Where truncation is asked for, the head or the tail is read instead.

Bytes are those of the text in UTF-8, divided among its tokens: each takes what stands between the end of the token
before and its own end, and a character of several tokens goes to the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from accent.errors import ConfigError
from accent.tasks.examples import IGNORED
from accent.tokenization import EncodedRows, Encoder

if TYPE_CHECKING:
    from tokenizers import Encoding

__all__ = ["ReadTexts", "block_spans", "flat_rows", "read_blocks", "read_continuations", "token_ids", "tokenized"]

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ReadTexts:
    """Rows of running text with their targets."""

    rows: EncodedRows
    labels: npt.NDArray[np.int32]
    """The token itself where it is foretold, IGNORED elsewhere, (N,)."""
    bytes_of_rows: list[int]
    """Bytes of what is foretold of each row, (R,)."""


def read_blocks(texts: Sequence[str], encoder: Encoder) -> ReadTexts:
    """Return texts in blocks, or their head or tail where truncation is asked for. ConfigError for both ends."""
    examples: list[Ids] = []
    labels: list[Ids] = []
    sizes, counts, cut = [], [], []
    for text, encoding in zip(texts, tokenized(texts, encoder), strict=True):
        ids = np.asarray([*encoding.ids, *_end(encoder)], dtype=np.int32)
        spans = _spans(len(ids), encoder)
        examples += [ids[start:end] for start, end, _ in spans]
        labels += [_asked(ids[start:end], first - start) for start, end, first in spans]
        sizes.append(sum(_bytes(text, encoding, first, end) for _, end, first in spans))
        counts.append(len(spans))
        cut.append(0 if encoder.long_texts.windows else len(ids) - len(examples[-1]))
    windows = np.cumsum([0, *counts], dtype=np.int64) if encoder.long_texts.windows else None
    return ReadTexts(flat_rows(examples, cut, windows), _joined(labels), sizes)


def read_continuations(
    prompts: Sequence[str], continuations: Sequence[str], encoder: Encoder, *, all_tokens: bool
) -> ReadTexts:
    """Return each prompt with what goes on from it; a longer row loses the beginning of the prompt.

    At least one token of the prompt is kept, and the continuation loses its end where it alone is too long. With
    `all_tokens` the prompt is foretold too.
    """
    examples, labels, sizes, cut = [], [], [], []
    pairs = zip(prompts, continuations, tokenized(prompts, encoder), tokenized(continuations, encoder), strict=True)
    for prompt, text, before, own in pairs:
        ids = np.asarray([*before.ids, *own.ids, *_end(encoder)], dtype=np.int32)
        kept = min(len(before), max(1, encoder.max_length - (len(ids) - len(before))))
        lost = len(before) - kept
        ids = ids[lost : lost + encoder.max_length]
        first = max(1, 0 if all_tokens else kept)
        examples.append(ids)
        labels.append(_asked(ids, first))
        in_prompt = _bytes(prompt, before, lost + first, len(before)) if first < kept else 0
        sizes.append(in_prompt + _bytes(text, own, max(0, first - kept), len(ids) - kept))
        cut.append(len(before) + len(own) + len(_end(encoder)) - len(ids))
    return ReadTexts(flat_rows(examples, cut), _joined(labels), sizes)


def block_spans(count: int, size: int, overlap: int = 0) -> list[tuple[int, int, int]]:
    """Return where each block of `count` tokens starts, where it ends, and the first of its tokens that is foretold.

    Without overlap, a last block of one token, of which nothing could be foretold, takes one from the block before.
    """
    starts = list(range(0, max(1, count - overlap), size - overlap))
    if not overlap and len(starts) > 1 and count - starts[-1] == 1 < size - 1:
        starts[-1] -= 1
    ends = [min(start + size, count) for start in starts] if overlap else [*starts[1:], count]
    return [(start, end, start + (max(1, overlap) if start else 1)) for start, end in zip(starts, ends, strict=True)]


def tokenized(texts: Sequence[str], encoder: Encoder, *, marked: bool = False) -> list[Encoding]:
    """Return the tokens of whole texts, without special tokens unless they shall be `marked`."""
    if not texts:
        return []
    found = encoder.tokenizer(list(texts), add_special_tokens=marked, return_attention_mask=False, verbose=False)
    return list(found.encodings or ())


def token_ids(text: str, encoder: Encoder) -> list[int]:
    """Return the tokens of one text without special tokens."""
    return list(tokenized([text], encoder)[0].ids)


def flat_rows(examples: Sequence[Ids], cut: Sequence[int], windows: npt.NDArray[np.int64] | None = None) -> EncodedRows:
    """Lay examples out one behind the other."""
    lengths = np.fromiter(map(len, examples), np.int64, len(examples))
    return EncodedRows(
        ids=_joined(examples),
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]),
        type_ids=None,
        cut=np.asarray(cut, dtype=np.int32),
        windows=windows,
    )


def _spans(count: int, encoder: Encoder) -> list[tuple[int, int, int]]:
    policy, size = encoder.long_texts, encoder.max_length
    if policy.windows:
        return block_spans(count, size, policy.stride or 0)
    if policy.kept_part == "both":
        raise ConfigError(
            "text whose middle is missing cannot be learned token by token",
            where="long_texts.kept_part",
            remedy="Keep the head or the tail, or leave long texts to the task: it reads them in blocks.",
        )
    start = max(0, count - size) if policy.kept_part == "tail" else 0
    return [(start, min(count, start + size), start + 1)]


def _end(encoder: Encoder) -> tuple[int, ...]:
    found = encoder.tokenizer.eos_token_id
    return () if found is None else (int(found),)


def _asked(ids: Ids, first: int) -> Ids:
    """Return the ids with IGNORED for those before the first that is foretold."""
    labels = ids.copy()
    labels[:first] = IGNORED
    return labels


def _bytes(text: str, encoding: Encoding, first: int, end: int) -> int:
    """Return the bytes of the tokens from `first` up to `end`, the end-of-text token behind the text not counted."""
    part = text[_reach(text, encoding, first) : _reach(text, encoding, end)]
    return len(part.encode("utf-8", errors="surrogatepass"))


def _reach(text: str, encoding: Encoding, tokens: int) -> int:
    """Return how many characters the first `tokens` tokens stand for, white space that no token holds included."""
    if tokens >= len(encoding):
        return len(text)
    if tokens <= 0:
        return 0
    found = encoding.token_to_chars(tokens - 1)
    return _reach(text, encoding, tokens - 1) if found is None else int(found[1])


def _joined(parts: Sequence[Ids]) -> Ids:
    return np.concatenate([np.zeros(0, dtype=np.int32), *parts])
