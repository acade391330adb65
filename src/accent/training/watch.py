"""Warnings while a model learns, each told once, with what to do: from the losses and scores that the loop sees anyway.

The rules are plain comparisons of means over 50 updates, and of evaluations with those before, loose enough to keep
silent on runs that are merely noisy. The watch's state is small and stands in every checkpoint, so that a resumed run
tells what it would have told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Advice", "Evaluation", "Watch"]

WINDOW = 50
"""Updates whose mean loss is compared."""
SHORT = 10
"""Updates that say how a run begins, and that suffice where the loss has doubled."""
PARTING = 3
"""Evaluations that show which way training and validation go."""
_STILL = 0.02
"""A loss that has fallen by a smaller share of its start has not fallen."""
_HARDLY = 0.1
"""A loss that has fallen by a smaller share over a whole run has hardly moved."""
_RETURN = 0.3
"""A loss that rises from its lowest by this share of its start has come back."""
_DOUBLE, _FIFTH, _ERRORS = 2.0, 1.2, 3.0
_MOSTLY, _TWICE = 0.9, 2
_FAR, _WORSE = 0.1, 0.02
"""Parted losses are further apart than this share, parted scores than this."""
_PERFECT, _ENOUGH = 0.999, 50
"""A score from here on, over so many rows, is rather a leak than a success."""
_BOUNDED = ("accuracy", "exact_match", "exact", "f1", "f1_micro")
"""Scores of which 1 is the best, to look at where the run's own is a loss."""


@dataclass(frozen=True)
class Advice:
    """What is odd, and what to do."""

    what: str
    remedy: str


@dataclass
class Evaluation:
    """What one evaluation says, and the mean training loss since the one before."""

    training: float
    loss: float | None
    score: float
    """The score that chooses checkpoints, turned so that more is better."""


