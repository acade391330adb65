"""Who may ask: the bearer token, and what keeps a page of another site from asking through a user's browser."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping

from accent.config import ServeConfig
from accent.config.serving import LOOPBACK, is_token
from accent.errors import ConfigError
from accent.serving.refusals import RefusedError

__all__ = ["Access", "is_open_to_all", "token_of"]

_OPEN = frozenset({"/", "/health", "/ready"})
"""Paths that tell nothing: a watchdog asks for them, and the page asks for the token itself."""
_BEARER = b"bearer "


def token_of(config: ServeConfig) -> str | None:
    """Return the token that clients must show: the configured one, or ACCENT_TOKEN. ConfigError where it is none."""
    token = config.token or os.environ.get("ACCENT_TOKEN")
    if token and not is_token(token):
        what, remedy = "the token holds more than visible ASCII characters", "Give a word without spaces."
        raise ConfigError(what, where="ACCENT_TOKEN", remedy=remedy)
    return token or None


def is_open_to_all(config: ServeConfig) -> bool:
    """Tell whether other machines can ask, and need no token."""
    return config.host not in LOOPBACK and token_of(config) is None


class Access:
    """Lets a request in, or says why not."""

    def __init__(self, config: ServeConfig) -> None:
        """Take the token, and whether only this machine can ask."""
        token = token_of(config)
        self._token = None if token is None else token.encode()
        self._home = self._token is None and config.host in LOOPBACK

    def check(self, path: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise RefusedError: 401 without the token, 403 for what a browser was made to send by another site.

        A server for this machine alone, without a token, is asked by its own names only: a site whose name has come to
        mean 127.0.0.1 (DNS rebinding) gives another.
        """
        if path in _OPEN:
            return
        if self._home and _host(headers.get(b"host", b"")) not in LOOPBACK:
            raise RefusedError(
                403,
                "host",
                "the server is asked under a name that is not this machine's",
                where="Host",
                remedy="Ask for 127.0.0.1 or localhost; behind a proxy, give the server a token.",
            )
        if headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site"):
            what, remedy = "a page of another site asks", "Ask from the server's own page, or from a program."
            raise RefusedError(403, "origin", what, where="Sec-Fetch-Site", remedy=remedy)
        if self._token is not None and not self._shown(headers.get(b"authorization", b"")):
            refused = RefusedError(
                401,
                "token",
                "no token, or the wrong one",
                where="Authorization",
                remedy="Send the header Authorization: Bearer TOKEN.",
            )
            refused.headers = {"www-authenticate": "Bearer"}
            raise refused

    def _shown(self, header: bytes) -> bool:
        """Compare in a time that does not tell how much was right."""
        given = header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else b""
        return self._token is not None and hmac.compare_digest(given, self._token)


def _host(header: bytes) -> str:
    """Return a Host header without its port: 127.0.0.1 of 127.0.0.1:8000, ::1 of [::1]:8000."""
    text = header.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if ":" in text else text
