"""Shows what a recipe tells: a bar and a table on a terminal, one line an evaluation elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from types import TracebackType
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console
from accent.cli.reading import Reading

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

__all__ = ["Progress"]

_MOST_SCORES = 5
"""Validation scores in a line, at most."""
_ROOM, _NARROWEST = 51, 10
"""Columns that 80 leave for validation scores beside the training loss, and of one of them at least."""
_LARGE = 1000.0
"""Values from which on one digit behind the point is enough."""
_FIRST = ("loss", "accuracy", "f1", "f1_macro", "matthews", "roc_auc")
"""Scores that are shown before others."""
_WINDOW = 20
"""Updates over which loss and speed are averaged."""
_CARRIED = ("kept", "renamed", "added", "removed")
_SPLITS = {"train": "to train on", "validation": "for validation"}
_LEFT_OUT = {
    "unchanged": "of rows in which nothing can change",
    "repeated": "equal to a row or to another copy",
    "leaking": "copies or near copies of validation or test rows",
}
"""Why a changed copy is not learned from."""
_MOST_LABELS = 4
"""Labels of the base's head that are named one by one."""
_REDRAW = 0.1
"""Seconds between redraws of the bar."""


class Progress:
    """A listener for recipes. Use it as a context manager, so that the bar is taken away however the run ends."""

    def __init__(self, console: Console) -> None:
        """Show on `console`'s messages; nothing is drawn before the first event."""
        self._console = console
        self._live: Live | None = None
        self._facts: dict[str, Any] = {"update": 0, "updates": 0}
        self._recent: deque[Mapping[str, Any]] = deque(maxlen=_WINDOW)
        self._drawn = 0.0
        self._headed = False
        self._reading = Reading(console)
        self._unit = "rows"
        self.folder: str | None = None
        """The run folder, once the recipe has said where it is."""
        self._handlers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "run": self._on_run,
            "stage": self._on_stage,
            "progress": self._reading.show,
            "note": self._on_note,
            "data": self._on_data,
            "corpus": self._on_corpus,
            "augmentation": self._on_augmentation,
            "audit": self._on_audit,
            "base": self._on_base,
            "rate": self._on_rate,
            "start": self._on_start,
            "update": self._on_update,
            "budget": self._on_budget,
            "evaluation": self._on_evaluation,
            "warning": self._on_warning,
            "end": self._on_end,
        }

    def __enter__(self) -> Progress:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away, so that what follows starts on a line of its own."""
        self._take_away()

    def __call__(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Show one event; kinds without a display pass by."""
        if kind != "progress":
            self._reading.end()
        handler = self._handlers.get(kind)
        if handler is not None and (kind == "run" or not self._console.quiet):
            handler(fields)

    def _on_run(self, fields: Mapping[str, Any]) -> None:
        self.folder = str(fields["folder"])

    def _on_stage(self, fields: Mapping[str, Any]) -> None:
        self._console.tell(f"{fields['what']} ...")

    def _on_note(self, fields: Mapping[str, Any]) -> None:
        self._console.tell(f"  {fields['what']}")

    def _on_data(self, fields: Mapping[str, Any]) -> None:
        rows = ", ".join(f"{count:,} {name}" for name, count in fields["rows"].items())
        self._console.tell(f"rows: {rows}")
        for note in fields.get("notes", ()):
            self._console.tell(f"  {note}")
        for step, changed in fields.get("cleaning", {}).items():
            self._console.tell(f"  {step} changed {changed:,} rows")

    def _on_corpus(self, fields: Mapping[str, Any]) -> None:
        facts, self._unit = fields["corpus"], "blocks"
        splits = [f"{facts[name]['tokens']:,} tokens {use}" for name, use in _SPLITS.items() if facts[name]]
        self._console.tell(f"corpus: {facts['documents']:,} documents, {', '.join(splits)}")
        if facts["duplicates"]:
            self._console.tell(f"  {facts['duplicates']:,} documents that stand in it twice were dropped")
        for name in facts["left_out"]:
            self._console.tell(f"  left out, a test split: {name}")
        for note in facts["notes"]:
            self._console.tell(f"  {note}")

    def _on_augmentation(self, fields: Mapping[str, Any]) -> None:
        added = ", ".join(f"{count:,} by {name}" for name, count in fields["added"].items())
        self._console.tell(f"  changed copies added: {added}")
        for why, count in fields["left_out"].items():
            self._console.tell(f"  changed copies left out: {count:,}, {_LEFT_OUT[why]}")

    def _on_audit(self, fields: Mapping[str, Any]) -> None:
        """Show warnings; errors that stop the run are shown as errors."""
        for finding in fields["audit"].findings:
            if finding.severity == "warning":
                self._console.tell(f"warning: {finding.what}\n  {finding.remedy}")

    def _on_base(self, fields: Mapping[str, Any]) -> None:
        load = fields["load"]
        new = ", ".join(load["new"]) or "nothing"
        self._console.tell(f"base: {fields['name']}, {fields['parameters']:,} parameters")
        self._console.tell(f"  {load['loaded']} tensors loaded, {len(load['discarded'])} discarded, new: {new}")
        if load.get("labels"):
            self._console.tell(f"  labels: {_carried(load['labels'])}")

    def _on_rate(self, fields: Mapping[str, Any]) -> None:
        self._console.tell(f"learning rate: {fields['learning_rate']:g}, {fields['reason']}")

    def _on_start(self, fields: Mapping[str, Any]) -> None:
        self._facts = dict(fields)
        self._recent.clear()  # of a sweep's run before
        begin = f", from update {fields['update']}" if fields["update"] else ""
        self._console.tell(
            f"{fields['updates']:,} updates of {fields['batch_size']} {self._unit} over "
            f"{fields['rows']:,} {self._unit}, {fields['epochs']:.3g} epochs, {fields['precision']}{begin}"
        )
        if self._console.messages.is_terminal and not self._console.messages.is_dumb_terminal:
            from rich.live import Live

            self._live = Live(console=self._console.messages, auto_refresh=False, redirect_stdout=False)
            self._live.start()

    def _on_update(self, fields: Mapping[str, Any]) -> None:
        self._recent.append(fields)
        self._facts |= {"update": fields["update"], "epoch": fields["epoch"], "rate": fields["learning_rate"]}
        now = time.monotonic()
        last = fields["update"] == self._facts["updates"]
        if self._live is not None and (last or now - self._drawn >= _REDRAW):
            self._drawn = now
            self._live.update(self._bar(), refresh=True)

    def _on_budget(self, fields: Mapping[str, Any]) -> None:
        """Say that the run got another end; it counts towards that one from now on."""
        self._facts["updates"] = fields["updates"]
        self._console.tell(f"update {fields['update']}: {fields['updates']:,} updates fit into the time budget")

    def _on_evaluation(self, fields: Mapping[str, Any]) -> None:
        scores = _shown(fields["scores"])
        best = "best" if fields["best"] else ""
        training = self._mean("loss")
        if self._live is None:
            values = "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
            place = f"update {fields['update']}/{self._facts['updates']}  epoch {fields['epoch']:.2f}"
            speed = f"{self._speed(self._counted):,.0f} {self._counted}/s"
            self._console.tell(f"{place}  training loss {training:.4f}  {values}  {speed}  {best}".rstrip())
            return
        if not self._headed:
            self._headed = True
            self._console.tell(f"{'':14}training | validation")
            names = "".join(f"{name:>{_width(name)}}" for name in scores)
            self._console.tell(f" update  epoch    loss |{names}")
        values = "".join(f"{_digits(value):>{_width(name)}}" for name, value in scores.items())
        self._console.tell(f"{fields['update']:7}  {fields['epoch']:5.2f}  {training:6.4f} |{values}  {best}".rstrip())

    def _on_warning(self, fields: Mapping[str, Any]) -> None:
        remedy = f"\n  {fields['remedy']}" if fields["remedy"] else ""
        self._console.tell(f"warning at update {fields['update']}: {fields['what']}{remedy}")

    def _on_end(self, fields: Mapping[str, Any]) -> None:
        self._take_away()
        self._console.tell(f"training ended at update {fields['update']}: {fields['reason']}")

    @property
    def _counted(self) -> str:
        """What speed is counted in: blocks of running text are of any length, and their tokens tell more."""
        return "tokens" if self._unit == "blocks" else "rows"

    def _take_away(self) -> None:
        self._reading.end()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _bar(self) -> RenderableType:
        """Draw the bar and, on a second line, what is measured: both fit in 80 columns."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        update, updates = self._facts["update"], self._facts["updates"]
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column()
        line.add_column(ratio=1)
        line.add_column(justify="right")
        epoch = f"epoch {self._facts['epoch']:.2f}/{self._facts['epochs']:.3g}"
        line.add_row(
            f"{update}/{updates}", ProgressBar(total=updates, completed=update), f"{epoch}, {self._left()} left"
        )
        measured = f"loss {self._mean('loss'):.4f}  rate {self._facts['rate']:.2e}"
        tokens = f"{self._speed('tokens'):,.0f} tokens/s"
        if self._counted == "tokens":
            return Group(line, f"{measured}  {tokens}")
        rows, padding = f"{self._speed('rows'):,.0f} rows/s", f"padding {self._mean('padding'):.1%}"
        return Group(line, f"{measured}  {rows}  {tokens}  {padding}")

    def _left(self) -> str:
        seconds = self._mean("seconds") * (self._facts["updates"] - self._facts["update"])
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def _mean(self, name: str) -> float:
        """Return the mean over the latest updates; a skipped update's loss that is not a number stays visible."""
        values = [float(fields[name]) for fields in self._recent]
        return sum(values) / len(values) if values else float("nan")

    def _speed(self, name: str) -> float:
        seconds = sum(fields["seconds"] for fields in self._recent)
        return sum(fields[name] for fields in self._recent) / seconds if seconds else 0.0


def _carried(labels: Mapping[str, Sequence[str]]) -> str:
    """Return what became of the labels of the base's own head: how many of each kind, and the first few of them."""
    return ", ".join(f"{len(labels[kind])} {kind}{_first_few(labels[kind])}" for kind in _CARRIED if labels[kind])


def _first_few(labels: Sequence[str]) -> str:
    more = ", ..." if len(labels) > _MOST_LABELS else ""
    return f" ({', '.join(labels[:_MOST_LABELS])}{more})"


def _shown(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores that there is room for, the usual ones first."""
    names = [name for name in _FIRST if name in scores] + [name for name in scores if name not in _FIRST]
    widths = accumulate(map(_width, names))
    fitting = [name for name, width in zip(names, widths, strict=True) if width <= _ROOM]
    return {name: scores[name] for name in fitting[:_MOST_SCORES]}


def _width(name: str) -> int:
    return max(_NARROWEST, len(name) + 2)


def _digits(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= _LARGE else f"{value:.4f}"
