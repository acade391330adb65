"""Objectives: what to learn from text without labels, alone or joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from accent.errors import ConfigError
from accent.objectives.chance import Chance
from accent.objectives.clm import Clm
from accent.objectives.corruption import Corruption
from accent.objectives.distillation import LessonWeights, TaughtModel, lesson_loss
from accent.objectives.embeddings import start_embeddings
from accent.objectives.mixture import Mixture
from accent.objectives.mlm import Mlm, Wwm
from accent.objectives.model import PretrainingModel
from accent.objectives.pairs import Nsp, Sop
from accent.objectives.protocol import Context, Objective, Outputs, Prepared, Tally, Text
from accent.objectives.rtd import Rtd
from accent.objectives.span import Span
from accent.objectives.symbols import Symbols
from accent.objectives.tlm import Tlm

__all__ = [
    "OBJECTIVES",
    "Chance",
    "Clm",
    "Context",
    "Corruption",
    "LessonWeights",
    "Mixture",
    "Mlm",
    "Nsp",
    "Objective",
    "Outputs",
    "Prepared",
    "PretrainingModel",
    "Rtd",
    "Sop",
    "Span",
    "Symbols",
    "Tally",
    "TaughtModel",
    "Text",
    "Tlm",
    "Wwm",
    "lesson_loss",
    "make_mixture",
    "start_embeddings",
]

OBJECTIVES: Mapping[str, Callable[[float], Objective]] = {
    "mlm": Mlm,
    "wwm": Wwm,
    "span": Span,
    "nsp": lambda _: Nsp(),
    "sop": lambda _: Sop(),
    "rtd": Rtd,
    "clm": Clm,
    "tlm": Tlm,
}
"""Every objective by its `kind`, made from the share of tokens that it hides."""


def make_mixture(
    name: str,
    *,
    family: str = "bert",
    rate: float = 0.15,
    length: int = 128,
    dynamic: bool = True,
    apart: bool = False,
) -> Mixture:
    """Make the objectives that are joined by + in `name`, such as mlm+nsp, for a family of models.

    `rate` is the share of the tokens that is hidden, `length` that of a full row in tokens, `dynamic` whether every
    epoch hides others, `apart` whether documents of a row do not see one another. Raises ConfigError for a name that is
    not known and objectives that cannot be joined.
    """
    names = name.split("+")
    unknown = next((one for one in names if one not in OBJECTIVES), None)
    if unknown is not None:
        raise ConfigError(
            f"no objective is called {unknown!r}",
            where="objective",
            remedy=f"Take some of these, joined with +: {', '.join(OBJECTIVES)}.",
        )
    if not 0 < rate < 1:
        raise ConfigError(f"the mask rate is {rate}", where="mask_rate", remedy="Give a share above 0 and below 1.")
    writes = family in Corruption.families
    made = [Corruption(rate) if writes and one == Span.kind else OBJECTIVES[one](rate) for one in names]
    return Mixture(made, places_a_row=max(1, round(rate * length)), dynamic=dynamic, apart=apart)
