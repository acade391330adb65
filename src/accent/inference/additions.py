"""What runs put into the layers of their base, laid side by side: one batch may hold rows of several runs.

The layers run once for all rows, and beside them each row meets the additions of its own run: the matrices of LoRA,
the bottlenecks of an adapter, or the keys and values of a prefix. Matrices of one size stand in one stack; shorter
prefixes are filled up and not seen.

Legend: N runs, B rows of a batch, T tokens, I and O what goes into a module and comes out of it, R rank, D width,
M width inside a bottleneck, H heads, P prefix, W width of a head.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from accent.modeling import Prefix, RowPrefixes
from accent.strategies.adapter import Bottleneck
from accent.strategies.lora import lora_modules

__all__ = ["Additions", "LowRank", "SideBySide"]

Owners = npt.NDArray[np.int64]
"""Which of N runs each row of a batch belongs to, (B,)."""

_NONE = -1
_ADDED = (".lora_A.", ".lora_B.", ".adapter.", ".prefix.")


@dataclass(frozen=True)
class LowRank:
    """Two matrices beside a linear layer: scale * up down x is added to what it says of x."""

    down_RI: Tensor
    up_OR: Tensor
    scale: float

    @property
    def inside(self) -> int:
        """The rank."""
        return self.down_RI.shape[0]


@dataclass(frozen=True)
class Additions:
    """What one run adds to the layers of its base, by the path of the module that it is added to."""

    low_ranks: Mapping[str, LowRank]
    bottlenecks: Mapping[str, Bottleneck]
    prefixes: Mapping[str, Prefix]

    @classmethod
    def of(cls, model: PreTrainedModel) -> Additions:
        """Find the additions in the model of a run; they stay the model's own."""
        names = [name for name, _ in model.named_parameters()]
        modules = dict(model.named_modules())
        return cls(
            low_ranks=_low_ranks(model) if any(".lora_A." in name for name in names) else {},
            bottlenecks={_holder(path): one for path, one in modules.items() if isinstance(one, Bottleneck)},
            prefixes={_holder(path): one for path, one in modules.items() if isinstance(one, Prefix)},
        )

    @staticmethod
    def is_added(name: str) -> bool:
        """Say whether a weight of this name is part of an addition."""
        return any(mark in name for mark in _ADDED)


class SideBySide:
    """The additions of N runs, filled up to one size for each module that any of them adds to."""

    def __init__(self, runs: Sequence[Additions], dtype: torch.dtype = torch.float32) -> None:
        """Copy the additions in the order in which rows will number their runs, as matrices of `dtype`."""
        self._runs = tuple(weakref.ref(run) for run in runs)
        self._beside: list[tuple[str, _Beside]] = []
        for path in _paths(runs, "low_ranks"):
            for low_ranks in _of_one_size([run.low_ranks.get(path) for run in runs]):
                self._beside.append((path, _LowRanks.of(low_ranks, dtype)))
        for path in _paths(runs, "bottlenecks"):
            for bottlenecks in _of_one_size([run.bottlenecks.get(path) for run in runs]):
                self._beside.append((path, _Bottlenecks.of(bottlenecks, dtype)))
        self._prefixes = {
            path: _Prefixes.of([run.prefixes.get(path) for run in runs]) for path in _paths(runs, "prefixes")
        }

    def runs(self) -> list[Additions | None]:
        """Return the additions, None where a run that had them is held no more."""
        return [run() for run in self._runs]

    @contextmanager
    def within(self, model: nn.Module, owners_B: Owners) -> Iterator[None]:
        """Let the layers of `model` meet, for rows of these owners, the owners' additions."""
        with ExitStack() as stack:
            for path, beside in self._beside:
                hook = beside.hook(owners_B)
                if hook is not None:
                    stack.callback(model.get_submodule(path).register_forward_hook(hook).remove)
            for path, prefixes in self._prefixes.items():
                rows = prefixes.rows(owners_B)
                if rows is not None:
                    stack.enter_context(_held(model.get_submodule(path), rows))
            yield


class _Sized(Protocol):
    @property
    def inside(self) -> int: ...


Hook = Callable[[nn.Module, Any, Tensor], Tensor]


@dataclass(frozen=True)
class _Beside:
    """Additions to what one module says, stacked over those runs that have one."""

    slots_N: Owners
    """The place of each run in the stack, -1 for a run that adds nothing here."""

    def hook(self, owners_B: Owners) -> Hook | None:
        """Return what is done after the module has answered a batch; None where no row's run adds anything."""
        slots_B = self.slots_N[owners_B]
        meets_B = slots_B >= 0
        if not meets_B.any():
            return None
        rows = None if meets_B.all() else torch.from_numpy(np.flatnonzero(meets_B)).to(self.device)
        met = slots_B[meets_B]
        one = (met == met[0]).all()
        slots = slice(int(met[0]), int(met[0]) + 1) if one else torch.from_numpy(met).to(self.device)

        def change(module: nn.Module, given: Any, output: Tensor) -> Tensor:  # noqa: ARG001 - torch's calling convention
            if rows is None:
                return self.changed(slots, given[0], output)
            return output.index_copy(0, rows, self.changed(slots, given[0][rows], output[rows]))

        return change

    @property
    def device(self) -> torch.device:
        """Where the stack is."""
        raise NotImplementedError

    def changed(self, slots: slice | Tensor, given_BTI: Tensor, output_BTO: Tensor) -> Tensor:
        """Return the output, overwritten, with what is added to it: for rows with these slots, one for all or (B,)."""
        raise NotImplementedError


