"""The most memory since some moment, seen through an array of a known size."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from accent.training import device_memory, forget_peak, peak_memory
from accent.training import memory as room

SIZE = 80_000_000


def test_what_is_held_counts_and_what_was_held_before_is_forgotten() -> None:
    forget_peak()
    before = peak_memory()["peak_memory"]
    held = np.ones(SIZE // 8)
    during = peak_memory()["peak_memory"]
    assert during - before > 0.8 * held.nbytes
    del held
    assert peak_memory()["peak_memory"] == pytest.approx(during, abs=4_000_000)  # the system counts in batches
    if sys.platform == "linux":
        forget_peak()
        assert peak_memory()["peak_memory"] < during - 0.5 * SIZE


def test_a_device_has_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert device_memory() is None
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 1)
    found = {1: SimpleNamespace(total_memory=24 * 2**30)}
    monkeypatch.setattr("torch.cuda.get_device_properties", found.__getitem__)
    assert device_memory() == 24 * 2**30


@pytest.mark.skipif(sys.platform != "linux", reason="only there can the system forget")
def test_what_the_allocator_keeps_is_not_counted_again() -> None:
    """Blocks below the allocator's own limit stay with it when they are freed, here by ten thousands."""
    pieces = [np.ones(1000) for _ in range(20_000)]
    last = np.ones(1000)  # stands above them, so that they cannot simply be cut off
    held = psutil.Process().memory_info().rss
    del pieces
    forget_peak()
    assert peak_memory()["peak_memory"] < held - 0.5 * 20_000 * last.nbytes


@pytest.mark.skipif(sys.platform == "win32", reason="there is no resource module")
def test_without_linux_it_is_the_most_since_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLEAR", "STATUS"):
        monkeypatch.setattr(room, name, room.STATUS / "missing")
    forget_peak()
    assert peak_memory()["peak_memory"] > 10_000_000
