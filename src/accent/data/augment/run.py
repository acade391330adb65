"""From training rows to training rows and their changed copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import datasets
import pyarrow as pa

from accent.config.augment import AugmentConfig
from accent.data.augment import AUGMENTERS, Augmenter, Lexicon, Means, WordedText
from accent.data.augment.guard import Guard, Verdict
from accent.data.loading import LoadedData
from accent.data.schema import AUGMENTED_BY
from accent.data.store import Facts, Write, find, key_of, store
from accent.seeds import generator

__all__ = ["Augmented", "augment"]

BATCH = 1_000

_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Augmented:
    """Data whose training rows have changed copies behind them, and how many."""

    data: LoadedData
    """Its fingerprint stays that of the rows that were read: seed and configuration say what the copies are."""
    added: Mapping[str, int] = field(default_factory=dict)
    """Copies by the change that made them."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Copies that are not learned from: `unchanged` (nothing in them could change), `repeated` (they say what a
    training row or another copy says), `leaking` (they are copies or near copies of a validation or test row)."""

    def to_json(self) -> dict[str, Any]:
        """Return the counts as record.json has them."""
        return {"added": dict(self.added), "left_out": dict(self.left_out)}


def augment(data: LoadedData, config: AugmentConfig, *, lexicon: Lexicon, seed: int, audit_seed: int) -> Augmented:
    """Return `data` with changed copies behind its training rows; other splits stay as they are.

    A copy has the label, the group and the origin of its row, and in the column `augmented_by` the change that made it
    (None for rows as read). It is a pure function of the seed, the row's number and the copy's. Copies are written to
    the store of tables batch by batch. `audit_seed` is the audit's, so that near copies are what they are for it.
    The task must be one of AUGMENTED_TASKS. Raises BaseModelError where the lexicon lacks what a change needs.
    """
    if not config.augment:
        return Augmented(data=data)
    maker = _Maker(data, config, lexicon, seed, audit_seed)
    table = find(maker.key) or store(maker.key, maker.schema, maker.fill)
    splits = dict(data.splits)
    if table.facts["rows"]:
        splits["train"] = datasets.concatenate_datasets([splits["train"], table.dataset()])
    return Augmented(data=replace(data, splits=splits), added=table.facts["added"], left_out=table.facts["left_out"])


@dataclass(frozen=True)
class _Maker:
    """Makes the copies of the training rows."""

    data: LoadedData
    config: AugmentConfig
    lexicon: Lexicon
    seed: int
    audit_seed: int

    @property
    def rows(self) -> datasets.Dataset:
        """The training rows."""
        return self.data.splits["train"]

    @property
    def key(self) -> str:
        """What the copies depend on; the files' digests stand for the rows' origins."""
        return key_of(
            augment=[self.config.augment, self.config.augment_share, self.config.augment_copies],
            rows=[self.data.task, self.data.fingerprint, self.data.files],
            lexicon=self.lexicon.digest,
            seeds=[self.seed, self.audit_seed],
        )

    @property
    def schema(self) -> pa.Schema:
        """The columns of the rows, and the mark of copies."""
        columns = self.rows.features.arrow_schema
        return pa.schema([*((one.name, one.type) for one in columns), (AUGMENTED_BY, pa.string())])

    def fill(self, write: Write) -> Facts:
        """Write all copies; return how many were added by each change, and why others were left out."""
        guard = Guard(self.data.splits, seed=self.audit_seed)
        means = Means(share=self.config.augment_share, rows=self.rows, lexicon=self.lexicon)
        added, left_out = Counter[str](), Counter[str]()
        for name in self.config.augment:
            augmenter = AUGMENTERS[name](means)
            for copy in range(self.config.augment_copies):
                for first in range(0, len(self.rows), BATCH):
                    copies = self._copies(augmenter, f"augment/{name}/{copy}", first)
                    left_out["unchanged"] += min(BATCH, len(self.rows) - first) - len(copies)
                    verdicts = _verdicts(guard, copies)
                    kept = [row | {AUGMENTED_BY: name} for row, verdict in verdicts if verdict == "added"]
                    added[name] += len(kept)
                    left_out.update(verdict for _, verdict in verdicts if verdict != "added")
                    write(pa.RecordBatch.from_pylist(kept, schema=self.schema))
        return {"added": dict(added), "left_out": {why: count for why, count in left_out.items() if count}}

    def _copies(self, augmenter: Augmenter, stream: str, first: int) -> list[_Row]:
        """Return the changed copies of one batch of rows, without those of rows in which nothing can change."""
        rows = _plain(self.rows[first : first + BATCH])
        names = [name for name in ("text", "text_pair") if name in self.schema.names]
        texts = [self._read(row, name) for row in rows for name in names]
        draws = [
            generator(self.seed, stream, number, place)
            for number in range(first, first + len(rows))
            for place in range(len(names))
        ]
        changed = iter(augmenter.change(texts, draws))
        pairs = [(row, dict(zip(names, islice(changed, len(names)), strict=True))) for row in rows]
        return [self._copy(row, new) for row, new in pairs if any(new.values())]

    def _read(self, row: _Row, name: str) -> WordedText:
        text = row[name] or ""
        return WordedText.of_tagged(text, row["label"]) if self._tagged else WordedText.of_text(text)

    def _copy(self, row: _Row, changed: Mapping[str, WordedText | None]) -> _Row:
        """Return the row with its changed texts; of a pair, one may stay as it is."""
        found = row | {name: text.text for name, text in changed.items() if text is not None}
        text = changed["text"]
        return found | {"label": text.label} if self._tagged and text is not None else found

    @property
    def _tagged(self) -> bool:
        return self.data.task == "tagging"


def _plain(columns: Mapping[str, Sequence[Any]]) -> list[_Row]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _verdicts(guard: Guard, copies: Sequence[_Row]) -> list[tuple[_Row, Verdict]]:
    pairs = [row["text_pair"] for row in copies] if copies and "text_pair" in copies[0] else None
    return list(zip(copies, guard.judge([row["text"] for row in copies], pairs), strict=True))
