"""Addresses as users write them."""

from __future__ import annotations

import pytest

from accent.client import Address
from accent.errors import ConfigError


def test_an_address_in_parts():
    found = Address.parse("https://models.example:8443/accent/", "s3cret")
    assert (found.host, found.port, found.path, found.secure) == ("models.example", 8443, "/accent", True)
    assert found.token == "s3cret"
    assert "s3cret" not in repr(found)
    assert Address.parse("http://[::1]:80").host == "::1"
    assert Address.parse("http://localhost").port is None


@pytest.mark.parametrize(
    "url",
    ["localhost:8000", "127.0.0.1", "ftp://a", "http://", "http://a:x", "http://a:70000", "http://a/?b=c", "http://a b",
     "http://me:word@a", "http://a/#b", "http://a\r\nX: y", "http://ä",
     "http://a..b", f"http://{'a' * 64}.example"],
)  # fmt: skip
def test_what_is_no_address_is_said_at_once(url: str):
    with pytest.raises(ConfigError, match="no server's address"):
        Address.parse(url)


def test_the_token_comes_from_the_variable_where_none_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCENT_TOKEN", "from-there")
    assert Address.parse("http://a").token == "from-there"
    assert Address.parse("http://a", "given").token == "given"
    monkeypatch.setenv("ACCENT_TOKEN", "")
    assert Address.parse("http://a").token is None


def test_a_token_that_would_break_the_header_is_refused():
    with pytest.raises(ConfigError, match="visible ASCII"):
        Address.parse("http://a", "b\r\nX-Other: c")
