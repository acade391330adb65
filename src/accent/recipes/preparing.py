"""What training needs, in order: the rows, the task, the base, the audit, the examples."""

from __future__ import annotations

from dataclasses import dataclass

from accent.config import READ_IN_WINDOWS, DataConfig, FinetuneConfig
from accent.data import Audit, LoadedData, audit, load
from accent.errors import ConfigError, DataError, Problems, RunError
from accent.modeling import Base, find_base
from accent.recipes.writing import RunWriter
from accent.records import write_json
from accent.tasks import Examples, Task, check_training, encode_dataset, make_task
from accent.tokenization import Encoder, LongTexts, load_tokenizer

__all__ = ["Prepared", "prepare", "stop_on_errors"]


@dataclass(frozen=True)
class Prepared:
    """Everything that does not depend on the weights."""

    data: LoadedData
    task: Task
    base: Base
    encoder: Encoder
    training: Examples
    """The training rows with their targets."""

    @property
    def pair(self) -> bool:
        """Whether a row is two texts."""
        return "text_pair" in self.data.splits["train"].column_names


def prepare(config: FinetuneConfig, writer: RunWriter) -> Prepared:
    """Read, audit and encode; the audit stands in the run folder even when it stops the run."""
    with writer.stage("data", "reading the data"):
        data = load(config.data, task=config.task.kind, seed=config.run.seed, offline=config.run.offline)
        _take_fingerprint(data, config.data, writer)
    with writer.stage("base", "finding the base"):
        base = find_base(config.model.base, revision=config.model.revision, offline=config.run.offline)
        _check_same_base(base, writer)
        task = make_task(config.task, data.splits, data.schema.label_columns).suited(base.family)
        _check_metric(config.training.metric, task)
        long_texts = LongTexts.of(config.long_texts, windows=task.kind in READ_IN_WINDOWS)
        encoder = Encoder(load_tokenizer(base.folder), config.training.max_length, long_texts=long_texts)
        check_training(task, data.splits, encoder, config.long_texts)
    with writer.stage("audit", "auditing the data"):
        found = _audit_for_training(data, config, encoder)
        if writer.active:
            write_json(writer.folder.audit, found.to_json())
        writer.tell("audit", {"audit": found})
        stop_on_errors(found)
    with writer.stage("data", "encoding the training rows"):
        training = encode_dataset(task, data.splits["train"], encoder)
    writer.record.training["truncated_rows"] = training.rows.truncated_rows
    writer.record.training["truncated_tokens"] = training.rows.truncated_tokens
    writer.record.training["examples"] = len(training.rows)
    return Prepared(data, task, base, encoder, training)


def _check_metric(metric: str | None, task: Task) -> None:
    """Refuse a score that these rows will not have, such as the accuracy of plain tags where there are entities."""
    if metric is not None and metric not in task.metrics:
        raise ConfigError(
            f"the validation rows will have no score {metric}",
            where="training.metric",
            remedy=f"Give one of {', '.join(task.metrics)}.",
        )


def _audit_for_training(data: LoadedData, config: FinetuneConfig, encoder: Encoder) -> Audit:
    """Audit `data` as `accent check` would where it is asked the same."""
    return audit(
        data,
        allow=config.data.allow,
        lengths=encoder.lengths,
        max_length=encoder.max_length,
        windows=encoder.long_texts.windows,
        seed=config.run.seed,
    )


def stop_on_errors(found: Audit) -> None:
    """Raise every audit error that was not allowed, together."""
    if found.errors:
        raise Problems(
            [
                DataError(error.what, where=str(error.places[0]) if error.places else None, remedy=error.remedy)
                for error in found.errors
            ]
        )


def _take_fingerprint(data: LoadedData, config: DataConfig, writer: RunWriter) -> None:
    """Write down what was read; a resumed run must have read the same."""
    begun = writer.record.data.get("fingerprint")
    if begun is not None and begun != data.fingerprint:
        raise RunError(
            "the data has changed since the run was begun",
            where=config.source,
            remedy="Put the data back as it was, or start a new run.",
        )
    writer.record.data = {
        "source": config.source,
        "fingerprint": data.fingerprint,
        "rows": {name: len(rows) for name, rows in data.splits.items()},
        "files": data.files,
        "notes": list(data.notes),
        "cleaning": data.cleaning,
        "dropped": data.skipped,
        "given_split": data.given_split,
        "schema": {
            "text_columns": list(data.schema.text_columns),
            "label_columns": list(data.schema.label_columns),
            "label_delimiter": data.schema.label_delimiter,
            "group_column": data.schema.group_column,
        },
    }
    writer.tell("data", writer.record.data)
    writer.save()


def _check_same_base(base: Base, writer: RunWriter) -> None:
    """Refuse to go on from another base: a resumed run must start from the weights that it began with."""
    begun = writer.record.base.get("digest")
    if begun is not None and begun != base.digest:
        raise RunError(
            "the base has changed since the run was begun",
            where=base.name,
            remedy="Put the base back as it was, or start a new run.",
        )
