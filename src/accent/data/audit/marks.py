"""What can be told from one text alone: whether it is empty, and whether it still wears a CSV cell's quotes."""

from __future__ import annotations

import unicodedata

__all__ = ["has_loose_quotes", "is_blank", "is_quoted"]

_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def is_blank(text: str) -> bool:
    """Return whether nothing of the text can be seen: no character, or only spaces, controls and zero widths."""
    if text and text[0].isalnum():
        return False
    return all(unicodedata.category(letter) in _INVISIBLE for letter in text)


def has_loose_quotes(text: str) -> bool:
    """Return whether double quotes stand in the text otherwise than CSV writes a cell: there they are letters."""
    return '"' in text and not is_quoted(text)


def is_quoted(text: str) -> bool:
    """Return whether the text stands in double quotes and any quote inside is doubled, as CSV writes a cell."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':  # noqa: PLR2004 - two quotes
        return False
    return '"' not in text[1:-1].replace('""', "")
