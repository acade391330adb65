"""The special tokens of each family of models, in the order of their ids, and how they frame a text or a pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tokenizers import processors

__all__ = ["SPECIALS", "Specials", "TokenizerKind", "frame"]

TokenizerKind = Literal["wordpiece", "bpe", "unigram"]


@dataclass(frozen=True, kw_only=True)
class Specials:
    """A family's special tokens.

    `first` are the tokens with the lowest ids and `last` those with the highest, in order. `roles` names them as
    transformers does; `single` and `pair` are the frames of one text ($A) and of two ($A and $B), "" for none, with
    type ids behind colons.
    """

    kind: TokenizerKind
    """The kind of tokenizer that the family's own checkpoints have."""
    first: tuple[str, ...]
    roles: dict[str, str]
    unknown: str
    single: str = ""
    pair: str = ""
    last: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    """What the family's models take, in transformers' names."""
    lowercase: bool = field(default=False)
    """Whether the family's own tokenizer writes texts in lower case."""


def frame(specials: Specials, ids: dict[str, int]) -> processors.PostProcessor | None:
    """Return what puts the family's special tokens around texts; None where there is nothing to put."""
    from tokenizers import processors

    if not specials.single:
        return None
    used = sorted({piece.split(":")[0] for piece in specials.pair.split() if not piece.startswith("$")})
    return processors.TemplateProcessing(
        single=specials.single, pair=specials.pair, special_tokens=[(token, ids[token]) for token in used]
    )


def _brackets(*, kind: TokenizerKind, angled: bool = False, typed: bool = True, lowercase: bool = True) -> Specials:
    """Return BERT's special tokens; ALBERT writes two of them with angles."""
    pad, unknown = ("<pad>", "<unk>") if angled else ("[PAD]", "[UNK]")
    return Specials(
        kind=kind,
        first=(pad, unknown, "[CLS]", "[SEP]", "[MASK]"),
        roles={
            "pad_token": pad,
            "unk_token": unknown,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "mask_token": "[MASK]",
            **({"bos_token": "[CLS]", "eos_token": "[SEP]"} if angled else {}),
        },
        unknown=unknown,
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1" if typed else "[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0",
        inputs=("input_ids", "token_type_ids", "attention_mask") if typed else ("input_ids", "attention_mask"),
        lowercase=lowercase,
    )


SPECIALS: dict[str, Specials] = {
    "bert": _brackets(kind="wordpiece"),
    "electra": _brackets(kind="wordpiece"),
    "distilbert": _brackets(kind="wordpiece", typed=False),
    "albert": _brackets(kind="unigram", angled=True),
    "modernbert": _brackets(kind="bpe", typed=False, lowercase=False),
    # RoBERTa counts positions from the padding's id on, which is 1 in its own vocabulary.
    "roberta": Specials(
        kind="bpe",
        first=("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
        roles={
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        unknown="<unk>",
        single="<s>:0 $A:0 </s>:0",
        pair="<s>:0 $A:0 </s>:0 </s>:0 $B:0 </s>:0",
    ),
    "gpt2": Specials(
        kind="bpe",
        first=("<|endoftext|>",),
        roles=dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), "<|endoftext|>"),
        unknown="<|endoftext|>",
    ),
    "t5": Specials(
        kind="unigram",
        first=("<pad>", "</s>", "<unk>"),
        roles={"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"},
        unknown="<unk>",
        single="$A:0 </s>:0",
        pair="$A:0 </s>:0 $B:0 </s>:0",
        last=tuple(f"<extra_id_{number}>" for number in range(99, -1, -1)),
    ),
}
"""Every family that a tokenizer can be trained for."""
