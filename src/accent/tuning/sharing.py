"""What trials share: the rows as they were read, audited and encoded, once for each base and length."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.recipes import Listen
from accent.recipes.assembling import Setup, make_plan
from accent.recipes.preparing import Prepared, prepare
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder
from accent.training import BatchPlan, World

__all__ = ["Shared", "plan_of"]

MOST = 4
"""Ways of reading the rows that are kept in memory."""


class Shared:
    """Reads the rows of a trial, or finds them where an earlier one had the same rows, base, task and lengths."""

    def __init__(self, listen: Listen) -> None:
        """Remember nothing yet; `listen` hears what is read."""
        self._listen = listen
        self._known: OrderedDict[tuple[Any, ...], Prepared] = OrderedDict()

    def of(self, config: FinetuneConfig) -> Prepared:
        """Return what a run with this configuration reads; raises the errors of data, audit and base."""
        key = _key(config)
        if key not in self._known:
            self._known[key] = self._read(config)
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return self._known[key]

    def _read(self, config: FinetuneConfig) -> Prepared:
        self._listen("stage", {"what": "reading and auditing the data"})
        nowhere = RunWriter(
            RunFolder(Path()), Record(command=[], config={}, seed=config.run.seed), None, self._listen, active=False
        )
        prepared = prepare(config, nowhere)
        self._listen("data", prepared.facts)
        self._listen("audit", {"audit": prepared.audit})
        return prepared


def plan_of(config: FinetuneConfig, prepared: Prepared) -> BatchPlan:
    """Return which rows would stand in which update of a run."""
    return make_plan(Setup(config=config, prepared=prepared, world=World(), precision=config.training.precision))


def _key(config: FinetuneConfig) -> tuple[Any, ...]:
    """Return what `prepare` looks at."""
    return (
        config.data,
        config.augmentation,
        config.task,
        config.long_texts,
        (config.model.base, config.model.revision),
        (config.training.max_length, config.training.metric),
        config.run.seed,
    )
