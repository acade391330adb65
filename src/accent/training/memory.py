"""The most memory that was held at once since some moment."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import psutil
import torch

__all__ = ["forget_peak", "peak_memory"]

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
PEAK, FORGET_PEAK = "VmHWM:", "5"
"""Linux's name for the most memory that the process has held, and what makes it forget that."""
KIB = 1024


def forget_peak() -> None:
    """Begin to measure. Where the system cannot forget, `peak_memory` is that of the process since its start."""
    with suppress(OSError):
        CLEAR.write_text(FORGET_PEAK, encoding="ascii")
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak_memory() -> dict[str, int]:
    """Return the most bytes that this process has held and, where there is one, what was taken of its CUDA device."""
    found = {"peak_memory": _peak_of_process()}
    return found | {"peak_device_memory": torch.cuda.max_memory_allocated()} if torch.cuda.is_available() else found


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
