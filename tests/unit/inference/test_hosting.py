"""Runs that are served together answer as each does alone, from one copy of what they share."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from accent.errors import ConfigError, RunError
from accent.inference import Host, Hosted, Predictor
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint
from tests.unit.inference.served import STRATEGIES, save_served

Row = tuple[str, str | None]

MIXED = {"head", "merged-head", "lora", "wide-lora", "pfeiffer", "prefix", "long-prefix"}
"""Strategies whose layers are the base's but for what is added."""
TEXTS = [*SENTENCES, "ok", "a warm film " * 12]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a maker of bases, one of each family, with weights so wide that texts differ."""

    @cache
    def make(family: str) -> Path:
        wide = {"initializer_factor": 4.0} if family == "t5" else {"initializer_range": 0.3}
        return make_checkpoint(tmp_path_factory.mktemp(family) / "base", family, **wide)

    return make


def hosted(host: Host, folders: dict[str, Path]) -> dict[str, Hosted]:
    found = {name: host.load(name, folder) for name, folder in folders.items()}
    for run in found.values():
        host.put(run)
    return found


def rows_of(run: Hosted, texts: Sequence[str] = tuple(TEXTS)) -> list[Row]:
    return [(text, texts[-place - 1] if run.pair else None) for place, text in enumerate(texts)]


def interleaved(runs: dict[str, Hosted]) -> list[tuple[Hosted, Row]]:
    """Return the rows of all runs in turns, each run beginning at another text."""
    listed = [(run, rows_of(run)) for run in runs.values()]
    return [
        (run, rows[(place + turn) % len(rows)])
        for turn in range(len(TEXTS))
        for place, (run, rows) in enumerate(listed)
    ]


def alone(folders: dict[str, Path], asked: Sequence[tuple[Hosted, Row]], **options: Any) -> list[dict[str, Any]]:
    """Answer every row by its run's own predictor, all rows of a run at once."""
    answers: dict[tuple[str, Row], dict[str, Any]] = {}
    for name, folder in folders.items():
        rows = list(dict.fromkeys(row for run, row in asked if run.name == name))
        found = Predictor.load(folder, precision="fp32", batch_tokens=80, **options).answers(rows)
        answers |= {(name, row): answer for row, answer in zip(rows, found, strict=True)}
    return [answers[run.name, row] for run, row in asked]


