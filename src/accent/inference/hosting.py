"""Many runs at once: those on one base share its weights and their batches, the others stand side by side.

A run is mixed with others where its layers are the base's but for what it adds to them, see `accent.inference.mixing`.
The rest are answered by their own predictor: models with a decoder, models that write, and weights that moved within
the layers. Whole models may be put out of memory where they are too many, and come back when they are asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import torch

from accent.errors import RunError, UserError
from accent.inference.additions import Additions
from accent.inference.answering import Answer, answered, windows_by_cost
from accent.inference.hosted import Hosted, Mix, Row, Served
from accent.inference.predictor import Predictor
from accent.inference.rebuilding import find_own_base
from accent.inference.settings import Settings, find_model, read_settings
from accent.inference.sharing import Encoders, SharedBase, SharedBases, bytes_of, differs_by_additions
from accent.modeling import Anatomy, Cut, probe_precision, settle_matrices

__all__ = ["Host"]

_Made = TypeVar("_Made")
_BATCHES_AT_ONCE = 8
"""Batches whose rows are sorted by length together; what the layers say of all of them is held at once."""


class Host:
    """The runs that are served, by name.

    One thread at a time asks for answers; others may load, put and remove runs meanwhile. A run that was removed still
    answers those who hold it.
    """

    def __init__(
        self,
        *,
        precision: str = "auto",
        batch_tokens: int = 4096,
        memory: int | None = None,
        base: str | None = None,
        device: str | torch.device | None = None,
    ) -> None:
        """Take what `Predictor.load` takes, and the bytes that whole models may hold together, one alone any number.

        Over it, those that were asked longest ago are put out.
        """
        self._batch_tokens = batch_tokens
        self._memory = memory
        self._base = base
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._precision = _apart(lambda: probe_precision(self._device).choice) if precision == "auto" else precision
        self._bases = SharedBases(self._device, self._precision)
        self._encoders = Encoders()
        self._runs: dict[str, Hosted] = {}
        self._whole: OrderedDict[str, Hosted] = OrderedDict()  # whole models, the one asked longest ago first
        self._names = threading.Lock()
        self._loading = threading.Lock()
        self._answering = threading.Lock()

    def load(self, name: str, target: str | Path) -> Hosted:
        """Read a run from its folder or its model folder; it is served from `put` on.

        Raises RunError and BaseModelError as `Predictor.load` does.
        """
        folder = find_model(target)
        settings = read_settings(folder)
        with self._loading:
            if settings.saved == "whole":
                self._make_room(sum(file.stat().st_size for file in folder.glob("*.safetensors")))
            return _apart(lambda: Hosted(name, folder, settings, self._read(folder, settings)))

    def put(self, hosted: Hosted) -> None:
        """Serve a run under its name. Raises RunError where another has it."""
        with self._names:
            if hosted.name in self._runs:
                raise RunError(
                    f"a run called {hosted.name} is served already",
                    remedy="Give it another name, or remove the other one first.",
                )
            self._runs = {**self._runs, hosted.name: hosted}
        self._keep(hosted)

    def remove(self, name: str) -> Hosted:
        """Serve a run no more, and return it. Raises RunError where there is none of this name."""
        with self._names:
            if name not in self._runs:
                raise RunError(f"no run is called {name}", remedy="Ask for the list of runs that are served.")
            hosted = self._runs[name]
            self._runs = {other: run for other, run in self._runs.items() if other != name}
            self._whole.pop(name, None)
            return hosted

    def runs(self) -> tuple[Hosted, ...]:
        """Return the runs that are served, in the order in which they were put."""
        return tuple(self._runs.values())

    def find(self, name: str) -> Hosted | None:
        """Return the run of this name, or None."""
        return self._runs.get(name)

    def answers(self, rows: Sequence[tuple[Hosted, Row]]) -> list[Answer]:
        """Answer rows of any runs, in their order, each as its run alone does.

        A row that cannot be answered gives `{"error": "..."}`.
        """
        found: list[Answer] = []
        with self._answering:
            for window in windows_by_cost(rows, tokens=_BATCHES_AT_ONCE * self._batch_tokens):
                found += answered(window, ready=self._ready, batch_tokens=self._batch_tokens)
        return found

    def stream(self, hosted: Hosted, text: str) -> Iterator[str]:
        """Yield the text that goes on from a text piece by piece; between two of them others are answered.

        Raises ConfigError where the run's task is not one that streams.
        """
        with self._answering:
            pieces = self._ready(hosted).predictor.stream(text)
        while True:
            with self._answering:
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    def _ready(self, hosted: Hosted) -> Served:
        """Return a run's model, read anew where it was put out of memory."""
        served = hosted.served
        if served is None:
            with self._loading:
                self._make_room(hosted.size)
                served = hosted.served = self._read(hosted.folder, hosted.settings)
                hosted.size = served.memory  # what it shares may have come or gone meanwhile
        self._keep(hosted)
        return served

    def _keep(self, hosted: Hosted) -> None:
        """Let a whole model be the one that was asked last; one that is not served lasts as long as who holds it."""
        with self._names:
            if hosted.shared or self._runs.get(hosted.name) is not hosted:
                return
            self._whole[hosted.name] = hosted
            self._whole.move_to_end(hosted.name)
        self._make_room(0, keep=hosted)

    def _make_room(self, size: int, *, keep: Hosted | None = None) -> None:
        """Put whole models out of memory, those asked longest ago first, until so many bytes more fit."""
        with self._names:
            for name in [name for name, hosted in self._whole.items() if hosted is not keep]:
                if self._memory is None or size + sum(one.memory for one in self._whole.values()) <= self._memory:
                    return
                self._whole.pop(name).served = None

    def _read(self, folder: Path, settings: Settings) -> Served:
        predictor = Predictor.load(
            folder,
            precision=self._precision,
            batch_tokens=self._batch_tokens,
            device=self._device,
            base=self._base,
            encoder=self._encoders.of(folder, settings),
        )
        model, base = predictor.model, self._shared_base(folder, settings)
        if base is None:
            settle_matrices(model, predictor.precision)
            return Served(predictor, bytes_of(model, without=set()))
        own = settings.saved == "changes" or settings.strategy.kind == "head"
        trunk = base.trunk(model, predictor.task.head) if own else None
        shared = base.adopt(model, changed=settings.saved == "changes")
        mix = None
        if trunk is not None and differs_by_additions(model, trunk, shared):
            mix = Mix(trunk, Additions.of(model), _cut_above_all(predictor))
            predictor.precision = "fp32"  # of what is left, bf16 saves less than turning its weights into it takes
        return Served(predictor, bytes_of(model, without=shared), mix, base)

    def _shared_base(self, folder: Path, settings: Settings) -> SharedBase | None:
        """Return the base that a run shares: the one that its changes or its head stand on, or that others hold."""
        if settings.saved == "whole" and settings.strategy.kind != "head":
            return self._bases.known(settings.base.digest)
        try:
            return self._bases.of(find_own_base(folder, settings, base=self._base, offline=True))
        except UserError:
            if settings.saved == "changes":
                raise
            return self._bases.known(settings.base.digest)


def _apart(work: Callable[[], _Made]) -> _Made:
    """Do what computes in a thread that ends with it.

    A thread that has multiplied matrices keeps helpers of its own for as long as it lives. Where all of them together
    are more than the processor's cores, OpenMP lets each wait asleep between two products, and then the one thread
    that answers takes 1.5 times as long.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _cut_above_all(predictor: Predictor) -> Cut:
    """Let a run's model take what the layers say from elsewhere."""
    anatomy = Anatomy.of(predictor.model, predictor.task.head)
    cut = Cut(predictor.model, anatomy, len(anatomy.layers))
    cut.attach()
    return cut
