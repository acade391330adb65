"""`accent tune DATA`: searches for the settings that score best on validation rows."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.config import TuneConfig

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from accent.tuning import TuneOutcome

__all__ = ["VERB"]

_SHOWN = 10
"""Trials that are shown at the end; the page has all of them."""
_SAID = {"complete": "whole", "pruned": "given up"}


def _run(config: TuneConfig, console: Console) -> int:
    from accent.tuning import tune

    shown = _Trials(console)
    try:
        with shown:
            outcome = tune(config, listen=shown)
    except KeyboardInterrupt:
        if shown.folder is not None:
            console.tell(f"what was tried is kept. To go on:\n  {_resume_command(shown.folder)}")
        raise
    return _finish(outcome, console)


def _finish(outcome: TuneOutcome, console: Console) -> int:
    """Print the best trials, the winner's scores and what to type next; return the exit code."""
    console.document({"folder": outcome.folder, "ended": outcome.ended, "best": outcome.best, **outcome.summary})
    if outcome.interrupted:
        console.tell(f"interrupted; what was tried is kept. To go on:\n  {_resume_command(str(outcome.folder))}")
        return 130
    if outcome.ended == "shared":
        console.tell("other processes have trials under way; the last of them scores the winner")
    if not (console.quiet or console.json):
        console.show(*_parts(outcome))
    return 0


def _parts(outcome: TuneOutcome) -> Iterator[Any]:
    from accent.cli.tables import score_parts

    summary = outcome.summary
    yield f"\ntrials: {_counts(summary)}; the best first, by {summary['metric']}"
    yield _table(summary)
    if outcome.scores:
        yield from score_parts(outcome.scores)
    yield f"\nreport  {outcome.folder / 'tune.html'}"
    if outcome.best is not None:
        yield f"model   {outcome.best / 'model'}"
        yield f"next    accent predict {shlex.quote(str(outcome.best))} 'a text'"


def _counts(summary: Mapping[str, Any]) -> str:
    states = summary["totals"]["states"]
    return ", ".join(f"{count} {_word(state)}" for state, count in states.items())


def _table(summary: Mapping[str, Any]) -> Table:
    """Return the best trials, each with its settings; it fits in 80 columns."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in (("trial", "right"), ("score", "right"), ("", "left"), ("epochs", "right")):
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column("settings", overflow="fold")
    sign = 1 if summary["lower_is_better"] else -1
    judged = [one for one in summary["trials"] if one["score"] is not None and one["state"] in _SAID]
    judged.sort(key=lambda one: (one["state"] != "complete", sign * float(one["score"]), one["number"]))
    for one in judged[:_SHOWN]:
        score = f"{float(one['score']):.4f}"
        table.add_row(
            str(one["number"]), score, _word(one["state"]), f"{one['epochs']:.3g}", _settings(one["settings"])
        )
    return table


class _Trials:
    """A listener: a line for each trial that ends and, on a terminal, one for the trial under way."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._asked = 0
        self._best: float | None = None
        self._lower = False
        self.folder: str | None = None
        """The search's folder, once it is known."""
        self._handlers: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "search": self._on_search,
            "stage": lambda fields: console.tell(f"{fields['what']} ..."),
            "warning": lambda fields: console.tell(f"warning: {fields['what']}\n  {fields['remedy']}"),
            "trial": self._on_trial,
            "trial update": self._on_update,
            "trial end": self._on_end,
            "trial lost": lambda fields: console.tell(f"trial {fields['number']} was lost with its process"),
        }

    def __enter__(self) -> _Trials:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_away()

    def __call__(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Show one event; kinds without a display pass by."""
        if kind == "search":
            self.folder = str(fields["folder"])
        handler = self._handlers.get(kind)
        if handler is not None and not self._console.quiet:
            handler(fields)

    def _on_search(self, fields: Mapping[str, Any]) -> None:
        self._asked, self._lower = int(fields["trials"]), bool(fields["lower_is_better"])
        self._console.tell(f"{self._asked} trials, judged by {fields['metric']} on validation rows, in {self.folder}")

    def _on_trial(self, fields: Mapping[str, Any]) -> None:
        if self._console.messages.is_terminal and not self._console.messages.is_dumb_terminal:
            from rich.live import Live

            self._live = Live(f"trial {fields['number']} ...", console=self._console.messages, auto_refresh=False)
            self._live.start()

    def _on_update(self, fields: Mapping[str, Any]) -> None:
        if self._live is not None:
            told = f"trial {fields['number']}  update {fields['update']}/{fields['updates']}"
            self._live.update(told, refresh=True)

    def _on_end(self, fields: Mapping[str, Any]) -> None:
        """Tell a trial in two lines at most: what it reached, and with which values."""
        self._take_away()
        place = f"trial {fields['number'] + 1:3}/{self._asked}"
        if fields["state"] not in _SAID:
            self._console.tell(f"{place}  {fields['state']}: {fields['error'] or 'interrupted'}")
            return
        score = float(fields["score"])
        reached = f"{score:.4f}  {_word(fields['state'])} at epoch {fields['epochs']:.3g}, {fields['seconds']:.0f} s"
        self._console.tell(
            f"{place}  {reached}{self._star(score, fields['state'])}\n    {_settings(fields['settings'])}"
        )

    def _star(self, score: float, state: str) -> str:
        better = self._best is None or (score < self._best if self._lower else score > self._best)
        if state != "complete" or not better:
            return ""
        self._best = score
        return "  best"

    def _take_away(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def _settings(settings: Mapping[str, Any]) -> str:
    """Return a trial's values on one line."""
    return "  ".join(f"{name} {_value(value)}" for name, value in settings.items())


def _value(value: Any) -> str:
    return f"{value:.3g}".replace("e-0", "e-") if isinstance(value, float) else str(value).lower()


def _word(state: str) -> str:
    return _SAID.get(state, state)


def _resume_command(folder: str) -> str:
    return f"accent tune --resume {shlex.quote(folder)}"


VERB = Verb(
    name="tune",
    help=(
        "Search for the settings that score best on validation rows. Trials that lag behind are given up early; the "
        "winner's model is scored once on test rows. The same command goes on where it ended, and several processes "
        "may share one --output. Needs: pip install 'accent[tune]'."
    ),
    examples=(
        "accent tune reviews.csv --trials 20 --output runs/search",
        "accent tune reviews.csv --space 'learning_rate=1e-5..1e-3 log' --trials 8",
    ),
    config=TuneConfig,
    run=_run,
    arguments=(Argument(name="data", metavar="DATA"),),
    metavars={"space": "NAME=VALUES"},
)
