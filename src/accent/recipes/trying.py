"""The process that tries one strategy: it prepares as a run does and does a little of each of a run's parts."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.config import FinetuneConfig
from accent.config.load import resolve
from accent.config.show import to_dict
from accent.data import Audit
from accent.errors import UserError
from accent.inference import Predictor
from accent.modeling import Anatomy
from accent.recipes.assembling import Setup, load_base, make_learner, make_plan
from accent.recipes.listening import ignore
from accent.recipes.preparing import prepare
from accent.recipes.rates import settle_rate
from accent.recipes.recalling import recall
from accent.recipes.rehearsal import rehearse_scoring, some_rows, timed
from accent.recipes.saving import merge_model, save_fitted
from accent.recipes.scoring import validation_points
from accent.recipes.tried import ASKED, CONFIG, FOUND, StageCost, Tried
from accent.recipes.writing import RunWriter
from accent.records import EventLog, Record, RunFolder, checkpoints, folder_bytes, read_json, write_json
from accent.seeds import generator
from accent.strategies import expected_parameters
from accent.tasks import encode_dataset
from accent.training import (
    Examples,
    Learner,
    World,
    fit_cost,
    forget_peak,
    peak_memory,
    range_test,
    spread,
    tokens_of_epoch,
)

__all__ = ["serve"]

Rows = npt.NDArray[np.int64]
ROWS = 256
"""Validation rows that are scored, at most."""
RANGE_UPDATES = 60
SMALL_RATE = 1e-7
STAGES = 3
"""Stages that are tried of a strategy that has more."""


def serve(folder: str, began: float) -> None:
    """Do what `try_strategy` has started this process for; its folder gets what was found, or the user's error.

    `began` is when the process began to load, by `time.perf_counter`.
    """
    place = Path(folder)
    try:
        found = asdict(_try(place, began))
    except UserError as error:
        found = {"error": {"what": error.what, "where": error.where, "remedy": error.remedy}}
    write_json(place / FOUND, found)


@dataclass(frozen=True)
class _Few:
    """The rows that are tried."""

    setup: Setup
    """As the whole, with these rows alone."""
    batches: list[Rows]
    """Some batches of it: those that span the lengths, and the largest, which comes last."""
    share: float
    """Their tokens, as a share of the whole's."""

    def tokens(self, most: int) -> list[int]:
        """Return what each batch has, with the padding of microbatches of at most `most` rows."""
        examples = _examples(self.setup)
        return [examples.tokens_of(batch, most) for batch in self.batches]


def _try(folder: Path, began: float) -> Tried:
    """Go through the parts of a run in their order."""
    asked = read_json(folder / ASKED)
    config = resolve(FinetuneConfig, file=folder / CONFIG)
    writer = _writer(config, folder, str(asked["precision"]))
    whole = prepare(config, writer, audited=Audit.from_json(asked["audit"]))
    model = load_base(config, whole, writer)
    config = settle_rate(config, model, writer)
    loading = time.perf_counter() - began - writer.record.timings["data"]
    setup = Setup(config=config, prepared=whole, world=World(), precision=str(asked["precision"]))
    expected = expected_parameters(config.strategy, model, Anatomy.of(model, whole.task.head))
    counted = _counted(setup, config.training.microbatch_size or config.training.batch_size)
    few = _few(setup, [rows for rows, _ in (*spread(counted, asked["updates_tried"]), counted[-1])])
    learner = make_learner(few.setup, model, texts=whole.training)
    predictor = Predictor.from_parts(model, whole.encoder, whole.task, precision=setup.precision)
    scoring = rehearse_scoring(setup, predictor)
    recall(few.setup, learner, predictor, writer)
    forget_peak()
    parts = {
        "stages": _update(learner, few, writer),
        **_checkpoint(learner, folder),
        **_evaluate(few, setup, predictor),
    }
    memory, trainable = peak_memory(), learner.trainable(learner.last_stage)
    learner.finish()
    counted = _counted(setup, learner.microbatch)
    return Tried(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        trainable=trainable,
        expected=expected,
        mean_tokens=float(np.mean([tokens for _, tokens in counted])),
        longest_tokens=counted[-1][1],
        scoring=scoring,
        loading=loading,
        memory=memory["peak_memory"],
        device_memory=memory.get("peak_device_memory"),
        microbatch=learner.microbatch,
        learning_rate=config.training.peak_rate,
        reason=str(writer.record.training["learning_rate_reason"]),
        suggested_rate=_suggested_rate(learner, few) if asked["range_test"] else None,
        **_recalled(few, writer, parts.pop("first")),
        **parts,
        **_save(few.setup, predictor, folder),
    )


