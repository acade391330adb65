"""What training needs, in order: the rows, the task, the base, the audit, the examples."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from accent.config import READ_IN_WINDOWS, DataConfig, FinetuneConfig
from accent.data import Audit, LoadedData, audit, augment, load
from accent.errors import ConfigError, DataError, Problems, RunError
from accent.modeling import Base, BaseLexicon, find_base
from accent.recipes.writing import RunWriter
from accent.records import write_json
from accent.tasks import Examples, Task, check_training, encode_dataset, make_task
from accent.tokenization import Encoder, LongTexts, load_tokenizer

__all__ = ["Given", "Prepared", "prepare", "stop_on_errors"]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a run starts from that is not found by its configuration, but told by a teacher."""

    data: LoadedData
    read: LoadedData
    """The same rows as they were read, which is what is audited: labels may have been added to them."""
    base: Base
    task: Task


@dataclass(frozen=True)
class Prepared:
    """Everything that does not depend on the weights."""

    data: LoadedData
    task: Task
    base: Base
    encoder: Encoder
    training: Examples
    """The training rows with their targets."""
    audit: Audit
    """What was found in the rows."""
    facts: Mapping[str, Any]
    """What the record says of the rows."""

    @property
    def pair(self) -> bool:
        """Whether a row is two texts."""
        return "text_pair" in self.data.splits["train"].column_names


def prepare(
    config: FinetuneConfig,
    writer: RunWriter,
    *,
    known: Prepared | None = None,
    audited: Audit | None = None,
    given: Given | None = None,
) -> Prepared:
    """Read, audit and encode; the audit stands in the run folder even when it stops the run.

    `known` is what another run has read with the same rows, base, task and lengths: then it is only written down.
    `audited` is what an audit of the same rows has found, where there was one. `given` stands in the place of rows that
    are read, a base that is found and a task that is fitted.
    """
    if known is not None:
        return _share(known, config, writer)
    with writer.stage("data", "reading the data"):
        data = _load(config) if given is None else given.data
        _take_fingerprint(data, config.data, writer)
    with writer.stage("base", "finding the base"):
        base = _find_base(config) if given is None else given.base
        _check_same_base(base, writer)
        task = _fit_task(config, data) if given is None else given.task
        task = task.suited(base.family)
        _check_metric(config.training.metric, task)
        long_texts = LongTexts.of(config.long_texts, windows=task.kind in READ_IN_WINDOWS)
        encoder = Encoder(load_tokenizer(base.folder), config.training.max_length, long_texts=long_texts)
        check_training(task, data.splits, encoder, config.long_texts)
    if config.augmentation.augment:
        data = _augmented(data, config, BaseLexicon(base, encoder.tokenizer), writer)
    with writer.stage("audit", "auditing the data"):
        found = audited or _audit_for_training(data if given is None else given.read, config, encoder)
        _write_audit(found, writer)
        stop_on_errors(found)
    with writer.stage("data", "encoding the training rows"):
        training = encode_dataset(task, data.splits["train"], encoder)
    prepared = Prepared(data, task, base, encoder, training, found, deepcopy(writer.record.data))
    _count_examples(prepared, writer)
    return prepared


def _load(config: FinetuneConfig) -> LoadedData:
    seed = config.data.seed_of_split(config.run.seed)
    return load(config.data, task=config.task.kind, seed=seed, offline=config.run.offline)


def _find_base(config: FinetuneConfig) -> Base:
    return find_base(config.model.base, revision=config.model.revision, offline=config.run.offline)


def _fit_task(config: FinetuneConfig, data: LoadedData) -> Task:
    return make_task(config.task, data.splits, data.schema.label_columns, metric=config.training.metric)


def _share(known: Prepared, config: FinetuneConfig, writer: RunWriter) -> Prepared:
    """Write down what another run has read as if it had been read here."""
    _check_same_data(known.data, config.data, writer)
    _check_same_base(known.base, writer)
    writer.record.data = deepcopy(dict(known.facts))
    _write_audit(known.audit, writer)
    _count_examples(known, writer)
    writer.save()
    return known


def _write_audit(found: Audit, writer: RunWriter) -> None:
    if writer.active:
        write_json(writer.folder.audit, found.to_json())
    writer.tell("audit", {"audit": found})


def _count_examples(prepared: Prepared, writer: RunWriter) -> None:
    rows = prepared.training.rows
    writer.record.training["truncated_rows"] = rows.truncated_rows
    writer.record.training["truncated_tokens"] = rows.truncated_tokens
    writer.record.training["examples"] = len(rows)


def _augmented(data: LoadedData, config: FinetuneConfig, lexicon: BaseLexicon, writer: RunWriter) -> LoadedData:
    """Put changed copies behind the training rows, and write down how many."""
    seed = config.run.seed
    with writer.stage("data", "adding changed copies of the training rows"):
        found = augment(
            data, config.augmentation, lexicon=lexicon, seed=seed, audit_seed=config.data.seed_of_split(seed)
        )
    writer.record.data["augmentation"] = found.to_json()
    writer.tell("augmentation", writer.record.data["augmentation"])
    writer.save()
    return found.data


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
        seed=config.data.seed_of_split(config.run.seed),
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


def _check_same_data(data: LoadedData, config: DataConfig, writer: RunWriter) -> None:
    """Refuse to go on with other rows: a resumed run must have read the same."""
    begun = writer.record.data.get("fingerprint")
    if begun is not None and begun != data.fingerprint:
        raise RunError(
            "the data has changed since the run was begun",
            where=config.source,
            remedy="Put the data back as it was, or start a new run.",
        )


def _take_fingerprint(data: LoadedData, config: DataConfig, writer: RunWriter) -> None:
    """Write down what was read."""
    _check_same_data(data, config, writer)
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
