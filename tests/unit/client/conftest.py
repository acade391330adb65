"""Connections to this machine, which tests of a client need, and servers that follow a script."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Reply = tuple[int, Any, dict[str, str]]
RUNS = {"runs": [{"name": "a", "task": "classification", "pair": False, "streams": False}]}


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let connections to this machine through, and no others."""

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] == "127.0.0.1", address
        super(socket.socket, self).connect(address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.delenv("ACCENT_TOKEN", raising=False)


@dataclass
class Script:
    """A server that answers requests in turn: `replies` for POST, what `runs` is for GET /runs."""

    replies: list[Reply | Callable[[Any], Reply]] = field(default_factory=list)
    runs: Reply = (200, RUNS, {})
    asked: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    hang_up: int = 0
    """Requests at which the connection is closed without an answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, content: Any, headers: dict[str, str]) -> Reply:
        self.headers.append(headers)
        if method == "GET":
            return self.runs
        self.asked.append(content)
        reply = self.replies.pop(0) if self.replies else echo
        return reply(content) if callable(reply) else reply


def echo(content: Any) -> Reply:
    """Answer each text with itself."""
    return 200, {"run": content["run"], "answers": [{"label": text} for text in content["text"]]}, {}


@pytest.fixture
def script() -> Iterator[Script]:
    told = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if told.hang_up:
                told.hang_up -= 1
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content, more = told.answer(self.command, json.loads(body) if body else None, headers)
            sent = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(sent))} | more).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _do

        def log_message(self, format: str, *arguments: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        server.shutdown()
        thread.join()
