"""A connection: patience with a busy server, what is lost in between, and errors in the server's words."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from accent.client import Address, Connection, RefusedError
from accent.errors import ConfigError, RunError
from tests.unit.client.conftest import Script

BUSY = {"error": {"what": "too many rows wait", "where": None, "remedy": "Ask again later."}}


def connection(script: Script, token: str | None = None, **settings: float) -> Connection:
    return Connection(Address.parse(script.url, token), **settings)


def ask(script: Script, **settings: float) -> object:
    with connection(script, **settings) as opened:
        return opened.ask("POST", "/predict", {"run": "a", "text": ["x"]})


def test_a_busy_server_is_asked_again_when_it_says(script: Script):
    script.replies = [(429, BUSY, {"Retry-After": "1"}), (503, b"<html>", {})]
    started = time.monotonic()
    assert ask(script) == {"run": "a", "answers": [{"label": "x"}]}
    assert 1.1 < time.monotonic() - started < 3
    assert len(script.asked) == 3


def test_patience_ends(script: Script):
    script.replies = [(429, BUSY, {"Retry-After": "1"})] * 3
    with pytest.raises(RunError, match="too many rows wait"):
        ask(script, patience=0.5)
    assert len(script.asked) == 2


def test_a_connection_that_was_closed_in_the_meantime_is_opened_anew(script: Script):
    with connection(script) as opened:
        opened.ask("GET", "/runs")
        script.hang_up = 1
        assert opened.ask("POST", "/predict", {"run": "a", "text": ["x"]}) == {"run": "a", "answers": [{"label": "x"}]}
        assert len(script.asked) == 1


def test_a_server_that_hangs_up_at_once_cannot_be_reached(script: Script):
    script.hang_up = 1
    with pytest.raises(RunError, match="no server can be reached"):
        ask(script)


def test_nobody_listens():
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # bound, and not listened on
    with pytest.raises(RunError, match="no server can be reached: connection refused") as caught:
        Connection(Address.parse(f"http://127.0.0.1:{taken.getsockname()[1]}")).ask("GET", "/runs")
    taken.close()
    assert "accent serve" in caught.value.remedy


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RunError, match="does not answer in time"):
        Connection(Address.parse(f"http://127.0.0.1:{silent.getsockname()[1]}"), timeout=0.2).ask("GET", "/runs")


@pytest.mark.parametrize(("token", "what"), [(None, "asks for a token"), ("wrong", "refuses the token")])
def test_a_token_that_is_missing_or_wrong(script: Script, token: str | None, what: str):
    script.runs = (401, {"error": {"what": "no token"}}, {})
    with pytest.raises(ConfigError, match=what) as caught, connection(script, token) as opened:
        opened.ask("GET", "/runs")
    assert "ACCENT_TOKEN" in caught.value.remedy
    assert script.headers[0].get("authorization") == (token and f"Bearer {token}")


def test_refusals_come_in_the_servers_words(script: Script):
    script.replies = [(422, {"error": {"what": "300 rows are more than 16", "where": "text", "remedy": "Fewer."}}, {})]
    with pytest.raises(RefusedError) as caught:
        ask(script)
    assert (caught.value.what, caught.value.remedy) == ("300 rows are more than 16", "Fewer.")
    assert caught.value.where == f"{script.url}, text"


@pytest.mark.parametrize(
    "reply", [(404, b"<h1>Not Found</h1>", {}), (302, b"", {"Location": "/x"}), (200, b"hello", {}), (500, b"[]", {})]
)
def test_another_kind_of_server_is_recognized(script: Script, reply: tuple[int, bytes, dict[str, str]]):
    script.runs = reply
    with pytest.raises(RunError, match="no server of Accent's"), connection(script) as opened:
        opened.ask("GET", "/runs")


def test_a_body_that_is_refused_before_it_was_read():
    """The server answers 413 after the head and closes; the client is still sending by then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        body = b'{"error": {"what": "the body is too large", "where": "body", "remedy": "Send less."}}'
        head = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)

        def refuse() -> None:
            opened, _ = server.accept()
            opened.recv(100)
            opened.sendall(head + body)
            opened.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            opened.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        with (
            pytest.raises(RefusedError, match="too large"),
            Connection(Address.parse(f"http://127.0.0.1:{server.getsockname()[1]}")) as opened,
        ):
            opened.ask("POST", "/predict", {"text": "x" * 20_000_000})
        thread.join()
