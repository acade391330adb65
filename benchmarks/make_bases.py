"""Small bases for the tasks that write text, in transformers' layout.

    python benchmarks/make_bases.py gpt2 FOLDER --text FILE
    python benchmarks/make_bases.py t5 FOLDER --data SHARED_DATA_FOLDER --minutes 10

gpt2: random weights, 4 layers of width 256, 256 positions, and a byte-level BPE vocabulary of 2,048 learned on FILE.
t5: 4 + 4 layers of width 256 and a unigram vocabulary of 8,192, pretrained by span corruption on novels and the
training dialogues of DialogSum, half of each batch from either. It takes CUDA where there is one.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)
from transformers.utils import logging

Ids = npt.NDArray[np.int64]

GPT2_VOCABULARY, T5_VOCABULARY, SENTINELS = 2048, 8192, 100
END_OF_TEXT = "<|endoftext|>"
VOCABULARY_CHARACTERS = 5_000_000
"""Of the novels, for the vocabulary; all of DialogSum's training texts are 11 million."""
WINDOW, NOISE, SPAN = 256, 0.15, 3.0
"""Tokens of a window, the share that is masked, the mean length of a masked span (Raffel et al. 2020, sec. 3.1.4)."""
BATCH, PEAK_RATE, WARMUP, CLIP = 32, 1e-3, 0.05, 1.0


def main() -> None:
    """Make one base; a line of JSON says how."""
    arguments = parse()
    logging.disable_progress_bar()
    if arguments.kind == "gpt2":
        facts = make_gpt2(arguments.folder, arguments.text)
    else:
        facts = make_t5(arguments.folder, arguments.data, seconds=60 * arguments.minutes)
    print(json.dumps({"base": str(arguments.folder), **facts}))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["gpt2", "t5"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--text", type=Path, help="text for GPT-2's vocabulary")
    parser.add_argument("--data", type=Path, help="folder with novels and dialogsum, for T5")
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    if (arguments.text if arguments.kind == "gpt2" else arguments.data) is None:
        parser.error("gpt2 needs --text FILE" if arguments.kind == "gpt2" else "t5 needs --data FOLDER")
    return arguments


def make_gpt2(folder: Path, text: Path) -> dict[str, Any]:
    """Write a GPT-2 that has learned nothing but its vocabulary."""
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    engine.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=GPT2_VOCABULARY,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    engine.train_from_iterator(text.read_text(encoding="utf-8").splitlines(keepends=True), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=engine,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        model_input_names=["input_ids", "attention_mask"],
    )
    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=256,
        n_embd=256,
        n_layer=4,
        n_head=4,
        bos_token_id=end,
        eos_token_id=end,
    )
    torch.manual_seed(0)
    return _save(GPT2LMHeadModel(config), tokenizer, folder)


def make_t5(folder: Path, data: Path, *, seconds: float) -> dict[str, Any]:
    """Write a T5 pretrained for that many seconds."""
    novels = _lines(data / "novels" / "train.txt.xz")
    rows = [json.loads(line) for line in _lines(data / "dialogsum" / "train.jsonl.xz")]
    dialogues = [row["dialogue"] for row in rows]
    tokenizer = t5_tokenizer([*dialogues, *(row["summary"] for row in rows), *_sample(novels)])
    _tell(f"{len(tokenizer):,} tokens in the vocabulary; tokenizing")
    sources = [token_ids(tokenizer, texts) for texts in (novels, dialogues)]
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=256,
        d_kv=64,
        num_layers=4,
        num_decoder_layers=4,
        num_heads=4,
        d_ff=1024,
        feed_forward_proj="gated-gelu",
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    model = T5ForConditionalGeneration(config)
    facts = pretrain(model, sources, tokenizer, seconds=seconds)
    return {**_save(model, tokenizer, folder), **facts}


