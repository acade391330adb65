"""Tagging: a tag for each word of a text, such as the named entity it belongs to or its part of speech.

Expects texts with their words and tags: CoNLL, CoNLL-U, lists of tokens and tags, or texts with entities as character
spans. Tags of entities are learned as B-TYPE, I-TYPE and O whatever their scheme. A word is read at its first token,
the tokens behind it bear no label (Devlin et al. 2018, arXiv 1810.04805, section 5.3), and the loss is the
cross-entropy over the C tags, summed over the words that have a token:

    L = - sum_w log softmax(z_w)_y_w

Longer texts are read in windows, each word in one of them. Decoding is greedy: each word gets its most probable tag,
and an I- that continues nothing becomes B-, so that entities are always well formed. Use classification instead when
the whole text has one label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from accent.config import METRICS, DecodingConfig, TaggingConfig, TaskName
from accent.errors import DataError
from accent.evaluation import CommonTags, EntityScorer, Gazetteer, PerRow, Scorer, TagScorer
from accent.evaluation.tag_schemes import Scheme, Span, find_scheme, spans, strays, to_bio
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.examples import IGNORED, Batch, Examples
from accent.tasks.labels import label_names, numbered
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.words import (
    RowWords,
    TaggedWords,
    bio_numbers,
    entity_entries,
    flat_words,
    placed_words,
    read_words,
    tagged_rows,
    words_of,
)
from accent.tasks.writing import refuse_decoding
from accent.tokenization import EncodedRows, Encoder
from accent.tokenization.align import AlignedWords, align_words

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Tagging"]

_OUTSIDE = "O"
_BARE_TYPE = "_"
# Reading BILOU is never strict, so that it reads BIO and IOB1 as well: a scored file may be spelled in any of them.
_ANY_SCHEME: Scheme = "bilou"
ENTITY_METRICS = tuple(name for name in METRICS["tagging"] if name != "accuracy")
TAG_METRICS = ("accuracy", "f1_macro", "f1_weighted")


class Tagging:
    """A tag for each word. Legend: B examples of a batch, T tokens, N tokens of all, W words of all rows, C tags."""

    kind: ClassVar[TaskName] = "tagging"
    head: HeadName = "tokens"
    problem_type: ClassVar[ProblemType | None] = None

    def __init__(self, labels: Sequence[str], *, entities: bool, common: str = _OUTSIDE) -> None:
        """Take the tags (of `entities` O, then B- and I- of each type) and the one that words get that are not read."""
        self._labels = tuple(labels)
        self._entities = entities
        self._common = common

    @property
    def labels(self) -> tuple[str, ...]:
        """The tags; of entities in BIO."""
        return self._labels

    @property
    def tunes(self) -> bool:
        """Nothing is tuned."""
        return False

    @property
    def metrics(self) -> tuple[str, ...]:
        """F1 of entities first; of plain tags the share of words that are right."""
        return ENTITY_METRICS if self._entities else TAG_METRICS

    @classmethod
    def fit(cls, config: TaggingConfig, splits: Mapping[str, Dataset]) -> Self:
        """Take the tags of all splits, in the scheme that is given or that the training rows are spelled in.

        Raises DataError for a tag that the scheme does not have, for an I- that continues nothing unless such `strays`
        are mended, and where there are not two tags to tell apart.
        """
        trained = [label["tags"] for label in splits["train"]["label"][:]]
        scheme = find_scheme(trained) if config.scheme == "auto" else config.scheme
        known: set[str] = set()
        for rows in splits.values():
            known |= _known_tags(rows[:], scheme, mends=config.strays == "mend")
        if len(known) < 2:  # noqa: PLR2004 - nothing to tell apart
            raise DataError(
                f"every word has the tag {known.pop()!r}" if known else "no row has a word",
                where="label_column",
                remedy="Give rows with several tags, or name the column of tags with --label-column.",
            )
        if scheme != "plain":
            return cls(_entity_labels(known), entities=True)
        counts = Counter(chain.from_iterable(trained))
        return cls(label_names(known), entities=False, common=min(known, key=lambda tag: (-counts[tag], tag)))

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take the tags of a saved model and what they mark."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"], entities=settings["marks"] == "entities", common=settings["common"])

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return the tags, what they mark, and the tag of words that are not read."""
        marks = "entities" if self._entities else "plain"
        return {"labels": list(self.labels), "marks": marks, "common": self._common}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts, with the number of each word's tag on the token at which the word is read."""
        rows = encoder.encode_flat(list(columns["text"]), spans=True)
        found = words_of(columns)
        aligned = align_words(rows, flat_words(found), stride=encoder.stride)
        return Examples(
            rows=rows,
            pad_id=encoder.pad_id,
            of_tokens={"labels": self._targets(columns, rows, aligned)} if labelled else {},
            details=placed_words(found, aligned),
        )

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy summed over the words, in float32 whatever the logits' dtype."""
        read_BT = targets["labels"] != IGNORED
        labels_W = targets["labels"][read_BT]
        total = cross_entropy(outputs.logits[read_BT].float(), labels_W, reduction="sum")
        return SummedLoss(total, float(len(labels_W)))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return at every token the number of the most probable tag, int16 (T,), and its probability, float32 (T,)."""
        logits_BTC = model(**batch.inputs).logits.float()
        best_BT, numbers_BT = logits_BTC.max(dim=-1)
        shares_BT = torch.exp(best_BT - torch.logsumexp(logits_BTC, dim=-1))
        return list(zip(numbers_BT.to(torch.int16).cpu().numpy(), shares_BT.cpu().numpy(), strict=True))

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:  # noqa: ARG002
        """Return each row's words with their tags and probabilities."""
        read = read_words(examples, readings)
        common = self.labels.index(self._common)
        numbers_W = bio_numbers(read) if self._entities else np.where(read.numbers < 0, common, read.numbers)
        tags_W = np.asarray(self.labels, dtype=np.object_)[numbers_W].tolist()
        return tagged_rows(examples.details, tags_W, read.shares.tolist())

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the entities of each row with their characters and mean probability; of plain tags each word."""
        return [{"entities": entity_entries(one.row, self._spans(one.tags), one.scores)} for one in predictions]

    def gold(self, columns: Columns) -> list[list[str]]:
        """Return each row's tags; those of entities, in whichever scheme they are spelled, as BIO.

        Raises DataError for a tag that is spelled like none of an entity.
        """
        scheme: Scheme = _ANY_SCHEME if self._entities else "plain"
        return [_as_bio(columns, row, scheme) for row in range(len(columns["label"]))]

    def score(self, scorer: Scorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Score rows."""
        return scorer.add(self.gold(columns), [one.tags for one in predictions])

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the entities of each row with their characters; of plain tags each word."""
        rows = zip(words_of(columns), self.gold(columns), strict=True)
        return [{"entities": entity_entries(row, self._spans(tags))} for row, tags in rows]

    def scorer(self) -> Scorer:
        """Return F1 of entities and the rest; of plain tags accuracy, F1 and the table of confusions."""
        if not self._entities:
            return TagScorer(self.labels)
        types = dict.fromkeys(label[2:] or _BARE_TYPE for label in self.labels[1:])
        return EntityScorer(tuple(types))

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:  # noqa: ARG002
        """Return the entities that training rows named and no entity at all; of plain tags each word's commonest."""
        learned, asked = train[:], words_of(rows[:])
        sentences = list(zip([row.words() for row in words_of(learned)], self.gold(learned), strict=True))
        if not self._entities:
            return {"common tag": _tagged_by(CommonTags.fit(sentences).tag, asked)}
        outside = _tagged_by(lambda words: [_OUTSIDE] * len(words), asked)
        return {"gazetteer": _tagged_by(Gazetteer.fit(sentences).tag, asked), "none": outside}

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:  # noqa: ARG002 - nothing to tune
        """Return itself: the most probable tag is the answer."""
        return self

    def _targets(self, columns: Columns, rows: EncodedRows, aligned: AlignedWords) -> npt.NDArray[np.int32]:
        numbers_W = numbered(list(chain.from_iterable(self.gold(columns))), self.labels)
        labels_N = np.full(len(rows.ids), IGNORED, dtype=np.int32)
        labels_N[aligned.own[aligned.own >= 0]] = numbers_W[aligned.own >= 0]
        return labels_N

    def _spans(self, tags: Sequence[str]) -> list[Span]:
        return spans(tags) if self._entities else [Span(word, word + 1, tag) for word, tag in enumerate(tags)]


