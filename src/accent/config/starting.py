"""Settings of a pretraining that have no effect, or that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from accent.config.asking import reading_rules
from accent.config.contradictions import Contradiction, clash, idle
from accent.config.pretraining import SHORT_BLOCK, PretrainConfig

__all__ = ["pretrain_rules"]

_LEAVE = "Leave it out."
_SCRATCH = (
    *(
        ("architecture", name)
        for name in ("architecture", "size", "layers", "hidden", "heads", "intermediate", "embeddings")
    ),
    *(("tokenizer", name) for name in ("tokenizer", "vocabulary", "lowercase")),
)
_KINDS = frozenset({"wordpiece", "bpe", "unigram"})
_HIDE_NOTHING = frozenset({"clm", "nsp", "sop"})
_PAIRS = frozenset({"nsp", "sop", "tlm"})
_OBJECTIVE = ("objective", "objective")
_SHORT_UPDATES = ("training", "short_updates")


def pretrain_rules(config: PretrainConfig) -> Iterator[Contradiction]:
    """Yield what does not go together."""
    yield from reading_rules(config.corpus, "corpus")
    yield from _from_scratch(config) if config.start.base is None else _from_base()
    yield from _objective(config)


def _from_base() -> Iterator[Contradiction]:
    for place in _SCRATCH:
        yield idle(place, "a base brings its own shape and tokenizer", _LEAVE, ("start", "base"))
    yield idle(_SHORT_UPDATES, "a base has left the plateau", _LEAVE, ("start", "base"))


def _from_scratch(config: PretrainConfig) -> Iterator[Contradiction]:
    for name in ("revision", "extend_vocabulary"):
        yield idle(("start", name), "there is no base", "Give --base, or leave it out.", ("start", "base"))
    tokenizer = config.tokenizer.tokenizer
    if tokenizer is not None and tokenizer not in _KINDS:
        for name in ("vocabulary", "lowercase"):
            yield idle(("tokenizer", name), f"{tokenizer} is taken as it is", _LEAVE, ("tokenizer", "tokenizer"))
    if config.training.block_length < 2 * SHORT_BLOCK:
        reason = f"blocks of {config.training.block_length} tokens are short"
        yield idle(_SHORT_UPDATES, reason, _LEAVE, ("training", "block_length"))
    if set(config.objective.kinds) & _PAIRS:
        yield idle(_SHORT_UPDATES, f"rows of {config.objective.objective} hold two texts", _LEAVE, _OBJECTIVE)


def _objective(config: PretrainConfig) -> Iterator[Contradiction]:
    place, kinds = _OBJECTIVE, config.objective.kinds
    if kinds and set(kinds) <= _HIDE_NOTHING:
        for name in ("mask_rate", "mask_schedule"):
            yield idle(("objective", name), f"{config.objective.objective} hides no token", _LEAVE, place)
    if "tlm" not in kinds:
        reason = f"{config.objective.objective or 'the objective'} reads no translation"
        for name in ("pair_column", "pair_sources"):
            yield idle(("corpus", name), reason, "Give --objective tlm, or leave it out.", place)
    if not config.objective.mask_rate:
        remedy = "Give a share above 0, such as 0.15."
        yield clash(("objective", "mask_rate"), "a mask rate of 0 hides nothing to learn from", remedy)
