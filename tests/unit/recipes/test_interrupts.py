"""Signals as a request to stop: the first is noted, the second is at once, and handlers come back."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from accent.recipes.interrupts import interruptible


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_a_request_and_the_second_is_at_once(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruptible() as requested:
        assert not requested()
        os.kill(os.getpid(), number)
        assert requested()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_outside_the_main_thread_nothing_is_installed() -> None:
    found: list[bool] = []

    def work() -> None:
        with interruptible() as requested:
            found.append(requested())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
