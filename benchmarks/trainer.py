"""One fine-tuning with transformers' Trainer on SST-2, as a process of its own; prints one line of JSON.

    python benchmarks/trainer.py FOLDER --settings best --seed 1 --epochs 3

`best`: bf16 autocast, dynamic padding, batches grouped by length. `tutorial`: fp32, every row padded to 128 tokens.
The rest is the same: AdamW, linear decay after 6 % warm-up, weight decay 0.01, gradients clipped at 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

from accent.modeling import find_base

__all__ = ["training_arguments"]


def main() -> None:
    """Train, score the test rows, print."""
    arguments = parse()
    set_seed(arguments.seed)
    base = find_base("builtin:minilm", revision=None, offline=True).folder
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=2)
    train = encode(arguments.folder / "train.tsv", tokenizer, arguments)[: arguments.limit]
    test = encode(arguments.folder / "test.tsv", tokenizer, arguments)
    trainer = Trainer(
        model=model,
        args=training_arguments(arguments, len(train)),
        train_dataset=train,
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    rows = round(len(train) * arguments.epochs)
    print(
        json.dumps(
            {
                "who": f"trainer-{arguments.settings}",
                "rows": rows,
                "seconds": seconds,
                "rows_per_second": rows / seconds,
                "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
                "test": {"accuracy": accuracy(trainer, test)},
            }
        )
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--settings", choices=["best", "tutorial"], required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, default=None)
    return parser.parse_args()


def encode(file: Path, tokenizer: Any, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return examples of a split, padded to 128 at once in the tutorial's way."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [text for text, _ in rows]
    if arguments.settings == "tutorial":
        encoded = tokenizer(texts, padding="max_length", truncation=True, max_length=128)
    else:
        encoded = tokenizer(texts, truncation=True, max_length=512)
    columns = {**encoded, "labels": [int(label) for _, label in rows]}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def training_arguments(arguments: argparse.Namespace, rows: int) -> TrainingArguments:
    """Return the arguments of either way."""
    best = arguments.settings == "best"
    updates = math.ceil(rows / arguments.batch_size) * arguments.epochs
    return TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        num_train_epochs=arguments.epochs,
        per_device_train_batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        weight_decay=0.01,
        warmup_steps=math.ceil(0.06 * updates),
        lr_scheduler_type="linear",
        bf16=best,
        train_sampling_strategy="group_by_length" if best else "random",
        use_cpu=not torch.cuda.is_available(),
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        logging_strategy="no",
        seed=arguments.seed,
    )


def accuracy(trainer: Trainer, test: list[dict[str, Any]]) -> float:
    """Return the share of test rows that are answered rightly."""
    found = trainer.predict(test)  # type: ignore[arg-type]
    return float(np.mean(np.asarray(found.predictions).argmax(-1) == found.label_ids))


if __name__ == "__main__":
    main()
