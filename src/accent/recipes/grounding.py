"""What a pretraining stands on, in order: the tokenizer, the corpus, the model with what it learns from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from accent.config.paths import typed_path
from accent.config.pretraining import SHORT_BLOCK, PretrainConfig
from accent.data.corpus import Corpus, Texts, build_corpus
from accent.errors import ConfigError, DataError, RunError
from accent.modeling import (
    Base,
    PretrainingHead,
    find_base,
    load_pretraining,
    new_config,
    new_model,
    save_tokenizer,
)
from accent.modeling.vocabulary import extend_vocabulary, useful_words
from accent.objectives import Context, Mixture, PretrainingModel, Symbols, Text, make_mixture, start_embeddings
from accent.recipes.writing import RunWriter
from accent.records import plain
from accent.tasks import Batch
from accent.tokenization import SPECIALS, TokenizerKind, load_tokenizer, train_tokenizer

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["Ground", "lay_ground"]

OWN_OBJECTIVE: Mapping[str, str] = {"gpt2": "clm", "electra": "rtd", "t5": "span"}
"""What a family learns where nothing is asked; all others learn mlm."""
BEHIND_PADDING = frozenset({"camembert", "roberta", "xlm-roberta"})
"""Families that count positions from the padding's id on."""


@dataclass(frozen=True)
class Ground:
    """All that stays the same from the first update to the last score, but for the weights of `model`."""

    tokenizer: PreTrainedTokenizerFast
    corpus: Corpus
    mixture: Mixture
    model: PretrainingModel
    train: Context
    validation: Context | None
    short: Context | None
    """The training text in short blocks, where the run begins with such."""
    family: str
    """The `model_type` of the model that is kept."""
    started: bool
    """Whether it goes on from a base."""
    known: tuple[nn.Parameter, ...] = ()
    """Its embeddings that start from what is known, and not at random."""

    def batch(self, context: Context, blocks: Any, *, seed: int, epoch: int) -> Batch:
        """Return the tensors of some blocks of the training or the validation text."""
        prepared = self.mixture.make(blocks, context=context, seed=seed, epoch=epoch)
        inputs, targets = prepared.tensors()
        return Batch(inputs, targets, prepared.tokens)


def lay_ground(
    config: PretrainConfig, writer: RunWriter, *, check: Callable[[PreTrainedModel], None] | None = None
) -> Ground:
    """Read and tokenize the corpus and make the model. Raises the errors of corpus, tokenizer, base and objective.

    `check` is handed the model before the corpus is read, which may take long, and raises where it will not do.
    """
    base = None
    if config.start.base is not None:
        with writer.stage("base", "finding the base"):
            base = find_base(config.start.base, revision=config.start.revision, offline=config.run.offline)
    family = base.family if base is not None else config.architecture.architecture
    mixture = make_mixture(
        config.objective.objective or OWN_OBJECTIVE.get(family, "mlm"),
        family=family,
        rate=config.objective.mask_rate,
        length=config.training.block_length,
        dynamic=config.objective.mask_schedule == "dynamic",
    )
    mixture.check(family)
    with writer.stage("tokenizer", "finding the tokenizer"):
        tokenizer = _tokenizer(config, base, writer)
    with writer.stage("model", "making the model"):
        kept, tokenizer = _model(config, base, tokenizer, writer, head=mixture.head(family))
        _check_tokenizer(kept, tokenizer)
        _check_length(kept, config.training.block_length)
        writer.tell("note", {"what": f"{family} of {kept.num_parameters():,} weights, to learn {mixture.name}"})
        if check is not None:
            check(kept)
    with writer.stage("corpus", "finding the corpus"):
        corpus = build_corpus(
            config.corpus, tokenizer, seed=config.run.seed, offline=config.run.offline, listen=writer.tell
        )
        _take_corpus(corpus, config, writer)
    _check_validation(mixture, corpus)
    text = Text.of(corpus.train)
    known: tuple[nn.Parameter, ...] = ()
    if base is None and config.architecture.embeddings == "cooccurrence":
        with writer.stage("embeddings", "counting which tokens stand together"):
            known = start_embeddings(kept, text, seed=config.run.seed).tables
    length = config.training.block_length
    cut = partial(
        mixture.context,
        symbols=Symbols.of(tokenizer),
        types=getattr(kept.config, "type_vocab_size", 0) > 1,
    )
    return Ground(
        tokenizer=tokenizer,
        corpus=corpus,
        mixture=mixture,
        model=mixture.build(kept, seed=config.run.seed),
        train=cut(text, length=length),
        validation=None if corpus.validation is None else cut(Text.of(corpus.validation), length=length),
        short=cut(text, length=SHORT_BLOCK) if _begins_short(config, mixture) else None,
        family=family,
        started=base is not None,
        known=known,
    )


def _begins_short(config: PretrainConfig, mixture: Mixture) -> bool:
    """Tell whether the first blocks are short: not those that hold a pair of texts, nor those that are short anyway."""
    asked = config.training.short_updates > 0 and config.training.block_length >= 2 * SHORT_BLOCK
    return asked and config.start.base is None and not mixture.pairs


