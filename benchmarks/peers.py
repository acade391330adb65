"""One fine-tuning with transformers' Trainer, as a process of its own; prints one line of JSON.

    python benchmarks/peers.py FOLDER --task mrpc|wnut17|squad1 --seed 1 --epochs 3

Trainer at its best settings: bf16 autocast, dynamic padding, batches grouped by length. Base, rows, batch, rate,
schedule and decay are Accent's. The last weights are scored on the test rows, by code that is not Accent's: seqeval for
wnut17, scikit-learn for mrpc; for squad1 a search for the best spans of its own, and `accent.evaluation.AnswerScorer`.
For squad1 FOLDER holds train.json and test.json as `prepared.squad_files` cuts them. `rows` of squad1 are questions.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import peer_answers
import peer_pairs
import peer_tags
from trainer import training_arguments
from transformers import AutoTokenizer, Trainer, set_seed

from accent.modeling import find_base

PEERS: Mapping[str, peer_pairs.Prepare] = {
    "mrpc": peer_pairs.prepare,
    "wnut17": peer_tags.prepare,
    "squad1": peer_answers.prepare,
}


def main() -> None:
    """Train, score the test rows, print."""
    arguments = parse()
    set_seed(arguments.seed)
    base = find_base(arguments.base, revision=None, offline=True).folder
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.backend_tokenizer.no_truncation()  # all-MiniLM's tokenizer.json stores 128
    tokenizer.backend_tokenizer.no_padding()
    peer = PEERS[arguments.task](arguments.folder, base, tokenizer, arguments.limit)
    peer.model.set_attn_implementation(arguments.attention)
    if arguments.without_attention_dropout:
        forget_attention_dropout(peer.model)
    trainer = Trainer(
        model=peer.model,
        args=training_arguments(arguments, len(peer.examples)),
        train_dataset=peer.examples,
        data_collator=peer.collate,
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    trainer.args.train_sampling_strategy = "random"  # else it predicts in order of length, too, and not of the rows
    rows = round(peer.rows * arguments.epochs)
    outcome = {
        "who": f"trainer-{arguments.settings}",
        "rows": rows,
        "seconds": seconds,
        "rows_per_second": rows / seconds,
        "losses": [entry["loss"] for entry in trainer.state.log_history if "loss" in entry],
        "test": peer.score(trainer),
    }
    print(json.dumps(outcome))


def forget_attention_dropout(model: Any) -> None:
    """Switch dropout of attention probabilities off, as Accent does."""
    for name, module in model.named_modules():
        if name.endswith("attention.self.dropout"):
            module.p = 0.0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--task", choices=list(PEERS), required=True)
    parser.add_argument("--base", default="builtin:minilm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, default=None, help="rows of each split, the first of the file")
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa", help="the library's default is sdpa")
    parser.add_argument("--without-attention-dropout", action="store_true")
    parser.set_defaults(settings="best")
    return parser.parse_args()


if __name__ == "__main__":
    main()
