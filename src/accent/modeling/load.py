"""Load a base as a classifier, strictly: every weight is loaded, declared new, or declared left behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING, AutoConfig, PreTrainedConfig, PreTrainedModel

from accent.errors import AccentError, BaseModelError, RunError
from accent.modeling.attention import ATTENTION
from accent.modeling.bases import Base
from accent.modeling.families import Family, family_named
from accent.modeling.quiet import quiet_transformers
from accent.modeling.report import LoadReport, parameters_by_part
from accent.modeling.weights import read_weights, weight_names
from accent.seeds import derive

__all__ = ["Loaded", "load_classifier", "load_saved"]

_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Loaded:
    """A model and how it came about."""

    model: PreTrainedModel
    """In float32 on the CPU, in evaluation mode, with attention as in `accent.modeling.attention`."""
    report: LoadReport
    """What was loaded, what is new, what was left behind."""


def load_classifier(base: Base, labels: tuple[str, ...], *, dropout: float | None = None, seed: int) -> Loaded:
    """Load a base with a classification head over `labels`.

    The head is drawn as the family draws it, from the seed's stream "head": the same seed gives the same head whatever
    was drawn before, and torch's global generator stays untouched. A head in the checkpoint is kept only where it
    answers the same labels in the same order. `dropout` sets that of hidden states and head; None is the base's own.

    Dropout of attention probabilities is always off: on a CPU it forces attention off torch's fused path, which costs
    more time than this kind of noise is worth in fine-tuning; the noise on hidden states stays.

    Raises BaseModelError where the family is unknown or a weight is missing, left over or of another shape.
    """
    family = family_named(base.family, where=str(base.folder))
    config = _read_config(base.folder)
    keeps_head = _answers(config, labels)
    _configure(config, family, labels, dropout)
    stored_head = () if keeps_head else tuple(name for name in weight_names(base.folder) if family.is_head(name))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "head"))
        model, found = _from_pretrained(base.folder, config, without=stored_head)
    _check(found, family, base.folder)
    return Loaded(model, _report(model, found, family, stored_head))


def load_saved(folder: Path) -> PreTrainedModel:
    """Load the classifier that a run saved. Raises RunError where a weight is missing, left over or misshapen."""
    folder = Path(folder)
    try:
        model, found = _from_pretrained(folder, _read_config(folder), without=())
    except BaseModelError as error:
        raise RunError(error.what, where=error.where, remedy="Give a run that ended, or train it again.") from error
    for kind, names in (("missing", _names(found, "missing")), ("left over", _names(found, "unexpected"))):
        if names:
            raise _strange(RunError, kind, names, folder)
    if _names(found, "mismatched"):
        raise _strange(RunError, "of another shape", _names(found, "mismatched"), folder)
    return model


def _read_config(folder: Path) -> PreTrainedConfig:
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaseModelError(
            f"config.json cannot be used: {_first_line(error)}",
            where=str(folder),
            remedy="Give a folder in transformers' layout; code that a checkpoint brings is never run.",
        ) from error
    return config


def _answers(config: PreTrainedConfig, labels: tuple[str, ...]) -> bool:
    return dict(config.id2label or {}) == dict(enumerate(labels))


def _configure(config: PreTrainedConfig, family: Family, labels: tuple[str, ...], dropout: float | None) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: index for index, label in enumerate(labels)}
    config.problem_type = "single_label_classification"
    setattr(config, family.attention_dropout, 0.0)
    if dropout is not None:
        for name in (*family.hidden_dropout, *family.head_dropout):
            setattr(config, name, dropout)
    if getattr(config, "use_cache", False):
        config.use_cache = False  # keys and values of past tokens serve generation only
    if config.pad_token_id is None:
        config.pad_token_id = config.eos_token_id


def _from_pretrained(
    folder: Path, config: PreTrainedConfig, *, without: tuple[str, ...]
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Load the weights, all or without some of their names, and say what transformers made of each."""
    options: dict[str, Any] = {
        "config": config,
        "output_loading_info": True,
        "ignore_mismatched_sizes": True,  # they are reported, and refused by name
        "attn_implementation": ATTENTION,
        "dtype": torch.float32,
    }
    if without:
        options["state_dict"] = {n: tensor for n, tensor in read_weights(folder).items() if n not in without}
    else:
        options |= {"local_files_only": True, "use_safetensors": True}
    kind: Any = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(config)]
    try:
        with quiet_transformers():
            model, found = kind.from_pretrained(None if without else str(folder), **options)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise BaseModelError(
            f"the weights cannot be loaded: {_first_line(error)}",
            where=str(folder),
            remedy="Copy the checkpoint again, or take another base.",
        ) from error
    return model, found


def _check(found: dict[str, Any], family: Family, folder: Path) -> None:
    undeclared = {
        "missing": [name for name in _names(found, "missing") if not family.may_be_new(name)],
        "left over": [name for name in _names(found, "unexpected") if not family.may_be_discarded(name)],
        "of another shape": _names(found, "mismatched"),
    }
    for kind, names in undeclared.items():
        if names:
            raise _strange(BaseModelError, kind, names, folder)


def _strange(error: type[AccentError], kind: str, names: list[str], folder: Path) -> AccentError:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    count = "1 weight is" if len(names) == 1 else f"{len(names)} weights are"
    return error(
        f"{count} {kind}: {shown}{more}",
        where=str(folder),
        remedy="The weights do not fit config.json: copy the checkpoint again, or take another base.",
    )


def _names(found: dict[str, Any], kind: str) -> list[str]:
    """Return sorted names; a mismatched one comes with its two shapes."""
    return sorted(entry if isinstance(entry, str) else entry[0] for entry in found[f"{kind}_keys"])


def _report(model: PreTrainedModel, found: dict[str, Any], family: Family, removed: Iterable[str]) -> LoadReport:
    new = tuple(_names(found, "missing"))
    tensors = {name for name, _ in model.named_parameters()}
    return LoadReport(
        loaded=len(tensors - set(new)),
        new=new,
        discarded=tuple(sorted({*_names(found, "unexpected"), *removed})),
        parts=parameters_by_part(model, family),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
