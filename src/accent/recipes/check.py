"""Check: audit a data set before anything is trained on it."""

from __future__ import annotations

from pathlib import Path

from accent.config import READ_IN_WINDOWS, CheckConfig
from accent.data import Audit, audit, load
from accent.modeling import find_base
from accent.recipes.listening import Listen, ignore
from accent.records import write_json
from accent.tokenization import Encoder, load_tokenizer

__all__ = ["check"]


def check(config: CheckConfig, *, listen: Listen = ignore) -> Audit:
    """Return what the audit finds; with `--output` it also stands in audit.json there."""
    listen("stage", {"what": "reading the data"})
    seed = config.data.seed_of_split(config.run.seed)
    data = load(config.data, task=config.task, seed=seed, offline=config.run.offline)
    base = find_base(config.model.base, revision=config.model.revision, offline=config.run.offline)
    encoder = Encoder(load_tokenizer(base.folder), config.max_length)
    listen("stage", {"what": "auditing the data"})
    found = audit(
        data,
        allow=config.data.allow,
        lengths=encoder.lengths,
        max_length=encoder.max_length,
        windows=config.task in READ_IN_WINDOWS,
        seed=seed,
    )
    if config.run.output is not None:
        write_json(Path(config.run.output) / "audit.json", found.to_json())
    return found
