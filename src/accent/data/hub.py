"""Data sets from the Hub, read through `datasets` and stored like files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import datasets
import huggingface_hub
import pyarrow as pa
from datasets.exceptions import DatasetNotFoundError

from accent.data.readers.columnar import as_rows, text_schema
from accent.data.reading import Rows
from accent.data.sources import HubSource, no_such_file
from accent.data.store import Facts, Write, find, key_of, store
from accent.data.vocabulary import SPLIT_NAMES
from accent.errors import DataError

__all__ = ["read_hub"]


def read_hub(source: HubSource, *, offline: bool) -> dict[str, Rows]:
    """Return the rows by split of a data set on the Hub; splits with other names than train, validation, test are left.

    With `offline` only what is cached here already is used and no socket is opened. Raises DataError where the data
    set does not exist, is not cached, has several configurations and none was named, or cannot be reached.
    """
    loaded = _load(source, offline=offline)
    found: dict[str, Rows] = {}
    for name, dataset in loaded.items():
        split = SPLIT_NAMES.get(str(name).lower())
        if split is not None and split not in found:
            found[split] = _rows(f"hub:{source.name}/{name}", dataset)
    if not found:
        raise DataError(
            f"no split called train, validation or test among {', '.join(map(str, loaded))}",
            where=source.name,
            remedy="Save the split that you want as a file and give that.",
        )
    return found


def _load(source: HubSource, *, offline: bool) -> dict[str, datasets.Dataset]:
    try:
        with _offline(offline):
            return dict(datasets.load_dataset(source.name, source.configuration))
    except DatasetNotFoundError as error:
        raise _not_found(source, offline=offline) from error
    except ValueError as error:
        raise DataError(
            str(error).strip().splitlines()[0],
            where=source.name,
            remedy=f"Name a configuration: {source.name}:CONFIGURATION.",
        ) from error
    except OSError as error:
        # requests', httpx' and datasets' own offline error are all OSError's children.
        raise _not_found(source, offline=offline) from error


def _not_found(source: HubSource, *, offline: bool) -> DataError:
    local = no_such_file(source.name)
    if offline:
        what = "no such file or folder, and no cached data set of that name (the network is off)"
        remedy = f"{local.remedy} Or run once without --offline to fetch it from the Hub."
    else:
        what = "no such file or folder, and no data set of that name could be fetched from the Hub"
        remedy = f"{local.remedy} For a data set on the Hub check its name and the network."
    return DataError(what, where=source.name, remedy=remedy)


@contextmanager
def _offline(offline: bool) -> Iterator[None]:
    """Turn off the network in both libraries; they read their switch at import, so the switches themselves are set."""
    switches = [(datasets.config, "HF_HUB_OFFLINE"), (huggingface_hub.constants, "HF_HUB_OFFLINE")]
    before = [getattr(module, name) for module, name in switches]
    try:
        for module, name in switches if offline else []:
            setattr(module, name, True)
        yield
    finally:
        for (module, name), value in zip(switches, before, strict=True):
            setattr(module, name, value)


def _rows(name: str, dataset: datasets.Dataset) -> Rows:
    schema = dataset.features.arrow_schema
    key = key_of(hub=dataset._fingerprint)
    table = find(key) or store(key, text_schema(schema), lambda write: _fill(dataset, schema, write))
    return Rows(name=name, key=key, digest=dataset._fingerprint, table=table)


def _fill(dataset: datasets.Dataset, schema: pa.Schema, write: Write) -> Facts:
    tables = dataset.with_format("arrow").iter(batch_size=10_000)
    batches = (batch for table in tables for batch in table.cast(schema).to_batches())
    for batch in as_rows(batches, schema):
        write(batch)
    return {"notes": []}
