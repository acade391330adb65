"""Answers from a fitted model: batched by length within a window, given back in the rows' order.

Legend: B rows of a batch, N rows in all, C classes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from accent.errors import DataError, RunError
from accent.inference.batching import batch_by_length
from accent.inference.rows import complaint, halves
from accent.inference.settings import find_model, read_settings
from accent.inference.statistics import Statistics
from accent.modeling import autocast, load_saved, probe_precision
from accent.tasks import TASKS, Task
from accent.tokenization import EncodedRows, Encoder, collate, encode_rows, load_tokenizer

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["WINDOW_ROWS", "Predictor"]

WINDOW_ROWS = 2048
"""Rows that are read, sorted by length and answered together; memory grows with this and not with the rows."""

Row = str | tuple[str, str | None]


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

    @classmethod
    def load(
        cls,
        target: str | Path,
        *,
        precision: str = "auto",
        batch_tokens: int = 4096,
        device: str | torch.device | None = None,
    ) -> Predictor:
        """Load the model of a run's folder (or its model folder); no connection is opened.

        `precision` is fp32, bf16, or auto, which probes the device; `batch_tokens` bounds a batch, padding counted;
        `device` is CUDA where there is one, unless given. Raises RunError where there is no whole model.
        """
        folder = find_model(target)
        settings = read_settings(folder)
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        model = load_saved(folder)
        _check_labels(settings.labels, model, folder)
        model.to(place)  # type: ignore[arg-type]
        return cls(
            model,
            Encoder(load_tokenizer(folder), settings.max_length),
            TASKS[settings.task](settings.labels),
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
        """Label names in the order of the probabilities' columns."""
        return self.task.labels

    @property
    def statistics(self) -> Statistics:
        """What has been answered so far."""
        return self._statistics

    def answers(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Answer texts, or pairs of texts, one answer a row and in the rows' order.

        A row that cannot be answered (no text, an empty one, one text where two are asked for) gives
        `{"error": "..."}`. Rows are read a window ahead, no further.
        """
        remaining = iter(rows)
        while window := list(islice(remaining, WINDOW_ROWS)):
            yield from self._answer_window(window)

    def probabilities(self, rows: Dataset | EncodedRows | Iterable[Row]) -> npt.NDArray[np.float64]:
        """Return class probabilities (N, C) of a data set's rows, of encoded rows, or of texts and pairs.

        Empty texts are scored like others. Raises DataError naming the first row that is not text at all, and for pairs
        where the model answers single texts or the other way round. To score the same rows again and again, encode them
        once with `encode_rows`.
        """
        started = time.perf_counter()
        encoded = rows if isinstance(rows, EncodedRows) else self._encode(rows)
        logits_NC, padded = self._logits(encoded)
        probabilities_NC = self.task.probabilities(logits_NC)
        self._count(encoded, padded, started)
        return probabilities_NC

    def _encode(self, rows: Dataset | Iterable[Row]) -> EncodedRows:
        if hasattr(rows, "column_names"):
            self._check_pairs("text_pair" in rows.column_names)
            return encode_rows(rows, self.encoder)
        listed = list(rows)
        pair = self._pairs(listed)
        for number, row in enumerate(listed, start=1):
            found = complaint(row, pair=pair, empty=True)
            if found is not None:
                raise DataError(found, where=f"row {number}", remedy="Give texts, or pairs of texts.")
        return self._encode_listed(listed, pair=pair)

    def _check_pairs(self, pair: bool) -> None:
        """Refuse a data set of pairs where the model answers single texts, and the other way round."""
        if self._pair is None or self._pair == pair:
            return
        asked, given = ("pairs", "single texts") if self._pair else ("single texts", "pairs")
        raise DataError(
            f"this model answers {asked}, and the rows are {given}",
            where="text_column",
            remedy=f"Name the columns of texts: --text-column {'twice' if self._pair else 'once'}.",
        )

    def _encode_listed(self, rows: Sequence[Row], *, pair: bool) -> EncodedRows:
        texts = [halves(row)[0] for row in rows]
        return self.encoder.encode_flat(texts, [halves(row)[1] for row in rows] if pair else None)

    def _pairs(self, rows: Sequence[Row]) -> bool:
        """Say whether rows are pairs: as the model was trained, or as the first row is where that is unknown."""
        if self._pair is not None:
            return self._pair
        return bool(rows) and halves(rows[0])[1] is not None

    def _answer_window(self, window: Sequence[Row]) -> list[dict[str, Any]]:
        started = time.perf_counter()
        pair = self._pairs(window)
        complaints = [complaint(row, pair=pair) for row in window]
        good = [index for index, found in enumerate(complaints) if found is None]
        encoded = self._encode_listed([window[index] for index in good], pair=pair)
        logits_NC, padded = self._logits(encoded)
        answers: list[dict[str, Any]] = [{"error": found} for found in complaints]
        for index, row in zip(good, self.task.probabilities(logits_NC), strict=True):
            answers[index] = self.task.answer(row)
        self._count(encoded, padded, started)
        return answers

    def _logits(self, encoded: EncodedRows) -> tuple[npt.NDArray[np.float32], int]:
        """Return the logits (N, C) of encoded rows, and the tokens that the model saw."""
        logits_NC = np.zeros((len(encoded), len(self.labels)), dtype=np.float32)
        padded = 0
        with self._answering():
            for batch in batch_by_length(encoded.lengths, batch_tokens=self._batch_tokens):
                tensors = collate(encoded, batch, pad_id=self.encoder.pad_id)
                padded += tensors["input_ids"].numel()
                outputs = self.model(**{name: tensor.to(self.model.device) for name, tensor in tensors.items()})
                logits_NC[batch] = outputs.logits.float().cpu().numpy()
        return logits_NC, padded

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Evaluation mode without gradients, and the mode of before afterwards.

        One autocast context stands around all batches of a window: each weight is turned into bf16 once.
        """
        training = self.model.training
        self.model.train(False)
        try:
            with torch.inference_mode(), autocast(self.precision, self.model.device):
                yield
        finally:
            self.model.train(training)

    def _count(self, encoded: EncodedRows, padded: int, started: float) -> None:
        self._statistics = self._statistics.plus(
            Statistics(
                rows=len(encoded),
                tokens=len(encoded.ids),
                padded_tokens=padded,
                seconds=time.perf_counter() - started,
            )
        )


def _check_labels(labels: tuple[str, ...], model: PreTrainedModel, folder: Path) -> None:
    outputs = model.config.num_labels
    if outputs != len(labels):
        raise RunError(
            f"accent.json names {len(labels)} labels and the model has {outputs} outputs",
            where=str(folder),
            remedy="Copy the model folder again from its run.",
        )


def _resolve(precision: str, device: torch.device) -> str:
    return probe_precision(device).choice if precision == "auto" else precision
