"""A password in a command's URL is not kept."""

from __future__ import annotations

import pytest

from accent.records.passwords import has_lost_password, without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:se:cret@host:5432/name", "postgresql://me:***@host:5432/name"),
        ("--storage=mysql+pymysql://me:p@ss/w@host/name", "--storage=mysql+pymysql://me:***@host/name"),
        ("postgresql://host/name?user=me&password=secret&x=1", "postgresql://host/name?user=me&password=***&x=1"),
    ],
)
def test_a_password_is_masked(url: str, shown: str) -> None:
    assert without_password(url) == shown == without_password(shown)
    assert has_lost_password(shown)
    assert not has_lost_password(url)


@pytest.mark.parametrize(
    "word", ["postgresql://me@host:5432/name", "sqlite:///C:/a@b.db", "runs/***", "a:b@c", "https://host:8080/x.csv"]
)
def test_other_words_stay(word: str) -> None:
    assert without_password(word) == word
    assert not has_lost_password(word)
