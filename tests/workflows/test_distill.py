"""Students end to end: of fitted and of pretrained teachers, cut and resumed, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

import accent
from accent.cli.main import run
from accent.inference import Teacher
from accent.modeling import find_base, load_model, save_model
from accent.records import Record, RunFolder
from accent.tasks import Qa
from accent.tokenization import load_tokenizer
from accent.training import Learner
from tests.checkpoints import make_checkpoint
from tests.workflows.jobs import JOBS, finetune_words, write_split
from tests.workflows.small import small_data
from tests.workflows.test_pretrain import events, read, stories, timeless

DEPTH = 4
QUICK: dict[str, Any] = {"batch_size": 16, "precision": "fp32", "seed": 3, "offline": True}
TEXT: dict[str, Any] = {**QUICK, "block_length": 32, "split": (80.0, 20.0, 0.0)}
TASKS = ("classification", "multilabel", "regression", "tagging")
DEPTHS = {"distilbert": "n_layers", "gpt2": "n_layer"}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return what fine-tunes a teacher of four layers for a task, once for each task and strategy."""
    made: dict[tuple[str, str], Path] = {}
    folder = tmp_path_factory.mktemp("teachers")

    def fit(task: str, strategy: str = "full") -> Path:
        if (task, strategy) not in made:
            split = write_split(JOBS[task], folder / task)
            depth = {DEPTHS.get(JOBS[task].family, "num_hidden_layers"): DEPTH}
            if not (folder / task / "base").exists():
                make_checkpoint(folder / task / "base", JOBS[task].family, initializer_range=0.3, **depth)
            target = folder / task / strategy
            words = finetune_words(task, split, target, "--updates", "12", "--strategy", strategy, "--quiet")
            assert run(words) == 0
            made[task, strategy] = target
        return made[task, strategy]

    return fit


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "stories.txt"
    path.write_text("\n\n".join(" ".join(document) for document in stories(60)) + "\n", encoding="utf-8")
    return path


def data_of(teacher: Path) -> dict[str, str]:
    """Return the files that a teacher was fitted to."""
    suffix = JOBS[teacher.parent.name].suffix
    files = {name: str(teacher.parent / f"{name}{suffix}") for name in ("train", "validation", "test")}
    return {"data": files["train"], "validation": files["validation"], "test": files["test"]}


