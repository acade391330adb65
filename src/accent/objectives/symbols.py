"""What objectives need of a tokenizer: its special tokens, where it puts them, and which tokens are ordinary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["Frame", "Symbols"]

_A_WORD = "a"


@dataclass(frozen=True)
class Frame:
    """The special tokens around one text, or around and between two; type ids are those of the tokenizer."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    between: tuple[int, ...] = ()
    between_types: tuple[int, ...] = ()
    second_type: int = 0
    """The type id of the second text and of what comes behind it."""

    @property
    def size(self) -> int:
        """The number of special tokens."""
        return len(self.before) + len(self.between) + len(self.after)


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """The special tokens of one tokenizer. Make it with `of`."""

    single: Frame
    """Around one text."""
    pair: Frame
    """Around two."""
    mask: int | None
    """What stands for a hidden token; None where the tokenizer has none."""
    pad: int
    """What fills a row; any token where the tokenizer has none, since nothing reads it."""
    separator: int | None
    """What stands between two documents of a row."""
    ordinary: npt.NDArray[np.int64]
    """All other tokens, rising: what a hidden token may be replaced with."""
    is_ordinary: npt.NDArray[np.bool_]
    """Whether a token is an ordinary one, by its id."""
    sentinels: npt.NDArray[np.int64]
    """T5's tokens that stand for spans, in order; empty elsewhere."""

    @classmethod
    def of(cls, tokenizer: PreTrainedTokenizerFast) -> Symbols:
        """Read a tokenizer; its vocabulary is looked at once."""
        vocabulary = tokenizer.get_vocab()
        special = set(tokenizer.all_special_ids)
        special |= {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
        sentinels = _sentinels(vocabulary)
        ordinary = np.array(sorted(set(vocabulary.values()) - special - set(sentinels)), dtype=np.int64)
        is_ordinary = np.zeros(max(vocabulary.values()) + 1, dtype=np.bool_)
        is_ordinary[ordinary] = True
        separator = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
        return cls(
            single=_frame(tokenizer, pair=False),
            pair=_frame(tokenizer, pair=True),
            mask=tokenizer.mask_token_id,
            pad=tokenizer.pad_token_id or 0,
            separator=separator,
            ordinary=ordinary,
            is_ordinary=is_ordinary,
            sentinels=np.array(sentinels, dtype=np.int64),
        )


def _frame(tokenizer: PreTrainedTokenizerFast, *, pair: bool) -> Frame:
    """Encode a short text, or two, and see what the tokenizer puts around them."""
    encoding = tokenizer(_A_WORD, _A_WORD if pair else None, padding=False, truncation=False).encodings[0]
    ids, types = list(encoding.ids), list(encoding.type_ids)
    own = [place for place, added in enumerate(encoding.special_tokens_mask) if not added]
    first, last = own[0], own[-1]
    if not pair:
        return Frame(tuple(ids[:first]), tuple(ids[last + 1 :]))
    between = [place for place in range(first, last) if encoding.special_tokens_mask[place]]
    return Frame(
        tuple(ids[:first]),
        tuple(ids[last + 1 :]),
        tuple(ids[place] for place in between),
        tuple(types[place] for place in between),
        types[last],
    )


def _sentinels(vocabulary: dict[str, int]) -> list[int]:
    """Return the ids of <extra_id_0>, <extra_id_1> and so on, as far as there are any without a gap."""
    found: list[int] = []
    while (number := vocabulary.get(f"<extra_id_{len(found)}>")) is not None:
        found.append(number)
    return found
