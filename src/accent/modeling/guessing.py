"""Words that a base guesses where words are hidden.

Shapes: B texts of a batch, T tokens, P hidden words of the batch, V vocabulary, W whole words of it, K likeliest ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from accent.data.augment import Blanks
from accent.modeling.neighbours import MOST_OFFERS, Vocabulary, others
from accent.tokenization import batch_by_length, resolve_max_length

__all__ = ["Guesses"]

BATCH_TOKENS = 1_024
"""Tokens read together: each has a score for every token of the vocabulary, 128 MB for 30,000 of them."""


class Guesses:
    """Fills blanks in with a masked language model: all blanks of a text at once, each with its likeliest words."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, vocabulary: Vocabulary) -> None:
        """Take the base with its masked-token head, in evaluation mode."""
        self._model = model
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._max_length = resolve_max_length(tokenizer, None)

    def of(self, blanks: Sequence[Blanks]) -> list[list[Sequence[str]]]:
        """Return other words for each place of each text, likeliest first; none beyond what the model reads."""
        hidden = [self._hidden(one) for one in blanks]
        encoded = self._tokenizer(hidden, truncation=True, max_length=self._max_length)["input_ids"] if blanks else []
        found: list[list[Sequence[str]]] = [[()] * len(one.places) for one in blanks]
        lengths = np.array([len(tokens) for tokens in encoded], dtype=np.int64)
        for batch in batch_by_length(lengths, batch_tokens=BATCH_TOKENS):
            chosen = batch.tolist()
            words = self._likeliest([encoded[text] for text in chosen])
            for text, offers in zip(chosen, words, strict=True):
                if len(offers) <= len(found[text]):  # more than were hidden: the text itself holds the mask
                    found[text][: len(offers)] = _without_own(blanks[text], offers)
        return found

    def _hidden(self, blanks: Blanks) -> str:
        pieces, end = [], 0
        for first, last in blanks.places:
            pieces += [blanks.text[end:first], str(self._tokenizer.mask_token)]
            end = last
        return "".join([*pieces, blanks.text[end:]])

    @torch.inference_mode()
    def _likeliest(self, encoded: Sequence[Sequence[int]]) -> list[list[list[str]]]:
        """Return the likeliest words for each mask of each text."""
        ids = [torch.tensor(tokens) for tokens in encoded]
        ids_BT = pad_sequence(ids, batch_first=True, padding_value=int(self._tokenizer.pad_token_id))
        read_BT = pad_sequence([torch.ones_like(tokens) for tokens in ids], batch_first=True)
        masks_BT = ids_BT == self._tokenizer.mask_token_id
        logits_PV: Tensor = self._model(input_ids=ids_BT, attention_mask=read_BT).logits[masks_BT]
        logits_PW = logits_PV[:, self._vocabulary.ids]
        best_PK = logits_PW.topk(min(2 * MOST_OFFERS, logits_PW.shape[1]), dim=1).indices.tolist()
        words = iter([[self._vocabulary.words[place] for place in row] for row in best_PK])
        return [[next(words) for _ in range(count)] for count in masks_BT.sum(dim=1).tolist()]


def _without_own(blanks: Blanks, offers: Sequence[list[str]]) -> list[Sequence[str]]:
    own = [blanks.text[first:last] for first, last in blanks.places]
    return [others(word, iter(words)) for word, words in zip(own, offers, strict=False)]
