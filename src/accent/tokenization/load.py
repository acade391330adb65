"""Load a tokenizer from a folder and say how long a text the model behind it can take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerFast

from accent.errors import BaseModelError, ConfigError

__all__ = ["DEFAULT_MAX_LENGTH", "load_tokenizer", "position_limit", "resolve_max_length"]

DEFAULT_MAX_LENGTH = 512
"""Tokens at most where nothing is asked: longer models exist, but attention's cost grows with the square."""

_VOCABULARY_FILES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
# Positions of these families start behind the padding id, so that many rows of the table are never used.
_POSITIONS_BEHIND_PADDING = frozenset(
    {"camembert", "data2vec-text", "longformer", "mpnet", "roberta", "roberta-prelayernorm", "xlm-roberta"}
)
# Positions in config.json that are a table's length; families with relative positions name none of these.
_POSITION_KEYS = ("max_position_embeddings", "n_positions")


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Load the fast tokenizer of a checkpoint folder; nothing is fetched and no code of the folder runs.

    Its `model_max_length` is set to the positions that config.json gives the model, and a missing padding token to the
    end-of-text token (GPT-2). Raises BaseModelError where the folder holds no vocabulary, none that is fast, or more
    tokens than the model has embeddings.
    """
    folder = Path(folder)
    if not any((folder / name).is_file() for name in _VOCABULARY_FILES):
        raise BaseModelError(
            "no tokenizer in the folder",
            where=str(folder),
            remedy="Put the checkpoint's tokenizer.json beside its config.json.",
        )
    tokenizer = _read(folder)
    tokenizer.backend_tokenizer.no_truncation()  # what tokenizer.json stores (all-MiniLM: 128) would be saved again
    tokenizer.backend_tokenizer.no_padding()
    _ensure_padding(tokenizer, folder)
    config = _read_config(folder)
    _check_vocabulary(tokenizer, config, folder)
    positions = position_limit(folder)
    if positions is not None:
        tokenizer.model_max_length = positions
    return tokenizer


def position_limit(folder: Path) -> int | None:
    """Return how many tokens the model of a folder can take, or None where its config.json sets no limit."""
    config = _read_config(Path(folder))
    positions = next((config[key] for key in _POSITION_KEYS if isinstance(config.get(key), int)), None)
    if positions is None or positions <= 0:
        return None
    if config.get("model_type") in _POSITIONS_BEHIND_PADDING:
        padding = config.get("pad_token_id")
        return int(positions) - (1 if padding is None else int(padding)) - 1
    return int(positions)


def resolve_max_length(tokenizer: PreTrainedTokenizerFast, asked: int | None) -> int:
    """Return the tokens of a row at most: what was asked, or the model's own limit but not above 512.

    Raises ConfigError where more is asked than the model has positions, or too little for a word beside the special
    tokens of a pair.
    """
    limit = int(tokenizer.model_max_length)  # about 1e30 where the tokenizer knows no limit
    if asked is None:
        return min(limit, DEFAULT_MAX_LENGTH)
    if asked > limit:
        raise ConfigError(
            f"max_length {asked} is more than the base's {limit} positions",
            where="training.max_length",
            remedy=f"Give --max-length {limit} or less, or take a base with more positions.",
        )
    least = tokenizer.num_special_tokens_to_add(pair=True) + 2
    if asked < least:
        raise ConfigError(
            f"max_length {asked} leaves no room beside the special tokens",
            where="training.max_length",
            remedy=f"Give --max-length {least} or more.",
        )
    return asked


def _read(folder: Path) -> PreTrainedTokenizerFast:
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError, TypeError) as error:
        raise BaseModelError(
            f"the tokenizer cannot be read: {_first_line(error)}",
            where=str(folder),
            remedy="Put a tokenizer.json of the tokenizers library into the folder.",
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise BaseModelError(
            f"{type(tokenizer).__name__} is not a fast tokenizer",
            where=str(folder),
            remedy="Put a tokenizer.json of the tokenizers library into the folder.",
        )
    return tokenizer


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _ensure_padding(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    if tokenizer.pad_token is not None:
        return
    if tokenizer.eos_token is None:
        raise BaseModelError(
            "the tokenizer has neither a padding nor an end-of-text token",
            where=str(folder),
            remedy='Name a "pad_token" in tokenizer_config.json.',
        )
    tokenizer.pad_token = tokenizer.eos_token


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        return {}
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BaseModelError(
            f"not JSON: {_first_line(error)}", where=str(path), remedy="Copy the checkpoint's config.json again."
        ) from error
    return config if isinstance(config, dict) else {}


def _check_vocabulary(tokenizer: PreTrainedTokenizerFast, config: dict[str, Any], folder: Path) -> None:
    embeddings = config.get("vocab_size")
    highest = max(tokenizer.get_vocab().values(), default=0)
    if isinstance(embeddings, int) and highest >= embeddings:
        raise BaseModelError(
            f"the tokenizer's highest id is {highest} but the model has {embeddings} embeddings",
            where=str(folder),
            remedy="Take the tokenizer that the checkpoint was trained with.",
        )
