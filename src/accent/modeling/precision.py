"""Which dtype multiplies matrices faster on this machine: measured, not guessed from a processor's name."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import time
from collections import Counter
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from accent.errors import AccentError
from accent.records.files import write_json

__all__ = ["Dtype", "PrecisionProbe", "autocast", "probe_precision", "settle_matrices"]

Dtype = Literal["fp32", "bf16"]

_VERSION = 1  # of the measurement; a new one forgets what older ones found
_LEAST_GAIN = 1.1  # bf16 keeps 8 bits of mantissa: a gain within the noise does not pay for that
_SECONDS = 1.2  # of measuring
_ROUNDS = 7
_TOKENS, _WIDTH, _INNER = 1024, 384, 1536  # the feed-forward block of a small encoder on one batch
_FACTS = ("model name", "flags", "Features")  # lines of /proc/cpuinfo that say what a processor can do
_measured: dict[str, PrecisionProbe] = {}


@dataclass(frozen=True)
class PrecisionProbe:
    """What the probe found."""

    choice: Dtype
    """The dtype to multiply matrices in; weights stay float32 either way."""
    seconds: dict[str, float]
    """The median time of one forward and backward pass in each dtype; empty where nothing was timed."""
    reason: str
    """Why, in one line."""


def probe_precision(device: torch.device | str = "cpu") -> PrecisionProbe:
    """Choose between fp32 and bf16 autocast for a device.

    On a CPU, one feed-forward block is timed forwards and backwards in both, in turns, for about a second; bf16 must be
    at least 1.1 times as fast. The result is kept for this process, and in `$ACCENT_CACHE` (or ~/.cache/accent) for
    this processor, torch version, number of threads and ONEDNN_MAX_CPU_ISA. On CUDA it is bf16 where the card has it.
    """
    device = torch.device(device)
    if device.type == "cuda":
        return _cuda_choice()
    if device.type != "cpu":
        return PrecisionProbe("fp32", {}, f"bf16 is not probed on {device.type}")
    key = _machine_key()
    if key not in _measured:
        _measured[key] = _recalled(key) or _measure(key)
    return _measured[key]


def autocast(choice: str, device: torch.device | str) -> AbstractContextManager[object]:
    """Return a context in which matrices are multiplied in `choice` on `device`; for fp32 nothing is changed."""
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=choice == "bf16")


def settle_matrices(model: nn.Module, choice: str) -> None:
    """Turn matrices into `choice` once and for all, where `autocast` would at every call, if that is bf16.

    Answers stay as they are, bit by bit, and the model takes up less memory; it is not to be trained any more. A weight
    that several modules use, such as a table of tokens that is also the output layer's, stays as it is.
    """
    if choice != "bf16":
        return
    users = Counter(id(weight) for module in model.modules() for weight in module.parameters(recurse=False))
    for module in model.modules():
        if isinstance(module, nn.Linear | Conv1D) and all(users[id(one)] == 1 for one in module.parameters()):
            for name, weight in list(module.named_parameters(recurse=False)):
                setattr(module, name, nn.Parameter(weight.detach().bfloat16(), requires_grad=False))


def _cuda_choice() -> PrecisionProbe:
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return PrecisionProbe("bf16", {}, "the card multiplies in bf16")
    return PrecisionProbe("fp32", {}, "the card has no bf16")


def _measure(key: str) -> PrecisionProbe:
    found = _decide(_time_both())
    with suppress(OSError, AccentError):  # a cache that cannot be written costs a second next time
        write_json(_cache_file(key), asdict(found))
    return found


def _decide(seconds: dict[str, float]) -> PrecisionProbe:
    gain = seconds["fp32"] / seconds["bf16"]
    choice: Dtype = "bf16" if gain >= _LEAST_GAIN else "fp32"
    return PrecisionProbe(choice, seconds, f"bf16 is {gain:.2f} times as fast as fp32; {_LEAST_GAIN} is asked")


def _time_both() -> dict[str, float]:
    """Time both dtypes in turns, so that what else the machine does hits both alike; the first round warms up."""
    with torch.random.fork_rng(devices=[]):
        block = nn.Sequential(nn.Linear(_WIDTH, _INNER), nn.GELU(), nn.Linear(_INNER, _WIDTH))
        rows = torch.randn(_TOKENS, _WIDTH, requires_grad=True)
    times: dict[str, list[float]] = {"fp32": [], "bf16": []}
    end = time.perf_counter() + _SECONDS
    for turn in range(_ROUNDS):
        for choice, taken in times.items():
            taken.append(_time_once(block, rows, choice))
        if turn > 0 and time.perf_counter() > end:
            break
    return {choice: statistics.median(taken[1:]) for choice, taken in times.items()}


def _time_once(block: nn.Module, rows: torch.Tensor, choice: str) -> float:
    started = time.perf_counter()
    with torch.enable_grad(), autocast(choice, "cpu"):
        out = block(rows)
    out.float().sum().backward()
    return time.perf_counter() - started


def _recalled(key: str) -> PrecisionProbe | None:
    """Return what an earlier process measured; a file that is missing or damaged is measured again."""
    try:
        stored = json.loads(_cache_file(key).read_text(encoding="utf-8"))
        seconds = {name: float(stored["seconds"][name]) for name in ("fp32", "bf16")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _decide(seconds) if min(seconds.values()) > 0 else None


def _cache_file(key: str) -> Path:
    root = os.environ.get("ACCENT_CACHE")
    folder = Path(root) if root else Path.home() / ".cache" / "accent"
    return folder / f"precision-{key}.json"


def _machine_key() -> str:
    facts = (
        _VERSION,
        _processor(),
        torch.__version__,
        torch.get_num_threads(),
        os.environ.get("ONEDNN_MAX_CPU_ISA", ""),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0].splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    return "\n".join(line for line in lines if line.startswith(_FACTS))
