"""Pretraining: what a model learns from running text before it meets a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Predicate, doc

from accent.config.corpus import CorpusConfig
from accent.config.runs import RunConfig
from accent.config.training import LearningConfig
from accent.config.types import NonNegativeFloat, NonNegativeInt, PositiveInt, Share, Text

__all__ = [
    "ARCHITECTURES",
    "OBJECTIVES",
    "SHORT_BLOCK",
    "ArchitectureConfig",
    "ArchitectureName",
    "ObjectiveConfig",
    "PretrainConfig",
    "PretrainingConfig",
    "SizeName",
    "StartConfig",
    "TokenizerConfig",
]

OBJECTIVES = ("mlm", "wwm", "span", "nsp", "sop", "rtd", "clm", "tlm")
"""What can be learned from running text, by name."""
ArchitectureName = Literal["bert", "roberta", "albert", "electra", "distilbert", "gpt2", "modernbert", "t5"]
ARCHITECTURES: tuple[ArchitectureName, ...] = (
    "bert",
    "roberta",
    "albert",
    "electra",
    "distilbert",
    "gpt2",
    "modernbert",
    "t5",
)
SHORT_BLOCK = 64
"""Tokens of the blocks that a model from scratch begins with."""
SizeName = Literal["tiny", "mini", "small", "base"]


def _is_mixture(text: str) -> bool:
    names = text.split("+")
    return len(set(names)) == len(names) and set(names) <= set(OBJECTIVES)


Mixture = Annotated[str, Predicate(_is_mixture), doc(f"objectives joined with +, of {', '.join(OBJECTIVES)}")]


@dataclass(frozen=True, kw_only=True)
class ObjectiveConfig:
    """The signal."""

    objective: Mixture | None = None
    """What to learn: mlm (hidden tokens), wwm (hidden words), span (hidden spans), nsp (next sentence), sop (order of
    sentences), rtd (replaced tokens), clm (the next token), tlm (hidden tokens of a text and its translation); several
    joined with +, such as mlm+nsp. Without it the family's: clm for gpt2, rtd for electra, span for t5, else mlm."""
    mask_rate: Share = 0.15
    """Share of the tokens that are hidden or replaced."""
    mask_schedule: Literal["static", "dynamic"] = "dynamic"
    """Whether the same places are hidden in every epoch, or others each time."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what is learned, in their order; empty where the family decides."""
        return tuple((self.objective or "").split("+")) if self.objective else ()


@dataclass(frozen=True, kw_only=True)
class ArchitectureConfig:
    """The shape of a model from scratch."""

    architecture: ArchitectureName = "bert"
    """The family."""
    size: SizeName = "mini"
    """Layers and width: tiny 2 x 128, mini 4 x 256, small 4 x 512, base 12 x 768."""
    layers: PositiveInt | None = None
    """Layers; without it, those of the size."""
    hidden: PositiveInt | None = None
    """The width of the hidden states; without it, that of the size."""
    heads: PositiveInt | None = None
    """Attention heads; without it, one for every 64 of the width."""
    intermediate: PositiveInt | None = None
    """The width inside the feed-forward part; without it, the family's own multiple of the width."""
    embeddings: Literal["cooccurrence", "random"] = "cooccurrence"
    """What the embeddings of a new model start from: which tokens stand near which, counted in seconds, and sinusoids
    for places; or random."""


@dataclass(frozen=True, kw_only=True)
class TokenizerConfig:
    """How text becomes tokens."""

    tokenizer: Text | None = None
    """wordpiece, bpe or unigram, trained on the corpus; or a folder, a Hub name or builtin:NAME to take as it is.
    Without it the family's own kind."""
    vocabulary: PositiveInt = 8192
    """Tokens of a tokenizer that is trained here."""
    lowercase: bool | None = None
    """Whether a wordpiece or unigram tokenizer that is trained here reads capitals as small letters; without it, as
    the family's own."""


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """A base to go on from, in place of a model from scratch."""

    base: Text | None = None
    """A folder, a Hub name, or builtin:minilm. Only safetensors is loaded. Without it a model starts from scratch."""
    revision: Text | None = None
    """The branch, tag or commit of a Hub base."""
    extend_vocabulary: NonNegativeInt = 0
    """Words of the corpus that the base's tokenizer gets, those that save most pieces first; each starts from the mean
    of its old pieces."""


@dataclass(frozen=True, kw_only=True)
class PretrainingConfig(LearningConfig):
    """Updates over blocks of text."""

    block_length: PositiveInt = 128
    """Tokens of a block, special ones among them; without padding, as documents follow one another."""
    short_updates: NonNegativeInt = 1000
    """First updates, whose blocks have 64 tokens and are as many more: a small model learns from short blocks sooner.
    Only for blocks of 128 tokens or more, and not for objectives of pairs."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """What moves the matrices of the layers: AdamW, or Muon, which leaves the plateau of word frequencies sooner. All
    else is moved by AdamW."""
    batch_size: PositiveInt = 32
    """Blocks in one update."""
    weight_decay: NonNegativeFloat = 0.1
    """Decoupled weight decay; biases and norms are not decayed."""


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """Train a model on running text: from scratch, or from a base."""

    corpus: CorpusConfig
    """The running text."""
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    """The signal."""
    architecture: ArchitectureConfig = field(default_factory=ArchitectureConfig)
    """The shape of a model from scratch."""
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    """How text becomes tokens."""
    start: StartConfig = field(default_factory=StartConfig)
    """A base to go on from."""
    training: PretrainingConfig = field(default_factory=PretrainingConfig)
    """How it learns."""
    run: RunConfig = field(default_factory=RunConfig)
    """Where it is kept."""
