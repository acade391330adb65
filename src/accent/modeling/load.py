"""Load a base with a head, strictly: every weight is loaded, declared new, or declared left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_QUESTION_ANSWERING_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    AutoConfig,
    PreTrainedConfig,
    PreTrainedModel,
)

from accent.errors import AccentError, BaseModelError, RunError
from accent.modeling.architectures import PretrainingHead, pretraining_class
from accent.modeling.attention import ATTENTION
from accent.modeling.bases import Base
from accent.modeling.families import FAMILIES, Family, HeadName, family_named
from accent.modeling.labels import carry_labels, label_moves
from accent.modeling.noise import own_dropout
from accent.modeling.quiet import quiet_transformers
from accent.modeling.report import LoadReport, parameters_by_part
from accent.modeling.weights import read_weights, weight_names
from accent.seeds import derive

__all__ = ["Loaded", "ProblemType", "load_guesser", "load_model", "load_pretraining", "load_saved", "model_class"]

ProblemType = Literal["single_label_classification", "multi_label_classification", "regression"]
"""What transformers' config.json calls the loss of a sequence classifier."""

SPAN_ENDS = ("start", "end")
"""The outputs of every question answering head, whatever its config.json calls them."""

_NAMES_SHOWN = 5
_MAPPINGS: Mapping[HeadName, Any] = {
    "sequence": MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    "tokens": MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    "span": MODEL_FOR_QUESTION_ANSWERING_MAPPING,
    "causal": MODEL_FOR_CAUSAL_LM_MAPPING,
    "written": MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
}


@dataclass(frozen=True)
class Loaded:
    """A model and how it came about."""

    model: PreTrainedModel
    """In float32 on the CPU, in evaluation mode, with attention as in `accent.modeling.attention`."""
    report: LoadReport
    """What was loaded, what is new, what was left behind."""


def load_model(
    base: Base,
    head: HeadName,
    labels: tuple[str, ...],
    *,
    problem_type: ProblemType | None = None,
    rename: Sequence[str] = (),
    dropout: float | None = None,
    prior: npt.NDArray[np.float64] | None = None,
    seed: int,
) -> Loaded:
    """Load a base with a head over `labels` (none where it writes text).

    The head is drawn as the family draws it, from the seed's stream "head": the same seed gives the same head whatever
    was drawn before, and torch's global generator stays untouched. A head of this kind in the checkpoint is kept whole
    where it answers the same labels in the same order; of one with other labels, the outputs of the labels that stayed
    are carried over by name, `rename` (old=new) included. `problem_type` is what config.json calls a sequence head's
    loss. `dropout` sets that of hidden states and head; None is the base's own. `prior` is what the outputs of a new
    head say at first (C,), by its biases; GPT-2's has none and starts from zeros.

    Dropout of attention probabilities is always off: on a CPU it forces attention off torch's fused path, which costs
    more time than this kind of noise is worth in fine-tuning; the noise on hidden states stays. No layer is left out.

    Raises BaseModelError where the family is unknown or lacks the head, or a weight is missing, left over or of another
    shape; ConfigError for a rename that does not fit.
    """
    family = family_named(base.family, head, where=str(base.folder))
    config = _read_config(base.folder)
    kind = model_class(config, head)
    own = () if problem_type == "regression" else _own_labels(config, kind)  # its scale was that of other rows
    moves = label_moves(own, labels, rename)
    stored = tuple(name for name in weight_names(base.folder) if labels and family.is_head(name, head))
    without = () if own == labels and not moves.renamed else stored
    _configure(config, family, labels, problem_type=problem_type, dropout=dropout)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "head"))
        model, found = _from_pretrained(base.folder, config, kind, without=without)
    _check(found, family, lambda name: family.may_be_new(name, head), base.folder)
    own_dropout(model, family)
    if prior is not None and not own:
        _start_at(model, prior, [name for name in _names(found, "missing") if family.is_head(name, head)])
    if own and without:
        carry_labels(model, read_weights(base.folder), stored, moves)
    report = _report(model, found, family, head, removed=without)
    return Loaded(model, replace(report, labels=moves.report() if own and labels else None))


def load_saved(folder: Path, head: HeadName) -> PreTrainedModel:
    """Load the model that a run saved. Raises RunError where a weight is missing, left over or misshapen."""
    folder = Path(folder)
    try:
        config = _read_config(folder)
        model, found = _from_pretrained(folder, config, model_class(config, head), without=())
    except BaseModelError as error:
        raise RunError(error.what, where=error.where, remedy="Give a run that ended, or train it again.") from error
    for kind, names in (("missing", _names(found, "missing")), ("left over", _names(found, "unexpected"))):
        if names:
            raise _strange(RunError, kind, names, folder)
    if _names(found, "mismatched"):
        raise _strange(RunError, "of another shape", _names(found, "mismatched"), folder)
    return model


