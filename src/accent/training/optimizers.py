"""The optimizer: AdamW, its twin without the correction of its start, and Muon beside either.

Adam's averages of gradients begin at 0 and are too small at first. The correction divides them by how much of the
average is there (Kingma and Ba 2015, arXiv 1412.6980, section 3):

    m_t = b1 m_(t-1) + (1 - b1) g_t             v_t = b2 v_(t-1) + (1 - b2) g_t^2
    corrected    x_t = (1 - r d) x_(t-1) - r (m_t / (1 - b1^t)) / (sqrt(v_t / (1 - b2^t)) + e)
    without      x_t = (1 - r d) x_(t-1) - r m_t / (sqrt(v_t) + e)

Without it the first steps are up to (1 - b1) / sqrt(1 - b2), about 3 times, larger: BERT's original optimizer left it
out, which costs stability on few rows (Mosbach et al. 2021, arXiv 2006.04884; Zhang et al. 2021, arXiv 2006.05987).
Rate r, decoupled weight decay d (Loshchilov and Hutter 2019, arXiv 1711.05101), gradient g.

Muon moves a matrix along its gathered gradient with all singular values brought near 1 (Jordan et al. 2024), scaled to
the size of AdamW's steps so that both take one rate (Liu et al. 2025, arXiv 2502.16982, section 2.2). It is for the
matrices of layers; all else is AdamW's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import Optimizer

from accent.config import LearningConfig
from accent.strategies import RatedParameter
from accent.training.groups import parameter_groups

__all__ = ["Together", "UncorrectedAdamW", "make_optimizer"]


def make_optimizer(moving: Sequence[RatedParameter], config: LearningConfig) -> Optimizer:
    """Return what `config` asks for over what moves."""
    groups = parameter_groups(moving, config.weight_decay)
    matrices = [group for group in groups if group["matrices"]]
    if config.optimizer == "adamw" or not matrices:
        return _adamw(groups, config)
    others = [group for group in groups if not group["matrices"]]
    muon = torch.optim.Muon(matrices, lr=config.peak_rate, adjust_lr_fn="match_rms_adamw")
    return Together(muon, _adamw(others, config)) if others else muon


def _adamw(groups: list[dict[str, Any]], config: LearningConfig) -> Optimizer:
    if config.bias_correction:
        return torch.optim.AdamW(groups, lr=config.peak_rate, fused=True)
    return UncorrectedAdamW(groups, lr=config.peak_rate)


class Together(Optimizer):
    """Optimizers of different weights as one: their groups and their state are its own."""

    def __init__(self, *parts: Optimizer) -> None:
        """Take optimizers that have not taken a step."""
        self._parts = parts
        super().__init__([group for part in parts for group in part.param_groups], {})
        self._share()

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step with each on the gradients that are there; `closure` computes them first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for part in self._parts:
            part.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up groups and state, for the parts too."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        groups = iter(self.param_groups)
        for part in self._parts:
            part.param_groups = [next(groups) for _ in part.param_groups]
            part.state = self.state


class UncorrectedAdamW(Optimizer):
    """AdamW without the correction of its averages' start. Groups and the names of its state are torch's."""

    def __init__(self, params: Any, *, lr: float, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> None:
        """Take groups of parameters; `weight_decay` is each group's own, 0 where it has none."""
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step on the gradients that are there; `closure` computes them first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            if moved:
                self._move(moved, group)
        return loss

    def _move(self, moved: list[Tensor], group: dict[str, Any]) -> None:
        gradients = [parameter.grad for parameter in moved if parameter.grad is not None]
        for parameter in moved:
            if not self.state[parameter]:
                self.state[parameter] |= {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq")}
        means = [self.state[parameter]["exp_avg"] for parameter in moved]
        squares = [self.state[parameter]["exp_avg_sq"] for parameter in moved]
        first, second = group["betas"]
        torch._foreach_mul_(moved, 1.0 - group["lr"] * group["weight_decay"])
        torch._foreach_lerp_(means, gradients, 1.0 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, gradients, gradients, 1.0 - second)
        roots = torch._foreach_sqrt(squares)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_addcdiv_(moved, means, roots, -group["lr"])
