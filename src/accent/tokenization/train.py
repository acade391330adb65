"""Train a tokenizer on texts: WordPiece, byte-level BPE or Unigram, with the special tokens of a family of models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from accent.errors import ConfigError, DataError
from accent.tokenization.alphabet import Survey, survey
from accent.tokenization.pieces import learn_bpe, learn_unigram, learn_wordpiece
from accent.tokenization.specials import SPECIALS, Specials, TokenizerKind, frame

if TYPE_CHECKING:
    from tokenizers import Tokenizer, models
    from tokenizers.normalizers import Normalizer
    from transformers import PreTrainedTokenizerFast

    from accent.data.corpus.facts import Listen

__all__ = ["train_tokenizer"]

FAMILY_OF: dict[TokenizerKind, str] = {"wordpiece": "bert", "bpe": "roberta", "unigram": "albert"}
"""Whose special tokens a tokenizer gets where nobody says who will read it."""
OWN_CLASSES = {
    ("bert", "wordpiece"): "BertTokenizer",
    ("electra", "wordpiece"): "BertTokenizer",
    ("distilbert", "wordpiece"): "BertTokenizer",
    ("roberta", "bpe"): "RobertaTokenizer",
    ("gpt2", "bpe"): "GPT2Tokenizer",
    ("albert", "unigram"): "AlbertTokenizer",
    ("t5", "unigram"): "T5Tokenizer",
}
"""Families with a class of their own in transformers, where the tokenizer is of their kind."""


def train_tokenizer(
    texts: Iterable[str],
    *,
    kind: TokenizerKind,
    vocabulary: int,
    family: str | None = None,
    lowercase: bool | None = None,
    max_length: int | None = None,
    listen: Listen | None = None,
) -> PreTrainedTokenizerFast:
    """Train a tokenizer whose vocabulary has exactly `vocabulary` entries, special tokens among them.

    `family` is the family of models that will read it and decides the special tokens; `lowercase` is as that family
    has it where None (BERT, ELECTRA, DistilBERT, ALBERT do, byte-level BPE and T5 do not); `max_length` becomes
    model_max_length. The texts are read twice; what can be read only once is kept in a temporary file. The same texts
    in any order give the same tokenizer, whatever the number of threads. Saved, it loads with AutoTokenizer as the
    same one, beside the config.json of any family.

    Raises ConfigError where the vocabulary is smaller than the alphabet, and for an unknown family; DataError where
    there is no text, or too little for a vocabulary of this size.
    """
    name = family or FAMILY_OF[kind]
    if name not in SPECIALS:
        raise ConfigError(
            f"no special tokens are known for {name!r}", where="family", remedy=f"There are: {', '.join(SPECIALS)}."
        )
    specials = SPECIALS[name]
    lower = (specials.lowercase and kind != "bpe") if lowercase is None else lowercase
    tell = listen or _ignore
    tell("stage", {"what": f"training a tokenizer ({kind}, {vocabulary:,} pieces)"})
    found = survey(texts, lambda characters: tell("progress", {"what": "characters read", "done": characters}))
    engine = _engine(kind, specials, lowercase=lower)
    parts = _learn(found, engine, kind, specials, vocabulary=vocabulary)
    tokenizer = _own_class(parts, kind, name, lowercase=lower) or _generic(parts, engine, kind, specials)
    if len(tokenizer) < vocabulary:
        raise DataError(
            f"the text gives only {len(tokenizer):,} pieces that stand in it more than once, not {vocabulary:,}",
            where="vocabulary",
            remedy=f"Give more text, or --vocabulary {len(tokenizer)} or less.",
        )
    if max_length is not None:
        tokenizer.model_max_length = max_length
    return tokenizer


def _ignore(kind: str, fields: Mapping[str, Any]) -> None:
    """Listen to nothing."""


def _engine(kind: TokenizerKind, specials: Specials, *, lowercase: bool) -> Tokenizer:
    """Return what normalizes and splits texts before the vocabulary is looked at, without a vocabulary."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    if kind == "wordpiece":
        engine = Tokenizer(models.WordPiece(unk_token=specials.unknown))
        engine.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        engine.decoder = decoders.WordPiece(prefix="##")
    elif kind == "bpe":
        engine = Tokenizer(models.BPE())
        if lowercase:
            engine.normalizer = normalizers.Lowercase()
        engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        engine.decoder = decoders.ByteLevel()
    else:
        engine = Tokenizer(models.Unigram())
        engine.normalizer = _unigram_normalizer(specials, lowercase=lowercase)
        engine.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
        engine.decoder = decoders.Metaspace()
    return engine


