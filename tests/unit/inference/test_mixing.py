"""The layers run once for the rows of several runs say of each row what its own run's layers say of it alone."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from accent.inference import Predictor
from accent.inference.additions import Additions
from accent.inference.mixing import Part, Trunk
from accent.modeling import Anatomy, Cut, find_base
from tests.checkpoints import SENTENCES, make_checkpoint
from tests.unit.inference.served import save_served

CPU = torch.device("cpu")


def part_of(predictor: Predictor, texts: Sequence[str]) -> Part:
    anatomy = Anatomy.of(predictor.model, predictor.task.head)
    cut = Cut(predictor.model, anatomy, len(anatomy.layers))
    return Part(predictor.examples(list(texts)), Additions.of(predictor.model), cut)


def trunk_of(base: Path, precision: str = "fp32") -> Trunk:
    trunk = Trunk(find_base(str(base)), CPU, precision=precision)
    trunk.settle()
    return trunk


@pytest.mark.parametrize("family", ["bert", "gpt2"])
@pytest.mark.parametrize("batch_tokens", [1, 70, 4096])
def test_what_the_layers_say_is_put_where_it_belongs(tmp_path: Path, family: str, batch_tokens: int) -> None:
    base = make_checkpoint(tmp_path / "base", family, initializer_range=0.3)
    made = [("a", "lora", "classification"), ("b", "prefix", "tagging"), ("c", "pfeiffer", "classification")]
    parts = []
    for number, (name, strategy, task) in enumerate(made):
        run = save_served(tmp_path / name, base, strategy, task, seed=number)
        parts.append(part_of(Predictor.load(run, precision="fp32"), SENTENCES[number : number + 5]))
    empty = family == "gpt2"  # whose tokenizer puts nothing before or behind a text
    if empty:
        parts[1] = Part(_with_an_empty_text(parts[1], tmp_path / "b"), parts[1].additions, parts[1].cut)
    said = trunk_of(base).activations(parts, batch_tokens=batch_tokens)
    assert [one.single for one in said] == [True, False, True]
    for part, one in zip(parts, said, strict=True):
        for example in range(len(part.examples.rows)):
            chosen = np.asarray([example])
            with torch.inference_mode():
                alone = part.cut.below(part.examples.batch(chosen).inputs)
            torch.testing.assert_close(one.batch(chosen), alone, rtol=1e-4, atol=1e-5)
    assert (parts[1].examples.rows.lengths.min() == 0) == empty


def _with_an_empty_text(part: Part, run: Path) -> object:
    return Predictor.load(run, precision="fp32").examples([SENTENCES[0], "", SENTENCES[1]])


def test_additions_are_laid_out_anew_for_new_runs_only(tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", initializer_range=0.3)
    runs = [Predictor.load(save_served(tmp_path / str(n), base, seed=n), precision="fp32") for n in range(3)]
    parts = [part_of(run, SENTENCES[:2]) for run in runs]
    trunk = trunk_of(base)
    expected = [trunk_of(base).activations([part], batch_tokens=100)[0].values for part in parts]
    laid_out = []
    for order in ([0, 1], [1], [1, 0], [2, 0], [2, 1, 0], [0, 2]):
        said = trunk.activations([parts[place] for place in order], batch_tokens=100)
        for place, one in zip(order, said, strict=True):
            np.testing.assert_allclose(one.values, expected[place], rtol=1e-4, atol=1e-5)
        laid_out.append(trunk._beside)
    assert [len(one.runs()) for one in laid_out] == [2, 2, 2, 3, 3, 3]
    assert len({id(one) for one in laid_out}) == 2
    last = trunk._beside
    del parts[1], runs[1]
    gc.collect()
    assert sum(run is None for run in last.runs()) == 1
    trunk.activations(parts, batch_tokens=100)
    assert trunk._beside is last
    more = part_of(Predictor.load(save_served(tmp_path / "more", base, seed=9), precision="fp32"), SENTENCES[:2])
    trunk.activations([more], batch_tokens=100)
    assert len(trunk._beside.runs()) == 3  # the one that is gone is not laid out again


def test_in_bf16_matrices_are_kept_as_autocast_turns_them(tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", initializer_range=0.3)
    part = part_of(Predictor.load(save_served(tmp_path / "run", base, "head"), precision="fp32"), SENTENCES)
    settled = trunk_of(base, "bf16").activations([part], batch_tokens=100)[0].values
    plain = Trunk(find_base(str(base)), CPU, precision="bf16").activations([part], batch_tokens=100)[0].values
    exact = trunk_of(base).activations([part], batch_tokens=100)[0].values
    np.testing.assert_array_equal(settled, plain)
    assert 1e-4 < np.abs(settled - exact).max() < 0.2
