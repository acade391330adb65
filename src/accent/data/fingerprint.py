"""One digest for all that a run learns from and is measured on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import datasets

from accent.data.vocabulary import SPLITS

__all__ = ["fingerprint"]

COLUMNS = ("text", "text_pair", "label", "group")
# Rows are hashed in blocks of this size counted from the start of a split: another size is another fingerprint.
BLOCK = 1000


def fingerprint(splits: Mapping[str, datasets.Dataset]) -> str:
    """Return the SHA-256 over texts, labels and groups of all splits, in order, and not over their origins."""
    state = hashlib.sha256()
    for name in SPLITS:
        if name not in splits:
            continue
        columns = [column for column in COLUMNS if column in splits[name].column_names]
        rows = splits[name].select_columns(columns).with_format("arrow")
        state.update(json.dumps([name, columns, len(rows)]).encode())
        for block in rows.iter(batch_size=BLOCK):
            values = [block.column(column).to_pylist() for column in columns]
            state.update(json.dumps(values, ensure_ascii=True).encode())
    return state.hexdigest()
