"""Finds the known name that a mistyped one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the name in `known` that is most like `name`, `None` where none is like it.

    Case, dashes and underscores make no difference. Likeness is Jaro-Winkler's, which weighs the first letters most,
    as people do.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import JaroWinkler

    found = process.extractOne(
        name, list(known), processor=_plain, scorer=JaroWinkler.normalized_similarity, score_cutoff=0.75
    )
    return found[0] if found else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
