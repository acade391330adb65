"""A base's vocabulary, extended by words of a corpus: new rows start from the mean of their old pieces.

Words that fall into many pieces make texts long and are hard to learn. A word becomes one token where it stands behind
a space (or begins a text), as the tokenizer writes it: "word" in WordPiece, "Ġword" in byte-level BPE, "▁word" in
Unigram. All other words are split as before; in Unigram, longer words that begin with a new one may use it. New rows as
means of old ones: Hewitt 2021, "Initializing new word embeddings for pretrained language models".

Legend: W new words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from accent.errors import BaseModelError
from accent.modeling.quiet import quiet_transformers

__all__ = ["Extended", "extend_vocabulary", "useful_words"]

_WORD = re.compile(r"(?<!\S)[^\W\d_]{2,}")
_SPECIALS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_KEPT = ("model_max_length", "padding_side", "truncation_side", "model_input_names", "clean_up_tokenization_spaces")
_MARGIN = 1.0
"""Nats by which a new piece of a Unigram model is likelier than the pieces that it replaces."""


@dataclass(frozen=True)
class Extended:
    """A tokenizer that knows more words, and which they are."""

    tokenizer: PreTrainedTokenizerFast
    words: tuple[str, ...]
    """The words that are one token now and were several before."""
    ids: tuple[int, ...]
    """Their tokens."""


def useful_words(texts: Iterable[str], tokenizer: PreTrainedTokenizerFast, most: int) -> list[str]:
    """Return the words whose tokens would save the most pieces over these texts, best first, at most `most`.

    A word is two letters or more behind a space, as the tokenizer's normalizer leaves it. What one saves is the number
    of its pieces less one, times how often it occurs; an unknown word counts as two pieces.
    """
    engine = tokenizer.backend_tokenizer
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(engine.normalizer.normalize_str(text) if engine.normalizer else text))
    words = list(counts)
    saved: dict[str, int] = {}
    for word, encoding in zip(words, engine.encode_batch_fast(_spaced(words), add_special_tokens=False), strict=True):
        pieces = max(2, len(encoding.ids)) if tokenizer.unk_token_id in encoding.ids else len(encoding.ids)
        if pieces > 1:
            saved[word] = counts[word] * (pieces - 1)
    return sorted(saved, key=lambda word: (-saved[word], word))[:most]


def extend_vocabulary(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, words: Sequence[str]) -> Extended:
    """Make each word one token of a new tokenizer, and give `model` rows for them; a word that is one already stays.

    Input embeddings, output rows where they are not the same ones, and output biases of a new token are the means of
    those of its old pieces. Raises BaseModelError for a tokenizer of another kind than WordPiece, BPE and Unigram.
    """
    engine = tokenizer.backend_tokenizer
    pieces = _pieces(tokenizer, words)
    state = json.loads(engine.to_str())
    kind = state["model"].get("type")
    if kind not in _ADD:
        raise BaseModelError(
            f"a tokenizer of kind {kind} cannot be extended",
            where="--extend-vocabulary",
            remedy="Take a base with a WordPiece, BPE or Unigram tokenizer, or leave --extend-vocabulary out.",
        )
    first = 1 + max(engine.get_vocab(with_added_tokens=True).values())
    entries = {_entry(engine, word): ids for word, ids in pieces.items()}
    _ADD[kind](state, dict(zip(entries, range(first, first + len(entries)), strict=True)), list(entries.values()))
    extended = _rebuilt(tokenizer, state)
    _add_rows(model, list(entries.values()), first)
    return Extended(extended, tuple(pieces), tuple(range(first, first + len(entries))))


def _spaced(words: Sequence[str]) -> list[str]:
    return [f" {word}" for word in words]


def _pieces(tokenizer: PreTrainedTokenizerFast, words: Sequence[str]) -> dict[str, list[int]]:
    """Return the old pieces of each word that is one word to the tokenizer and no token yet, each word once."""
    engine = tokenizer.backend_tokenizer
    found: dict[str, list[int]] = {}
    seen: set[str] = set()
    for word, encoding in zip(words, engine.encode_batch_fast(_spaced(words), add_special_tokens=False), strict=True):
        known = len(encoding.ids) == 1 and encoding.ids[0] != tokenizer.unk_token_id
        entry = _entry(engine, word)
        if entry and entry not in seen and not known:
            found[word] = encoding.ids
            seen.add(entry)
    return found


def _entry(engine: Tokenizer, word: str) -> str:
    """Return how the tokenizer's vocabulary would write a word behind a space; nothing where it is no single word."""
    text = f" {word}"
    text = engine.normalizer.normalize_str(text) if engine.normalizer else text
    parts = engine.pre_tokenizer.pre_tokenize_str(text) if engine.pre_tokenizer else [(text, (0, 0))]
    return parts[0][0] if len(parts) == 1 else ""