@pytest.mark.parametrize("task", TASKS)
def test_a_fitted_teacher_teaches_its_task(
    task: str, fitted: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher = fitted(task)
    before = {path: path.read_bytes() for path in teacher.rglob("*") if path.is_file()}
    words = [f"--{name}={value}" for name, value in data_of(teacher).items() if name != "data"]
    words += ["--allow", "leaks,conflicts", "--updates", "8", "--learning-rate", "1e-3", "--precision", "fp32"]
    target = tmp_path / "student"
    assert run(["distill", str(teacher), data_of(teacher)["data"], *words, "--output", str(target)]) == 0
    shown = capsys.readouterr().out
    scores, record = read(target / "scores.json"), read(target / "record.json")
    found, main = scores["distilled"], scores["main"]
    assert found["line"] in shown
    assert found["line"] in (target / "report.html").read_text(encoding="utf-8").replace("&#39;", "'")
    assert found["student"] == scores["test"][main]
    assert found["teacher"] == scores["teacher"][main]
    assert found["teacher"] == pytest.approx(read(teacher / "scores.json")["test"][main], abs=1e-6)
    if found["teacher"]["value"] > 0:
        assert found["kept"]["value"] == pytest.approx(found["student"]["value"] / found["teacher"]["value"])
        assert found["kept"]["low"] <= found["kept"]["value"] <= found["kept"]["high"]
    else:
        assert found["kept"] is None
    assert 0 < found["speed"]["low"] <= found["speed"]["value"] <= found["speed"]["high"]
    assert found["size"] == _size(target) / _size(teacher)
    assert record["base"]["layers"] == [1, 4]
    assert record["config"]["task"]["kind"] == task
    losses = [event["loss"] for event in events(target, "update")]
    assert losses[-1] < losses[0]
    student, theirs = (load_file(one / "model" / "model.safetensors") for one in (target, teacher))
    assert {name for name in theirs if name not in student} == {name for name in theirs if _of_a_later_layer(name)}
    assert before == {path: path.read_bytes() for path in before}, "the teacher is as it was"
    answers = [json.dumps(one["answer"]) for one in _lines(target / "predictions.jsonl")]
    texts = [line["text"] for line in _lines(target / "predictions.jsonl")]
    again = [json.dumps(answer) for answer in accent.predict(str(target), texts[:1], precision="fp32")]
    assert len(again) == 1
    assert json.loads(again[0]).keys() == json.loads(answers[0]).keys()


@pytest.mark.parametrize("strategy", ["full", "lora", "head"])
def test_rows_without_labels_are_learned_from_the_teacher_alone(
    strategy: str, fitted: Callable[..., Path], tmp_path: Path
) -> None:
    teacher = fitted("classification", strategy)
    texts = [text for text, _ in small_data()]
    (tmp_path / "texts.csv").write_text("text\n" + "".join(f"{text}\n" for text in texts), encoding="utf-8")
    outcome = accent.distill(
        teacher, tmp_path / "texts.csv", updates=6, learning_rate=1e-3, output=str(tmp_path / "run"), **QUICK
    )
    assert outcome.worth is not None
    assert outcome.worth["agreement"]
    assert outcome.worth["line"].startswith("reaches accuracy")
    assert outcome.scores["teacher"]["accuracy"]["value"] == 1.0, "it is compared with itself"
    lines = _lines(tmp_path / "run" / "predictions.jsonl")
    told = [one["label"] for one in accent.predict(str(teacher), [line["text"] for line in lines], precision="fp32")]
    assert [line["label"] for line in lines] == told
    model = transformers.AutoModelForSequenceClassification.from_pretrained(str(tmp_path / "run" / "model"))
    assert model.config.num_hidden_layers == 2


def test_an_untrained_student_is_its_teacher_without_some_layers(fitted: Callable[..., Path], tmp_path: Path) -> None:
    teacher = fitted("classification")
    outcome = accent.distill(
        teacher, **data_of(teacher), updates=1, learning_rate=1e-30, layers=1, output=str(tmp_path / "run"), **_rows()
    )
    student = load_file(outcome.folder / "model" / "model.safetensors")
    theirs = load_file(teacher / "model" / "model.safetensors")
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in student.items())
    assert Record.read(RunFolder(outcome.folder)).base["layers"] == [1]


def test_the_teacher_is_asked_once_for_each_row(
    fitted: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "cache"))
    asked: list[int] = []
    ask = Teacher.ask
    monkeypatch.setattr(Teacher, "ask", lambda *given, **named: (asked.append(len(given[2])), ask(*given, **named))[1])
    teacher = fitted("classification")
    for name, hidden in (("one", 1.0), ("two", 0.5)):
        accent.distill(
            teacher, **data_of(teacher), epochs=2, hidden_weight=hidden, output=str(tmp_path / name), **_rows()
        )
        assert sum(asked) == 60, "two epochs, two students, 60 training rows"
    assert [Record.read(RunFolder(tmp_path / name)).training["lessons"]["hit"] for name in ("one", "two")] == [
        False,
        True,
    ]


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_a_pretrained_teacher_teaches_on_running_text(family: str, corpus: Path, tmp_path: Path) -> None:
    depth = {DEPTHS.get(family, "num_hidden_layers"): DEPTH}
    teacher = make_checkpoint(tmp_path / "teacher", family, initializer_range=0.2, **depth)
    outcome = accent.distill(
        teacher, corpus, updates=8, learning_rate=3e-3, attention=1.0, output=str(tmp_path / "run"), **TEXT
    )
    record, found = read(outcome.folder / "record.json"), outcome.scores["distilled"]
    assert record["training"]["objective"] == {"bert": "mlm", "gpt2": "clm"}[family]
    assert (record["base"]["layers"], record["base"]["name"]) == ([1, 4], str(teacher))
    assert found["student"] == outcome.scores["validation"]["accuracy"]
    assert found["teacher"] == outcome.scores["teacher"]["accuracy"]
    if found["kept"] is not None:
        assert found["kept"]["value"] == pytest.approx(found["student"]["value"] / found["teacher"]["value"])
        assert found["kept"]["low"] <= found["kept"]["value"] <= found["kept"]["high"]
    losses = [event["loss"] for event in events(outcome.folder, "update")]
    assert sum(losses[-2:]) < sum(losses[:2])
    page = (outcome.folder / "report.html").read_text(encoding="utf-8")
    assert "Beside its teacher" in page
    kind = {"bert": "AutoModelForMaskedLM", "gpt2": "AutoModelForCausalLM"}[family]
    model, loaded = getattr(transformers, kind).from_pretrained(
        str(outcome.folder / "model"), output_loading_info=True, dtype=torch.float32
    )
    assert not loaded["missing_keys"] | loaded["unexpected_keys"] | loaded["mismatched_keys"]
    assert model.config.num_hidden_layers == 2
    assert sum(one.numel() for one in model.parameters()) == record["base"]["parameters"]


