"""Tagging: a tag for each word of a text, such as the named entity it belongs to or its part of speech.

Expects texts with their words and tags: CoNLL, CoNLL-U, lists of tokens and tags, or texts with entities as character
spans. Tags of entities are learned as B-TYPE, I-TYPE and O whatever their scheme. A word is read at its first token,
the tokens behind it bear no label (Devlin et al. 2018, arXiv 1810.04805, section 5.3), and the loss is the
cross-entropy over the C tags, summed over the words that have a token:

    L = - sum_w log softmax(z_w)_y_w

with the weights of tags or the focal loss of `class_losses` where they are asked for.

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

from accent.config import METRICS, DecodingConfig, TaggingConfig, TaskName
from accent.errors import DataError
from accent.evaluation import CommonTags, EntityScorer, Gazetteer, PerRow, Scorer, TagScorer
from accent.evaluation.tag_schemes import Scheme, Span, find_scheme, spans
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.class_losses import ClassLoss
from accent.tasks.examples import IGNORED, Batch, Examples
from accent.tasks.gold_tags import ANY_SCHEME, as_bio, in_bio, refuse_strays, tags_of
from accent.tasks.labels import label_names
from accent.tasks.priors import log_shares
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.texts import weighed
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

_PLAIN_LOSS = ClassLoss()
_OUTSIDE = "O"
_BARE_TYPE = "_"
_TAGS_SHOWN = 5
_MEND = "Mend the tag, or have all such tags begin an entity with `--strays mend`."
_MEND_BOTH = "Mend the tag, or fine-tune with `--strays mend`: then all such tags begin an entity, here too."
ENTITY_METRICS = tuple(name for name in METRICS["tagging"] if name != "accuracy")
TAG_METRICS = ("accuracy", "f1_macro", "f1_weighted")


class Tagging:
    """A tag for each word. Legend: B examples of a batch, T tokens, N tokens of all, W words of all rows, C tags."""

    kind: ClassVar[TaskName] = "tagging"
    head: HeadName = "tokens"
    problem_type: ClassVar[ProblemType | None] = None

    def __init__(
        self,
        labels: Sequence[str],
        *,
        entities: bool,
        common: str = _OUTSIDE,
        mends: bool = False,
        loss: ClassLoss = _PLAIN_LOSS,
    ) -> None:
        """Take the tags (of `entities` O, then B- and I- of each type) and the one that words get that are not read.

        `mends` is whether an I- that continues nothing begins an entity in the files that are scored, or is refused.
        """
        self._labels = tuple(labels)
        self._entities = entities
        self._common = common
        self._mends = mends
        self._loss = loss
        self._numbers = {tag: number for number, tag in enumerate(self._labels)}
        self._read: tuple[Sequence[Any], list[list[str]]] = ([], [])

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
        train, mends = splits["train"], config.strays == "mend"
        scheme = find_scheme(tags_of(train)) if config.scheme == "auto" else config.scheme
        known = {tag for rows in splits.values() for tags in in_bio(rows, scheme) for tag in tags}
        if not mends:
            refuse_strays(splits.values(), scheme, remedy=_MEND)
        if len(known) < 2:  # noqa: PLR2004 - nothing to tell apart
            raise DataError(
                f"every word has the tag {known.pop()!r}" if known else "no row has a word",
                where="label_column",
                remedy="Give rows with several tags, or name the column of tags with --label-column.",
            )
        counts = Counter(chain.from_iterable(in_bio(train, scheme)))
        labels = label_names(known) if scheme == "plain" else _entity_labels(known)
        loss = ClassLoss.of(config, [counts[label] for label in labels])
        if scheme != "plain":
            return cls(labels, entities=True, mends=mends, loss=loss)
        common = min(known, key=lambda tag: (-counts[tag], tag))
        return cls(labels, entities=False, common=common, loss=loss)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take the tags of a saved model and what they mark."""
        refuse_decoding(decoding, cls.kind)
        mends = settings.get("strays", "refuse") == "mend"
        return cls(settings["labels"], entities=settings["marks"] == "entities", common=settings["common"], mends=mends)

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return the tags, what they mark, the tag of words that are not read, and what becomes of stray tags."""
        return {
            "labels": list(self.labels),
            "marks": "entities" if self._entities else "plain",
            "common": self._common,
            "strays": "mend" if self._mends else "refuse",
        }

    def check(self, rows: Dataset) -> tuple[str, ...]:
        """Return a note on tags that the model can never give: they count as wrong, under their own names.

        Raises DataError for tags that are spelled like none of an entity, and for stray ones where the run refused
        them: an I- that continues nothing, unless entities begin so in these rows, as in IOB1.
        """
        scheme: Scheme = ANY_SCHEME if self._entities else "plain"
        unknown = Counter(tag for tags in in_bio(rows, scheme) for tag in tags if tag not in self._numbers)
        if self._entities and not self._mends:
            found = find_scheme(tags_of(rows))
            refuse_strays([rows], found, remedy=_MEND_BOTH)
        if not unknown:
            return ()
        shown = ", ".join(label_names(unknown)[:_TAGS_SHOWN]) + (", ..." if len(unknown) > _TAGS_SHOWN else "")
        return (f"{unknown.total():,} words have tags that the model does not know and counts as wrong: {shown}",)

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts, with the number of each word's tag on the token at which the word is read.

        A tag that the model does not know has no number, and its word no target: such a word can only be scored.
        """
        rows = encoder.encode_flat(list(columns["text"]), spans=True)
        found = words_of(columns)
        aligned = align_words(rows, flat_words(found), stride=encoder.stride)
        return Examples(
            rows=rows,
            pad_id=encoder.pad_id,
            of_tokens={"labels": self._targets(columns, rows, aligned)} if labelled else {},
            details=placed_words(found, aligned),
        )

    def prior(self, examples: Examples) -> npt.NDArray[np.float64]:
        """Return the logarithm of the tags' shares."""
        return log_shares(examples.of_tokens["labels"], len(self.labels), self._loss.weights)

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the words' losses summed, and the sum of their weights."""
        read_BT = targets["labels"] != IGNORED
        labels_W = targets["labels"][read_BT]
        losses_W = self._loss.rows(outputs.logits[read_BT], labels_W)
        return SummedLoss(*weighed(losses_W, {}, self._loss.row_weights(labels_W)))

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

        Rows are encoded, scored and written one after the other, so the last ones stay in mind. Raises DataError for a
        tag that is spelled like none of an entity.
        """
        labels = columns["label"]
        if self._read[0] is not labels:
            self._read = labels, as_bio(columns, ANY_SCHEME if self._entities else "plain")
        return self._read[1]

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
        tags = chain.from_iterable(self.gold(columns))
        numbers_W = np.fromiter((self._numbers.get(tag, IGNORED) for tag in tags), dtype=np.int32)
        labels_N = np.full(len(rows.ids), IGNORED, dtype=np.int32)
        labels_N[aligned.own[aligned.own >= 0]] = numbers_W[aligned.own >= 0]
        return labels_N

    def _spans(self, tags: Sequence[str]) -> list[Span]:
        return spans(tags) if self._entities else [Span(word, word + 1, tag) for word, tag in enumerate(tags)]


def _entity_labels(tags: Iterable[str]) -> list[str]:
    """Return O, then B- and I- of each type, the types in reading order; the tags may lack some of them."""
    types = label_names({tag[2:] for tag in tags if tag != _OUTSIDE})
    return [_OUTSIDE, *(f"{letter}-{kind}" if kind else letter for kind in types for letter in "BI")]


def _tagged_by(tag: Callable[[Sequence[str]], list[str]], rows: Sequence[RowWords]) -> list[TaggedWords]:
    """Return rows as a baseline tags them, which has no probabilities."""
    return [TaggedWords(row, tag(row.words()), [0.0] * len(row.starts)) for row in rows]
