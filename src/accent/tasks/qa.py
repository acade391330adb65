"""Question answering: the passage of a context that answers a question, or that there is none.

Expects a column of questions, one of contexts, and the answers as passages of the context; a question without any has
no answer there. The model scores each token as the start and as the end of the passage. The loss is the mean of both
cross-entropies, summed over the windows b of the contexts with weights w that make each row count once:

    L = - sum_b w_b / 2 [ log softmax(s_b)_i + log softmax(e_b)_j ]

where i and j are the first and the last token of the first reference, or both 0 in a window that does not hold it. Thus
the first token, [CLS] or <s>, stands for "no answer in this window". Models without one (GPT-2) use the first token of
the question in its place; a causal model sees nothing else there, so that it learns how often there is no answer and
not when. The softmax is over the question's tokens too, as in transformers, but never over padding.

Where training rows have questions without an answer, "" is answered if "no answer" scores higher than the best passage
by more than a threshold, tuned on validation rows. Source: Devlin et al. 2019, arXiv 1810.04805, sections 4.2 and 4.3.
Use classification instead when the answer is yes or no, summarization when it is not in the context's own words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from unicodedata import combining

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import torch
from scipy.special import softmax
from torch import Tensor
from torch.nn.functional import cross_entropy

from accent.config import METRICS, DecodingConfig, QaConfig, TaskName
from accent.errors import DataError
from accent.evaluation import AnswerScorer, PerRow, Scorer, overlap_sentence, tune_null_threshold
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.examples import IGNORED, Batch, Examples
from accent.tasks.labels import label_slices
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.spans import answer_tokens, best_spans, window_weights
from accent.tasks.texts import weighed
from accent.tasks.writing import refuse_decoding
from accent.tokenization import EncodedRows, Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Passage", "Qa", "QaPrediction", "Reading"]

_EVEN_ODDS = 0.0
"""The threshold where no validation rows tuned it: "" is answered wherever it scores higher than the best passage."""
_SHOWN = 3


@dataclass(frozen=True)
class Passage:
    """A part of a context."""

    text: str
    """The context's own characters, without white space around them."""
    start: int
    """Its first character in the context."""
    end: int
    """Where it ends."""
    score: float
    """Its probability among the best candidates."""


@dataclass(frozen=True)
class QaPrediction:
    """What was found in one context: the best passages, whatever the threshold makes of them."""

    passages: tuple[Passage, ...]
    """At most three, of different texts, the best first; none where the context has no words."""
    null_odds: float
    """How much higher "no answer" scores than the best passage, in logits; infinite without a passage."""
    null_score: float
    """The probability of "no answer" among the candidates; 0 where the task always answers."""

    @property
    def text(self) -> str:
        """The best passage's text."""
        return self.passages[0].text if self.passages else ""


class Reading(NamedTuple):
    """What is kept of one window."""

    scores_K: npt.NDArray[np.float32]
    """Start logit + end logit of each candidate, -inf where there is none."""
    starts_K: npt.NDArray[np.int64]
    """The place of its first token in the window."""
    ends_K: npt.NDArray[np.int64]
    """The place of its last token."""
    null: float
    """The score of "no answer": both logits of the first token."""


