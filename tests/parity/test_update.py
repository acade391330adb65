"""Parity with transformers: the same weights and batch give the same loss and the same gradients."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from transformers import BertForSequenceClassification

from accent.tasks import Classification
from accent.tasks.class_losses import ClassLoss
from tests.unit.training.tiny import collate_rows, tiny_model

ROWS = torch.arange(24).numpy()


def gradients(model: BertForSequenceClassification, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_loss_and_gradients_are_those_of_transformers() -> None:
    model, batch = tiny_model(dropout=0.0).train(), collate_rows(ROWS)
    theirs = model(**batch.inputs, labels=batch.targets["labels"]).loss
    expected = gradients(model, theirs)
    ours = Classification(["no", "yes"]).loss(model(**batch.inputs), batch.targets)
    found = gradients(model, ours.total / ours.weight)
    assert float(ours.total.detach()) / ours.weight == pytest.approx(float(theirs.detach()), rel=1e-6)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-5, atol=1e-8, msg=name)


def test_label_smoothing_is_that_of_torch() -> None:
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([0, 1, 2, 0, 1, 2])
    ours = Classification(["a", "b", "c"], loss=ClassLoss(smoothing=0.2)).loss(
        SimpleNamespace(logits=logits), {"labels": targets}
    )
    theirs = torch.nn.CrossEntropyLoss(label_smoothing=0.2)(logits, targets)
    assert float(ours.total) / ours.weight == pytest.approx(float(theirs), rel=1e-6)


def test_padding_changes_no_logit() -> None:
    model = tiny_model(dropout=0.0).eval()
    whole = collate_rows(ROWS)
    with torch.inference_mode():
        together = model(**whole.inputs).logits
        alone = torch.cat([model(**collate_rows(ROWS[[row]]).inputs).logits for row in range(len(ROWS))])
    torch.testing.assert_close(together, alone, rtol=1e-5, atol=1e-6)
