"""Named streams of chance from one seed.

Each use of chance takes its own stream, named after what it is for, so that adding one moves no other and a resumed
run needs no saved generator state: a stream is a pure function of (seed, name, indices).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["derive", "generator"]


def derive(seed: int, name: str, *indices: int) -> int:
    """Return a seed of 63 bits for the stream `name` at `indices`, such as (epoch, update)."""
    text = "/".join([str(seed), name, *map(str, indices)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(seed: int, name: str, *indices: int) -> np.random.Generator:
    """Return NumPy's generator (PCG64) for the stream `name` at `indices`."""
    import numpy as np

    return np.random.default_rng(derive(seed, name, *indices))
