"""Summarization: a short text for a long one.

Expects a column of texts and one of references, of which there may be several a row; the first is learned, and scores
take the best. The loss is the cross-entropy of each token of the reference and of its end, summed over tokens:

    L = - sum_t log softmax(z_t)_{y_t}

A model with a decoder (T5, BART) reads the text and writes the summary. A causal model (GPT-2) reads the text and
" TL;DR:", and goes on with the summary; what it reads is cut so that a summary always has its room. Validation scores
are ROUGE of summaries that the model writes itself, not of guesses after the reference's own words.
Use generation instead when texts go on freely, qa when the answer stands in the text word by word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from torch import Tensor

from accent.config import METRICS, DecodingConfig, SummarizationConfig, TaskName
from accent.errors import BaseModelError, ConfigError
from accent.evaluation import PerRow, Scorer, SummaryScorer, first_sentences
from accent.modeling import FAMILIES, HeadName, ProblemType
from accent.tasks.examples import IGNORED, Batch, Examples
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.running_text import flat_rows, token_ids, tokenized
from accent.tasks.token_losses import next_tokens, summed_loss
from accent.tasks.writing import DEFAULT_SEED, Writer, left_padded, resolved
from accent.tokenization import EncodedRows, Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from tokenizers import Encoding
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["Summarization"]

DEFAULT_BEAMS = 4
PROMPTS: Mapping[str, str] = {"t5": "summarize: "}
"""What families with a decoder were trained to see before a text."""
CUE = " TL;DR:"
"""What stands between a text and its summary for causal models. Source: Radford et al. 2019, section 3.6."""


class Summarization:
    """A short text for a long one. Legend: B examples of a batch, T tokens, V vocabulary, N tokens of all examples."""

    kind: ClassVar[TaskName] = "summarization"
    problem_type: ClassVar[ProblemType | None] = None

    def __init__(
        self,
        *,
        prompt: str | None = None,
        summary_length: int = 128,
        head: Literal["written", "causal"] = "written",
        decoder_start: Literal["pad", "end"] = "pad",
        decoding: DecodingConfig | None = None,
        seed: int = DEFAULT_SEED,
    ) -> None:
        """Take what stands before a text (None leaves it to the family) and a summary's tokens at most.

        `head` and `decoder_start`, the token that a decoder begins with, are those of the family, see `suited`.
        """
        self.head: HeadName = head
        self._kept_head = head
        self._prompt = prompt
        self._summary_length = summary_length
        self._decoder_start = decoder_start
        self._decoding = resolved(decoding, max_new_tokens=summary_length, beams=DEFAULT_BEAMS)
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
        """ROUGE-L first."""
        return METRICS[self.kind]

    @classmethod
    def fit(cls, config: SummarizationConfig, splits: Mapping[str, Dataset]) -> Self:  # noqa: ARG003 - any rows will do
        """Take prompt and length; which head it has is known with the base."""
        return cls(prompt=config.prompt, summary_length=config.summary_length)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take up a saved model's settings; a `seed` among them draws the tokens of texts."""
        kept = {name: settings[name] for name in ("prompt", "summary_length", "head", "decoder_start")}
        return cls(**kept, decoding=decoding, seed=settings.get("seed", DEFAULT_SEED))

    def suited(self, model_type: str) -> Self:
        """Return the task by the decoder of this family, or by a causal model that goes on from the text.

        Raises BaseModelError for families that only read.
        """
        family = FAMILIES.get(model_type)
        if family is None or not {"written", "causal"} & set(family.heads):
            raise _without_decoder(model_type)
        return type(self)(
            prompt=PROMPTS.get(model_type, "") if self._prompt is None else self._prompt,
            summary_length=self._summary_length,
            head="written" if "written" in family.heads else "causal",
            decoder_start=family.decoder_start,
            decoding=self._decoding,
            seed=self._seed,
        )

    def settings(self) -> dict[str, Any]:
        """Return prompt, length, and how the family does it."""
        return {
            "labels": [],
            "prompt": self._prompt,
            "summary_length": self._summary_length,
            "head": self._kept_head,
            "decoder_start": self._decoder_start,
        }

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts, with the first reference of each where they are labelled. ConfigError where no room is left."""
        self._check_room(encoder)
        texts = [f"{self._prompt or ''}{text}" for text in columns["text"]]
        references = [references[0] for references in columns["label"]] if labelled else None
        if self.head == "causal":
            return self._in_a_row(texts, references, encoder)
        rows = self._read_rows(texts, encoder)
        held = self._writer(encoder.tokenizer).held(rows.lengths)
        if references is None:
            return Examples(rows=rows, pad_id=encoder.pad_id, held=held)
        return Examples(
            rows=rows,
            pad_id=encoder.pad_id,
            written=self._written(references, encoder),
            decoder_start=self._start(encoder.tokenizer),
            held=held,
        )

    def prior(self, examples: Examples) -> None:  # noqa: ARG002
        """Return None: there is no head of its own."""
        return

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy of the references' tokens, summed; the weight is their number."""
        labels_BT = targets["labels"]
        return summed_loss(outputs.logits, next_tokens(labels_BT) if self.head == "causal" else labels_BT)

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the tokens of the summaries that the model writes of each text."""
        ids_BT, mask_BT = batch.inputs["input_ids"], batch.inputs["attention_mask"]
        if self.head == "causal":
            if "labels" in batch.targets:
                mask_BT = mask_BT * (batch.targets["labels"] == IGNORED)
            return self._writer(encoder.tokenizer).write(model, left_padded(ids_BT, mask_BT))
        return self._writer(encoder.tokenizer).write(model, {"input_ids": ids_BT, "attention_mask": mask_BT})

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:  # noqa: ARG002 - one a row
        """Return the summary of each row; a list where several were asked for."""
        writer = self._writer(encoder.tokenizer)
        texts = [[writer.text(ids).strip() for ids in sequences] for sequences in readings]
        return texts if self._decoding.sequences > 1 else [one for (one,) in texts]

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the summary of each row, and all of them where several were asked for."""
        return [
            {"summary_text": one} if isinstance(one, str) else {"summary_text": one[0], "summary_texts": list(one)}
            for one in predictions
        ]

    def gold(self, columns: Columns) -> Sequence[Any]:
        """Return the references of each row."""
        return columns["label"]

    def score(self, scorer: SummaryScorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Compare summaries with their references."""
        return scorer.add(self.gold(columns), list(predictions))

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the references, alone where there is one a row."""
        return [row[0] if len(row) == 1 else row for row in columns["label"]]

    def scorer(self) -> Scorer:
        """Return ROUGE."""
        return SummaryScorer()

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:  # noqa: ARG002 - no chance
        """Return the first sentences of each text, about as many words as training summaries have."""
        lengths = [len(reference.split()) for references in train["label"][:] for reference in references]
        words = max(1, round(sum(lengths) / max(1, len(lengths))))
        return {"lead": [first_sentences(text, words) for text in rows["text"][:]]}

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:  # noqa: ARG002 - nothing to tune
        """Return itself."""
        return self

    def _read_rows(self, texts: Sequence[str], encoder: Encoder) -> EncodedRows:
        """Return texts with their prompt as an encoder reads them, special tokens and all."""
        part = encoder.long_texts.kept_part
        if part == "head" or not self._prompt:
            return encoder.encode_flat(texts)
        found = tokenized(texts, encoder, marked=True)
        room = encoder.max_length
        rows = [np.asarray(self._kept(one, room, part), dtype=np.int32) for one in found]
        return flat_rows(rows, [max(0, len(one) - room) for one in found])

    def _kept(self, found: Encoding, room: int, part: str) -> list[int]:
        """Return the tokens that are read: those of prompt and marks, and of the text its head, tail or half of each.

        A token belongs to the prompt where it begins in it; the space at the prompt's end often begins the text.
        """
        prompt = len((self._prompt or "").rstrip())
        marks = zip(found.special_tokens_mask, found.offsets, strict=True)
        own = [place for place, (mark, (start, _)) in enumerate(marks) if not mark and start >= prompt]
        left_out = set(own) - set(_part(own, room - (len(found) - len(own)), part))
        return [number for place, number in enumerate(found.ids) if place not in left_out]

    def _written(self, references: Sequence[str], encoder: Encoder) -> EncodedRows:
        """Return references as a decoder writes them, with the tokenizer's special tokens; cut ones keep their end."""
        longest, parts, cut = self._summary_length, [], []
        found = encoder.tokenizer(list(references), verbose=False)["input_ids"] if references else []
        for ids in found:
            parts.append(np.asarray([*ids[: longest - 1], ids[-1]] if len(ids) > longest else ids, dtype=np.int32))
            cut.append(max(0, len(ids) - longest))
        return flat_rows(parts, cut)

    def _in_a_row(self, texts: Sequence[str], references: Sequence[str] | None, encoder: Encoder) -> Examples:
        """Return text, cue and, where there are references, summary and end as one example a row."""
        cue, end = token_ids(CUE, encoder), encoder.tokenizer.eos_token_id
        room = self._room(encoder) - len(cue)
        rows, labels, cut, lengths = [], [], [], []
        summaries = tokenized([f" {text.strip()}" for text in references], encoder) if references is not None else None
        for number, found in enumerate(tokenized(texts, encoder)):
            read = [*self._kept(found, room, encoder.long_texts.kept_part), *cue]
            written = [] if summaries is None else summaries[number].ids[: self._summary_length - 1]
            written = [*written, end] if summaries is not None and end is not None else written
            lengths.append(len(read))
            rows.append(np.asarray([*read, *written], dtype=np.int32))
            labels.append(np.asarray([*[IGNORED] * len(read), *written], dtype=np.int32))
            cut.append(max(0, len(found.ids) - room))
        targets = {} if references is None else {"labels": np.concatenate([np.zeros(0, dtype=np.int32), *labels])}
        held = self._writer(encoder.tokenizer).held(np.asarray(lengths, dtype=np.int64))
        return Examples(rows=flat_rows(rows, cut), pad_id=encoder.pad_id, of_tokens=targets, held=held)

    def _check_room(self, encoder: Encoder) -> None:
        if encoder.long_texts.windows:
            raise ConfigError(
                "a summary is written of what is read at once, and not of windows",
                where="long_texts",
                remedy="Leave long texts to the task, which cuts them, or say which part it shall keep.",
            )
        self._check_prompt(encoder)
        positions = int(encoder.tokenizer.model_max_length)
        longest = max(self._summary_length, self._decoding.max_new_tokens or 0)
        if longest > positions or (self.head == "causal" and self._room(encoder) <= len(token_ids(CUE, encoder))):
            raise ConfigError(
                f"summaries of {longest} tokens leave no room: the model reads {min(positions, encoder.max_length)}",
                where="task.summary_length",
                remedy="Give a smaller --summary-length, or a greater --max-length where the base allows it.",
            )

    def _check_prompt(self, encoder: Encoder) -> None:
        """Raise ConfigError where nothing of a text could be read beside its prompt."""
        length = len(token_ids(self._prompt, encoder)) if self._prompt else 0
        if self.head == "causal":
            room = self._room(encoder) - len(token_ids(CUE, encoder))
        else:
            room = encoder.max_length - encoder.tokenizer.num_special_tokens_to_add()
        if 0 < room <= length:
            raise ConfigError(
                f"the prompt's {length} tokens leave no room for a text: the model reads {room}",
                where="task.prompt",
                remedy="Give a shorter --prompt, or a greater --max-length where the base allows it.",
            )

    def _room(self, encoder: Encoder) -> int:
        """Return how many tokens a causal model may read of a text and its cue."""
        positions = int(encoder.tokenizer.model_max_length)
        return min(encoder.max_length - self._summary_length, positions - (self._decoding.max_new_tokens or 0))

    def _writer(self, tokenizer: PreTrainedTokenizerFast) -> Writer:
        start = None if self.head == "causal" else self._start(tokenizer)
        return Writer(tokenizer, self._decoding, decoder_start=start, seed=self._seed)

    def _start(self, tokenizer: PreTrainedTokenizerFast) -> int:
        return int(tokenizer.pad_token_id if self._decoder_start == "pad" else tokenizer.eos_token_id)


def _part(places: Sequence[int], room: int, part: str) -> Sequence[int]:
    """Return the places of tokens that are read: the first, the last, or half of each."""
    if len(places) <= room:
        return places
    head = {"head": room, "tail": 0, "both": (room + 1) // 2}[part]
    return [*places[:head], *places[len(places) - (room - head) :]]


def _without_decoder(model_type: str) -> BaseModelError:
    able = sorted(name for name, family in FAMILIES.items() if {"written", "causal"} & set(family.heads))
    return BaseModelError(
        f"models of type {model_type!r} have no decoder: they read text and write none",
        where="--task summarization",
        remedy=f"Take a base of one of these: {', '.join(able)}.",
    )
