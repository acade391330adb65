"""Paths as users type them."""

from __future__ import annotations

import os.path
from pathlib import Path

__all__ = ["typed_path"]


def typed_path(text: str | Path) -> Path:
    """Return a path with a leading ~ or ~user in full; one of a user who is not there stays as it is typed."""
    return Path(os.path.expanduser(text))
