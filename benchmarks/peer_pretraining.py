"""One masked-token pretraining with transformers' Trainer, as a process of its own; prints one line of JSON.

    python benchmarks/peer_pretraining.py TEXT.xz --settings default|packed --updates 40

BertForMaskedLM of BERT-mini's shape (4 x 256, vocabulary 30,522) from scratch, DataCollatorForLanguageModeling, full
blocks of 128 tokens, 32 a batch, AdamW at 1e-3. `default`: fp32 and the configuration's own dropout; `packed`: bf16
autocast and no dropout. Rows a second are blocks: the median update, without the first five.
"""

from __future__ import annotations

import argparse
import json
import lzma
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from accent.modeling import find_base

BLOCK, WARM = 128, 5


class Clock(TrainerCallback):
    """Notes when each update ends."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())


def main() -> None:
    """Train and print."""
    arguments = parse()
    set_seed(arguments.seed)
    tokenizer = AutoTokenizer.from_pretrained(find_base("builtin:minilm", revision=None, offline=True).folder)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    packed = arguments.settings == "packed"
    without = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0} if packed else {}
    shape = {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024}
    clock = Clock()
    trainer = Trainer(
        model=BertForMaskedLM(BertConfig(vocab_size=30_522, **shape, **without)),
        args=TrainingArguments(
            output_dir=tempfile.mkdtemp(),
            max_steps=arguments.updates,
            per_device_train_batch_size=arguments.batch_size,
            learning_rate=arguments.learning_rate,
            bf16=packed,
            use_cpu=True,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            logging_steps=1,
            logging_strategy="steps",
            seed=arguments.seed,
        ),
        train_dataset=blocks(arguments, tokenizer),  # type: ignore[arg-type]
        data_collator=DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15),
        callbacks=[clock],
    )
    trainer.train()
    spent = [later - before for before, later in zip(clock.ends[WARM:], clock.ends[WARM + 1 :], strict=False)]
    seconds = statistics.median(spent)
    print(
        json.dumps(
            {
                "who": f"trainer-{arguments.settings}",
                "rows_per_second": arguments.batch_size / seconds,
                "tokens_per_second": arguments.batch_size * BLOCK / seconds,
                "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
            }
        )
    )


def blocks(arguments: argparse.Namespace, tokenizer: Any) -> list[dict[str, list[int]]]:
    """Return as many full blocks as the updates need, of the first paragraphs of the text."""
    wanted = arguments.updates * arguments.batch_size
    room = BLOCK - 2
    ids: list[int] = []
    with lzma.open(arguments.text, "rt", encoding="utf-8") as lines:
        paragraphs = (line.strip() for line in lines if line.strip())
        while len(ids) < wanted * room:
            some = list(islice(paragraphs, 1000))
            if not some:
                break
            for one in tokenizer(some, add_special_tokens=False)["input_ids"]:
                ids += one
    first, last = tokenizer.cls_token_id, tokenizer.sep_token_id
    return [{"input_ids": [first, *ids[place * room : (place + 1) * room], last]} for place in range(len(ids) // room)][
        :wanted
    ]


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--settings", choices=["default", "packed"], required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
