"""Near copies among the rows that are about to be split: what resembles each other has to stay in one split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import datasets
import numpy as np
from numpy.typing import NDArray

from accent.data.audit.near import SIMILARITY, Index, Sketcher, similarity

__all__ = ["MOST_TEXTS", "Resemblance", "near_copies"]

MOST_TEXTS = 100_000
"""Among more texts than this near copies are not looked for: signatures and their index take 1.2 kB a text."""

# A family this large (a template with other names in it) cannot stay whole without bending the shares.
LARGEST_FAMILY = 0.05
BATCH = 1000

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Resemblance:
    """Near copies: each row of `pairs` (P, 2) holds two row numbers whose texts resemble each other.

    `texts` is the number of texts in them; `let_go` those of families too large to be kept together.
    """

    pairs: Rows
    texts: int = 0
    let_go: int = 0


def near_copies(rows: datasets.Dataset, keys: NDArray[np.uint64], *, seed: int) -> Resemblance:
    """Return the near copies (Jaccard similarity 0.8, as the audit measures it) among rows with text digests `keys`.

    Rows with equal digests count as one text. The seed is that of the audit, so that it finds no others afterwards.
    """
    _, firsts = np.unique(keys, return_index=True)
    if len(firsts) > MOST_TEXTS:
        return Resemblance(pairs=np.empty((0, 2), dtype=np.int64))
    families = _Families(len(firsts))
    sketcher = Sketcher(seed)
    index = Index.build(np.concatenate([sketcher.signatures(*_texts(rows, part)) for part in _parts(firsts)]))
    start = 0
    for part in _parts(firsts):
        for query, found in index.candidates(index.signatures_TH[start : start + len(part)]):
            text = start + query
            families.join(text, _alike(rows, firsts, text, families.strangers(text, found)))
        start += len(part)
    return families.resemblance(firsts, most=max(2, int(LARGEST_FAMILY * len(firsts))))


class _Families:
    """Texts (by number) that are tied to each other, directly or through others."""

    def __init__(self, count: int) -> None:
        self._parent = np.arange(count)

    def of(self, text: int) -> int:
        """Return the number that stands for the text's family."""
        while self._parent[text] != text:
            self._parent[text] = self._parent[self._parent[text]]
            text = int(self._parent[text])
        return text

    def strangers(self, query: int, found: Rows) -> Rows:
        """Return those of the texts found that come after the query and are not of its family already."""
        family = self.of(query)
        return np.array([text for text in found if text > query and self.of(int(text)) != family], dtype=np.int64)

    def join(self, one: int, others: Iterable[int]) -> None:
        """Make one family of all."""
        for other in others:
            self._parent[self.of(other)] = self.of(one)

    def resemblance(self, firsts: Rows, *, most: int) -> Resemblance:
        """Return each tied text with its family's, by rows; families of more than `most` texts are let go."""
        heads = np.array([self.of(text) for text in range(len(self._parent))], dtype=np.int64)
        sizes = np.bincount(heads)[heads]
        tied = np.flatnonzero((sizes > 1) & (sizes <= most))
        pairs = np.stack([firsts[heads[tied]], firsts[tied]], axis=1)
        return Resemblance(pairs=pairs, texts=len(tied), let_go=int((sizes > most).sum()))


def _alike(rows: datasets.Dataset, firsts: Rows, query: int, others: Rows) -> Iterator[int]:
    """Yield those of the other texts that do resemble the query; of pairs both texts have to."""
    if not len(others):
        return
    texts, pairs = _texts(rows, firsts[[query, *others]])
    for place, text in enumerate(others, start=1):
        alike = similarity(texts[0], texts[place]) >= SIMILARITY
        if alike and (pairs is None or similarity(pairs[0], pairs[place]) >= SIMILARITY):
            yield int(text)


def _parts(firsts: Rows) -> Iterator[Rows]:
    for start in range(0, len(firsts), BATCH):
        yield firsts[start : start + BATCH]


def _texts(rows: datasets.Dataset, places: Rows) -> tuple[list[str], list[str] | None]:
    chosen = rows[places.tolist()]
    return chosen["text"], chosen.get("text_pair")
