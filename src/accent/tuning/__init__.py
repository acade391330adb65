"""Search: which settings score best on validation rows. Optuna lives here, and is loaded with the first search."""

from __future__ import annotations

from importlib.util import find_spec

from accent.config import TuneConfig
from accent.errors import ConfigError
from accent.recipes import Listen, ignore
from accent.tuning.outcome import TuneOutcome

__all__ = ["TuneOutcome", "tune"]


def tune(config: TuneConfig, *, listen: Listen = ignore) -> TuneOutcome:
    """Try settings until as many trials have ended as asked for; score the best one's model once on test.

    The same output folder goes on where it ended, after kill -9 too; several processes may share one, or one storage.
    Raises ConfigError where Optuna is missing or the space does not fit, and the errors of fine-tuning before anything
    is trained.
    """
    if find_spec("optuna") is None:
        raise ConfigError(
            "a search needs the package optuna, which is not installed", remedy="Install it: pip install 'accent[tune]'"
        )
    from accent.tuning.searching import search

    return search(config, listen=listen)
