"""Small tokenizers of every kind, and a small corpus as arrays, as objectives take it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from accent.objectives import Context, Symbols, Text

KINDS = ("wordpiece", "bpe", "unigram")
"""Tokenizers of models that read: BERT's, RoBERTa's, ALBERT's."""
SENTINELS = 40
_SUBJECTS = ("the sailor", "my grandmother", "a tired engineer", "the northern wind", "nobody", "an old newspaper")
_VERBS = ("remembers", "repairs", "photographs", "quietly observes", "forgets", "overestimates")
_OBJECTS = ("the harbour", "seven broken clocks", "an unfinished bridge", "the rain", "every letter", "her neighbours")
_ENDS = ("before breakfast", "without hesitation", "in November", "as usual", "again and again", "for no reason")


def documents(count: int = 60, sentences: int = 12, seed: int = 0) -> list[list[str]]:
    """Return documents of up to `sentences` sentences each."""
    chance = np.random.default_rng(seed)
    parts = (_SUBJECTS, _VERBS, _OBJECTS, _ENDS)
    return [
        [
            " ".join(part[int(chance.integers(len(part)))] for part in parts) + "."
            for _ in range(int(chance.integers(2, sentences + 1)))
        ]
        for _ in range(count)
    ]


@cache
def tokenizer_of(kind: str) -> PreTrainedTokenizerFast:
    """Train a small tokenizer: wordpiece, bpe and unigram, and those of gpt2 and t5."""
    return {"wordpiece": _word_pieces, "bpe": _byte_pairs, "unigram": _unigram, "gpt2": _gpt2, "t5": _t5}[kind]()


def text_of(tokenizer: PreTrainedTokenizerFast, texts: list[list[str]], *, words: bool = True) -> Text:
    """Tokenize documents into arrays, each sentence by itself."""
    tokens: list[int] = []
    starts: list[bool] = []
    bounds, sentences = [0], []
    for document in texts:
        for sentence in document:
            encoding = tokenizer.backend_tokenizer.encode(" " + sentence, add_special_tokens=False)
            sentences.append(len(tokens))
            tokens += encoding.ids
            starts += [
                now != before for now, before in zip(encoding.word_ids, [None, *encoding.word_ids], strict=False)
            ]
        bounds.append(len(tokens))
    return Text(
        tokens=np.array(tokens, dtype=np.uint16),
        documents=np.array(bounds, dtype=np.int64),
        words=np.array(starts) if words else None,
        sentences=np.array(sentences, dtype=np.int64),
    )


def context_of(kind: str, *, length: int = 64, crossing: bool = True, pair: bool = False, **changes: Any) -> Context:
    """Return a corpus in blocks of the room that `length` leaves; with `crossing` blocks go over documents."""
    tokenizer = tokenizer_of(kind)
    symbols = Symbols.of(tokenizer)
    text = text_of(tokenizer, documents())
    room = length - (symbols.pair if pair else symbols.single).size
    if crossing:
        starts = np.arange(0, len(text.tokens) - room, room)
        ends = starts + room
    else:
        pieces = [
            (start, min(start + room, end))
            for first, end in zip(text.documents[:-1], text.documents[1:], strict=True)
            for start in range(first, end, room)
        ]
        starts, ends = np.array(pieces, dtype=np.int64).T
    settings: dict[str, Any] = {"text": text, "starts": starts, "ends": ends, "symbols": symbols, "length": length}
    return Context(**{**settings, "types": kind != "bpe", **changes})


def parallel_of(kind: str, *, length: int = 64, **changes: Any) -> Context:
    """Return sentences with their translations into words written backwards, one pair a document."""
    tokenizer = tokenizer_of(kind)
    sentences = [sentence for document in documents(20) for sentence in document]
    backwards = [" ".join(word[::-1] for word in sentence.split()) for sentence in sentences]
    text, other = (text_of(tokenizer, [[one] for one in side]) for side in (sentences, backwards))
    paired = replace(text, pair=other)
    settings: dict[str, Any] = {"starts": text.documents[:-1], "ends": text.documents[1:], "length": length}
    return Context(text=paired, symbols=Symbols.of(tokenizer), **{**settings, "types": True, **changes})


def lengths_of(inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Return how many tokens of each row of a batch are no padding."""
    ids = inputs["input_ids"]
    return inputs["attention_mask"].sum(axis=1) if "attention_mask" in inputs else np.full(len(ids), ids.shape[1])


def _texts() -> list[str]:
    return [" ".join(document) for document in documents()]


def _word_pieces() -> PreTrainedTokenizerFast:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    engine = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    engine.normalizer = normalizers.BertNormalizer(lowercase=True)
    engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    engine.decoder = decoders.WordPiece()
    engine.train_from_iterator(
        _texts(), trainers.WordPieceTrainer(vocab_size=120, special_tokens=names, show_progress=False)
    )
    return _with_ends(engine, names, typed=True)


def _byte_pairs() -> PreTrainedTokenizerFast:
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    engine = _bytes(names)
    first, last = names[0], names[2]
    engine.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} {last} $B {last}",
        special_tokens=[(name, engine.token_to_id(name)) for name in (first, last)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token=first,
        sep_token=last,
        bos_token=first,
        eos_token=last,
        mask_token="<mask>",
    )


def _gpt2() -> PreTrainedTokenizerFast:
    end = "<|endoftext|>"
    return PreTrainedTokenizerFast(tokenizer_object=_bytes([end]), bos_token=end, eos_token=end)


def _bytes(names: list[str]) -> Tokenizer:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator(
        _texts(),
        trainers.BpeTrainer(vocab_size=340, special_tokens=names, initial_alphabet=alphabet, show_progress=False),
    )
    return engine


def _unigram() -> PreTrainedTokenizerFast:
    names = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    return _with_ends(_metaspace(names, "<unk>"), names, typed=True)


def _t5() -> PreTrainedTokenizerFast:
    extra = [f"<extra_id_{place}>" for place in range(SENTINELS)]
    engine = _metaspace(["<pad>", "</s>", "<unk>"], "<unk>")
    engine.add_special_tokens(extra)
    engine.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", engine.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=engine, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", extra_special_tokens=extra
    )


def _metaspace(names: list[str], unknown: str) -> Tokenizer:
    engine = Tokenizer(models.Unigram())
    engine.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    engine.pre_tokenizer = pre_tokenizers.Metaspace()
    engine.decoder = decoders.Metaspace()
    engine.train_from_iterator(
        _texts(),
        trainers.UnigramTrainer(vocab_size=110, special_tokens=names, unk_token=unknown, show_progress=False),
    )
    return engine


def _with_ends(engine: Tokenizer, names: list[str], *, typed: bool) -> PreTrainedTokenizerFast:
    pad, unknown, first, last, mask = names
    engine.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(name, engine.token_to_id(name)) for name in (first, last)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        pad_token=pad,
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
        mask_token=mask,
        model_input_names=["input_ids", *(["token_type_ids"] if typed else []), "attention_mask"],
    )
