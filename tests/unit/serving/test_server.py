"""The address, the host and what must be installed: what is told before the first client comes."""

from __future__ import annotations

import gc
import socket
from pathlib import Path
from typing import Any, cast

import pytest

from accent import serving
from accent.config import PlaceConfig, ServeConfig
from accent.errors import ConfigError
from accent.serving import make_app, make_host, serve, server
from accent.serving.connections import most_connections
from accent.serving.server import bind, url_of
from tests.servers import FakeHost, FakeRun


def config(**settings: Any) -> ServeConfig:
    return ServeConfig(targets=("a",), **settings)


def test_a_port_in_use_is_told_before_anything_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = FakeHost()
        with pytest.raises(ConfigError) as caught:
            serve(config(port=taken.getsockname()[1]), cast(Any, host))
    assert "in use" in caught.value.what
    assert host.loads == []


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", "x" * 300, "é.invalid"])
def test_an_address_that_is_not_this_machines(host: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind(config(host=host, port=0))
    assert "cannot be listened on" in caught.value.what


def test_where_it_is_reached() -> None:
    with bind(config(port=0)) as address:
        assert url_of(address) == f"http://127.0.0.1:{address.getsockname()[1]}"


def test_others_who_can_reach_it_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCENT_TOKEN", raising=False)
    told: list[str] = []

    class Stopped(Exception):  # noqa: N818
        pass

    def listen(kind: str, fields: Any) -> None:
        told.append(kind)
        if kind == "serving":
            assert gc.get_freeze_count() > 10_000, "the collector passes over what stays"
            raise Stopped

    for settings, expected in (
        ({"host": "0.0.0.0"}, ["warning", "serving"]),
        ({"host": "0.0.0.0", "token": "sesame-1"}, ["serving"]),
        ({}, ["serving"]),
    ):
        told.clear()
        with pytest.raises(Stopped):
            serve(config(port=0, **settings), cast(Any, FakeHost({"a": FakeRun("a")})), listen)
        assert told == expected
    assert gc.get_freeze_count() == 0


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "uvicorn" else name)
    for call in (lambda: serve(config(), cast(Any, None)), lambda: make_app(cast(Any, None), config())):
        with pytest.raises(ConfigError) as caught:
            call()
        assert "uvicorn, which is not installed" in caught.value.what
        assert "accent[serve]" in caught.value.remedy


def test_a_token_that_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCENT_TOKEN", "schlüssel")
    with pytest.raises(ConfigError, match="visible ASCII"):
        make_app(cast(Any, FakeHost()), config())


@pytest.mark.parametrize(("token", "allow", "what"), [("a b", None, "visible"), ("ab", "nowhere", "no folder nowhere")])
def test_wrong_settings_are_told_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch, token: str, allow: str | None, what: str
) -> None:
    monkeypatch.setenv("ACCENT_TOKEN", token)
    host = FakeHost()
    with pytest.raises(ConfigError, match=what):
        serve(config(port=0, allow=allow), cast(Any, host))
    assert host.loads == []


@pytest.mark.parametrize("offline", [False, True])
def test_the_base_of_a_run_is_fetched_before_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offline: bool
) -> None:
    fetched: list[tuple[str, str | None, bool]] = []
    host = FakeHost()

    def fetch(target: str, *, base: str | None, offline: bool) -> None:
        assert host.loads == []
        fetched.append((target, base, offline))

    def stop(kind: str, fields: Any) -> None:
        if kind == "serving":
            raise KeyboardInterrupt

    monkeypatch.setattr(server, "fetch_base", fetch)
    (tmp_path / "accent.json").touch()
    asked = ServeConfig(targets=(f"a={tmp_path}",), port=0, base="b", run=PlaceConfig(offline=offline))
    with pytest.raises(KeyboardInterrupt):
        serve(asked, cast(Any, host), stop)
    assert fetched == [(str(tmp_path), "b", offline)]
    assert host.loads == [("a", str(tmp_path))]


def test_who_listens_later_is_told_that_the_address_is_gone() -> None:
    with bind(config(port=0)) as ours:
        same = config(port=ours.getsockname()[1])
        with bind(same) as theirs:
            theirs.listen()
            with pytest.raises(ConfigError, match="in use"):
                server.Server(cast(Any, FakeHost()), same).answer(ours)


def test_connections_leave_files_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = config().limits
    for soft, expected in ((256, 128), (100_000, 1024), (-1, 1024), (10, 1)):
        monkeypatch.setattr("resource.getrlimit", lambda _, soft=soft: (soft, soft))
        assert most_connections(limits) == expected


def test_a_host_is_made_of_the_configuration() -> None:
    host = make_host(config(precision="fp32", batch_tokens=99, memory="2MB", base="b"))
    assert (host._precision, host._batch_tokens, host._memory, host._base) == ("fp32", 99, 2_000_000, "b")
