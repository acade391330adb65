"""The most memory that was held at once since some moment."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import torch

__all__ = ["device_memory", "forget_peak", "peak_memory"]

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
PEAK, FORGET_PEAK = "VmHWM:", "5"
"""Linux's name for the most memory that the process has held, and what makes it forget that."""
KIB = 1024


def forget_peak() -> None:
    """Begin to measure. Where the system cannot forget, `peak_memory` is that of the process since its start.

    What has been freed is handed back first: C's allocator would keep it, and a run after a larger one in the same
    process would seem to need as much (1.2 GB for 0.7, measured with glibc).
    """
    _give_back()
    with suppress(OSError):
        CLEAR.write_text(FORGET_PEAK, encoding="ascii")
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> dict[str, int]:
    """Return the most bytes that this process has held and, where there is one, what was taken of its CUDA device."""
    found = {"peak_memory": _peak_of_process()}
    return found | {"peak_device_memory": torch.cuda.max_memory_allocated()} if torch.cuda.is_available() else found


def device_memory() -> int | None:
    """Return the bytes that the CUDA device has, None where there is none."""
    if not torch.cuda.is_available():
        return None
    return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)


def _give_back() -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # other C libraries have no such call
            ctypes.CDLL(None).malloc_trim(0)


def _peak_of_process() -> int:
    with suppress(OSError):
        for line in STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith(PEAK):
                return int(line.split()[1]) * KIB
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KIB