@dataclass(frozen=True)
class _LowRanks(_Beside):
    down_NRI: Tensor
    up_NRO: Tensor

    @classmethod
    def of(cls, runs: Sequence[LowRank | None], dtype: torch.dtype) -> _LowRanks:
        own = [run for run in runs if run is not None]
        return cls(
            slots_N=_slots(runs),
            down_NRI=_stacked([run.down_RI for run in own], dtype),
            up_NRO=_stacked([run.up_OR.T * run.scale for run in own], dtype),
        )

    @property
    def device(self) -> torch.device:
        return self.up_NRO.device

    def changed(self, slots: slice | Tensor, given_BTI: Tensor, output_BTO: Tensor) -> Tensor:
        down_BIR, up_BRO = self.down_NRI[slots].transpose(1, 2), self.up_NRO[slots]
        if isinstance(slots, slice):
            return output_BTO.add_(torch.matmul(torch.matmul(given_BTI, down_BIR[0]), up_BRO[0]))
        inner_BTR = torch.bmm(given_BTI, down_BIR)
        return output_BTO.baddbmm_(inner_BTR.to(output_BTO.dtype), up_BRO.to(output_BTO.dtype))


@dataclass(frozen=True)
class _Bottlenecks(_Beside):
    down_NMD: Tensor
    down_N1M: Tensor
    up_NMD: Tensor
    up_N1D: Tensor

    @classmethod
    def of(cls, runs: Sequence[Bottleneck | None], dtype: torch.dtype) -> _Bottlenecks:
        own = [run for run in runs if run is not None]
        return cls(
            slots_N=_slots(runs),
            down_NMD=_stacked([run.down.weight for run in own], dtype),
            down_N1M=_stacked([run.down.bias[None] for run in own], dtype),
            up_NMD=_stacked([run.up.weight.T for run in own], dtype),
            up_N1D=_stacked([run.up.bias[None] for run in own], dtype),
        )

    @property
    def device(self) -> torch.device:
        return self.up_NMD.device

    def changed(self, slots: slice | Tensor, given_BTI: Tensor, output_BTO: Tensor) -> Tensor:  # noqa: ARG002
        inner_BTM = torch.matmul(output_BTO, self.down_NMD[slots].transpose(1, 2)) + self.down_N1M[slots]
        return output_BTO.add_(torch.matmul(F.gelu(inner_BTM), self.up_NMD[slots]) + self.up_N1D[slots])


@dataclass(frozen=True)
class _Prefixes:
    """Keys and values of one attention module, with an empty prefix behind those of the runs that have one."""

    slots_N: Owners
    keys_NHPW: Tensor
    values_NHPW: Tensor
    seen_NP: Tensor

    @classmethod
    def of(cls, runs: Sequence[Prefix | None]) -> _Prefixes:
        own = [run for run in runs if run is not None]
        none = torch.zeros_like(own[0].keys_HPW[:, :0])
        return cls(
            slots_N=_slots(runs),
            keys_NHPW=_filled([*(run.keys_HPW for run in own), none]),
            values_NHPW=_filled([*(run.values_HPW for run in own), none]),
            seen_NP=_filled([*(run.keys_HPW.new_ones(run.keys_HPW.shape[1]) for run in own), none[0, :, 0]]) > 0,
        )

    def rows(self, owners_B: Owners) -> RowPrefixes | None:
        """Return the prefix of each row; None where no row has one."""
        slots_B = self.slots_N[owners_B]
        if (slots_B < 0).all():
            return None
        places_B = torch.from_numpy(np.where(slots_B < 0, len(self.seen_NP) - 1, slots_B)).to(self.seen_NP.device)
        return RowPrefixes(self.keys_NHPW[places_B], self.values_NHPW[places_B], self.seen_NP[places_B])


@contextmanager
def _held(attention: nn.Module, rows: RowPrefixes) -> Iterator[None]:
    attention.prefix = rows  # type: ignore[assignment] # where attention looks for the module of a single run
    try:
        yield
    finally:
        del attention.prefix


def _low_ranks(model: PreTrainedModel) -> dict[str, LowRank]:
    return {
        path: LowRank(module.lora_A[name].weight, module.lora_B[name].weight, float(module.scaling[name]))
        for path, module in lora_modules(model)
        for name in module.active_adapters
    }


def _paths(runs: Sequence[Additions], kind: str) -> list[str]:
    return list(dict.fromkeys(path for run in runs for path in getattr(run, kind)))


def _slots(runs: Sequence[object | None]) -> Owners:
    """Return the place of each run among those that are there, -1 for the others."""
    there = np.asarray([run is not None for run in runs])
    return np.where(there, np.cumsum(there) - 1, _NONE)


def _of_one_size(runs: Sequence[_Sized | None]) -> list[list[Any]]:
    """Return the runs once for each size that there is, with None in place of those of another size."""
    sizes = dict.fromkeys(run.inside for run in runs if run is not None)
    return [[run if run is not None and run.inside == size else None for run in runs] for size in sizes]


def _stacked(tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    return torch.stack([tensor.detach() for tensor in tensors]).to(dtype)


def _filled(tensors: Sequence[Tensor]) -> Tensor:
    """Return tensors stacked, each with zeros up to the greatest length in each dimension."""
    shape = [max(lengths) for lengths in zip(*(tensor.shape for tensor in tensors), strict=True)]
    filled = tensors[0].new_zeros((len(tensors), *shape))
    for place, tensor in zip(filled, tensors, strict=True):
        place[tuple(slice(length) for length in tensor.shape)] = tensor.detach()
    return filled


def _holder(path: str) -> str:
    return path.rpartition(".")[0]