def _tokenizer(config: PretrainConfig, base: Base | None, writer: RunWriter) -> PreTrainedTokenizerFast:
    """Return the base's tokenizer, the one that was named, or one that is trained on the corpus.

    A resumed run takes the one that it began with, which stands in its folder.
    """
    begun = writer.folder.path / "tokenizer"
    if (begun / "tokenizer.json").is_file():
        return load_tokenizer(begun)
    if base is not None:
        return load_tokenizer(base.folder)
    asked = config.tokenizer.tokenizer or SPECIALS[config.architecture.architecture].kind
    kind: TokenizerKind | None = next((one for one in get_args(TokenizerKind) if one == asked), None)
    if kind is None:
        brought = load_tokenizer(_tokenizer_folder(asked, offline=config.run.offline))
        brought.model_max_length = config.training.block_length
        return brought
    tokenizer = train_tokenizer(
        Texts(config.corpus, offline=config.run.offline),
        kind=kind,
        vocabulary=config.tokenizer.vocabulary,
        family=config.architecture.architecture,
        lowercase=config.tokenizer.lowercase,
        max_length=config.training.block_length,
        listen=writer.tell,
    )
    if writer.active:
        save_tokenizer(tokenizer, begun)
    return tokenizer


def _tokenizer_folder(asked: str, *, offline: bool) -> Path:
    """Return the folder of a tokenizer: one with a tokenizer alone, or that of a base or a run."""
    folder = typed_path(asked)
    return folder if (folder / "tokenizer.json").is_file() else find_base(asked, offline=offline).folder


def _model(
    config: PretrainConfig,
    base: Base | None,
    tokenizer: PreTrainedTokenizerFast,
    writer: RunWriter,
    *,
    head: PretrainingHead,
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Return the model that is kept, and its tokenizer with the words that were added."""
    if base is None:
        shape = config.architecture
        made = new_config(
            shape.architecture,
            tokenizer=tokenizer,
            max_length=config.training.block_length,
            size=shape.size,
            layers=shape.layers,
            hidden=shape.hidden,
            heads=shape.heads,
            intermediate=shape.intermediate,
        )
        model = new_model(made, head, seed=config.run.seed)
        writer.record.base = {"name": None, "parameters": sum(one.numel() for one in model.parameters())}
        return model, tokenizer
    loaded = load_pretraining(base, head, seed=config.run.seed)
    words: tuple[str, ...] = ()
    if config.start.extend_vocabulary:
        texts = Texts(config.corpus, offline=config.run.offline)
        extended = extend_vocabulary(
            loaded.model, tokenizer, useful_words(texts, tokenizer, config.start.extend_vocabulary)
        )
        tokenizer, words = extended.tokenizer, extended.words
    writer.record.base = {
        "name": base.name,
        "digest": base.digest,
        "parameters": loaded.model.num_parameters(),
        "load": plain(loaded.report),
        "new_words": list(words),
    }
    writer.tell("base", writer.record.base)
    return loaded.model, tokenizer


def _check_tokenizer(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    rows = model.config.vocab_size
    if rows < len(tokenizer):
        raise ConfigError(
            f"the tokenizer has {len(tokenizer):,} tokens and the base embeddings of {rows:,}",
            where="tokenizer",
            remedy="Take the base's own tokenizer: leave --tokenizer out.",
        )


def _check_length(model: PreTrainedModel, length: int) -> None:
    positions = getattr(model.config, "max_position_embeddings", None)
    if model.config.model_type in BEHIND_PADDING and positions is not None:
        positions -= model.config.pad_token_id + 1
    if isinstance(positions, int) and length > positions:
        raise ConfigError(
            f"blocks of {length} tokens are longer than the {positions} that the model has positions for",
            where="training.block_length",
            remedy=f"Give --block-length {positions} or less.",
        )


def _check_validation(mixture: Mixture, corpus: Corpus) -> None:
    """Refuse to score what takes texts from other documents where there is no other one."""
    found, needed = corpus.validation, "documents" in mixture.needs
    if needed and found is not None and found.facts.documents == 1 < corpus.train.facts.documents:
        raise DataError(
            f"{mixture.name} cannot be scored: one document alone is for validation",
            where="corpus.validation_share",
            remedy="Give a larger --validation-share, or 0 to go without scores.",
        )


def _take_corpus(corpus: Corpus, config: PretrainConfig, writer: RunWriter) -> None:
    """Write down what was read; a resumed run must have read the same."""
    begun = writer.record.data.get("fingerprint")
    if begun is not None and begun != corpus.fingerprint:
        raise RunError(
            "the corpus has changed since the run was begun",
            where=config.corpus.sources[0],
            remedy="Put the corpus back as it was, or start a new run.",
        )
    writer.record.data = {
        "source": ", ".join(config.corpus.sources),
        "fingerprint": corpus.fingerprint,
        "corpus": asdict(corpus.facts),
    }
    writer.tell("corpus", writer.record.data)
    writer.save()
    if config.training.early_stopping is not None and corpus.validation is None:
        raise DataError(
            "early stopping needs documents for validation, and there are none",
            where="training.early_stopping",
            remedy="Give --validation-share 0.05, or leave --early-stopping out.",
        )