@dataclass(kw_only=True)
class Watch:
    """What losses and scores were like so far, and what the user has been told of them."""

    metric: str = ""
    """The score that chooses the best checkpoint."""
    lower_is_better: bool = False
    """Whether less of it is better."""
    rows: int = 0
    """Validation rows."""
    fresh: bool = True
    """Whether the model begins with a new head, and so with everything to learn."""
    max_grad_norm: float | None = None
    """The norm beyond which gradients are scaled down."""
    told: list[str] = field(default_factory=list)
    """Rules that have spoken."""
    updates: int = 0
    """Updates with a finite loss."""
    first: list[float] = field(default_factory=list)
    """Losses of the first WINDOW updates."""
    recent: list[float] = field(default_factory=list)
    """Losses of the last WINDOW updates."""
    clipped: list[bool] = field(default_factory=list)
    """Whether their gradients were scaled down."""
    lowest: float = math.inf
    """The lowest mean loss of WINDOW updates so far."""
    since: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """The sum of losses since the last evaluation, and their number."""
    evaluations: list[Evaluation] = field(default_factory=list)
    """The last PARTING of them."""
    alike: int = 0
    """Evaluations in a row in which the model said one thing of all rows."""

    def updated(self, loss: float, grad_norm: float, *, share: float) -> list[Advice]:
        """Take in an update's loss and gradient norm; `share` of the run is done. Return what is to be told now."""
        if not math.isfinite(loss):
            return []
        self.updates += 1
        self.first = [*self.first, loss][:WINDOW]
        self.recent = [*self.recent, loss][-WINDOW:]
        is_clipped = self.max_grad_norm is not None and grad_norm > self.max_grad_norm
        self.clipped = [*self.clipped, is_clipped][-WINDOW:]
        self.since = [self.since[0] + loss, self.since[1] + 1.0]
        if self.updates >= WINDOW:
            self.lowest = min(self.lowest, _mean(self.recent))
        return self._ask(_OF_UPDATES, share)

    def evaluated(self, scores: Mapping[str, float], *, share: float) -> list[Advice]:
        """Take in validation scores after `share` of the run, and return what is to be told now."""
        score = scores.get(self.metric, math.nan)
        training = self.since[0] / self.since[1] if self.since[1] else math.nan
        found = Evaluation(training, scores.get("loss"), -score if self.lower_is_better else score)
        self.evaluations = [*self.evaluations, found][-PARTING:]
        self.since = [0.0, 0.0]
        self.alike = self.alike + 1 if _says_one_thing(scores) else 0
        return self._ask(_OF_SCORES, scores, share)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {
            "told": list(self.told),
            "updates": self.updates,
            "first": self.first,
            "recent": self.recent,
            "clipped": self.clipped,
            "lowest": None if math.isinf(self.lowest) else self.lowest,
            "since": self.since,
            "evaluations": [[one.training, one.loss, one.score] for one in self.evaluations],
            "alike": self.alike,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the state of a checkpoint."""
        self.told = list(state["told"])
        self.updates, self.alike = int(state["updates"]), int(state["alike"])
        self.first, self.recent = list(state["first"]), list(state["recent"])
        self.clipped, self.since = list(state["clipped"]), list(state["since"])
        self.lowest = math.inf if state["lowest"] is None else float(state["lowest"])
        self.evaluations = [
            Evaluation(float(training), None if loss is None else float(loss), float(score))
            for training, loss, score in state["evaluations"]
        ]

    def _ask(self, rules: Mapping[str, Callable[..., Advice | None]], *facts: Any) -> list[Advice]:
        """Return what the rules that have not spoken yet say; later ones know what earlier ones said."""
        found = []
        for name, rule in rules.items():
            advice = rule(self, *facts) if name not in self.told else None
            if advice is not None:
                self.told.append(name)
                found.append(advice)
        return found


def _rate_too_high(watch: Watch, _: float) -> Advice | None:
    """The loss has risen or come back to where it began, or stays there under gradients that are all clipped."""
    remedy = "Lower --learning-rate, to a third say, or warm up longer (--warmup-ratio 0.1)."
    if (risen := _risen(watch)) is not None:
        start, now = risen
        return Advice(f"the loss has risen from {start:.3f} to {now:.3f}: the learning rate may be too high", remedy)
    if watch.updates < 2 * WINDOW:
        return None
    start, now = _mean(watch.first), _mean(watch.recent)
    if now > watch.lowest + _RETURN * start:
        what = f"the loss has come back from {watch.lowest:.3f} to {now:.3f}: the learning rate may be too high"
        return Advice(what, remedy)
    if watch.fresh and now > (1.0 - _STILL) * start and _mean(watch.clipped) >= _MOSTLY:
        what = f"gradients are clipped in {_mean(watch.clipped):.0%} of the updates and the loss stays at {now:.3f}"
        return Advice(f"{what}: the learning rate may be too high", remedy)
    return None


def _risen(watch: Watch) -> tuple[float, float] | None:
    """Return the mean loss at first and now, where it has soon doubled or later risen by a fifth, beyond chance."""
    begun, late = watch.first[:SHORT], watch.recent[-SHORT:]
    if watch.updates >= 2 * SHORT and _is_rise(begun, late, _DOUBLE):
        return _mean(begun), _mean(late)
    if watch.updates >= WINDOW and _is_rise(begun, watch.recent, _FIFTH):
        return _mean(begun), _mean(watch.recent)
    return None


def _is_rise(before: list[float], after: list[float], factor: float) -> bool:
    """Tell whether the mean is more than `factor` times what it was, and 3 standard errors more."""
    error = math.sqrt(_variance(before) / len(before) + _variance(after) / len(after))
    return _mean(after) > max(factor * _mean(before), _mean(before) + _ERRORS * error)


def _nothing_learned(watch: Watch, share: float) -> Advice | None:
    """A new head's loss is after a quarter of the run, and 100 updates, where it began."""
    if not watch.fresh or watch.updates < 2 * WINDOW or share < 1 / 4 or "rate too high" in watch.told:
        return None
    start, now = _mean(watch.first), _mean(watch.recent)
    if now <= (1.0 - _STILL) * start:
        return None
    fallen = "hardly" if now < start else "not"
    return Advice(
        f"the loss has {fallen} fallen in {watch.updates} updates: {start:.3f} at first, {now:.3f} now",
        "See that the labels fit the texts (accent check DATA), raise --learning-rate, or let more weights move.",
    )


def _rate_too_low(watch: Watch, share: float) -> Advice | None:
    """At the end of the run a new head's loss is still on its way down, and has hardly moved."""
    if not watch.fresh or share < 1.0 or watch.updates < 2 * WINDOW or watch.told:
        return None
    start, now = _mean(watch.first), _mean(watch.recent)
    if now < (1.0 - _HARDLY) * start or now > (1.0 + _STILL) * watch.lowest:
        return None
    return Advice(
        f"the loss has hardly moved in the whole run, from {start:.3f} to {now:.3f}: the learning rate may be too low",
        "Raise --learning-rate, threefold say, or train longer with --epochs.",
    )


def _one_answer(watch: Watch, scores: Mapping[str, float], share: float) -> Advice | None:
    """Two evaluations in a row, or the last one, find one answer for all rows, where that is not right."""
    is_soon = share < 1.0 and (watch.updates < WINDOW or watch.alike < _TWICE)
    if not watch.alike or is_soon or scores.get("accuracy", 0.0) >= 1.0:
        return None
    one = "commonest_answer" in scores
    return Advice(
        "one class is predicted for all validation rows" if one else "nothing is found in the validation rows",
        "Train longer or raise --learning-rate; if the loss fell and came back, lower it. Where classes are rare, try "
        "--class-weights balanced.",
    )


def _parted(watch: Watch, _scores: Mapping[str, float], _: float) -> Advice | None:
    """Training loss falls from evaluation to evaluation while validation gets worse, by its loss and by its score."""
    if len(watch.evaluations) < PARTING:
        return None
    first, second, third = watch.evaluations
    if not first.training > second.training > third.training:
        return None
    if not (second.score <= first.score and third.score < first.score):
        return None
    what = f"validation has been getting worse while the training loss fell to {third.training:.3f}"
    if first.loss is None or second.loss is None or third.loss is None:
        if third.score > first.score - _WORSE:
            return None
    else:
        if not first.loss < second.loss < third.loss or third.loss < (1.0 + _FAR) * first.loss:
            return None
        what = f"the validation loss has risen from {first.loss:.3f} to {third.loss:.3f} while the training loss fell"
    return Advice(
        f"{what}: the model learns its rows by heart",
        "The best checkpoint is kept. To end sooner: --early-stopping 2. Against it: more rows, --dropout 0.2, "
        "--weight-decay 0.1, fewer --epochs, or a strategy that moves less.",
    )


def _too_good(watch: Watch, scores: Mapping[str, float], _: float) -> Advice | None:
    """A validation score that leaves nothing to be desired, over rows enough not to be luck."""
    name = next((one for one in _BOUNDED if one in scores), "") if watch.lower_is_better else watch.metric
    score = scores.get(name, 0.0)
    if watch.rows < _ENOUGH or score < _PERFECT:
        return None
    return Advice(
        f"{name} is {score:.3f} on {watch.rows:,} validation rows, which is suspiciously good",
        "Look for a leak: copies across splits (accent check DATA), or texts that hold their label.",
    )


_OF_UPDATES: Mapping[str, Callable[[Watch, float], Advice | None]] = {
    "rate too high": _rate_too_high,
    "nothing learned": _nothing_learned,
    "rate too low": _rate_too_low,
}
_OF_SCORES: Mapping[str, Callable[[Watch, Mapping[str, float], float], Advice | None]] = {
    "one answer": _one_answer,
    "parted": _parted,
    "too good": _too_good,
}


def _says_one_thing(scores: Mapping[str, float]) -> bool:
    """Tell whether all rows got one answer; where they may get several or none, whether nothing was found."""
    if "commonest_answer" in scores:
        return scores["commonest_answer"] >= 1.0
    return next((scores[name] == 0.0 for name in ("f1_micro", "f1") if name in scores), False)


def _variance(values: list[float]) -> float:
    mean = _mean(values)
    return _mean([(value - mean) ** 2 for value in values])


def _mean(values: list[float] | list[bool]) -> float:
    return sum(values) / len(values) if values else math.nan
