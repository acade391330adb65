"""Synonyms: words replaced by their neighbours among the base's input embeddings.

Every base has these, in every language that it was trained on, and they need no list of synonyms. What is near is what
stands in the same places, which may be the opposite (good, bad); compare with a run without. Source of the change:
synonym replacement of Wei and Zou 2019, EDA, arXiv 1901.11196, section 2, with embeddings in the place of WordNet, and
words that many rows share in the place of a list of stop words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import datasets

from accent.data.augment.protocol import Means
from accent.data.augment.replacing import amount, choose, replace_words
from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Synonyms"]

COMMON = 0.05
"""A word that stands in a larger share of the rows is most often one that holds sentences together."""
COUNTED_ROWS = 10_000
BATCH = 1_000


class Synonyms:
    """Words that the base knows as a whole are replaced by one of their nearest, each as likely as any other.

    Words that more than a twentieth of the rows have are replaced only where a text has no others.
    """

    def __init__(self, means: Means) -> None:
        """Count which words are common."""
        self._share, self._lexicon = means.share, means.lexicon
        self._common = _common_words(means.rows)

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text with a share of its words replaced; None where the base knows none of them."""
        near = self._lexicon.neighbours({word for text in texts for word in text.words})
        found: list[WordedText | None] = []
        for text, draw in zip(texts, draws, strict=True):
            known = [number for number in text.lettered if near.get(text.words[number])]
            rare = [number for number in known if text.words[number].lower() not in self._common]
            chosen = choose(rare or known, amount(len(text.lettered), self._share), draw)
            found.append(replace_words(text, {number: near[text.words[number]] for number in chosen}, draw))
        return found


def _common_words(rows: datasets.Dataset) -> frozenset[str]:
    """Return the common words in small letters, as at most 10,000 rows evenly spread over all have them."""
    names = [name for name in ("text", "text_pair") if name in rows.column_names]
    counted = rows.select(range(0, len(rows), 1 + len(rows) // COUNTED_ROWS)).select_columns(names)
    counts: Counter[str] = Counter()
    for batch in counted.iter(batch_size=BATCH):
        for texts in zip(*batch.values(), strict=True):
            counts.update({word.lower() for text in texts for word in WordedText.of_text(text or "").words})
    return frozenset(word for word, count in counts.items() if count > COMMON * len(counted))
