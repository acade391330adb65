"""Settings for rare classes and new layers: which do nothing, which contradict each other, and which go."""

from __future__ import annotations

from typing import Any

import pytest

from accent.config import CheckConfig, FinetuneConfig
from accent.config.load import resolve
from accent.errors import Problems


def finetune(**settings: Any) -> FinetuneConfig:
    return resolve(FinetuneConfig, flags={"data": "builtin:reviews", **settings}, typed=True)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"focal_gamma": 1.0}, "focal_gamma has no effect: the loss is the cross-entropy"),
        ({"sampler": "balanced", "task": "multilabel"}, "the balanced sampler needs one class a row, and multilabel"),
        ({"sampler": "balanced", "task": "tagging"}, "the balanced sampler needs one class a row, and tagging"),
        ({"sampler": "balanced", "class_weights": "balanced"}, "make up for the same thing twice"),
        ({"reinit_layers": 1, "strategy": "head"}, "layers that start anew would never learn: head"),
        ({"reinit_layers": 1, "strategy": "lora"}, "layers that start anew would never learn: lora"),
        ({"class_weights": "balanced", "task": "qa"}, "class_weights has no effect"),
        ({"calibrate": "temperature", "task": "tagging"}, "calibrate has no effect"),
        ({"threshold": "tuned", "task": "regression"}, "threshold has no effect"),
        ({"reinit_layers": -1}, "of at least 0"),
    ],
)
def test_what_comes_to_nothing_is_said(settings: dict[str, Any], what: str) -> None:
    with pytest.raises(Problems) as caught:
        finetune(**settings)
    assert what in str(caught.value)


def test_what_goes_together_goes() -> None:
    found = finetune(
        loss="focal", focal_gamma=1.0, class_weights="balanced", threshold="tuned", calibrate="temperature"
    )
    assert (found.task.loss, found.task.focal_gamma, found.task.calibrate) == ("focal", 1.0, "temperature")
    assert finetune(task="tagging", loss="focal", class_weights="balanced").task.focal_gamma == 2.0
    assert finetune(task="multilabel", class_weights="balanced", calibrate="temperature").task.threshold == "default"
    assert finetune(sampler="balanced", bias_correction=False).training.bias_correction is False
    assert finetune(reinit_layers=2, strategy="partial").model.reinit_layers == 2


def test_an_audit_begins_no_layers_anew() -> None:
    with pytest.raises(Problems, match="reinit_layers has no effect: nothing is trained"):
        resolve(CheckConfig, flags={"data": "builtin:reviews", "reinit_layers": 1}, typed=True)
