"""Generation: text that goes on from a text.

Expects a column of texts, or one of prompts and one of completions. The loss is the cross-entropy of each token after
those before it, summed over tokens:

    L = - sum_t log softmax(z_{t-1})_{y_t}

over all tokens but the first of a text or block (see `accent.tasks.running_text`), or over completions and their ends
alone with `loss_on: completions`. Longer texts are cut into blocks; a prompt and completion that are too long together
lose the beginning of the prompt. Scores are bits per byte, loss and perplexity of the rows' own text.
Use summarization instead when a text shall be put into fewer words, classification when the answers are few.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from torch import Tensor

from accent.config import METRICS, DecodingConfig, GenerationConfig, LongTextsConfig, TaskName
from accent.errors import ConfigError, DataError
from accent.evaluation import LanguageScorer, PerRow, Scorer
from accent.evaluation.ngrams import ByteNgrams
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.examples import Batch, Examples
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.running_text import flat_rows, read_blocks, read_continuations, token_ids, tokenized
from accent.tasks.token_losses import next_tokens, summed_loss, token_scores
from accent.tasks.writing import DEFAULT_SEED, Writer, left_padded, resolved
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["Generation", "Scored"]

DEFAULT_NEW_TOKENS = 64
"""Tokens of an answer at most where nothing is asked, but not more than half of the model's positions."""
LossOn = Literal["all", "completions"]


class Scored(NamedTuple):
    """How well the model foretells a row's text."""

    nll: float
    """The negative log likelihood of its tokens in nats, that of its end among them."""
    tokens: int
    """Tokens foretold."""
    bytes: int
    """The bytes of UTF-8 that they stand for."""
    right: int
    """Tokens of which the likeliest guess was right."""