def assert_same(found: Any, expected: Any) -> None:
    """Compare answers: numbers within 1e-5, all else exactly."""
    if isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-5, rel=1e-5)
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert_same(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert found == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mix_of_all_strategies_answers_as_each_run_alone(
    bases: Callable[[str], Path], tmp_path: Path, family: str
) -> None:
    folders = {
        name: save_served(tmp_path / name, bases(family), name, seed=seed) for seed, name in enumerate(STRATEGIES)
    }
    host = Host(precision="fp32", batch_tokens=80)
    runs = hosted(host, folders)
    asked = interleaved(runs)
    found, expected = host.answers(asked), alone(folders, asked)
    scores = {round(answer["score"], 4) for answer in expected}
    assert len(scores) > len(asked) // 3  # runs and texts differ, so that an exchange of two would show
    assert_same(found, expected)
    assert {name for name, run in runs.items() if run.served is not None and run.served.mix is not None} == MIXED
    assert {name for name, run in runs.items() if run.shared} == MIXED | {"houlsby"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mix_of_all_tasks_that_read(bases: Callable[[str], Path], tmp_path: Path, family: str) -> None:
    kinds = {
        "multilabel": "lora",
        "regression": "head",
        "tagging": "pfeiffer",
        "qa": "prefix",
        "classification": "prefix",
    }
    folders = {
        task: save_served(tmp_path / task, bases(family), strategy, task, seed=seed)
        for seed, (task, strategy) in enumerate(kinds.items())
    }
    host = Host(precision="fp32", batch_tokens=80)
    runs = hosted(host, folders)
    asked = interleaved(runs)
    assert_same(host.answers(asked), alone(folders, asked))
    assert all(run.served is not None and run.served.mix is not None for run in runs.values())
    assert len({id(run.served.mix.trunk) for run in runs.values() if run.served and run.served.mix}) == 1


@pytest.mark.parametrize(
    ("family", "task"), [("t5", "summarization"), ("bart", "summarization"), ("gpt2", "generation")]
)
def test_runs_that_write_stand_beside_the_others(
    bases: Callable[[str], Path], tmp_path: Path, family: str, task: str
) -> None:
    folders = {
        name: save_served(tmp_path / name, bases(family), name, task, seed=seed)
        for seed, name in enumerate(("lora", "pfeiffer", "prefix", "full"))
    }
    folders["reads"] = save_served(tmp_path / "reads", bases("bert"), "lora")
    host = Host(precision="fp32", batch_tokens=2000)
    runs = hosted(host, folders)
    asked = [(run, row) for run, row in interleaved(runs) if len(row[0]) < 60]
    assert_same(host.answers(asked), alone(folders, asked))
    assert [run.shared for run in runs.values()] == [True, True, True, False, True]
    trees = [run.served.predictor.model for run in runs.values() if run.served is not None]
    one, other, *_ = ({p.data_ptr() for p in model.parameters()} for model in trees)
    assert len(one & other) > 10  # the base's own weights


def test_what_is_written_comes_in_pieces_too(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {
        "writes": save_served(tmp_path / "writes", bases("gpt2"), "lora", "generation"),
        "reads": save_served(tmp_path / "reads", bases("gpt2"), "lora"),
    }
    host = Host(precision="fp32")
    runs = hosted(host, folders)
    assert [run.streams for run in runs.values()] == [True, False]
    pieces = list(host.stream(runs["writes"], SENTENCES[0]))
    whole = host.answers([(runs["writes"], (SENTENCES[0], None))])
    assert len(pieces) > 1
    assert ["".join(pieces)] == [answer["text"] for answer in whole]
    halfway = host.stream(runs["writes"], SENTENCES[0])
    first = next(halfway)
    assert_same(
        host.answers([(runs["reads"], (SENTENCES[1], None))]), alone(folders, [(runs["reads"], (SENTENCES[1], None))])
    )
    assert first + "".join(halfway) == "".join(pieces)
    with pytest.raises(ConfigError, match="answers at once"):
        next(host.stream(runs["reads"], SENTENCES[0]))


def test_rows_that_cannot_be_answered_keep_their_places(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {
        "one": save_served(tmp_path / "one", bases("bert"), "lora"),
        "two": save_served(tmp_path / "two", bases("bert"), "prefix", "qa"),
        "own": save_served(tmp_path / "own", bases("bert"), "full"),
    }
    host = Host(precision="fp32")
    runs = hosted(host, folders)
    rows = [("a film", None), ("  ", None), ("a film", "and more"), ("half \ud800", None)]
    asked = [(run, row) for row in rows for run in runs.values()]
    found = host.answers(asked)
    expected = [
        {"error": run.complaint(row)} if run.complaint(row) else alone(folders, [(run, row)])[0] for run, row in asked
    ]
    assert_same(found, expected)
    assert [len(answer) == 1 and "error" in answer for answer in found] == [
        False, True, False, True, True, True, True, False, True, True, True, True,
    ]  # fmt: skip
    assert found[3]["error"] == "the text is empty"
    assert host.answers([]) == []


def test_in_bf16_a_mix_is_near(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {name: save_served(tmp_path / name, bases("bert"), name) for name in sorted(MIXED)}
    host = Host(precision="bf16")
    runs = hosted(host, folders)
    asked = interleaved(runs)
    for answer, exact in zip(host.answers(asked), alone(folders, asked), strict=True):
        assert answer["scores"] == pytest.approx(exact["scores"], abs=0.1)


def test_names_are_given_once_and_given_back(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folder = save_served(tmp_path / "run", bases("bert"))
    host = Host(precision="fp32")
    one = host.load("a", folder)
    assert host.runs() == ()
    assert host.find("a") is None
    host.put(one)
    other = host.load("a", folder)
    with pytest.raises(RunError, match="a run called a is served already"):
        host.put(other)
    assert host.runs() == (one,)
    assert host.find("a") is one
    assert host.remove("a") is one
    with pytest.raises(RunError, match="no run is called a"):
        host.remove("a")
    host.put(other)
    assert host.runs() == (other,)
    asked: list[tuple[Hosted, Row]] = [(one, (TEXTS[0], None)), (other, (TEXTS[0], None))]
    found = host.answers(asked)  # one was removed, and answers whoever holds it
    assert_same(found[0], found[1])
    with pytest.raises(RunError, match="no such folder"):
        host.load("b", tmp_path / "nowhere")


def test_whole_models_are_put_out_and_come_back(bases: Callable[[str], Path], tmp_path: Path) -> None:
    names = ("a", "b", "c")
    folders = {name: save_served(tmp_path / name, bases("bert"), "full", seed=seed) for seed, name in enumerate(names)}
    folders["light"] = save_served(tmp_path / "light", bases("bert"), "lora")
    size = Host(precision="fp32").load("a", folders["a"]).memory
    weights = sum(p.numel() * 4 for p in Predictor.load(folders["a"], precision="fp32").model.parameters())
    assert size == weights
    host = Host(precision="fp32", memory=2 * size)
    runs = hosted(host, {name: folders[name] for name in ("light", *names)})

    def loaded() -> str:
        return "".join(name for name in names if runs[name].loaded)

    assert loaded() == "bc"
    assert runs["a"].memory == 0
    row = (TEXTS[1], None)
    expected = alone(folders, [(runs[name], row) for name in names])
    for name, after in (("b", "bc"), ("a", "ab"), ("c", "ac"), ("a", "ac"), ("b", "ab")):
        assert_same(host.answers([(runs[name], row)]), [expected[names.index(name)]])
        assert loaded() == after
        assert runs["light"].loaded
    assert_same(host.answers([(runs[name], row) for name in names]), expected)
    removed = host.remove("c")
    assert_same(host.answers([(removed, row)]), [expected[2]])


def test_a_bound_that_holds_no_model_holds_one(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {name: save_served(tmp_path / name, bases("bert"), "full") for name in ("a", "b")}
    host = Host(precision="fp32", memory=1)
    runs = hosted(host, folders)
    for name in ("a", "b", "a"):
        assert_same(host.answers([(runs[name], (TEXTS[0], None))]), alone(folders, [(runs[name], (TEXTS[0], None))]))
        assert [one for one, run in runs.items() if run.loaded] == [name]


def test_a_model_that_comes_back_without_its_company_counts_for_all_of_it(
    bases: Callable[[str], Path], tmp_path: Path
) -> None:
    names = ("lora", "partial", "full")
    folders = {name: save_served(tmp_path / name, bases("bert"), name) for name in names}
    host = Host(precision="fp32", memory=1)
    runs = hosted(host, folders)
    partial, size = runs["partial"], runs["full"].size
    assert partial.size < size / 2
    assert not partial.loaded
    host.remove("lora")
    del runs
    gc.collect()
    host.answers([(partial, (TEXTS[0], None))])
    assert partial.memory == size


def test_a_model_that_cannot_come_back_fails_its_own_rows_only(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {name: save_served(tmp_path / name, bases("bert"), "full", seed=3) for name in ("a", "b")}
    host = Host(precision="fp32", memory=1)
    runs = hosted(host, folders)
    (folders["a"] / "model" / "model.safetensors").unlink()
    found = host.answers([(runs["a"], (TEXTS[0], None)), (runs["b"], (TEXTS[0], None))])
    assert found[0] == {"error": "the run was put out of memory, and its files cannot be read any more"}
    assert_same(found[1:], alone({"b": folders["b"]}, [(runs["b"], (TEXTS[0], None))]))


def test_runs_come_and_go_while_others_answer(bases: Callable[[str], Path], tmp_path: Path) -> None:
    names = ("lora", "prefix", "pfeiffer", "full")
    folders = {name: save_served(tmp_path / name, bases("bert"), name) for name in names}
    host = Host(precision="fp32", batch_tokens=80, memory=1)
    stays = hosted(host, {"stays": folders["lora"]})["stays"]
    expected = alone({"stays": folders["lora"]}, [(stays, (text, None)) for text in TEXTS])
    failed: list[BaseException] = []
    done = threading.Event()

    def change() -> None:
        try:
            for turn in range(3):
                for name in names:
                    host.put(host.load(f"{name}{turn % 2}", folders[name]))
                for name in names:
                    host.remove(f"{name}{turn % 2}")
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    other = threading.Thread(target=change)
    other.start()
    rounds = 0
    while not done.is_set() or not rounds:
        rows = [(stays, (text, None)) for text in TEXTS]
        beside = [(run, (TEXTS[0], None)) for run in host.runs() if run is not stays]
        found = host.answers([*beside, *rows])
        assert_same(found[len(beside) :], expected)
        assert all("label" in answer for answer in found)
        rounds += 1
    other.join()
    assert not failed
    assert host.runs() == (stays,)


def test_a_moved_base_is_found_where_it_is_said_to_be(tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", initializer_range=0.3)
    folders = {"run": save_served(tmp_path / "run", base)}
    base.rename(tmp_path / "moved")
    with pytest.raises(RunError, match="is not found"):
        Host(precision="fp32").load("run", folders["run"])
    host = Host(precision="fp32", base=str(tmp_path / "moved"))
    runs = hosted(host, folders)
    asked = interleaved(runs)
    assert_same(host.answers(asked), alone(folders, asked, base=str(tmp_path / "moved")))


def test_a_whole_head_run_without_its_base_answers_by_itself(tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", initializer_range=0.3)
    folders = {"run": save_served(tmp_path / "run", base, "merged-head")}
    base.rename(tmp_path / "moved")
    runs = hosted(host := Host(precision="fp32"), folders)
    asked = interleaved(runs)
    assert not runs["run"].shared
    assert_same(host.answers(asked), alone(folders, asked))


def test_what_is_shared_is_held_once_and_let_go(bases: Callable[[str], Path], tmp_path: Path) -> None:
    folders = {name: save_served(tmp_path / name, bases("bert"), name) for name in ("lora", "head", "partial")}
    host = Host(precision="fp32")
    runs = hosted(host, folders)
    sizes = {name: run.memory for name, run in runs.items()}
    models = {name: run.served.predictor.model for name, run in runs.items() if run.served is not None}
    trunk = runs["lora"].served.mix.trunk if runs["lora"].served and runs["lora"].served.mix else None
    assert trunk is not None
    ours = {p.data_ptr() for p in trunk.model.parameters()}
    for name, model in models.items():
        own = [p for p in model.parameters() if p.data_ptr() not in ours]
        assert sum(p.numel() * 4 for p in own) == sizes[name]
        assert own
    words = models["partial"].get_input_embeddings().weight
    assert words.data_ptr() == trunk.model.get_input_embeddings().weight.data_ptr()
    encoders = {id(run.served.predictor.encoder) for run in runs.values() if run.served is not None}
    assert len(encoders) == 1
    assert host._bases.known(runs["lora"].settings.base.digest) is not None
    digest = runs["lora"].settings.base.digest
    for name in folders:
        host.remove(name)
    del runs, models, model, trunk, words, own
    gc.collect()
    assert host._bases.known(digest) is None


def test_what_loads_a_run_leaves_no_thread_behind(
    bases: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that has multiplied matrices keeps helpers, and too many helpers slow down the one that answers."""
    load, loaders = Predictor.load, []

    def noted(*given: Any, **named: Any) -> Predictor:
        loaders.append(threading.current_thread())
        return load(*given, **named)

    monkeypatch.setattr(Predictor, "load", noted)
    Host(precision="fp32").load("one", save_served(tmp_path / "run", bases("bert"), "full"))
    (loader,) = loaders
    assert loader is not threading.current_thread()
    assert not loader.is_alive()
