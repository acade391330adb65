"""What a record must not tell: a password in the URL of a database, which a command may hold."""

from __future__ import annotations

import re

__all__ = ["has_lost_password", "without_password"]

MASK = "***"
_IN_URL = re.compile(r"(://[^:/@]*:).*(?=@)")
"""Up to the last @: a password may hold : / and @."""
_IN_QUERY = re.compile(r"([?&](?:password|passwd|pwd)=)[^&]*")


def without_password(text: str) -> str:
    """Return a URL, or a word that may hold one, as it may be shown and kept."""
    return _IN_QUERY.sub(rf"\g<1>{MASK}", _IN_URL.sub(rf"\g<1>{MASK}", text))


def has_lost_password(url: str) -> bool:
    """Tell whether `without_password` has put its mask into the URL."""
    return "://" in url and MASK in url and without_password(url) == url