def t5_tokenizer(texts: Sequence[str]) -> T5Tokenizer:
    """Learn unigram pieces, and lay them out as T5 does: three special tokens first, sentinels last, backwards."""
    special = ["<pad>", "</s>", "<unk>"]
    engine = T5Tokenizer().backend_tokenizer
    engine.model = models.Unigram()
    marks = pre_tokenizers.Split(Regex(r"""[.,:;!?"'()*_-]"""), "isolated")  # no pieces such as "you?"
    engine.pre_tokenizer = pre_tokenizers.Sequence([engine.pre_tokenizer, marks])
    trainer = trainers.UnigramTrainer(
        vocab_size=T5_VOCABULARY - SENTINELS, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    engine.train_from_iterator(texts, trainer)
    pieces = json.loads(engine.to_str())["model"]["vocab"]
    learned = [(piece, score) for piece, score in pieces if piece not in special and "extra_id" not in piece]
    learned = learned[: T5_VOCABULARY - SENTINELS - len(special)]
    sentinels = [(f"<extra_id_{number}>", 0.0) for number in reversed(range(SENTINELS))]
    return T5Tokenizer(vocab=[*((name, 0.0) for name in special), *learned, *sentinels], extra_ids=SENTINELS)


def token_ids(tokenizer: T5Tokenizer, texts: Sequence[str]) -> Ids:
    """Return the tokens of all texts one after the other, each with </s> behind it."""
    parts = []
    for start in range(0, len(texts), 10_000):
        found = tokenizer(list(texts[start : start + 10_000]), return_attention_mask=False, verbose=False)
        parts.append(np.concatenate([np.asarray(ids, dtype=np.int32) for ids in found["input_ids"]]))
    return np.concatenate(parts).astype(np.int64)


def pretrain(model: Any, sources: Sequence[Ids], tokenizer: T5Tokenizer, *, seconds: float) -> dict[str, Any]:
    """Train by span corruption until the time is up; the rate warms up, then falls to zero with the time."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    for module in model.modules():  # as T5 1.1 is pretrained: dropout is for fine-tuning
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    losses: list[float] = []
    started = time.perf_counter()
    for inputs_BT, targets_BT in batches(sources, tokenizer):
        share = (time.perf_counter() - started) / seconds
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(share / WARMUP, (1 - share) / (1 - WARMUP))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = model(input_ids=inputs_BT.to(device), labels=targets_BT.to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        if len(losses) % 100 == 0:
            _tell(f"{share:4.0%}  update {len(losses):,}  loss {np.mean(losses[-100:]):.3f}")
    tokens = len(losses) * BATCH * WINDOW
    return {"updates": len(losses), "tokens": tokens, "loss": float(np.mean(losses[-100:])), "device": device.type}


def batches(sources: Sequence[Ids], tokenizer: T5Tokenizer) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield inputs and targets (B, T) of windows from random places, the same number from each source."""
    chance = np.random.default_rng(0)
    sentinels = np.asarray(tokenizer.convert_tokens_to_ids([f"<extra_id_{number}>" for number in range(SENTINELS)]))
    while True:
        windows = [
            corrupt(ids[(start := chance.integers(len(ids) - WINDOW)) : start + WINDOW], sentinels, chance)
            for ids in sources
            for _ in range(BATCH // len(sources))
        ]
        end = np.full((len(windows), 1), tokenizer.eos_token_id)
        inputs, targets = (np.stack(part) for part in zip(*windows, strict=True))
        yield torch.from_numpy(np.hstack([inputs, end])), torch.from_numpy(np.hstack([targets, end]))


def corrupt(ids_T: Ids, sentinels: Ids, chance: np.random.Generator) -> tuple[Ids, Ids]:
    """Return the window with a sentinel for each masked span, and each sentinel with the tokens that it stands for.

    A window begins with a kept span and ends with a masked one; all windows come out equally long.
    """
    masked = round(len(ids_T) * NOISE)
    spans = max(1, round(masked / SPAN))
    lengths = np.stack([_cut(len(ids_T) - masked, spans, chance), _cut(masked, spans, chance)], axis=1).ravel()
    parts = np.split(ids_T, np.cumsum(lengths)[:-1])
    inputs = [part for kept, mark in zip(parts[::2], sentinels, strict=False) for part in (kept, [mark])]
    targets = [part for hidden, mark in zip(parts[1::2], sentinels, strict=False) for part in ([mark], hidden)]
    return np.concatenate(inputs), np.concatenate(targets)


def _cut(length: int, pieces: int, chance: np.random.Generator) -> Ids:
    """Return the lengths, at least 1, of pieces that are cut at random places."""
    places = np.sort(chance.choice(length - 1, pieces - 1, replace=False)) + 1
    return np.diff(places, prepend=0, append=length)


def _sample(lines: Sequence[str]) -> list[str]:
    """Return lines from all over, about as many characters as the vocabulary is learned on."""
    step = math.ceil(sum(map(len, lines)) / VOCABULARY_CHARACTERS)
    return list(lines[::step])


def _lines(file: Path) -> list[str]:
    with lzma.open(file, "rt", encoding="utf-8") as stream:
        return [line for line in map(str.strip, stream) if line]


def _save(model: Any, tokenizer: Any, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    model.to("cpu").save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return {"parameters": model.num_parameters(), "vocabulary": len(tokenizer)}


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