class Generation:
    """Text that goes on. Legend: B examples of a batch, T tokens, V vocabulary, N tokens of all examples."""

    kind: ClassVar[TaskName] = "generation"
    head: HeadName = "causal"
    problem_type: ClassVar[ProblemType | None] = None

    def __init__(
        self, *, loss_on: LossOn = "all", decoding: DecodingConfig | None = None, seed: int = DEFAULT_SEED
    ) -> None:
        """Take what is learned of prompts with completions, how text is written, and what draws its tokens."""
        self._loss_on = loss_on
        self._decoding = resolved(decoding, max_new_tokens=DEFAULT_NEW_TOKENS, beams=1)
        self._is_length_asked = decoding is not None and decoding.max_new_tokens is not None
        self._seed = seed

    @property
    def labels(self) -> tuple[str, ...]:
        """Nothing: the outputs are the tokenizer's vocabulary."""
        return ()

    @property
    def tunes(self) -> bool:
        """Nothing is tuned."""
        return False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Bits per byte first: what models with different tokenizers share."""
        return METRICS[self.kind]

    @classmethod
    def fit(cls, config: GenerationConfig, splits: Mapping[str, Dataset]) -> Self:
        """Check that there are completions where only they shall be learned."""
        if config.loss_on == "completions" and "label" not in splits["train"].column_names:
            raise ConfigError(
                "loss_on completions has no effect: the rows are texts without completions",
                where="task.loss_on",
                remedy="Name the column of completions with --label-column, or leave --loss-on out.",
            )
        return cls(loss_on=config.loss_on)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take up a saved model's settings; a `seed` among them draws the tokens of texts."""
        return cls(loss_on=settings["loss_on"], decoding=decoding, seed=settings.get("seed", DEFAULT_SEED))

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def check(self, splits: Mapping[str, Dataset], encoder: Encoder, long_texts: LongTextsConfig) -> None:
        """Refuse what could only fail later: a policy of long texts without effect, a split with nothing to foretell.

        Raises ConfigError and DataError.
        """
        if "label" in splits["train"].column_names:
            _check_long_texts(long_texts)
        for name, rows in splits.items():
            if len(rows) and not any(self._foretells(rows[place : place + 1], encoder) for place in range(len(rows))):
                raise DataError(
                    "no row has anything to foretell: the first token of a text has nothing before it",
                    where=name,
                    remedy="Give rows of two tokens or more.",
                )

    def settings(self) -> dict[str, Any]:
        """Return what was learned of prompts with completions."""
        return {"labels": [], "loss_on": self._loss_on}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts in blocks, prompts with completions, or prompts that leave room for an answer."""
        if not labelled:
            return self._prompts(columns["text"], encoder)
        if "label" in columns:
            every = self._loss_on == "all"
            read = read_continuations(columns["text"], columns["label"], encoder, all_tokens=every)
        else:
            read = read_blocks(columns["text"], encoder)
        return Examples(
            rows=read.rows,
            pad_id=encoder.pad_id,
            of_tokens={"labels": read.labels},
            together=False,  # a file as one row would be an update of all its blocks
            details=read.bytes_of_rows,
        )

    def prior(self, examples: Examples) -> None:  # noqa: ARG002
        """Return None: there is no head of its own."""
        return

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy summed over the tokens that are foretold; the weight is their number."""
        return summed_loss(outputs.logits, next_tokens(targets["labels"]))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:
        """Return nats, tokens and right guesses of each block, or the tokens of what goes on from each prompt."""
        if labelled:
            return token_scores(model(**batch.inputs).logits, next_tokens(batch.targets["labels"]))
        inputs = left_padded(batch.inputs["input_ids"], batch.inputs["attention_mask"])
        return self._writer(encoder.tokenizer).write(model, inputs)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return what is `Scored` of each row over its blocks, or its text; a list where several were asked for."""
        if "labels" in examples.of_tokens:
            return _over_blocks(examples, readings)
        writer = self._writer(encoder.tokenizer)
        texts = [[writer.text(ids) for ids in sequences] for sequences in readings]
        return texts if self._decoding.sequences > 1 else [one for (one,) in texts]

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the text of each row, and all of them where several were asked for; of scored rows, their scores."""
        return [_answer(prediction) for prediction in predictions]

    def gold(self, columns: Columns) -> Sequence[Any]:
        """Return the texts, which the scorer does not look at: the model was asked how likely they are."""
        return columns["text"]

    def score(self, scorer: LanguageScorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Add up how well each row was foretold; the credit of one without anything to foretell is 0."""
        return scorer.add(self.gold(columns), list(predictions))

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the completions, or None for texts without."""
        return columns["label"] if "label" in columns else [None] * len(columns["text"])

    def scorer(self) -> Scorer:
        """Return bits per byte, loss and perplexity."""
        return LanguageScorer()

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:  # noqa: ARG002 - it counts
        """Return what five bytes in a row tell, counted in the training text; it foretells first bytes too."""
        completed = "label" in train.column_names
        learned = map("".join, zip(train["text"][:], train["label"][:], strict=True)) if completed else train["text"][:]
        grams = ByteNgrams(learned)
        if "label" not in rows.column_names:
            return {"5-gram": grams.nll(rows["text"][:])}
        if self._loss_on == "completions":
            return {"5-gram": grams.nll(rows["label"][:], after=rows["text"][:])}
        return {
            "5-gram": grams.nll([one + other for one, other in zip(rows["text"][:], rows["label"][:], strict=True)])
        }

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:  # noqa: ARG002 - nothing to tune
        """Return itself."""
        return self

    @property
    def streams(self) -> bool:
        """Whether a text can be shown while it is written: one at a time, and never taken back as with beams."""
        return self._decoding.beams == 1 and self._decoding.sequences == 1

    def stream(self, model: PreTrainedModel, encoder: Encoder, prompt: str) -> Iterator[str]:
        """Yield the text that goes on from a prompt piece by piece, for a terminal. ConfigError with beams."""
        ids = token_ids(prompt, encoder)[-self._room(encoder) :] or [encoder.pad_id]
        return self._writer(encoder.tokenizer).stream(model, ids)

    def _prompts(self, prompts: Sequence[str], encoder: Encoder) -> Examples:
        room = self._room(encoder)
        whole = [np.asarray(found.ids, dtype=np.int32) for found in tokenized(prompts, encoder)]
        rows = flat_rows([ids[-room:] for ids in whole], [max(0, len(ids) - room) for ids in whole])
        return Examples(rows=rows, pad_id=encoder.pad_id, held=self._writer(encoder.tokenizer).held(rows.lengths))

    def _foretells(self, columns: Columns, encoder: Encoder) -> bool:
        return bool(sum(self.encode(columns, encoder, labelled=True).details))

    def _room(self, encoder: Encoder) -> int:
        """Return how many tokens of a prompt are read: what leaves positions for an answer, but not more than asked."""
        positions, new = int(encoder.tokenizer.model_max_length), self._new_tokens(encoder.tokenizer)
        if new >= positions:
            raise ConfigError(
                f"{new} new tokens leave no room for a prompt: the model has {positions} positions",
                where="decoding.max_new_tokens",
                remedy=f"Give --max-new-tokens {positions - 1} or less.",
            )
        return min(encoder.max_length, positions - new)

    def _writer(self, tokenizer: PreTrainedTokenizerFast) -> Writer:
        decoding = replace(self._decoding, max_new_tokens=self._new_tokens(tokenizer))
        return Writer(tokenizer, decoding, seed=self._seed)

    def _new_tokens(self, tokenizer: PreTrainedTokenizerFast) -> int:
        asked = self._decoding.max_new_tokens or DEFAULT_NEW_TOKENS
        return asked if self._is_length_asked else max(1, min(asked, int(tokenizer.model_max_length) // 2))


def _check_long_texts(asked: LongTextsConfig) -> None:
    """Raise ConfigError for what has no effect on prompts with completions."""
    stride = getattr(asked, "stride", None)
    if stride is not None or asked.kind != "auto":
        raise ConfigError(
            f"{asked.kind if stride is None else 'stride'} has no effect: the rows are prompts with completions",
            where="long_texts.kind" if stride is None else "long_texts.stride",
            remedy="Leave it out: a row that is too long loses the beginning of its prompt.",
        )


def _over_blocks(examples: Examples, readings: Sequence[tuple[float, int, int]]) -> list[Scored]:
    sums = [[0.0, 0, 0] for _ in range(examples.rows.rows)]
    for row, reading in zip(examples.rows.row_of(), readings, strict=True):
        sums[row] = [one + other for one, other in zip(sums[row], reading, strict=True)]
    return [
        Scored(nll, int(tokens), size, int(right))
        for (nll, tokens, right), size in zip(sums, examples.details, strict=True)
    ]


def _answer(prediction: Any) -> dict[str, Any]:
    if isinstance(prediction, str):
        return {"text": prediction}
    if isinstance(prediction, list):
        return {"text": prediction[0], "texts": prediction}
    nll, tokens, size, right = prediction
    each = {"loss": nll / max(1, tokens), "bits_per_byte": nll / math.log(2) / max(1, size)}
    return {**each, "tokens": tokens, "bytes": size, "right": right}
