"""What oneDNN, which multiplies matrices on a CPU, may remember.

It makes code for every size of matrices and by default keeps 1,024 pieces of it. Batches of texts have hundreds of
sizes: forwards and backwards that came to several gigabytes in a long run, and with 64 pieces nothing takes longer
(docs/LOG.md). An update's layers all have the same sizes, so that its pieces are still there for the next layer.
"""

from __future__ import annotations

import os

__all__ = ["bound_onednn_cache"]

_CAPACITY = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
_PIECES = "64"


def bound_onednn_cache() -> None:
    """Let oneDNN keep few pieces of code, unless the user says how many. It takes note with its first product."""
    os.environ.setdefault(_CAPACITY, _PIECES)
