"""LoRA: low-rank matrices beside frozen ones move, and the head.

    W x + (alpha / r) B A x

stands in place of W x, with A (r x in) and B (out x r). B starts at zero, so that training starts from the base's own
answers. Only r (in + out) numbers a matrix move, and `--merge` adds them into W, so that nothing is slower afterwards.

Source: Hu et al. 2021, arXiv 2106.09685; queries and values are their choice (section 7.1), all linear layers that of
Dettmers et al. 2023, arXiv 2305.14314 (section 4). The matrices are PEFT's, and so are the files. Rates are about ten
times those of full fine-tuning: 1e-4 to 1e-3.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from accent.config import LoraConfig
from accent.errors import ConfigError
from accent.modeling import Anatomy, carry_noise
from accent.strategies.added import drawing, move_added
from accent.strategies.protocol import Moment, RatedParameter

if TYPE_CHECKING:
    import peft

__all__ = ["Lora", "lora_modules", "lora_parameters", "lora_targets"]


class Lora:
    """Low-rank matrices beside those of the layers move, and the head."""

    kind: ClassVar[str] = "lora"

    def __init__(self, config: LoraConfig | None = None) -> None:
        self._config = config or LoraConfig()

    @property
    def saves_changes(self) -> bool:
        """Whether only the low-rank matrices and the head are saved."""
        return not self._config.merge

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:
        """Put the matrices in and freeze the rest; a ConfigError for a target that the model does not have."""
        from peft import inject_adapter_in_model

        targets = lora_targets(model, anatomy, self._config.targets)
        transposed = isinstance(model.get_submodule(targets[0]), Conv1D)
        with drawing(seed):
            inject_adapter_in_model(self._settings(targets, transposed=transposed), model)
        for _, module in lora_modules(model):
            carry_noise(module.get_base_layer(), module)
        model.train(model.training)  # the new modules, too
        return move_added(model, anatomy, added=r"\.lora_[AB]\.")

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int | None:  # noqa: ARG002
        """Return None: there is something that moves in the first layer."""
        return None

    def finish(self, model: PreTrainedModel) -> None:
        """Add the matrices into the weights beside them, and put transformers' own modules back."""
        for name, module in lora_modules(model):
            module.merge()
            base = module.get_base_layer()
            carry_noise(module, base)
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, base)

    def described(self, model: PreTrainedModel, *, base: str, saved: Iterable[str]) -> peft.LoraConfig:
        """Return what PEFT's adapter_config.json says of a model that was prepared.

        `base` is the name of its base, `saved` those of the weights that moved: modules of theirs that are not PEFT's
        own are saved whole.
        """
        found = lora_modules(model)
        settings = self._settings([name for name, _ in found], transposed=found[0][1].fan_in_fan_out)
        whole = dict.fromkeys(name.rpartition(".")[0] for name in saved if ".lora_" not in name)
        settings.modules_to_save = list(whole) or None
        settings.base_model_name_or_path = base
        settings.inference_mode = True
        return settings

    def _settings(self, targets: list[str], *, transposed: bool) -> peft.LoraConfig:
        from peft import LoraConfig as PeftLoraConfig

        return PeftLoraConfig(
            r=self._config.rank,
            lora_alpha=self._config.alpha,  # type: ignore[arg-type] # PEFT divides it, whole or not
            lora_dropout=self._config.lora_dropout,
            target_modules=targets,
            fan_in_fan_out=transposed,
        )


def lora_targets(model: nn.Module, anatomy: Anatomy, asked: Iterable[str]) -> list[str]:
    """Return the paths of the linear layers that get matrices, in the model's order.

    `asked` are attention, all-linear, or the last steps of paths within a layer: `query`, `output.dense`. A ConfigError
    lists what there is where one of them is not.
    """
    linear = _linear_layers(model, anatomy)
    chosen: set[str] = set()
    for name in asked:
        if name == "attention":
            found = set(anatomy.inside(model, anatomy.family.parts.lora))
        else:
            found = {path for path, inner in linear.items() if name == "all-linear" or f".{inner}".endswith(f".{name}")}
        if not found:
            raise ConfigError(
                f"the layers of this model have no linear layer called {name!r}",
                where="strategy.targets",
                remedy=f"Give attention, all-linear, or some of {', '.join(dict.fromkeys(linear.values()))}.",
            )
        chosen |= found
    return [path for path in linear if path in chosen]


def lora_parameters(model: nn.Module, anatomy: Anatomy, config: LoraConfig) -> int:
    """Return the parameters of all low-rank matrices by formula: the sum of r (in + out). The head is not counted.

    `model` is the base as it is, before the matrices are in it.
    """
    weights: list[Any] = [model.get_submodule(name).weight for name in lora_targets(model, anatomy, config.targets)]
    return sum(config.rank * sum(weight_IO.shape) for weight_IO in weights)


def lora_modules(model: nn.Module) -> list[tuple[str, Any]]:
    """Return PEFT's modules in a model, by path."""
    from peft.tuners.lora import LoraLayer

    return [(name, module) for name, module in model.named_modules() if isinstance(module, LoraLayer)]


def _linear_layers(model: nn.Module, anatomy: Anatomy) -> dict[str, str]:
    """Return the paths of all linear layers inside layers, each with its path within its layer."""
    found = {}
    for path in anatomy.inside(model, ".*"):
        if isinstance(model.get_submodule(path), nn.Linear | Conv1D):
            layer = next(one for one in anatomy.layers if path.startswith(f"{one}."))
            found[path] = path[len(layer) + 1 :]
    return found
