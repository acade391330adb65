"""What a search may try: specs in words, and the values that a grid takes of them."""

from __future__ import annotations

import pytest

from accent.config import TuneConfig
from accent.config.load import resolve
from accent.config.show import to_dict
from accent.config.space import Choice, Range, grid_of, read_space, searchable
from accent.errors import Problems


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("batch_size=8,16,8", (8, 16)),
        ("epochs=1,2.5", (1.0, 2.5)),
        ("dropout=none,0.1", (None, 0.1)),
        ("schedule=linear, cosine", ("linear", "cosine")),
        ("base=a/b,builtin:minilm", ("a/b", "builtin:minilm")),
        ("targets=attention,all-linear", ("attention", "all-linear")),
        ("learning_rate=1e-5..1e-2 log", (1e-5, 1e-4, 1e-3, 1e-2)),
        ("weight_decay=0..0.3", (0.0, 0.1, 0.2, 0.3)),
        ("rank=4..13 step 4", (4, 8, 12)),
        ("rank=1..2", (1, 2)),
        ("training.schedule.warmup-ratio=0..0.2 step 0.1", (0.0, 0.1, 0.2)),
        ("per_device_train_batch_size=4,8", (4, 8)),
    ],
)
def test_a_spec_is_read(text: str, values: tuple[object, ...]) -> None:
    (dimension,) = read_space([text])
    assert grid_of(dimension) == pytest.approx(values) if isinstance(dimension, Range) else grid_of(dimension) == values


def test_what_a_dimension_knows() -> None:
    rate, rank, size = read_space(["learning_rate=1e-5..1e-3 log", "rank=2,4", "batch_size=8..64 log"])
    assert isinstance(rate, Range)
    assert (rate.low, rate.high, rate.log, rate.step, rate.whole, rate.kinds) == (1e-5, 1e-3, True, None, False, ())
    assert isinstance(rank, Choice)
    assert rank.kinds == ("lora",)
    assert isinstance(size, Range)
    assert size.whole


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("lerning_rate=1,2", "no setting lerning_rate", "learning_rate"),
        ("seed=1,2", "seed is the same for all trials", "--seed"),
        ("metric=accuracy", "metric is the same for all trials", "--metric"),
        ("batch_size", "names no values", "NAME=A,B,C"),
        ("batch_size=1.5", "'1.5' is not a whole number", "NAME=A"),
        ("learning_rate=nan,1", "'nan' is not a number", "NAME=A"),
        ("strategy=ful", "strategy cannot be 'ful'", "Did you mean full?"),
        ("schedule=1..2", "schedule is no number", "Write its values"),
        ("epochs=3..1", "3 is not below 1", ""),
        ("weight_decay=0..1 log", "cannot begin at 0", "above 0"),
        ("rank=1..4 step 9", "a step of 9 does not fit", ""),
        ("rank=1..4 by 2", "is no range", "step N"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(text: str, what: str, remedy: str) -> None:
    with pytest.raises(Problems) as caught:
        read_space([text])
    (error,) = caught.value.errors
    assert what in error.what
    assert error.where == text
    assert remedy in error.remedy


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(Problems) as caught:
        read_space(["rank=x", "rank=1,2", "rank=3,4", "nothing=1"])
    assert [error.where for error in caught.value.errors] == ["rank=x", "rank=3,4", "nothing=1"]


def test_what_says_what_a_score_means_is_not_searched() -> None:
    known = searchable()
    assert {"learning_rate", "strategy", "base", "class_weights", "rank", "warmup_ratio"} <= set(known)
    assert not {"data", "limit", "seed", "output", "metric", "task", "evaluate_every", "processes"} & set(known)


def test_a_search_has_every_setting_of_a_fine_tuning() -> None:
    flags = {"data": "x.csv", "trials": "7", "space": ["epochs=1,2"], "epochs": "2", "dropout": "0.2", "seed": "3"}
    config = resolve(TuneConfig, flags=flags)
    assert (config.search.trials, config.search.space) == (7, ("epochs=1,2",))
    inner = config.finetuning
    assert (inner.training.epochs, inner.model.dropout, inner.run.seed) == (2.0, 0.2, 3)
    assert "search" not in to_dict(inner)


def test_what_does_not_go_with_a_search() -> None:
    flags = {"data": "x.csv", "processes": "2", "time_budget": "1m", "disk_limit": "1GB", "space": ["rnk=1,2"]}
    with pytest.raises(Problems) as caught:
        resolve(TuneConfig, flags=flags)
    places = {error.where for error in caught.value.errors}
    assert places == {"--processes", "--time-budget", "--disk-limit", "--space"}
    with pytest.raises(Problems) as caught:
        resolve(TuneConfig, flags={"data": "x.csv", "keep_runs": "none", "winner": "retrained"})
    assert [error.where for error in caught.value.errors] == ["--winner"]
    assert resolve(TuneConfig, flags={"data": "x.csv", "keep_runs": "all", "disk_limit": "1GB"})
