"""Whether low confidence gives away the rows that belong to none of the known classes.

Letters on arrays: N rows, R resamples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accent.evaluation.ranking import areas, label_rankings
from accent.evaluation.scores import Score
from accent.evaluation.together import bootstrap_together

__all__ = ["detection_auroc"]


def detection_auroc(
    confidence_in: npt.NDArray[np.floating],
    confidence_out: npt.NDArray[np.floating],
    *,
    seed: int,
    resamples: int = 1000,
) -> Score:
    """Return the area under the ROC curve of telling rows of known classes from out-of-scope ones by confidence.

    confidence_in and confidence_out (rows of each kind,) may be the highest probability or any number that is larger
    for a row that looks known. The area is the share of (known, out-of-scope) pairs in which the known row is the more
    confident one, a half for a tie: 0.5 says nothing, 1 tells all apart. n counts both kinds, and both are resampled
    together. At 0 and 1 the interval is Wilson's bound on the smaller kind. ValueError where a kind has no rows, or a
    number is NaN. Source: Hendrycks and Gimpel, 2017, arXiv:1610.02136.
    """
    known_N, strange_N = _checked("confidence_in", confidence_in), _checked("confidence_out", confidence_out)
    is_known_N = np.arange(len(known_N) + len(strange_N)) < len(known_N)
    ranked = label_rankings(is_known_N[:, None], np.concatenate([known_N, strange_N])[:, None])
    fewest = float(min(len(known_N), len(strange_N)))
    found = bootstrap_together(
        lambda weights_NR: {"auroc": areas(ranked, weights_NR)},
        len(is_known_N),
        seed=seed,
        resamples=resamples,
        trials={"auroc": fewest},
    )
    return found["auroc"]


def _checked(name: str, confidence: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    confidence_N = np.asarray(confidence, dtype=np.float64)
    if confidence_N.ndim != 1 or not len(confidence_N) or np.isnan(confidence_N).any():
        raise ValueError(f"{name} must be (rows,) with at least one row and no NaN, not {confidence_N.shape}")
    return confidence_N
