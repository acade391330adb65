"""Where a server is, and what it asks clients for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from accent.errors import ConfigError

__all__ = ["TOKEN_VARIABLE", "Address"]

TOKEN_VARIABLE = "ACCENT_TOKEN"
_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, kw_only=True)
class Address:
    """A server's address in parts."""

    url: str
    """As it was given."""
    host: str
    port: int | None
    """None for the usual one of its scheme."""
    path: str = ""
    """What stands before every route, where a proxy puts something there."""
    secure: bool = False
    """Whether it is https."""
    token: str | None = field(default=None, repr=False)
    """The bearer token."""

    @classmethod
    def parse(cls, url: str, token: str | None = None) -> Address:
        """Read `http://HOST[:PORT][/PATH]`, or https; without `token`, ACCENT_TOKEN is taken. Raises ConfigError."""
        parts = _split(url)
        if parts is None:
            remedy = "Give http:// or https:// with a host and, if need be, a port: http://127.0.0.1:8000"
            raise ConfigError(f"{url!r} is no server's address", where="--url", remedy=remedy)
        token = token or os.environ.get(TOKEN_VARIABLE) or None
        if token is not None and not _VISIBLE.fullmatch(token):
            remedy = "Give it as the server was given it, without spaces or line breaks."
            raise ConfigError("the token is not a word of visible ASCII characters", where="--token", remedy=remedy)
        return cls(
            url=url,
            host=str(parts.hostname),
            port=parts.port,
            path=parts.path.rstrip("/"),
            secure=parts.scheme == "https",
            token=token,
        )


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address, None where it is not one that can be asked."""
    try:
        parts = urlsplit(url)
        _ = parts.port, (parts.hostname or "").encode("idna")  # raises where they are no number and no name
    except ValueError:
        return None
    plain = not (parts.query or parts.fragment or parts.username or parts.password) and _VISIBLE.fullmatch(url)
    return parts if plain and parts.hostname and parts.scheme in ("http", "https") else None