def _unigram_normalizer(specials: Specials, *, lowercase: bool) -> Normalizer | None:
    """Return ALBERT's normalizer, which keeps accents where it keeps capitals; T5's own changes nothing."""
    from tokenizers import normalizers

    if specials is SPECIALS["t5"] and not lowercase:
        return None
    steps: list[Normalizer] = [normalizers.Replace("``", '"'), normalizers.Replace("''", '"')]
    if lowercase:
        steps += [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    return normalizers.Sequence(steps)


def _learn(
    found: Survey, engine: Tokenizer, kind: TokenizerKind, specials: Specials, *, vocabulary: int
) -> dict[str, Any]:
    """Return the vocabulary, and the merges where there are such, as transformers' classes take them."""
    if kind == "wordpiece":
        return {"vocab": learn_wordpiece(found, engine, specials, vocabulary=vocabulary)}
    if kind == "bpe":
        pieces, merges = learn_bpe(found, engine, specials, vocabulary=vocabulary)
        return {"vocab": pieces, "merges": merges}
    return {"vocab": learn_unigram(found, engine, specials, vocabulary=vocabulary)}


def _own_class(
    parts: dict[str, Any], kind: TokenizerKind, family: str, *, lowercase: bool
) -> PreTrainedTokenizerFast | None:
    """Return a tokenizer of the family's own class, None where it has none that does what is asked."""
    import transformers

    name = OWN_CLASSES.get((family, kind))
    settings: dict[str, Any] = {
        "BertTokenizer": {"do_lower_case": lowercase},
        "AlbertTokenizer": {"do_lower_case": lowercase, "keep_accents": not lowercase},
    }.get(name or "", {})
    if name is None or (lowercase and not settings):
        return None
    specials = SPECIALS[family]
    made: PreTrainedTokenizerFast = getattr(transformers, name)(
        **parts, **settings, **_roles(specials, kind), model_input_names=list(specials.inputs)
    )
    return made


def _generic(
    parts: dict[str, Any], engine: Tokenizer, kind: TokenizerKind, specials: Specials
) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    engine.model = _model(parts, specials)
    engine.post_processor = frame(specials, engine.get_vocab()) or engine.post_processor
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=engine,
        **_roles(specials, kind),
        **({"additional_special_tokens": list(specials.last)} if specials.last else {}),
        model_input_names=list(specials.inputs),
    )


def _roles(specials: Specials, kind: TokenizerKind) -> dict[str, Any]:
    """Return the special tokens by role; where a piece begins with its space, the mask takes the space before it."""
    from tokenizers import AddedToken

    mask = specials.roles.get("mask_token")
    if mask is None or kind == "wordpiece":
        return dict(specials.roles)
    return {**specials.roles, "mask_token": AddedToken(mask, lstrip=True, special=True)}


def _model(parts: dict[str, Any], specials: Specials) -> models.Model:
    from tokenizers import models

    vocabulary = parts["vocab"]
    if "merges" in parts:
        return models.BPE(vocab=vocabulary, merges=parts["merges"])
    if isinstance(vocabulary, dict):
        return models.WordPiece(vocab=vocabulary, unk_token=specials.unknown)
    return models.Unigram(vocabulary, unk_id=specials.first.index(specials.unknown), byte_fallback=False)
