"""The configuration of serving: which runs, where they are reached, and what one client may ask for."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Le, Len, Predicate, doc

from accent.config.paths import typed_path
from accent.config.quantities import bytes_of, seconds_of
from accent.config.runs import PlaceConfig
from accent.config.types import Amount, Duration, NonNegativeInt, PositiveInt, Precision, Text

__all__ = ["LOOPBACK", "RequestLimitsConfig", "ServeConfig", "is_run_name", "is_token", "named_folders"]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that only programs on the same machine reach."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOKEN = re.compile(r"[!-~]+")


def is_run_name(text: str) -> bool:
    """Tell whether a run can be served under this name: 1 to 64 letters, digits, dots, dashes and underscores."""
    return _NAME.fullmatch(text) is not None and text.strip(".") != ""


def is_token(text: str) -> bool:
    """Tell whether `text` can stand in a header as a bearer token: visible ASCII characters."""
    return _TOKEN.fullmatch(text) is not None


def named_folders(targets: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the name and the folder of each target: `NAME=FOLDER`, or a folder, which is named after itself.

    A folder of several runs' kind, such as `runs/a=b`, is a folder: what stands before its = is no name.
    """
    return [_named(target) for target in targets]


def _named(target: str) -> tuple[str, str]:
    name, equals, folder = target.partition("=")
    if equals and is_run_name(name):
        return name, folder
    return os.path.basename(os.path.abspath(typed_path(target))), target


Token = Annotated[str, Predicate(is_token), doc("a word of visible ASCII characters")]
Port = Annotated[NonNegativeInt, Le(65535)]


@dataclass(frozen=True, kw_only=True)
class RequestLimitsConfig:
    """What one client may ask for; beyond it the answer is a refusal, at once."""

    max_body: Amount = "4MB"
    """Bytes of one request's body, counted while it is read: 413 beyond."""
    max_rows: PositiveInt = 1024
    """Rows of one request: 422 beyond."""
    max_characters: PositiveInt = 100_000
    """Characters of one row: 422 beyond."""
    max_requests: PositiveInt = 64
    """Requests that are answered at one time: 429 beyond."""
    max_queue: PositiveInt = 4096
    """Rows that wait to be answered: 429 beyond."""
    max_connections: PositiveInt = 1024
    """Connections that are open at one time: 429 beyond."""
    request_timeout: Duration = "30s"
    """The time in which a request is answered: 504 beyond, and its rows are not computed any more."""
    body_timeout: Duration = "10s"
    """The time in which a request's head, and then its body, must be here: 408 beyond. A client that reads no more of
    its answer for as long is cut off."""
    shutdown_timeout: Duration = "30s"
    """The time in which requests that were taken are answered after Ctrl-C or SIGTERM."""

    @property
    def body_bytes(self) -> int:
        """`max_body` as a number."""
        return bytes_of(self.max_body)

    @property
    def request_seconds(self) -> float:
        """`request_timeout` as a number."""
        return seconds_of(self.request_timeout)

    @property
    def body_seconds(self) -> float:
        """`body_timeout` as a number."""
        return seconds_of(self.body_timeout)

    @property
    def shutdown_seconds(self) -> float:
        """`shutdown_timeout` as a number."""
        return seconds_of(self.shutdown_timeout)


@dataclass(frozen=True, kw_only=True)
class ServeConfig:
    """Answer over HTTP."""

    targets: Annotated[tuple[str, ...], Len(1)]
    """The runs to serve: a folder, which is named after itself, or NAME=FOLDER."""
    host: Text = "127.0.0.1"
    """The address to listen on; 0.0.0.0 is every address of this machine: set a token then."""
    port: Port = 8000
    """The port to listen on; 0 takes any that is free."""
    token: Token | None = None
    """What clients must show (Authorization: Bearer TOKEN); without it ACCENT_TOKEN, and without that nothing."""
    allow: Text | None = None
    """The folder that holds the runs which clients may load (POST /runs); without it they may load none."""
    memory: Amount | None = None
    """Memory that whole models, which share no base, may hold together, such as 4GB. Beyond it the one that was not
    asked for longest is put out, and loaded again when it is."""
    base: Text | None = None
    """A base that was moved: the same checkpoint in another place."""
    precision: Precision = "auto"
    """The dtype of matrix products; auto chooses for this processor."""
    batch_tokens: PositiveInt = 4096
    """Tokens in one batch of answers, padding counted."""
    limits: RequestLimitsConfig = field(default_factory=RequestLimitsConfig)
    """What one client may ask for."""
    run: PlaceConfig = field(default_factory=PlaceConfig)
    """Taken by every verb; serving writes nothing and nothing in it is random."""
