"""Text that goes on from a text: captions and notices to order.

python examples/generation.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from transformers.utils import logging

import accent
from accent.config import DataConfig
from accent.data import load

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 10}
PROMPTS = ["Write a museum label for a brass telescope.", "Reply to: Is the bakery open on Monday?"]


def make_base(folder: str) -> str:
    """Write a tiny GPT-2 that has read nothing, so that this runs offline; what it writes makes no sense.

    In earnest a real checkpoint belongs in its place: a folder, or a Hub name such as gpt2 or distilgpt2.
    """
    train = load(DataConfig(source="builtin:captions"), task="generation", seed=0).splits["train"]
    engine = Tokenizer(models.BPE())
    engine.pre_tokenizer, engine.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=1000, special_tokens=["<end>"], initial_alphabet=letters, show_progress=False
    )
    engine.train_from_iterator([*train["text"], *train["label"]], trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=engine, eos_token="<end>", pad_token="<end>")
    shape = {"n_positions": 256, "n_embd": 64, "n_layer": 2, "n_head": 2}
    model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), bos_token_id=0, eos_token_id=0, **shape))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def main() -> None:
    """Fine-tune on the built-in prompts and completions, say how good that is, and write twice to order."""
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        base, asked = make_base(folder), {"loss_on": "completions", "learning_rate": 1e-3, **EFFORT}
        run = accent.finetune("builtin:captions", task="generation", base=base, offline=True, **asked)
    model, counted = run.scores["test"]["bits_per_byte"], run.scores["baselines"]["5-gram"]["bits_per_byte"]
    print(f"bits per byte, the fewer the better: {model['value']:.2f}; counting five bytes: {counted['value']:.2f}")
    for prompt, answer in zip(PROMPTS, accent.predict(run.folder, PROMPTS, temperature=0.8, top_p=0.9), strict=True):
        print(f"{prompt}\n  {' '.join(answer['text'].split())}")


if __name__ == "__main__":
    main()