def _writer(config: FinetuneConfig, folder: Path, precision: str) -> RunWriter:
    record = Record(command=[], config=to_dict(config), seed=config.run.seed)
    record.training["precision"] = precision
    return RunWriter(RunFolder(folder), record, EventLog(folder / "events.jsonl"), ignore, active=False)


def _counted(setup: Setup, most: int) -> list[tuple[Rows, int]]:
    """Return batches of the first epoch with their tokens in microbatches of at most `most` rows, the least first."""
    examples = _examples(setup)
    return tokens_of_epoch(make_plan(setup), lambda rows: examples.tokens_of(rows, most))


def _examples(setup: Setup) -> Examples:
    training = setup.prepared.training
    return Examples(training.lengths, training.batch, training.windows)


def _few(setup: Setup, batches: list[Rows]) -> _Few:
    """Return the rows of some batches as a run of its own, with as many validation rows as are scored.

    Running text is cut into blocks, which are no rows: its run is as large as the whole.
    """
    whole = setup.prepared
    train, watched = whole.data.splits["train"], setup.rows("validation")
    if make_plan(setup).rows != len(train):
        return _Few(setup, batches, 1.0)
    chosen = np.unique(np.concatenate(batches))
    training = encode_dataset(whole.task, train.select(chosen), whole.encoder)
    splits = whole.data.splits if watched is None else whole.data.splits | {"validation": some_rows(watched, ROWS)}
    prepared = replace(whole, training=training, data=replace(whole.data, splits=splits))
    share = float(training.lengths.sum()) / float(whole.training.lengths.sum())
    return _Few(replace(setup, prepared=prepared), [np.searchsorted(chosen, rows) for rows in batches], share)


def _update(learner: Learner, few: _Few, writer: RunWriter) -> tuple[StageCost, ...]:
    """Take updates at the first stage, the last, and one between, in a random order of lengths, as a run does.

    The largest batch comes before them, as the first pays for what is made once, and again at the end, when all moves
    and the memory is in pieces.
    """
    stages = sorted({round(learner.last_stage * step / (STAGES - 1)) for step in range(STAGES)})
    costs = []
    for stage in stages:
        _timed_update(learner, few.batches[-1], stage, writer)
        measured = {
            place: _timed_update(learner, few.batches[place], stage, writer)
            for place in generator(few.setup.seed, "tried", stage).permutation(len(few.batches) - 1)
        }
        tokens = few.tokens(learner.microbatch)
        cost = fit_cost([tokens[place] for place in measured], list(measured.values()))
        costs.append(StageCost(stage, cost.fixed, cost.per_token))
    _timed_update(learner, few.batches[-1], stages[-1], writer)
    return tuple(costs)


def _timed_update(learner: Learner, rows: Rows, stage: int, writer: RunWriter) -> float:
    """Return the seconds of an update and of its line in the log, at a rate that hardly changes anything."""
    started = time.perf_counter()
    report = learner.update_at(rows, 0, SMALL_RATE, stage)
    if writer.log is not None:
        writer.log.append("update", **asdict(report))
    return time.perf_counter() - started


def _checkpoint(learner: Learner, folder: Path) -> dict[str, Any]:
    root = folder / "checkpoints"
    seconds = timed(lambda: checkpoints.save(root, 1, learner.save, {}))
    return {"checkpoint": seconds, "checkpoint_bytes": folder_bytes(root)}


def _evaluate(few: _Few, setup: Setup, predictor: Predictor) -> dict[str, float]:
    """Score the validation rows twice: from the second time on they are encoded already."""
    rows, all_rows = few.setup.rows("validation"), setup.rows("validation")
    if rows is None or all_rows is None:
        return {"evaluation": 0.0, "first": 0.0}
    first, again = (timed(lambda: validation_points(predictor, rows)) for _ in range(2))
    return {"evaluation": again / len(rows), "first": max(0.0, first - again) * len(all_rows) / len(rows)}


def _recalled(few: _Few, writer: RunWriter, first: float) -> dict[str, Any]:
    """Return what the answers of frozen layers cost once, for all rows: seconds with the first evaluation's, bytes."""
    facts = writer.record.training.get("activations", {"seconds": 0.0, "bytes": 0})
    return {
        "recalling": facts["seconds"] / few.share + first,
        "recalled_bytes": round(facts["bytes"] / few.share),
    }


def _suggested_rate(learner: Learner, few: _Few) -> float | None:
    with learner.preserved():
        return range_test(
            lambda index, rate: (
                learner.update_at(few.batches[index % len(few.batches)], index, rate, learner.last_stage).loss
            ),
            updates=RANGE_UPDATES,
        ).suggested


def _save(setup: Setup, predictor: Predictor, folder: Path) -> dict[str, Any]:
    place = folder / "model"
    merge_model(setup, predictor)
    seconds = timed(lambda: save_fitted(setup, predictor, place))
    return {"saving": seconds, "model_bytes": folder_bytes(place)}