def load_guesser(base: Base) -> PreTrainedModel:
    """Load the base with the head that it was pretrained with to guess masked tokens; BaseModelError without one."""
    config = _read_config(base.folder)
    missing = ["all"]
    if type(config) in MODEL_FOR_MASKED_LM_MAPPING:
        with torch.random.fork_rng(devices=[]):
            model, found = _from_pretrained(base.folder, config, MODEL_FOR_MASKED_LM_MAPPING[type(config)], without=())
        missing = _names(found, "missing") + _names(found, "mismatched")
    if missing:
        raise BaseModelError(
            f"{base.name} has no head that guesses masked words",
            where=str(base.folder),
            remedy="Augment with synonyms, or take a base that was saved with its masked-token head.",
        )
    return model


def load_pretraining(base: Base, head: PretrainingHead, *, seed: int) -> Loaded:
    """Load a base with a head that it learns from running text with; nothing is dropped while it does.

    A head that the checkpoint was saved without is drawn from the seed's stream "head". Raises ConfigError where the
    family has no such head, and BaseModelError where a weight is missing, left over or of another shape.
    """
    config = _read_config(base.folder)
    kind = pretraining_class(config, head)
    family = FAMILIES[base.family]
    _configure(config, family, (), problem_type=None, dropout=0.0)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "head"))
        model, found = _from_pretrained(base.folder, config, kind, without=())
    _check(found, family, family.is_pretraining_head, base.folder)
    return Loaded(model, _report(model, found, family, None, removed=()))


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


def model_class(config: PreTrainedConfig, head: HeadName) -> Any:
    """Return transformers' class for this configuration and head."""
    return _MAPPINGS[head][type(config)]


def _own_labels(config: PreTrainedConfig, kind: Any) -> tuple[str, ...]:
    """Return the labels of the checkpoint's own head where it is of this kind, and nothing otherwise."""
    if kind.__name__ not in (config.architectures or ()):
        return ()
    if kind.__name__.endswith("QuestionAnswering"):
        return SPAN_ENDS
    names: dict[Any, str] = dict(config.id2label or {})
    return tuple(names[index] for index in sorted(names))


def _configure(
    config: PreTrainedConfig,
    family: Family,
    labels: tuple[str, ...],
    *,
    problem_type: ProblemType | None,
    dropout: float | None,
) -> None:
    if labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: index for index, label in enumerate(labels)}
    if problem_type is not None:
        config.problem_type = problem_type
    for name in (*family.layer_dropout, *([family.attention_dropout] if family.attention_dropout else [])):
        setattr(config, name, 0.0)
    if dropout is not None:
        for name in (*family.hidden_dropout, *family.head_dropout):
            setattr(config, name, dropout)
    if getattr(config, "use_cache", False):
        config.use_cache = False  # keys and values of past tokens serve generation only
    if config.pad_token_id is None:
        config.pad_token_id = config.eos_token_id


def _from_pretrained(
    folder: Path, config: PreTrainedConfig, kind: Any, *, without: tuple[str, ...]
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


def _check(found: dict[str, Any], family: Family, may_be_new: Callable[[str], bool], folder: Path) -> None:
    undeclared = {
        "missing": [name for name in _names(found, "missing") if not may_be_new(name)],
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


def _start_at(model: PreTrainedModel, prior_C: npt.NDArray[np.float64], new: Sequence[str]) -> None:
    """Let the outputs of a new head start at `prior_C`; its weights are small, so that its biases decide at first."""
    named = dict(model.named_parameters())
    biases = [named[name] for name in new if name.endswith(".bias") and named[name].shape == prior_C.shape]
    for bias_C in biases[-1:]:  # what comes before the outputs may be as wide, by chance
        with torch.no_grad():
            bias_C.copy_(torch.from_numpy(prior_C))


def _report(
    model: PreTrainedModel, found: dict[str, Any], family: Family, head: HeadName | None, *, removed: Iterable[str]
) -> LoadReport:
    new = tuple(_names(found, "missing"))
    tensors = {name for name, _ in model.named_parameters()}
    return LoadReport(
        loaded=len(tensors - set(new)),
        new=new,
        discarded=tuple(sorted({*_names(found, "unexpected"), *removed})),
        parts=parameters_by_part(model, family, head),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
