"""A short text for a long one: what did the meeting decide?

python examples/summarization.py [--quick]
"""

from __future__ import annotations

import sys
import tempfile

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
from transformers.utils import logging

import accent
from accent.config import DataConfig
from accent.data import load

EFFORT = {"updates": 1, "limit": 24} if "--quick" in sys.argv else {"epochs": 10}
NAMES = ["<pad>", "</s>", "<unk>"]


def make_base(folder: str, texts: list[str]) -> str:
    """Write a tiny T5 that has read nothing, so that this runs offline; what it writes makes no sense.

    In earnest a real checkpoint belongs in its place: a folder, or a Hub name such as google/flan-t5-small.
    """
    engine = Tokenizer(models.BPE(unk_token="<unk>"))
    engine.pre_tokenizer, engine.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=1000, special_tokens=NAMES, initial_alphabet=letters, show_progress=False)
    )
    engine.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=engine, model_max_length=512, **names)
    shape = {"d_model": 64, "d_kv": 32, "d_ff": 128, "num_layers": 2, "num_heads": 2}
    T5ForConditionalGeneration(T5Config(vocab_size=len(tokenizer), decoder_start_token_id=0, **shape)).save_pretrained(
        folder
    )
    tokenizer.save_pretrained(folder)
    return folder


def main() -> None:
    """Fine-tune on the built-in minutes, say how good that is, and sum one text up."""
    logging.disable_progress_bar()
    rows = load(DataConfig(source="builtin:minutes"), task="summarization", seed=0).splits
    with tempfile.TemporaryDirectory() as folder:
        base, asked = (
            make_base(folder, list(rows["train"]["text"])),
            {"summary_length": 48, "learning_rate": 1e-3, **EFFORT},
        )
        run = accent.finetune("builtin:minutes", task="summarization", base=base, offline=True, **asked)
    model, lead = run.scores["test"]["rougeL"], run.scores["baselines"]["lead"]["rougeL"]
    print(f"ROUGE-L {model['value']:.3f}; the first sentences: {lead['value']:.3f}")
    (answer,) = accent.predict(run.folder, [rows["test"][0]["text"]])
    print(f"expected: {rows['test'][0]['label'][0]}\nwritten:  {' '.join(answer['summary_text'].split())}")


if __name__ == "__main__":
    main()
