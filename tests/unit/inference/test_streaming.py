"""A streamed answer: between two pieces the caller's own modes hold, and the pieces are the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from accent.config import DecodingConfig
from accent.errors import ConfigError
from accent.inference import Predictor
from accent.modeling import find_base, load_model
from accent.tasks import Classification, Generation
from accent.tokenization import Encoder, load_tokenizer
from tests.checkpoints import make_checkpoint


def predictor(folder: Path, precision: str = "fp32") -> Predictor:
    base = make_checkpoint(folder, "gpt2", initializer_range=0.25)
    model = load_model(find_base(str(base)), "causal", (), seed=1).model
    task = Generation(decoding=DecodingConfig(max_new_tokens=12))
    return Predictor.from_parts(model, Encoder(load_tokenizer(base), 16), task, precision=precision)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_between_two_pieces_the_callers_modes_hold(tmp_path: Path, precision: str) -> None:
    answering = predictor(tmp_path, precision)
    (whole,) = answering.answers(["the plot"])
    answering.model.train()
    pieces = list[str]()
    stream = answering.stream("the plot")
    for piece in stream:
        pieces.append(piece)
        assert answering.model.training
        assert not torch.is_inference_mode_enabled()
        assert not torch.is_autocast_enabled("cpu")
        assert torch.is_grad_enabled()
    assert len(pieces) > 1
    assert "".join(pieces) == whole["text"]


def test_a_stream_that_is_given_up_leaves_nothing_behind(tmp_path: Path) -> None:
    answering = predictor(tmp_path)
    answering.model.train()
    stream = answering.stream("the plot")
    next(stream)
    answering.model(input_ids=torch.tensor([[1, 2]])).logits.sum().backward()
    assert answering.model.training
    assert any(parameter.grad is not None for parameter in answering.model.parameters())


def test_a_task_that_answers_at_once_does_not_stream(tmp_path: Path) -> None:
    answering = predictor(tmp_path)
    answering.task = Classification(("a", "b"))
    assert not answering.streams
    with pytest.raises(ConfigError, match="classification answers at once"):
        next(answering.stream("a"))