def test_a_student_of_running_text_is_a_base(corpus: Path, tmp_path: Path) -> None:
    teacher = make_checkpoint(tmp_path / "teacher", "bert", num_hidden_layers=2)
    student = accent.distill(teacher, corpus, updates=1, output=str(tmp_path / "run"), **TEXT)
    outcome = accent.finetune(
        "builtin:reviews", base=str(student.folder), updates=1, limit=24, output=str(tmp_path / "fitted"), offline=True
    )
    assert read(outcome.folder / "model" / "config.json")["num_hidden_layers"] == 1


@pytest.mark.parametrize("kind", ["task", "text"])
def test_a_cut_run_ends_as_if_it_had_not_been_cut(
    kind: str, fitted: Callable[..., Path], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = {"updates": 6, "evaluate_every": 3, "save_every": 1, "microbatch_size": 5, "learning_rate": 1e-3}
    if kind == "task":
        teacher: Path = fitted("classification")
        settings: dict[str, Any] = {"teacher": teacher, **data_of(teacher), **_rows()}
    else:
        settings = {"teacher": make_checkpoint(tmp_path / "teacher", "bert", num_hidden_layers=DEPTH), "data": corpus}
        settings |= TEXT
    whole = accent.distill(**settings, **often, output=str(tmp_path / "whole")).folder
    cut = tmp_path / "cut"
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", _failing(4))
        with pytest.raises(_PowerCutError):
            accent.distill(**settings, **often, output=str(cut))
    accent.distill(resume=str(cut))
    assert timeless(cut) == timeless(whole)
    one, other = (load_file(run / "model" / "model.safetensors") for run in (cut, whole))
    assert one.keys() == other.keys()
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())
    mine, theirs = (read(run / "scores.json") for run in (cut, whole))
    for found in (mine["distilled"], theirs["distilled"]):
        del found["speed"], found["line"]
    assert mine == theirs
    with pytest.raises(accent.errors.RunError, match="the run is done"):
        accent.distill(resume=str(cut))


