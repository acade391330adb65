"""Rows of several runs answered together: those that can be mixed in batches of all, the others run by run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from accent.errors import UserError
from accent.inference.hosted import Hosted, Mix, Row, Served
from accent.inference.mixing import Part
from accent.inference.predictor import Predictor
from accent.tasks import Examples

__all__ = ["Answer", "answered", "windows_by_cost"]

Answer = dict[str, Any]


def windows_by_cost(rows: Sequence[tuple[Hosted, Row]], *, tokens: int) -> Iterator[Sequence[tuple[Hosted, Row]]]:
    """Yield rows in windows of about so many tokens, in their order."""
    start = held = 0
    for place, (hosted, row) in enumerate(rows):
        cost = hosted.cost(row) if hosted.complaint(row) is None else 0
        if held and held + cost > tokens:
            yield rows[start:place]
            start, held = place, 0
        held += cost
    if start < len(rows):
        yield rows[start:]


def answered(
    rows: Sequence[tuple[Hosted, Row]], *, ready: Callable[[Hosted], Served], batch_tokens: int
) -> list[Answer]:
    """Return one answer a row; `ready` brings a run into memory."""
    answers: list[Answer] = [{} for _ in rows]
    mixed: dict[tuple[Any, ...], list[_Encoded]] = {}
    for asked in _by_run(rows, answers):
        encoded = _encoded_or_answered(asked, answers, ready)
        if encoded is not None:
            mixed.setdefault(encoded.company, []).append(encoded)
    for company in mixed.values():
        _answer_mixed(sorted(company, key=lambda one: one.asked.hosted.name), answers, batch_tokens=batch_tokens)
    return answers


@dataclass(frozen=True)
class _Asked:
    """The rows of one run, and where they stand among all."""

    hosted: Hosted
    places: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def give(self, answers: list[Answer], own: Sequence[Answer]) -> None:
        """Put the run's answers where its rows stand."""
        for place, answer in zip(self.places, own, strict=True):
            answers[place] = answer

    def refuse(self, answers: list[Answer], complaint: str) -> None:
        """Say of each of the run's rows why it is not answered."""
        self.give(answers, [{"error": complaint} for _ in self.places])


@dataclass(frozen=True)
class _Encoded:
    """The rows of a run that can be mixed."""

    asked: _Asked
    predictor: Predictor
    mix: Mix
    examples: Examples

    @property
    def company(self) -> tuple[Any, ...]:
        """What the runs of one mix have in common: layers, the token that fills batches, and what is read of texts."""
        return id(self.mix.trunk), self.examples.pad_id, self.examples.rows.type_ids is None


def _by_run(rows: Sequence[tuple[Hosted, Row]], answers: list[Answer]) -> list[_Asked]:
    """Return each run's rows; those of which there is a complaint get it as their answer."""
    found: dict[int, _Asked] = {}
    for place, (hosted, row) in enumerate(rows):
        complaint = hosted.complaint(row)
        if complaint is not None:
            answers[place] = {"error": complaint}
            continue
        asked = found.setdefault(id(hosted), _Asked(hosted))
        asked.places.append(place)
        asked.rows.append(row)
    return list(found.values())


def _encoded_or_answered(asked: _Asked, answers: list[Answer], ready: Callable[[Hosted], Served]) -> _Encoded | None:
    """Encode the rows of a run that can be mixed; answer those of another, whose model is held no longer than that."""
    try:
        served = ready(asked.hosted)
    except UserError:  # which says where the files are, and that is not for those who ask
        asked.refuse(answers, "the run was put out of memory, and its files cannot be read any more")
        return None
    try:
        if served.mix is not None:
            return _Encoded(asked, served.predictor, served.mix, served.predictor.examples(asked.rows))
        asked.give(answers, list(served.predictor.answers(asked.rows)))
    except UserError as error:  # such as settings of writing that leave no room for a row
        asked.refuse(answers, error.what)
    return None


def _answer_mixed(company: Sequence[_Encoded], answers: list[Answer], *, batch_tokens: int) -> None:
    """Run the layers once for the rows of all, and each run's own top for its rows."""
    first = company[0]
    parts = [Part(one.examples, one.mix.additions, one.mix.cut) for one in company]
    said = first.mix.trunk.activations(parts, batch_tokens=batch_tokens)
    for one, activations in zip(company, said, strict=True):
        one.asked.give(answers, one.predictor.joined(replace(one.examples, activations=activations)))
