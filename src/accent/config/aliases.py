"""The names that transformers' scripts use, and what each is here."""

from __future__ import annotations

__all__ = ["ALIASES", "FOREIGN", "SWITCHES", "canonical"]

ALIASES = {
    "dataset_name": "data",
    "early_stopping_patience": "early_stopping",
    "eval_steps": "evaluate_every",
    "label_column_name": "label_column",
    "label_smoothing_factor": "label_smoothing",
    "lr_scheduler_type": "schedule",
    "max_seq_length": "max_length",
    "max_steps": "updates",
    "metric_for_best_model": "metric",
    "model_name_or_path": "base",
    "model_revision": "revision",
    "num_train_epochs": "epochs",
    "output_dir": "output",
    "per_device_train_batch_size": "batch_size",
    "resume_from_checkpoint": "resume",
    "save_steps": "save_every",
    "save_total_limit": "keep",
    "test_file": "test",
    "text_column_name": "text_column",
    "text_column_names": "text_column",
    "train_file": "data",
    "validation_file": "validation",
}
"""Names that mean the same as a setting of ours."""

SWITCHES = {"bf16": ("precision", "bf16")}
"""Switches that stand for one value of a setting of ours."""

_ALWAYS = "Leave it out"
FOREIGN = {
    "do_eval": ("every fine-tuning evaluates, on validation rows and once on test rows", f"{_ALWAYS}."),
    "do_predict": ("every fine-tuning predicts its test rows", f"{_ALWAYS}, or use `accent predict RUN`."),
    "do_train": ("accent finetune always trains", f"{_ALWAYS}, or use `accent evaluate RUN DATA`."),
    "eval_strategy": ("evaluation comes once an epoch, or every N updates", "Write --evaluate-every N."),
    "evaluation_strategy": ("evaluation comes once an epoch, or every N updates", "Write --evaluate-every N."),
    "fp16": ("fp16 is not offered: it needs loss scaling and gains nothing over bf16", "Write --precision bf16."),
    "gradient_accumulation_steps": (
        "accumulation is not set here: batch_size counts all rows of an update",
        "Write --batch-size with the product, and --microbatch-size with the rows that fit in memory.",
    ),
    "group_by_length": ("batches are always grouped by length", f"{_ALWAYS}."),
    "load_best_model_at_end": ("the best checkpoint is always the one that is kept as the model", f"{_ALWAYS}."),
    "logging_steps": ("every update is logged to events.jsonl", f"{_ALWAYS}."),
    "max_train_samples": ("rows are limited in every split alike", "Write --limit N."),
    "overwrite_output_dir": ("a run never overwrites another", "Give --output a new folder."),
    "pad_to_max_length": ("batches are padded to their longest row only", f"{_ALWAYS}."),
    "per_device_eval_batch_size": ("evaluation makes its batches by tokens, with no setting", f"{_ALWAYS}."),
    "push_to_hub": ("Accent uploads nothing", "Upload RUN/model yourself: it is in the transformers layout."),
    "report_to": ("Accent reports to the run folder only", f"{_ALWAYS}; see RUN/report.html and RUN/events.jsonl."),
    "save_strategy": ("checkpoints come at every evaluation, or every N updates", "Write --save-every N."),
    "trust_remote_code": ("code from a base is never run", f"{_ALWAYS}; choose a base that transformers itself knows."),
    "warmup_steps": ("warm-up is a share of the updates here", "Write --warmup-ratio with that share, such as 0.06."),
}
"""Names that mean nothing here: what is done instead, and what to write."""


def canonical(name: str) -> str:
    """Return our name of a setting: `--num_train_epochs`, `num-train-epochs` and `epochs` are all `epochs`."""
    plain = name.lstrip("-").replace("-", "_")
    return ALIASES.get(plain, plain)
