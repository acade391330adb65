"""Tiny random checkpoints of each family, with a tokenizer over a few sentences; the same in every run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

SENTENCES = (
    "a warm, funny and moving film about two sisters who open a restaurant by the sea",
    "the plot is thin, the jokes are old, and nobody seems to want to be there",
    "great phone, terrible battery; it went flat twice before lunch",
    "we waited an hour for cold soup and a bill that was not ours",
    "I did not expect to like this as much as I did",
    "Where is the nearest station, and how many trains leave after nine?",
    "What is the tallest mountain in Europe?",
    "free entry in a weekly competition, text WIN to 80085 now!",
    "see you at the cinema tonight, bring the tickets",
    "not bad at all; in fact it is the best book that I have read this year",
)
FAMILIES = ("bert", "roberta", "albert", "electra", "distilbert", "gpt2", "modernbert")
"""Families with a head that reads: those that only write are t5 and bart."""

_SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
# Configuration class, class with the pretraining head, and the shape in the family's own words.
_KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bert": ("BertConfig", "BertForMaskedLM", {**_SHAPE, "max_position_embeddings": 64}),
    "roberta": ("RobertaConfig", "RobertaForMaskedLM", {**_SHAPE, "max_position_embeddings": 66}),
    "albert": ("AlbertConfig", "AlbertForPreTraining", {**_SHAPE, "embedding_size": 16, "max_position_embeddings": 64}),
    "electra": ("ElectraConfig", "ElectraForPreTraining", {**_SHAPE, "embedding_size": 16}),
    "distilbert": (
        "DistilBertConfig",
        "DistilBertForMaskedLM",
        {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 64},
    ),
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64}),
    "modernbert": ("ModernBertConfig", "ModernBertForMaskedLM", {**_SHAPE, "max_position_embeddings": 64}),
    "t5": (
        "T5Config",
        "T5ForConditionalGeneration",
        {"d_model": 32, "d_kv": 16, "num_layers": 2, "num_heads": 2, "d_ff": 64},
    ),
    "bart": (
        "BartConfig",
        "BartForConditionalGeneration",
        {
            "d_model": 32,
            **{f"{part}_{name}": 2 for part in ("encoder", "decoder") for name in ("layers", "attention_heads")},
            **{f"{part}_ffn_dim": 64 for part in ("encoder", "decoder")},
            "max_position_embeddings": 64,
        },
    ),
}
_MARKED_WITH_ANGLES = ("roberta", "bart")


def make_checkpoint(folder: Path, family: str = "bert", *, head: bool = True, seed: int = 0, **settings: Any) -> Path:
    """Write a checkpoint of 2 layers and width 32, and its tokenizer, into `folder` and return it.

    `head` is whether it holds the pretraining head; `settings` go into the configuration.
    """
    tokenizer = make_tokenizer(family)
    config_kind, model_kind, shape = _KINDS[family]
    config = getattr(transformers, config_kind)(
        **{**shape, "vocab_size": len(tokenizer), **_ids(tokenizer, family), **settings}
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = getattr(transformers, model_kind)(config)
    folder.mkdir(parents=True, exist_ok=True)
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    (model if head else model.base_model).save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    if bars:
        logging.enable_progress_bar()
    return folder


def make_tokenizer(family: str = "bert") -> PreTrainedTokenizerFast:
    """Make the kind of tokenizer that a family uses: WordPiece, or BPE over bytes."""
    if family == "gpt2":
        return PreTrainedTokenizerFast(
            tokenizer_object=_byte_pairs(["<|endoftext|>"]),
            bos_token="<|endoftext|>",
            eos_token="<|endoftext|>",
            model_input_names=["input_ids", "attention_mask"],
        )
    if family == "t5":
        return _ending_tokenizer()
    angles = family in _MARKED_WITH_ANGLES
    names = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"] if angles else ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    engine = _byte_pairs(names) if family in ("roberta", "modernbert", "bart") else _word_pieces(names)
    pad, unknown, first, last, mask = names
    engine.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} {last} $B {last}" if angles else f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(name, engine.token_to_id(name)) for name in (first, last)],
    )
    typed = family in ("bert", "albert", "electra")
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        pad_token=pad,
        unk_token=unknown,
        cls_token=first,
        sep_token=last,
        mask_token=mask,
        **({"bos_token": first, "eos_token": last} if family == "bart" else {}),
        model_input_names=["input_ids", *(["token_type_ids"] if typed else []), "attention_mask"],
    )


def _ending_tokenizer() -> PreTrainedTokenizerFast:
    """Make T5's kind of tokenizer: nothing stands before a text, and </s> behind it."""
    engine = _byte_pairs(["<pad>", "</s>", "<unk>"])
    engine.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", engine.token_to_id("</s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=engine,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_input_names=["input_ids", "attention_mask"],
    )


def _ids(tokenizer: PreTrainedTokenizerFast, family: str) -> dict[str, int]:
    if family == "gpt2":
        return {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    ids = {"pad_token_id": tokenizer.pad_token_id}
    if family == "t5":
        ids |= {"eos_token_id": tokenizer.eos_token_id, "decoder_start_token_id": tokenizer.pad_token_id}
    if family == "bart":
        last = tokenizer.eos_token_id
        ids |= {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": last, "decoder_start_token_id": last}
        ids |= {"forced_eos_token_id": last}
    if family in ("roberta", "modernbert"):
        ids |= {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
    if family == "modernbert":
        ids |= {"cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id}
    return ids


def _word_pieces(names: list[str]) -> Tokenizer:
    """Spell out a vocabulary: a trainer breaks ties by the order of a hash table, so that ids change between runs.

    It has all letters, and half of the words, so that the other half falls into pieces.
    """
    words = sorted({word for sentence in SENTENCES for word in re.findall(r"\w+|[^\w\s]", sentence.lower())})
    letters = sorted({letter for word in words for letter in word})
    entries = dict.fromkeys([*names, *letters, *(f"##{letter}" for letter in letters), *words[::2]])
    engine = Tokenizer(models.WordPiece({entry: index for index, entry in enumerate(entries)}, unk_token=names[1]))
    engine.normalizer = normalizers.BertNormalizer(lowercase=True)
    engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    engine.decoder = decoders.WordPiece()
    return engine


def _byte_pairs(names: list[str]) -> Tokenizer:
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    engine.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=names,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return engine