def _add_words(state: dict[str, Any], ids: Mapping[str, int], pieces: Sequence[list[int]]) -> None:  # noqa: ARG001
    state["model"]["vocab"] |= ids


def _add_merged(state: dict[str, Any], ids: Mapping[str, int], pieces: Sequence[list[int]]) -> None:
    """Let whole words that are in the vocabulary be taken as they are: the new ones have no merges."""
    _add_words(state, ids, pieces)
    state["model"]["ignore_merges"] = True


def _add_scored(state: dict[str, Any], ids: Mapping[str, int], pieces: Sequence[list[int]]) -> None:
    """Append pieces that are likelier than those that they replace; a piece's id is its place in the list."""
    vocabulary: list[list[Any]] = state["model"]["vocab"]
    least = min(score for _, score in vocabulary)
    added = {token["id"]: token["content"] for token in state["added_tokens"]}
    vocabulary += [[added[place], least] for place in range(len(vocabulary), min(ids.values(), default=0))]
    for entry, old in zip(ids, pieces, strict=True):
        vocabulary.append([entry, min(0.0, sum(vocabulary[piece][1] for piece in old) + _MARGIN)])


_ADD = {"WordPiece": _add_words, "BPE": _add_merged, "Unigram": _add_scored}


def _rebuilt(tokenizer: PreTrainedTokenizerFast, state: dict[str, Any]) -> PreTrainedTokenizerFast:
    """Return a tokenizer with these rules and all else as it was."""
    names = {name: getattr(tokenizer, name) for name in _SPECIALS if getattr(tokenizer, name) is not None}
    kept = {name: getattr(tokenizer, name) for name in _KEPT if hasattr(tokenizer, name)}
    extra = [token for token in tokenizer.all_special_tokens if token not in names.values()]
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(json.dumps(state)), extra_special_tokens=extra, **names, **kept
    )


def _add_rows(model: PreTrainedModel, pieces: Sequence[list[int]], first: int) -> None:
    """Widen the model's tables where they are too short, and fill the new tokens' rows."""
    needed = first + len(pieces)
    tables: Any = model
    if tables.get_input_embeddings().weight.shape[0] < needed:
        with quiet_transformers():
            model.resize_token_embeddings(needed, mean_resizing=False)
        if not model.config.tie_word_embeddings:
            _part_biases(model)
    rows = [tables.get_input_embeddings().weight]
    output = tables.get_output_embeddings()
    if output is not None:
        rows += [one for one in (output.weight, output.bias) if one is not None and one is not rows[0]]
    with torch.no_grad():
        for table in rows:
            for place, old in enumerate(pieces):
                table[first + place] = _mean(table, old)


def _part_biases(model: Any) -> None:
    """Give a head's second bias the new length: where nothing is tied it is a weight of its own that nothing reads."""
    output = model.get_output_embeddings()
    path = next((name for name, module in model.named_modules() if module is output), "")
    head = model.get_submodule(path.rpartition(".")[0])
    if isinstance(getattr(head, "bias", None), nn.Parameter):
        head.bias = nn.Parameter(output.bias.detach().clone())


def _mean(table: Tensor, places: list[int]) -> Tensor:
    return table[places].mean(dim=0)
