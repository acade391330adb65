"""Pieces learned from texts: the same texts give the same pieces with the same ids, in every process.

The trainers of the tokenizers library do not promise that: WordPiece numbers the characters inside words in the order
of a hash map, and merges that tie follow those numbers (huggingface/tokenizers#1794); Unigram sums in such an order.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from accent.errors import ConfigError, DataError
from accent.tokenization.alphabet import Survey, alphabet
from accent.tokenization.specials import Specials

if TYPE_CHECKING:
    from tokenizers import Tokenizer, trainers

__all__ = ["learn_bpe", "learn_unigram", "learn_wordpiece"]

FEWEST = 2
"""Two pieces are joined to one where they stand side by side at least so often."""
MORE = 1.1
"""Unigram learns this many times the pieces asked for and the most likely are kept: the library's own last cut keeps
some that are not (huggingface/tokenizers#1042), and cuts between equals as the process has it."""
DIGITS = 3
"""Digits of a piece's log-probability: sums in another order differ by 1e-10, which must not decide on an id."""
SPACE = "▁"


def learn_wordpiece(texts: Survey, engine: Tokenizer, specials: Specials, *, vocabulary: int) -> dict[str, int]:
    """Return WordPiece's pieces and their ids (Schuster and Nakajima 2012, as BERT uses it)."""
    from tokenizers import trainers

    letters = alphabet(texts.counts, engine.normalizer)
    inside = [f"##{letter}" for letter in letters if _goes_on(engine, letter)]
    _check_room(vocabulary, specials, len(letters) + len(inside))
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary - len(specials.last),
        min_frequency=FEWEST,
        special_tokens=[*specials.first, *inside],
        initial_alphabet=letters,
        limit_alphabet=len(letters),
        show_progress=False,
    )
    return _numbered(_train(engine, texts.again, trainer)["vocab"], specials)


def learn_bpe(
    texts: Survey, engine: Tokenizer, specials: Specials, *, vocabulary: int
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return the pieces of byte-level BPE with their ids, and the merges (Radford et al. 2019): no byte is unknown."""
    from tokenizers import pre_tokenizers, trainers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    _check_room(vocabulary, specials, len(letters))
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(specials.last),
        min_frequency=FEWEST,
        special_tokens=list(specials.first),
        initial_alphabet=letters,
        show_progress=False,
    )
    model = _train(engine, texts.again, trainer)
    return _numbered(model["vocab"], specials), [(left, right) for left, right in model["merges"]]


def learn_unigram(texts: Survey, engine: Tokenizer, specials: Specials, *, vocabulary: int) -> list[tuple[str, float]]:
    """Return the pieces of a unigram language model with their log-probabilities, by id (Kudo 2018, 1804.10959)."""
    from tokenizers import trainers

    letters = {*alphabet(texts.counts, engine.normalizer), SPACE}
    _check_room(vocabulary, specials, len(letters))
    trainer = trainers.UnigramTrainer(
        vocab_size=int(MORE * vocabulary) + len(texts.counts),
        special_tokens=[specials.unknown],
        unk_token=specials.unknown,
        show_progress=False,
    )
    reserved = {*specials.first, *specials.last}
    learned = [(piece, round(score, DIGITS)) for piece, score in _train(engine, texts.again, trainer)["vocab"]]
    ranked = sorted((one for one in learned if one[0] not in reserved), key=lambda one: (-one[1], one[0]))
    single = [one for one in ranked if one[0] in letters]
    longer = [one for one in ranked if len(one[0]) > 1]
    room = vocabulary - len(reserved) - len(single)
    pieces = sorted([*single, *longer[:room]], key=lambda one: (-one[1], one[0]))
    return [*((token, 0.0) for token in specials.first), *pieces, *((token, 0.0) for token in specials.last)]


def _train(engine: Tokenizer, texts: Iterable[str], trainer: trainers.Trainer) -> dict[str, Any]:
    """Return the trained model as it is written to tokenizer.json."""
    engine.train_from_iterator(texts, trainer)
    model: dict[str, Any] = json.loads(engine.to_str())["model"]
    return model


def _numbered(learned: dict[str, int], specials: Specials) -> dict[str, int]:
    pieces = sorted(learned, key=lambda piece: learned[piece])
    return {piece: number for number, piece in enumerate([*pieces, *specials.last])}


def _goes_on(engine: Tokenizer, letter: str) -> bool:
    """Tell whether a character can stand inside a word: marks and Chinese characters are words of their own."""
    word = f"a{letter}a"
    if engine.normalizer is not None:
        word = engine.normalizer.normalize_str(word)
    return len(engine.pre_tokenizer.pre_tokenize_str(word)) == 1


def _check_room(vocabulary: int, specials: Specials, letters: int) -> None:
    if letters == 0:
        raise DataError(
            "no text to learn a vocabulary from: no character stands in it twice",
            where="tokenizer",
            remedy="Give more text.",
        )
    least = letters + len(specials.first) + len(specials.last)
    if vocabulary < least:
        raise ConfigError(
            f"a vocabulary of {vocabulary:,} is too small for the alphabet of the text ({letters:,}) and "
            f"{least - letters} special tokens",
            where="vocabulary",
            remedy=f"Give --vocabulary {least} or more, several times as many to get words.",
        )
