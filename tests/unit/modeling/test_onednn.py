"""oneDNN's memory of code is bounded, unless the user has said otherwise."""

from __future__ import annotations

import os

import pytest

from accent.modeling.onednn import bound_onednn_cache

CAPACITY = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"


@pytest.mark.parametrize(("given", "taken"), [(None, "64"), ("1024", "1024")])
def test_few_pieces_are_kept_unless_the_user_says_how_many(
    monkeypatch: pytest.MonkeyPatch, given: str | None, taken: str
) -> None:
    monkeypatch.delenv(CAPACITY, raising=False)
    if given is not None:
        monkeypatch.setenv(CAPACITY, given)
    bound_onednn_cache()
    assert os.environ[CAPACITY] == taken
