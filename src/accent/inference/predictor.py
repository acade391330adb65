"""Predictions from a fitted model: batched by length within a window, given back in the rows' order.

Legend: R rows of a window, E examples of them, C classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from accent.config import DecodingConfig
from accent.errors import ConfigError, DataError, RunError
from accent.inference.keeping import Kept
from accent.inference.rebuilding import rebuild
from accent.inference.rows import Row, as_columns, as_rows, complaint, windows_of_columns, windows_of_rows
from accent.inference.settings import find_model, read_settings
from accent.inference.statistics import Statistics
from accent.modeling import autocast, probe_precision
from accent.tasks import Columns, Examples, Generation, Predictions, Task
from accent.tokenization import Encoder, batch_by_length, load_tokenizer

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Predictor"]


class Predictor:
    """A model, its tokenizer and its task, ready to answer. Make one with `load` or `from_parts`."""

    def __init__(
        self,
        model: PreTrainedModel,
        encoder: Encoder,
        task: Task,
        *,
        pair: bool | None,
        precision: str,
        batch_tokens: int,
    ) -> None:
        """Take the parts as they are; `pair` is whether a row is two texts, None where either will do."""
        self.model = model
        self.encoder = encoder
        self.task = task
        self.precision = precision
        self._pair = pair
        self._batch_tokens = batch_tokens
        self._statistics = Statistics()
        self._kept: Kept | None = None

    @classmethod
    def load(
        cls,
        target: str | Path,
        *,
        precision: str = "auto",
        batch_tokens: int = 4096,
        device: str | torch.device | None = None,
        decoding: DecodingConfig | None = None,
        seed: int = 42,
        base: str | None = None,
        encoder: Encoder | None = None,
    ) -> Predictor:
        """Load the model of a run's folder (or its model folder); no connection is opened.

        `precision` is fp32, bf16, or auto, which probes the device; `batch_tokens` bounds a batch, with its padding and
        with room for what is written, see `Writer.held`; `device` is CUDA where there is one, unless given; `decoding`
        and the `seed` that draws its tokens are for tasks that write text. A run that holds only changes to its base
        finds the base where it was, or at `base`. `encoder` is one of the run's own settings, where there is one
        already. Raises RunError where there is no whole model or it was another base, and ConfigError for decoding
        settings that the task has no use for.
        """
        folder = find_model(target)
        settings = read_settings(folder)
        task = settings.make_task(folder, decoding, seed=seed)
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        model = rebuild(folder, settings, task, base=base)
        _check_labels(task, model, folder)
        model.to(place)  # type: ignore[arg-type]
        return cls(
            model,
            encoder or Encoder(load_tokenizer(folder), settings.max_length, long_texts=settings.long_texts),
            task,
            pair=settings.pair,
            precision=_resolve(precision, place),
            batch_tokens=batch_tokens,
        )

    @classmethod
    def from_parts(
        cls,
        model: PreTrainedModel,
        encoder: Encoder,
        task: Task,
        *,
        pair: bool | None = None,
        precision: str = "fp32",
        batch_tokens: int = 4096,
    ) -> Predictor:
        """Answer with a model in memory, where it is: what a training run evaluates with."""
        chosen = _resolve(precision, model.device)
        return cls(model, encoder, task, pair=pair, precision=chosen, batch_tokens=batch_tokens)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the model's outputs."""
        return self.task.labels

    @property
    def statistics(self) -> Statistics:
        """What has been answered so far."""
        return self._statistics

    def answers(self, rows: Dataset | Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Answer a data set's rows, texts, or pairs of texts: one answer a row and in the rows' order.

        A row that cannot be answered (no text, an empty one, one text where two are asked for) gives
        `{"error": "..."}`. Rows are read a window ahead, no further. A data set may say which its words are.
        """
        if hasattr(rows, "column_names"):
            for columns in windows_of_columns(rows):
                yield from self._answer_window(as_rows(columns), columns)
        else:
            for window in windows_of_rows(rows):
                yield from self._answer_window(window, as_columns(window, pair=self._pairs(window)))

    def complaint(self, row: Row) -> str | None:
        """Say why a row cannot be answered, or return None where it can."""
        return complaint(row, pair=self._pairs([row]))

    def examples(self, rows: Sequence[Row]) -> Examples:
        """Return the examples of rows of which there is no complaint, for `joined`."""
        return self.task.encode(as_columns(rows, pair=self._pairs(rows)), self.encoder, labelled=False)

    def joined(self, examples: Examples) -> list[dict[str, Any]]:
        """Answer the rows that examples were made of; these may hold what a cut model's layers say of them."""
        return self.task.answers(self._join(examples, time.perf_counter(), labelled=False))

    @property
    def streams(self) -> bool:
        """Whether an answer can be shown while it is written."""
        return isinstance(self.task, Generation) and self.task.streams

    def stream(self, prompt: str) -> Iterator[str]:
        """Yield the text that goes on from a prompt piece by piece; together they are the answer's text."""
        if not isinstance(self.task, Generation):
            raise ConfigError(f"{self.task.kind} answers at once", where="task", remedy="Use answers instead.")
        pieces = self.task.stream(self.model, self.encoder, prompt)
        while True:
            with self._answering():  # around each step: between two pieces the caller's own modes hold
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def predict(self, rows: Dataset, *, labelled: bool) -> Iterator[tuple[Columns, Predictions]]:
        """Predict a data set's standard rows, window by window: the rows' columns and one prediction a row.

        Empty texts are predicted like others. `labelled` is whether the predictions are to be scored. Raises DataError
        for pairs where the model answers single texts, or the other way round.
        """
        self.check_pairs("text_pair" in rows.column_names)
        kept = self._kept if labelled and self._kept is not None and self._kept.rows is rows else None
        for number, columns in enumerate(windows_of_columns(rows)):
            started = time.perf_counter()
            make = partial(self.task.encode, columns, self.encoder, labelled=labelled)
            yield columns, self._join(make() if kept is None else kept.window(number, make), started, labelled=labelled)

    def keep(self, rows: Dataset, complete: Callable[[Examples], Examples] | None = None) -> None:
        """Encode a data set that is scored again and again only once; `complete` adds to its examples what helps."""
        self._kept = Kept(rows, complete)

    def probabilities(self, rows: Dataset | Iterable[Row]) -> npt.NDArray[np.float64]:
        """Return the predictions for a data set or for texts as one array: class probabilities (R, C), or numbers.

        Raises DataError naming the first row that is not text at all, and as `predict` does.
        """
        if hasattr(rows, "column_names"):
            parts = [predictions for _, predictions in self.predict(rows, labelled=False)]
        else:
            parts = [self._predict(self._checked(window), labelled=False) for window in windows_of_rows(rows)]
        return np.concatenate([np.zeros((0, len(self.labels))), *map(np.asarray, parts)])

    def check_pairs(self, pair: bool, *, remedy: str | None = None) -> None:
        """Raise DataError where rows are pairs and the model answers single texts, or the other way round."""
        if self._pair is None or self._pair == pair:
            return
        asked, given = ("pairs", "single texts") if self._pair else ("single texts", "pairs")
        times = "twice" if self._pair else "once"
        raise DataError(
            f"this model answers {asked}, and the rows are {given}",
            where="text_column",
            remedy=remedy or f"Name the columns of texts: --text-column {times}.",
        )

    def _answer_window(self, window: Sequence[Row], columns: Columns) -> list[dict[str, Any]]:
        pair = self._pairs(window)
        complaints = [complaint(row, pair=pair) for row in window]
        good = [index for index, found in enumerate(complaints) if found is None]
        answers: list[dict[str, Any]] = [{"error": found} for found in complaints]
        if good:
            chosen = {name: [values[index] for index in good] for name, values in columns.items()}
            predictions = self._predict(chosen, labelled=False)
            for index, answer in zip(good, self.task.answers(predictions), strict=True):
                answers[index] = answer
        return answers

    def _predict(self, columns: Columns, *, labelled: bool) -> Predictions:
        started = time.perf_counter()
        return self._join(self.task.encode(columns, self.encoder, labelled=labelled), started, labelled=labelled)

    def _join(self, examples: Examples, started: float, *, labelled: bool) -> Predictions:
        """Return one prediction a row, and count them among the statistics."""
        readings, padded = self._read(examples, labelled=labelled)
        predictions = self.task.join(examples, readings, self.encoder)
        self._statistics = self._statistics.plus(
            Statistics(
                rows=examples.rows.rows,
                tokens=len(examples.rows.ids),
                padded_tokens=padded,
                truncated_rows=examples.rows.truncated_rows,
                truncated_tokens=examples.rows.truncated_tokens,
                seconds=time.perf_counter() - started,
            )
        )
        return predictions

    def _read(self, examples: Examples, *, labelled: bool) -> tuple[list[Any], int]:
        """Return the reading of each example, and the tokens that the model saw."""
        readings: list[Any] = [None] * len(examples.rows)
        padded = 0
        with self._answering():
            for chosen in batch_by_length(examples.costs, batch_tokens=self._batch_tokens):
                batch = examples.batch(chosen).to(self.model.device)
                padded += batch.padded_texts
                found = self.task.read(self.model, batch, self.encoder, labelled=labelled)
                for index, reading in zip(chosen, found, strict=True):
                    readings[index] = reading
        return readings, padded

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Evaluation mode without gradients, and the mode of before afterwards.

        One autocast context stands around all batches of a window: each weight is turned into bf16 once.
        """
        training = self.model.training
        if training:  # going through all modules takes longer than a head does
            self.model.train(False)
        try:
            with torch.inference_mode(), autocast(self.precision, self.model.device):
                yield
        finally:
            if training:
                self.model.train()

    def _checked(self, window: Sequence[Row]) -> Columns:
        pair = self._pairs(window)
        for number, row in enumerate(window, start=1):
            found = complaint(row, pair=pair, empty=True)
            if found is not None:
                raise DataError(found, where=f"row {number}", remedy="Give texts, or pairs of texts.")
        return as_columns(window, pair=pair)

    def _pairs(self, rows: Sequence[Row]) -> bool:
        """Say whether rows are pairs: as the model was trained, or as the first row is where that is unknown."""
        if self._pair is not None:
            return self._pair
        return bool(rows) and isinstance(rows[0], tuple) and rows[0][1] is not None


def _check_labels(task: Task, model: PreTrainedModel, folder: Path) -> None:
    outputs = model.config.num_labels
    if task.labels and task.head != "span" and outputs != len(task.labels):
        raise RunError(
            f"accent.json names {len(task.labels)} labels and the model has {outputs} outputs",
            where=str(folder),
            remedy="Copy the model folder again from its run.",
        )


def _resolve(precision: str, device: torch.device) -> str:
    return probe_precision(device).choice if precision == "auto" else precision