def _known_tags(columns: Columns, scheme: Scheme, *, mends: bool) -> set[str]:
    """Return all tags in BIO; one that the scheme does not have, or that is astray and not mended, is a DataError."""
    known: set[str] = set()
    for row, label in enumerate(columns["label"]):
        known.update(_as_bio(columns, row, scheme))
        astray = [] if mends else strays(label["tags"], scheme)
        if astray:
            raise DataError(
                f"the tag {label['tags'][astray[0]]} of {_word(columns, row, astray[0])!r} continues no entity",
                where=_place(columns, row),
                remedy="Mend the tag, or have all such tags begin an entity with `--strays mend`.",
            )
    return known


def _as_bio(columns: Columns, row: int, scheme: Scheme) -> list[str]:
    """Return a row's tags in BIO; a tag that the scheme does not have is a DataError."""
    tags = columns["label"][row]["tags"]
    try:
        return to_bio(tags, scheme)
    except ValueError as error:
        wrong = next(place for place, tag in enumerate(tags) if not _is_of(tag, scheme))
        named = "entities" if scheme == _ANY_SCHEME else f"the scheme {scheme}"
        raise DataError(
            f"the tag {tags[wrong]} of {_word(columns, row, wrong)!r} is no tag of {named}",
            where=_place(columns, row),
            remedy="Mend the tag, or name the scheme of the training rows with `--scheme`.",
        ) from error


def _is_of(tag: str, scheme: Scheme) -> bool:
    try:
        to_bio([tag], scheme)
    except ValueError:
        return False
    return True


def _word(columns: Columns, row: int, word: int) -> str:
    label = columns["label"][row]
    return str(columns["text"][row][label["starts"][word] : label["ends"][word]])


def _place(columns: Columns, row: int) -> str:
    return f"{columns['origin_file'][row]}:{columns['origin_line'][row]}"


def _entity_labels(tags: Iterable[str]) -> list[str]:
    """Return O, then B- and I- of each type, the types in reading order; the tags may lack some of them."""
    types = label_names({tag[2:] for tag in tags if tag != _OUTSIDE})
    return [_OUTSIDE, *(f"{letter}-{kind}" if kind else letter for kind in types for letter in "BI")]


def _tagged_by(tag: Callable[[Sequence[str]], list[str]], rows: Sequence[RowWords]) -> list[TaggedWords]:
    """Return rows as a baseline tags them, which has no probabilities."""
    return [TaggedWords(row, tag(row.words()), [0.0] * len(row.starts)) for row in rows]
