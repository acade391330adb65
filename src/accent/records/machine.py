"""What a run ran on: the machine and the versions, and nothing that names a person or a host."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["machine_facts", "versions"]

CPU_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "bf16", "i8mm", "sve")
"""The processor's features that decide which dtype is fast (the last three are those of Arm)."""
PACKAGES = (
    "accent",
    "torch",
    "transformers",
    "tokenizers",
    "datasets",
    "accelerate",
    "safetensors",
    "huggingface-hub",
    "numpy",
    "scikit-learn",
    "scipy",
    "pyarrow",
)
CPUINFO = Path("/proc/cpuinfo")
PROCESSOR_KEYS = ("model name", "Processor", "Hardware", "cpu")
"""The line of /proc/cpuinfo that names the processor: x86, older Arm, boards, Power."""
FEATURE_KEYS = ("flags", "Features")
BRAND_COMMAND = ("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
"""How macOS names its processor."""
TIMEOUT = 2.0


def machine_facts() -> dict[str, Any]:
    """Return the processor, its cores and features, the memory in bytes, the platform and the Python version.

    A fact that the system does not tell is None. Neither the host nor the user is named.
    """
    cpuinfo = _cpuinfo()
    return {
        "processor": _first(cpuinfo, PROCESSOR_KEYS) or _brand() or platform.machine() or None,
        "cores": _cores(),
        "features": _features(cpuinfo),
        "memory": _memory(),
        "platform": _platform(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a run's numbers, without importing them."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _platform() -> str:
    """Name the system, its release and the architecture; of the release its numbers only, as builders add names."""
    release = re.match(r"[\d.]*", platform.release())
    return " ".join(filter(None, [platform.system(), release and release.group().rstrip("."), platform.machine()]))


def _cpuinfo() -> dict[str, str]:
    """Return the facts of the first processor by name; nothing where the system has no such file."""
    try:
        first = CPUINFO.read_text(encoding="utf-8", errors="replace").strip().split("\n\n")
    except OSError:
        return {}
    # Arm boards give "Hardware" in a last paragraph of their own.
    lines = [line.partition(":") for paragraph in (first[-1], first[0]) for line in paragraph.splitlines()]
    return {key.strip(): value.strip() for key, _, value in lines}


def _first(facts: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((re.sub(r"\s+", " ", facts[key]) for key in keys if facts.get(key)), None)


def _brand() -> str | None:
    """Ask macOS for the processor's name; elsewhere take what Python knows."""
    if platform.system() == "Darwin":
        try:
            answer = subprocess.run(BRAND_COMMAND, capture_output=True, text=True, timeout=TIMEOUT, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        return answer.stdout.strip() or None
    return platform.processor() or None


def _cores() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _features(cpuinfo: dict[str, str]) -> list[str]:
    present = (_first(cpuinfo, FEATURE_KEYS) or "").split()
    return [feature for feature in CPU_FEATURES if feature in present]


def _memory() -> int | None:
    """Return the bytes of memory that are built in, where the system tells."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
