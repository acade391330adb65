"""A server in this process on a free port, a host that needs no model, and clients that reach it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from accent.config import RequestLimitsConfig, ServeConfig
from accent.errors import RunError
from accent.inference import Host
from accent.serving.server import Server, bind

__all__ = ["FakeHost", "FakeRun", "ask", "connect", "exchange", "read_all", "served", "serving", "until"]

Row = tuple[str, str | None]


@dataclass(eq=False)
class FakeRun:
    """A run whose answer to a text is its own name and the text's length."""

    name: str
    task: str = "classification"
    labels: tuple[str, ...] = ("neg", "pos")
    pair: bool | None = False
    strategy: str = "lora"
    base: str = "builtin:minilm"
    shared: bool = True
    loaded: bool = True
    memory: int = 1000
    streams: bool = False

    def complaint(self, row: Row) -> str | None:
        return None if row[0].strip() else "the text is empty"

    def cost(self, row: Row) -> int:
        return 2 + len(row[0]) // 4 + len(row[1] or "") // 4

    def answer(self, row: Row) -> dict[str, Any]:
        return {"label": self.name, "score": 1.0, "scores": {self.name: 1.0, "length": float(len(row[0]))}}


@dataclass
class FakeHost:
    """What the server asks of a host. `gate` holds its answers back; a text of "poison" makes it fail."""

    served: dict[str, FakeRun] = field(default_factory=dict)
    row_seconds: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)
    calls: list[list[tuple[str, Row]]] = field(default_factory=list)
    loads: list[tuple[str, str]] = field(default_factory=list)
    pieces: int = 3
    piece_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.gate.set()

    def load(self, name: str, target: str | Path) -> FakeRun:
        self.loads.append((name, str(target)))
        if not (Path(target) / "accent.json").exists():
            raise RunError("no accent.json in the folder", where=str(target), remedy="Give the folder of a run.")
        return FakeRun(name)

    def put(self, run: FakeRun) -> None:
        if run.name in self.served:
            raise RunError("in use", remedy="Give another.")
        self.served = {**self.served, run.name: run}

    def remove(self, name: str) -> FakeRun:
        if name not in self.served:
            raise RunError("unknown", remedy="Give another.")
        found = self.served[name]
        self.served = {other: run for other, run in self.served.items() if other != name}
        return found

    def runs(self) -> tuple[FakeRun, ...]:
        return tuple(self.served.values())

    def find(self, name: str) -> FakeRun | None:
        return self.served.get(name)

    def answers(self, rows: Sequence[tuple[FakeRun, Row]]) -> list[dict[str, Any]]:
        self.calls.append([(run.name, row) for run, row in rows])
        self.gate.wait(30)
        time.sleep(self.row_seconds * len(rows))
        if any(row[0] == "poison" for _, row in rows):
            raise ValueError("/secret/place failed")
        return [run.answer(row) for run, row in rows]

    def stream(self, run: FakeRun, text: str) -> Iterator[str]:
        for number in range(self.pieces):
            time.sleep(self.piece_seconds)
            if text == "poison" and number:
                raise ValueError("/secret/place failed")
            yield f" {run.name}{number}"


@dataclass
class Served:
    """A server that runs, and where it is."""

    server: Server
    port: int
    token: str | None = None


@contextmanager
def serving(
    host: FakeHost | Host | None = None, *, limits: RequestLimitsConfig | None = None, **settings: Any
) -> Iterator[Served]:
    """Run a server on a thread until the block ends; it must end by itself then."""
    config = ServeConfig(
        targets=("none",), port=0, limits=limits or RequestLimitsConfig(shutdown_timeout="5s"), **settings
    )
    server = Server(cast(Host, FakeHost({"a": FakeRun("a")}) if host is None else host), config)
    address = bind(config)
    port = address.getsockname()[1]
    thread = threading.Thread(target=server.answer, args=(address,), daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield Served(server, port, config.token)
    finally:
        server.should_exit = True
        thread.join(20)
        address.close()
    assert not thread.is_alive()


def served(port: int) -> http.client.HTTPConnection:
    """Return a connection of http.client to a server on this machine."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.sock = connect(port)
    return client


def connect(port: int) -> socket.socket:
    """Return a socket to a server on this machine: the one connection that tests may open."""
    opened = socket.socket()
    opened.settimeout(30)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        super(socket.socket, opened).connect(("127.0.0.1", port))
    except OSError:
        opened.close()
        raise
    return opened


def ask(
    port: int, path: str, body: object = None, *, method: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Send one request and return its status and document; `body` is what becomes JSON, or bytes as they are."""
    client = served(port)
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} if content is not None else {}
    try:
        client.request(method or ("GET" if content is None else "POST"), path, content, {**sent, **(headers or {})})
        response = client.getresponse()
        text = response.read()
    finally:
        client.close()
    return response.status, json.loads(text) if text[:1] in (b"{", b"[") else text


def exchange(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send bytes as they are and return all that comes back until the server closes."""
    opened = connect(port)
    try:
        for part in parts:
            opened.sendall(part)
            time.sleep(pause)
        return read_all(opened)
    finally:
        opened.close()


def read_all(opened: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    came = b""
    while True:
        try:
            part = opened.recv(1 << 16)
        except ConnectionResetError:
            return came
        if not part:
            return came
        came += part


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.002)
