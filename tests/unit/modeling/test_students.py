"""Students: which layers, by hand; what they say, against their teacher with its other layers taken out."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from accent.errors import ConfigError
from accent.modeling import Telling, find_base, layer_paths, load_model, load_pretraining, make_student, spread_layers
from tests.checkpoints import FAMILIES, make_checkpoint

DEPTH = {"distilbert": "n_layers", "gpt2": "n_layer"}
IDS = torch.tensor([[2, 17, 31, 8, 44, 3], [2, 9, 25, 12, 3, 0]])
MASK = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])


def teacher_of(family: str, folder: Path, *, layers: int = 4, head: str = "sequence") -> Any:
    depth = {DEPTH.get(family, "num_hidden_layers"): layers}
    base = find_base(str(make_checkpoint(folder / family, family, initializer_range=0.3, **depth)))
    if head == "sequence":
        return load_model(base, "sequence", ("bad", "good", "mixed"), seed=1).model
    return load_pretraining(base, "causal" if family == "gpt2" else "masked", seed=1).model


@pytest.mark.parametrize(
    ("total", "wanted", "expected"),
    [
        (12, None, (0, 2, 4, 7, 9, 11)),
        (12, 4, (0, 4, 7, 11)),
        (6, None, (0, 2, 5)),
        (6, 2, (0, 5)),
        (5, None, (0, 4)),
        (5, 3, (0, 2, 4)),
        (3, None, (0,)),
        (2, 1, (0,)),
    ],
)
def test_layers_are_taken_evenly_the_first_and_the_last_among_them(
    total: int, wanted: int | None, expected: tuple[int, ...]
) -> None:
    assert spread_layers(total, wanted) == expected


def test_no_layer_is_taken_twice() -> None:
    for total in range(2, 40):
        for wanted in range(1, total):
            assert len(set(spread_layers(total, wanted))) == wanted


@pytest.mark.parametrize(("total", "wanted"), [(4, 4), (4, 9), (1, None), (1, 1)])
def test_what_is_no_smaller_is_refused(total: int, wanted: int | None) -> None:
    with pytest.raises(ConfigError) as caught:
        spread_layers(total, wanted)
    assert (caught.value.remedy or "").startswith("Give --layers from 1 to 3" if total == 4 else "Give a teacher with")


@pytest.mark.parametrize("head", ["sequence", "tokens of text"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_student_answers_as_its_teacher_without_the_other_layers(family: str, head: str, tmp_path: Path) -> None:
    if (family, head) == ("electra", "tokens of text"):
        pytest.skip("ELECTRA's own head says nothing of likely tokens")
    teacher = teacher_of(family, tmp_path, head=head)
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    student, kept = make_student(teacher, 2)
    assert kept == (0, 3)
    assert student.config.num_hidden_layers == 2
    assert not student.training
    with torch.no_grad():
        said = student(input_ids=IDS, attention_mask=MASK).logits
        whole = teacher(input_ids=IDS, attention_mask=MASK).logits
        expected = cut_down(teacher, kept)(input_ids=IDS, attention_mask=MASK).logits
    read = MASK.bool() if said.dim() == 3 else ...
    torch.testing.assert_close(said[read], expected[read])
    assert not torch.allclose(said[read], whole[read], atol=1e-3), "its layers matter"
    assert all(torch.equal(tensor, before[name]) for name, tensor in teacher.state_dict().items())


def test_the_weights_of_the_kept_layers_are_the_teachers_and_no_views_of_them(tmp_path: Path) -> None:
    teacher = teacher_of("bert", tmp_path)
    student, _ = make_student(teacher, 2)
    for own, theirs in zip(student.bert.encoder.layer, (teacher.bert.encoder.layer[at] for at in (0, 3)), strict=True):
        for name, weight in own.named_parameters():
            assert torch.equal(weight, theirs.get_parameter(name)), name
    for name in ("bert.embeddings.word_embeddings.weight", "classifier.weight", "bert.pooler.dense.bias"):
        assert torch.equal(student.get_parameter(name), teacher.get_parameter(name))
    with torch.no_grad():
        for weight in student.parameters():
            weight.add_(1.0)
    again, _ = make_student(teacher, 2)
    assert not torch.equal(again.classifier.weight, student.classifier.weight)


def test_windows_of_modernberts_layers_go_with_them(tmp_path: Path) -> None:
    teacher = teacher_of("modernbert", tmp_path, layers=5)
    student, kept = make_student(teacher, 3)
    assert list(student.config.layer_types) == [teacher.config.layer_types[place] for place in kept]
    assert len(set(student.config.layer_types)) == 2, "both kinds are there"


def test_making_one_draws_nothing_from_the_global_stream(tmp_path: Path) -> None:
    teacher = teacher_of("bert", tmp_path)
    torch.manual_seed(5)
    make_student(teacher, 1)
    found = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(found, torch.rand(3))


def test_a_writer_is_refused(tmp_path: Path) -> None:
    base = find_base(str(make_checkpoint(tmp_path / "t5", "t5")))
    writer = load_pretraining(base, "written", seed=1).model
    with pytest.raises(ConfigError, match="encoder and a decoder"):
        make_student(writer, 1)


def test_who_tells_gives_the_same_answers_and_its_hidden_states_beside_them(tmp_path: Path) -> None:
    model = teacher_of("bert", tmp_path)
    with torch.no_grad():
        told, plain = Telling(model)(input_ids=IDS), model(input_ids=IDS)
        states = model.bert(input_ids=IDS).last_hidden_state
    assert torch.equal(told.logits, plain.logits)
    assert torch.equal(told.hidden_states[-1], states)


def cut_down(teacher: Any, kept: tuple[int, ...]) -> Any:
    """Return a copy of a teacher with its other layers taken out of their list."""
    copy = deepcopy(teacher)
    paths = layer_paths(copy)
    if len(paths) > 1:
        parent, _, name = paths[0].rpartition(".")[0].rpartition(".")
        setattr(copy.get_submodule(parent), name, nn.ModuleList(copy.get_submodule(paths[place]) for place in kept))
    copy.config.num_hidden_layers = len(kept)
    return copy