class Qa:
    """The passage that answers. Legend: B examples of a batch, T tokens, E examples, R rows, K candidates."""

    kind: ClassVar[TaskName] = "qa"
    head: HeadName = "span"
    problem_type: ClassVar[ProblemType | None] = None

    def __init__(self, *, answer_length: int = 30, n_best: int = 20, threshold: float | None = None) -> None:
        """Take the tokens of an answer at most, the candidates kept of each window, and the null odds above which "" is
        answered; without a threshold every question has an answer."""
        self._answer_length = answer_length
        self._n_best = n_best
        self._threshold = threshold

    @property
    def labels(self) -> tuple[str, ...]:
        """The two logits of a token."""
        return ("start", "end")

    @property
    def tunes(self) -> bool:
        """Whether there is a threshold: training rows had questions without an answer."""
        return self._threshold is not None

    @property
    def metrics(self) -> tuple[str, ...]:
        """F1 of the answers' words first."""
        return METRICS[self.kind]

    @classmethod
    def fit(cls, config: QaConfig, splits: Mapping[str, Dataset]) -> Self:
        """Find out whether training rows have questions without an answer."""
        counts = [pc.list_value_length(labels) for labels in label_slices(splits["train"])]
        answered_R = np.concatenate([np.zeros(0), *(part.to_numpy(zero_copy_only=False) for part in counts)]) > 0
        if not answered_R.any():
            raise DataError(
                "no question has an answer",
                where="label_column",
                remedy="Give the column of answers with --label-column.",
            )
        threshold = None if answered_R.all() else _EVEN_ODDS
        return cls(answer_length=config.answer_length, n_best=config.n_best, threshold=threshold)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take up the settings of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(**{name: settings[name] for name in ("answer_length", "n_best", "threshold")})

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return how answers are sought and the threshold."""
        return {
            "labels": list(self.labels),
            "answer_length": self._answer_length,
            "n_best": self._n_best,
            "threshold": self._threshold,
        }

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode contexts, each window with the question before it; targets are the answer's tokens in each window."""
        contexts = list(columns["text_pair"])
        rows = encoder.encode_flat(list(columns["text"]), contexts, spans=True)
        return Examples(
            rows=rows,
            pad_id=encoder.pad_id,
            of_examples=_targets(rows, columns["label"]) if labelled else {},
            of_tokens={"context": (_spans(rows)[:, 0] >= 0).astype(np.int8)},
            details=contexts,
        )

    def prior(self, examples: Examples) -> None:  # noqa: ARG002
        """Return None: no token is likelier than another."""
        return

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the mean of the cross-entropies of start and end, summed over rows, in float32."""
        padding_BT = targets["context"] == IGNORED
        padding_BT[:, 0] = False  # where the target is in a window without the answer
        starts_B, ends_B = (
            cross_entropy(logits_BT.float().masked_fill(padding_BT, -torch.inf), targets[name], reduction="none")
            for name, logits_BT in (("starts", outputs.start_logits), ("ends", outputs.end_logits))
        )
        return SummedLoss(*weighed((starts_B + ends_B) / 2, targets))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return each window's best spans of context tokens, and what "no answer" scores: both logits of token 0."""
        outputs = model(**batch.inputs)
        starts_BT, ends_BT = outputs.start_logits.float(), outputs.end_logits.float()
        found = best_spans(
            starts_BT, ends_BT, batch.targets["context"] == 1, longest=self._answer_length, count=self._n_best
        )
        kept = (part.cpu().numpy() for part in (*found, starts_BT[:, 0] + ends_BT[:, 0]))
        return [Reading(*row) for row in zip(*kept, strict=True)]

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:  # noqa: ARG002
        """Return the best passages of each row over all of its windows.

        "No answer" scores the least that it does in a window of the row: one window with an answer is enough.
        Candidates with the same text count once, as the best of them. Scores are a softmax over the `n_best` best texts
        and, where "" can be an answer, "no answer", as in the scripts that BERT and transformers have for SQuAD.
        """
        rows = examples.rows
        nulls_R = np.full(rows.rows, np.inf)
        np.minimum.at(nulls_R, rows.row_of(), np.asarray([reading.null for reading in readings], dtype=np.float64))
        found = [
            _distinct(context, candidates, self._n_best)
            for context, candidates in zip(examples.details, _candidates(rows, readings), strict=True)
        ]
        return [self._prediction(passages, float(null)) for passages, null in zip(found, nulls_R, strict=True)]

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return each row's answer with its place in the context, "" for none, and up to three candidates."""
        return [self._answer(one) for one in predictions]

    def gold(self, columns: Columns) -> list[list[str]]:
        """Return the texts of each row's references."""
        return [[answer["text"] for answer in references] for references in columns["label"]]

    def score(self, scorer: AnswerScorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Score rows."""
        return scorer.add(self.gold(columns), [self._text(one) for one in predictions])

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the texts of the references."""
        return self.gold(columns)

    def scorer(self) -> Scorer:
        """Return exact match and F1."""
        return AnswerScorer()

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:  # noqa: ARG002
        """Return the context's sentence that shares most with the question; and "" where some have no answer."""
        pairs = zip(rows["text"][:], rows["text_pair"][:], strict=True)
        found: dict[str, Predictions] = {"overlap": [_sure(*overlap_sentence(*pair)) for pair in pairs]}
        if self.tunes or not all(rows["label"][:]):
            found["none"] = [_sure("", 0, 0)] * len(rows)
        return found

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:
        """Return the task with the threshold that gives the best F1."""
        pairs = zip(predictions, gold, strict=True)
        rows = [(one, references) for one, references in pairs if math.isfinite(one.null_odds)]
        if not self.tunes or not rows:
            return self
        odds, texts = [one.null_odds for one, _ in rows], [one.text for one, _ in rows]
        threshold = tune_null_threshold(odds, texts, [references for _, references in rows])
        return type(self)(answer_length=self._answer_length, n_best=self._n_best, threshold=threshold)

    def _prediction(self, found: Sequence[Passage], null: float) -> QaPrediction:
        """Turn scores in logits into probabilities, and keep the few passages that are shown."""
        if not found:
            return QaPrediction((), math.inf, 1.0)
        shares = softmax([*(passage.score for passage in found), null if self.tunes else -math.inf])
        shown = zip(found[:_SHOWN], shares, strict=False)
        passages = tuple(Passage(one.text, one.start, one.end, float(share)) for one, share in shown)
        return QaPrediction(passages, null - found[0].score, float(shares[-1]))

    def _text(self, prediction: QaPrediction) -> str:
        refused = self._threshold is not None and prediction.null_odds > self._threshold
        return "" if refused else prediction.text

    def _answer(self, prediction: QaPrediction) -> dict[str, Any]:
        candidates = [{"answer": one.text, "score": one.score} for one in prediction.passages]
        if not self._text(prediction):
            return {"answer": "", "score": prediction.null_score, "start": 0, "end": 0, "candidates": candidates}
        best = prediction.passages[0]
        found = {"answer": best.text, "score": best.score, "start": best.start, "end": best.end}
        return {**found, "candidates": candidates}


def _targets(rows: EncodedRows, labels: Sequence[Any]) -> dict[str, npt.NDArray[Any]]:
    """Return the tokens of each window's answer, the first token's place where there is none, and the weights."""
    firsts = [references[0] if references else None for references in labels]
    bounds = [(-1, -1) if one is None else (one["start"], one["start"] + len(one["text"])) for one in firsts]
    starts_E, ends_E = answer_tokens(rows, np.asarray(bounds, dtype=np.int64).reshape(-1, 2))
    weights_E = window_weights(rows.row_of(), starts_E >= 0)
    return {"starts": np.maximum(starts_E, 0), "ends": np.maximum(ends_E, 0), "weights": weights_E}


def _candidates(rows: EncodedRows, readings: Sequence[Reading]) -> Iterator[list[tuple[float, int, int]]]:
    """Yield each row's candidates over all of its windows: score, first character and end."""
    spans_N2 = _spans(rows)
    windows = np.arange(rows.rows + 1) if rows.windows is None else rows.windows
    for row in range(rows.rows):
        found: list[tuple[float, int, int]] = []
        for example in range(windows[row], windows[row + 1]):
            scores_K, starts_K, ends_K, _ = readings[example]
            real = np.isfinite(scores_K)
            firsts, lasts = rows.offsets[example] + starts_K[real], rows.offsets[example] + ends_K[real]
            found += zip(
                scores_K[real].tolist(), spans_N2[firsts, 0].tolist(), spans_N2[lasts, 1].tolist(), strict=True
            )
        yield found


def _distinct(context: str, candidates: list[tuple[float, int, int]], count: int) -> list[Passage]:
    """Return the best candidates of different texts, at most `count`; their scores are logits still."""
    found: dict[str, Passage] = {}
    for score, start, end in sorted(candidates, key=lambda one: -one[0]):
        text = context[start : _with_marks(context, end)]
        stripped = text.strip()
        if stripped and stripped not in found:
            begin = start + len(text) - len(text.lstrip())
            found[stripped] = Passage(stripped, begin, begin + len(stripped), score)
            if len(found) == count:
                break
    return list(found.values())


def _with_marks(context: str, end: int) -> int:
    """Return where the letter before `end` ends with its accents, which uncased tokenizers drop."""
    while end < len(context) and combining(context[end]):
        end += 1
    return end


def _sure(text: str, start: int, end: int) -> QaPrediction:
    """Return a baseline's answer, which no threshold takes away."""
    if not text:
        return QaPrediction((), math.inf, 1.0)
    return QaPrediction((Passage(text, start, end, 1.0),), -math.inf, 0.0)


def _spans(rows: EncodedRows) -> npt.NDArray[np.int32]:
    if rows.spans is None:
        raise ValueError("the rows were encoded without spans")
    return rows.spans
