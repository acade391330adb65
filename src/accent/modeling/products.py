"""How many products a second this machine multiplies matrices with: what a training's speed is measured against."""

from __future__ import annotations

import time

import torch

from accent.modeling.precision import Dtype

__all__ = ["product_rate"]

_SECONDS = 0.4  # of measuring
_LEAST_ROUNDS = 5
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


@torch.inference_mode()
def product_rate(choice: Dtype, *, tokens: int, width: int, inner: int, device: torch.device | str = "cpu") -> float:
    """Return the floating point operations a second of (tokens, width) x (width, inner), 2 for each product added up.

    It is that of the quickest of several rounds, in about half a second: what else the machine does only slows rounds.
    """
    device = torch.device(device)
    left_ND = torch.ones(tokens, width, dtype=_DTYPES[choice], device=device)
    right_DI = torch.ones(width, inner, dtype=_DTYPES[choice], device=device)
    out_NI = torch.empty(tokens, inner, dtype=_DTYPES[choice], device=device)
    quickest, rounds, end = float("inf"), 0, time.perf_counter() + _SECONDS
    while time.perf_counter() < end or rounds < _LEAST_ROUNDS:
        started = time.perf_counter()
        torch.mm(left_ND, right_DI, out=out_NI)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        quickest = min(quickest, time.perf_counter() - started)
        rounds += 1
    return 2.0 * tokens * width * inner / max(quickest, 1e-9)