class TestRefusals:
    """Two lines, and exit code 2."""

    @pytest.fixture
    def desk(self, fitted: Callable[..., Path], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "stories.txt").write_text(corpus.read_text(encoding="utf-8"), encoding="utf-8")
        for name, labels in (("rows", ("good", "bad")), ("stars", ("one", "five"))):
            with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                named = dict(zip(("good", "bad"), labels, strict=True))
                csv.writer(file).writerows([("text", "label"), *((text, named[one]) for text, one in small_data())])
        (tmp_path / "fitted").symlink_to(fitted("classification"))
        return tmp_path

    @pytest.mark.parametrize(
        ("words", "what", "remedy"),
        [
            ("fitted rows.csv --layers 4", "a student of 4 layers is no smaller", "--layers from 1 to 3"),
            ("fitted stars.csv", "label 'one' is not one of the model's 2 classes", "Mend the label"),
            ("fitted nowhere.csv", "nowhere.csv", ""),
            ("fitted rows.csv --block-length 64", "block_length has no effect", "Leave it out"),
            (
                "bert stories.txt --layers 2 --block-length 32",
                "a student of 2 layers is no smaller",
                "--layers from 1 to 1",
            ),
            ("bert stories.txt --alpha 0.3", "alpha has no effect", "Leave it out"),
            ("bert stories.txt --block-length 100", "64", "--block-length 64"),
            ("one stories.txt --block-length 32", "the teacher has one layer", "a teacher with more layers"),
            (
                "headless stories.txt --block-length 32",
                "saved without the head",
                "accent pretrain CORPUS --base headless",
            ),
            ("builtin:minilm stories.txt", "saved without the head", "accent pretrain"),
            ("electra stories.txt", "learned rtd", "a fine-tuned run"),
            ("t5 stories.txt", "learned span", "a fine-tuned run"),
            ("gpt2 stories.txt --mask-rate 0.3", "mask_rate has no effect", "Leave it out"),
            ("nowhere stories.txt", "nowhere", ""),
            ("begun stories.txt", "the teacher has no model yet", "accent finetune --resume begun"),
        ],
    )
    def test_two_lines_say_what_and_what_to_do(
        self, words: str, what: str, remedy: str, desk: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.put(words.partition(" ")[0])
        code = run(["distill", *words.split(), "--updates", "1", "--output", "run", "--offline", "--quiet"])
        lines = capsys.readouterr().err.strip().splitlines()
        assert code == 2, lines
        assert len(lines) == 2, lines
        assert what in lines[0]
        assert remedy in lines[1]
        assert not Path("run/checkpoints").exists() or not any(Path("run/checkpoints").iterdir())

    def put(self, teacher: str) -> None:
        """Write the teacher of this name into the working folder."""
        settings: dict[str, Any] = {"one": {"num_hidden_layers": 1}, "headless": {"head": False}}
        family = {"one": "bert", "headless": "bert"}.get(teacher, teacher)
        if teacher == "begun":
            Record(command=[], config={"data": {}}, seed=1, status="interrupted").write(RunFolder(Path("begun")))
        elif teacher not in ("fitted", "nowhere", "builtin:minilm"):
            make_checkpoint(Path(teacher), family, **settings.get(teacher, {}))

    @pytest.mark.parametrize("strategy", ["adapter", "prefix"])
    def test_what_lies_in_the_layers_cannot_be_kept(
        self, strategy: str, fitted: Callable[..., Path], desk: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        teacher = fitted("classification", strategy)
        assert run(["distill", str(teacher), "rows.csv", "--output", "run", "--offline", "--quiet"]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 2, lines
        assert strategy in lines[0]
        assert "lora" in lines[1]

    def test_answers_that_are_written_or_pointed_at_are_refused(
        self, fitted: Callable[..., Path], desk: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = json.loads((desk / "fitted" / "model" / "accent.json").read_text(encoding="utf-8"))
        assert settings["task"] == "classification"
        base = find_base(str(make_checkpoint(desk / "base", "bert")))
        save_model(load_model(base, "span", (), seed=1).model, load_tokenizer(base.folder), desk / "reader")
        changed = {"task": "qa", "labels": ["start", "end"], "settings": Qa().settings()}
        (desk / "reader" / "accent.json").write_text(json.dumps(settings | changed), encoding="utf-8")
        assert run(["distill", "reader", "rows.csv", "--output", "run", "--offline", "--quiet"]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 2
        assert "a teacher of qa cannot be distilled" in lines[0]
        assert "running text" in lines[1]


def _rows() -> dict[str, Any]:
    return {"allow": ["leaks", "conflicts"], **QUICK}


def _size(folder: Path) -> int:
    return (folder / "model" / "model.safetensors").stat().st_size


def _of_a_later_layer(name: str) -> bool:
    return ".layer.2." in name or ".layer.3." in name


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class _PowerCutError(BaseException):
    """What no handler may swallow."""


def _failing(update: int) -> Callable[..., Any]:
    """Return an update that lets the power fail when this many have been taken."""
    learn, taken = Learner.update, [0]

    def failing(self: Learner, *given: Any, **named: Any) -> Any:
        taken[0] += 1
        if taken[0] > update:
            raise _PowerCutError
        return learn(self, *given, **named)

    return failing
