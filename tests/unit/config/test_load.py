"""The border: parsing, strictness, precedence, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config import (
    CheckConfig,
    EvaluateConfig,
    FinetuneConfig,
    InspectConfig,
    LoraConfig,
    PredictConfig,
    ReadingConfig,
    StrategyConfig,
)
from accent.config.annotations import members
from accent.config.load import resolve, restore
from accent.config.show import to_dict
from accent.errors import ConfigError, Problems


def finetune(**flags: object) -> FinetuneConfig:
    return resolve(FinetuneConfig, flags={"data": "x.csv"} | flags)


def problems(config: type = FinetuneConfig, **given: object) -> list[ConfigError]:
    with pytest.raises(Problems) as caught:
        resolve(config, **given)  # type: ignore[arg-type]
    return list(caught.value.errors)


def only(config: type = FinetuneConfig, **given: object) -> ConfigError:
    found = problems(config, **given)
    assert len(found) == 1, [error.what for error in found]
    return found[0]


def yaml_file(folder: Path, text: str) -> Path:
    file = folder / "c.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_texts_are_parsed_once():
    config = finetune(
        batch_size="16",
        learning_rate="2e-5",
        clean=["urls,html"],
        split=["70,20,10"],
        schedule="cosine",
        warmup_ratio="0.1",
        text_column=["a", "b"],
        max_grad_norm="none",
        offline=True,
    )
    assert config.training.batch_size == 16
    assert config.training.learning_rate == 2e-5
    assert config.data.clean == ("urls", "html")
    assert config.data.split == (70.0, 20.0, 10.0)
    assert (config.training.schedule.kind, config.training.schedule.warmup_ratio) == ("cosine", 0.1)
    assert config.data.text_column == ("a", "b")
    assert config.training.max_grad_norm is None
    assert config.run.offline is True


@pytest.mark.parametrize("given", ["auto", " auto "])
def test_a_word_goes_in_place_of_a_number(given: str):
    assert finetune(learning_rate=given).training.learning_rate == "auto"
    assert resolve(FinetuneConfig, flags={"data": "x", "learning_rate": "auto"}, typed=True) == finetune(data="x")


def test_a_number_or_a_word_is_asked_for():
    error = only(flags={"data": "x", "learning_rate": "none"})
    assert "must be a number above 0, or auto, not 'none'" in error.what


def test_none_stays_a_word_where_it_is_a_choice():
    config = finetune(quoting="none", header="none")
    assert (config.data.quoting, config.data.header) == ("none", "none")


def test_a_column_with_a_comma_stands_in_quotes():
    assert finetune(text_column=['"a, b"', "c"]).data.text_column == ("a, b", "c")


def test_a_column_keeps_its_quotes_where_it_has_no_comma():
    assert finetune(text_column=['say "x"']).data.text_column == ('say "x"',)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", True),
        ("batch_size", "4"),
        ("batch_size", 4.0),
        ("batch_size", 0),
        ("learning_rate", "1e-5"),
        ("learning_rate", "automatic"),
        ("learning_rate", None),
        ("layer_decay", 1.5),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", True),
        ("dropout", 1.0),
        ("metric", "f2"),
        ("offline", 1),
        ("offline", "true"),
        ("base", ""),
        ("text_column", ("a", "b", "c")),
        ("split", (80, 20)),
        ("clean", "html"),
        ("batch_size", None),
    ],
)
def test_python_values_are_strict(name: str, value: object):
    error = only(flags={"data": "x", name: value}, typed=True)
    assert error.where == name
    assert name in error.what


def test_python_values_that_fit():
    settings = {"data": Path("x.csv"), "epochs": 2, "clean": ["html"], "limit": None, "learning_rate": 1}
    config = resolve(FinetuneConfig, flags=settings, typed=True)
    assert config.data.source == "x.csv"
    assert config.training.epochs == 2.0
    assert isinstance(config.training.epochs, float)
    assert config.data.clean == ("html",)


def test_precedence_is_file_then_set_then_flags(tmp_path: Path):
    file = yaml_file(tmp_path, "data: a.csv\ntraining:\n  batch_size: 1\n  keep: 1\n  processes: 1\nrun: {seed: 1}\n")
    sets = ["training.batch_size=2", "training.keep=2"]
    config = resolve(FinetuneConfig, file=file, sets=sets, flags={"batch_size": "3"})
    assert (config.training.batch_size, config.training.keep, config.run.seed) == (3, 2, 1)
    assert config.training.learning_rate == "auto"


def test_a_file_takes_sections_flat_names_and_aliases(tmp_path: Path):
    text = "data: a.csv\nlearning_rate: 2e-5\nnum_train_epochs: 4\nschedule: cosine\ntraining:\n  keep: 3\n"
    config = resolve(FinetuneConfig, file=yaml_file(tmp_path, text))
    assert config.data.source == "a.csv"
    assert config.training.learning_rate == 2e-5
    assert config.training.epochs == 4.0
    assert config.training.schedule.kind == "cosine"
    assert config.training.keep == 3


def test_every_problem_at_once():
    found = problems(
        sets=["trainig.keep=1", "keep"],
        flags={"epohcs": "1", "batch_size": "x", "columns": ["a"], "header": "first", "updates": "5", "epochs": "1"},
    )
    whats = " / ".join(error.what for error in found)
    for part in (
        "trainig.keep",
        "keep has no =",
        "epohcs",
        "batch_size must be",
        "no data",
        "columns has",
        "epochs has",
    ):
        assert part in whats
    assert len(found) == 7
    assert all(error.remedy and "\n" not in error.what + error.remedy for error in found)


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ({"flags": {"learnin_rate": "1"}}, "learning_rate"),
        ({"flags": {"metric": "acuracy"}}, "accuracy"),
        ({"flags": {"clean": ["html,whitspace"]}}, "whitespace"),
        ({"sets": ["training.bach_size=1"]}, "training.batch_size"),
    ],
)
def test_did_you_mean(given: dict[str, object], near: str):
    flags = {"data": "x"} | dict(given.pop("flags", {}))  # type: ignore[call-overload]
    assert only(flags=flags, **given).remedy == f"Did you mean {near}?"


def test_unknown_key_of_a_file_is_named_with_its_place(tmp_path: Path):
    file = yaml_file(tmp_path, "data: {source: a, formt: csv}\n")
    error = only(file=file)
    assert error.where == f"{file}:data.formt"
    assert error.remedy == "Did you mean format?"


def test_a_files_values_are_strict(tmp_path: Path):
    file = yaml_file(tmp_path, 'data: a\nbatch_size: "4"\nkeep: true\ntraining: 3\n')
    found = {error.where.rpartition(":")[2]: error.what for error in problems(file=file)}
    assert found["training.batch_size"] == "batch_size must be a whole number above 0, not '4'"
    assert found["training.keep"] == "keep must be a whole number above 0, not true"
    assert found["training"] == "training is a section, not 3"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: [", "not YAML"),
        ("- 1", "not a mapping"),
        ("data: a\ndata: b", "stands twice"),
        ("data: a\nkeep: 1\ntraining: {keep: 2}", "given twice"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, part: str):
    file = yaml_file(tmp_path, text)
    found = problems(file=file)
    assert part in found[0].what
    assert str(file) in found[0].where


def test_a_broken_line_is_named(tmp_path: Path):
    file = yaml_file(tmp_path, "data: a\nkeep: 1\nkeep: 2\n")
    assert problems(file=file)[0].where == f"{file}:3"


def test_a_file_that_cannot_be_read(tmp_path: Path):
    error = problems(file=tmp_path / "no.yaml")[0]
    assert "cannot be read" in error.what
    (tmp_path / "latin.yaml").write_bytes(b"data: caf\xe9")
    assert "not UTF-8" in problems(file=tmp_path / "latin.yaml")[0].what


@pytest.mark.parametrize("name", ["fp16", "gradient_accumulation_steps", "do_train", "warmup_steps"])
def test_foreign_names_are_explained(name: str):
    error = only(flags={"data": "x", name: "1"})
    assert error.where == name
    assert "no setting" not in error.what


def test_bf16_is_a_precision():
    assert finetune(bf16=True).training.precision == "bf16"


def test_alias_and_name_together_are_given_twice():
    assert "given twice" in only(flags={"data": "x", "epochs": "1", "num_train_epochs": "2"}).what


def test_a_resumed_run_brings_its_configuration(tmp_path: Path):
    text = "data: {source: a.csv}\ntraining: {epochs: 5}\nrun: {output: old}\n"
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    config = resolve(FinetuneConfig, flags={"resume": str(tmp_path)})
    assert (config.data.source, config.training.epochs) == ("a.csv", 5.0)
    assert (config.run.resume, config.run.output) == (str(tmp_path), None)


def test_nothing_to_resume(tmp_path: Path):
    error = only(flags={"resume": str(tmp_path / "no")})
    assert error.where == "--resume"
    assert "no run to resume" in error.what


def test_a_flag_replaces_its_alternative_of_the_file(tmp_path: Path):
    config = resolve(FinetuneConfig, file=yaml_file(tmp_path, "data: a\nepochs: 7\n"), flags={"updates": "9"})
    assert (config.training.updates, config.training.epochs) == (9, None)
    config = resolve(FinetuneConfig, file=yaml_file(tmp_path, "data: a\nupdates: 7\n"), flags={"epochs": "9"})
    assert (config.training.updates, config.training.epochs) == (None, 9.0)


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ({"epochs": "3", "updates": "5"}, "epochs has no effect"),
        ({"columns": "a,b", "header": "first"}, "columns has no effect"),
        ({"delimiter": ";", "format": "jsonl"}, "delimiter has no effect"),
        ({"encoding": "latin-1", "format": "parquet"}, "encoding has no effect"),
        ({"split": "80,10,10", "validation": "v", "test": "t"}, "split has no effect"),
        ({"split": "80,10,10", "data": "builtin:reviews"}, "split has no effect"),
        ({"revision": "main"}, "revision has no effect"),
        ({"revision": "main", "base": "."}, "is a folder"),
        ({"split": "80,10,20"}, "not 100 together"),
        ({"split": "0,50,50"}, "no rows for training"),
        ({"text_column": ["a", "a"]}, "both texts"),
        ({"text_column": ["a"], "label_column": "a"}, "as text and as label"),
        ({"microbatch_size": "64"}, "microbatch_size 64 is more than batch_size 32"),
        ({"processes": "8", "batch_size": "4"}, "processes 8 is more"),
        ({"early_stopping": "2", "split": "90,0,10", "data": __file__}, "early_stopping watches"),
        (
            {"strategy": "gradual", "unfreeze_by": "plateau", "split": "90,0,10", "data": __file__},
            "unfreeze_by watches validation rows",
        ),
        ({"layer_decay": "0.9", "strategy": "head"}, "layer_decay has no effect: head freezes all layers"),
        ({"embeddings_learning_rate": "1e-5", "strategy": "partial"}, "partial freezes the embeddings"),
        ({"head_learning_rate": "1e-3", "task": "generation"}, "head_learning_rate has no effect"),
        ({"output": "o", "resume": "RUN"}, "output has no effect"),
    ],
)
def test_settings_without_effect_are_errors(flags: dict[str, object], part: str, tmp_path: Path):
    if flags.get("resume"):
        (tmp_path / "config.yaml").write_text("data: a\n", encoding="utf-8")
        flags = flags | {"resume": str(tmp_path)}
    error = only(flags={"data": "x"} | flags)
    assert part in error.what
    assert error.where is not None
    assert error.where.startswith("--")


def test_settings_without_effect_of_other_verbs():
    for name, value in {"split": "80,10,10", "allow": "leaks", "group_column": "g"}.items():
        assert name in only(EvaluateConfig, flags={"target": "r", "data": "d", name: value}).what
    for name in ("validation", "test"):
        assert "as DATA" in only(EvaluateConfig, flags={"target": "r", "data": "d", name: "f"}).remedy
    assert "dropout" in only(CheckConfig, flags={"data": "d", "dropout": "0.1"}).what
    assert "nothing to answer" in only(PredictConfig, flags={"target": "r"}).what
    assert "both given" in only(PredictConfig, flags={"target": "r", "texts": ["a"], "input": "f"}).what
    assert "text_column" in only(PredictConfig, flags={"target": "r", "texts": ["a"], "text_column": ["c"]}).what
    assert "delimiter" in only(PredictConfig, flags={"target": "r", "input": "-", "delimiter": ";"}).what
    flags = {"target": "r", "input": "f", "delimiter": ";", "format": "jsonl"}
    assert "format jsonl has none" in only(PredictConfig, flags=flags).what
    assert "text_pair" in only(InspectConfig, flags={"target": "r", "text_pair": "b"}).what


@pytest.mark.parametrize("data", ["folder", "owner/name", "rows.json"])
def test_a_source_that_may_bring_validation_rows_is_left_to_the_run(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "rows.json").write_text("{}", encoding="utf-8")
    assert finetune(data=data, early_stopping="2", split="90,0,10").training.early_stopping == 2


@pytest.mark.parametrize("split", ["33.33,33.33,33.33", "33.3,33.3,33.3", "66.67,16.67,16.66"])
def test_shares_that_were_rounded_are_a_whole(split: str):
    assert finetune(split=split).data.split[1] == float(split.split(",")[1])


def test_the_input_file_is_read_as_data_is():
    flags = {"target": "r", "input": "f", "delimiter": ";", "header": "none", "columns": "a,b", "text_column": ["b"]}
    config = resolve(PredictConfig, flags=flags | {"encoding": "latin-1", "quoting": "none", "format": "csv"})
    assert config.reading == ReadingConfig(
        format="csv", encoding="latin-1", delimiter=";", quoting="none", header="none", columns=("a", "b")
    )


def test_a_wrong_value_is_not_also_a_contradiction():
    error = only(flags={"data": "x", "batch_size": "x", "microbatch_size": "64"})
    assert "batch_size must be" in error.what


def test_texts_to_answer_keep_their_commas():
    assert resolve(PredictConfig, flags={"target": "r", "texts": ["a, b", '"c, d"']}).texts == ("a, b", '"c, d"')


def test_a_missing_value_is_named():
    assert only(CheckConfig, flags={}).where == "DATA"


@pytest.mark.parametrize(("task", "most"), [("qa", 2), ("classification", 1), ("tagging", 1), ("generation", 1)])
def test_label_columns_are_as_many_as_the_task_reads(task: str, most: int):
    columns = ["a", "b", "c"]
    assert finetune(task=task, label_column=columns[:most]).data.label_column == tuple(columns[:most])
    refused = only(flags={"data": "x.csv", "task": task, "label_column": columns[: most + 1]})
    assert f"{most + 1} label columns are given, and {task} reads {'one' if most == 1 else most}" in refused.what
    assert ("or twice: the answers, then their starts" in refused.remedy) == (task == "qa")


@pytest.mark.parametrize(
    "config", [LoraConfig(rank=2, targets=("key", "value")), *(one() for one in members(StrategyConfig))]
)
def test_what_was_written_is_restored(config: StrategyConfig) -> None:
    assert restore(StrategyConfig, to_dict(config)) == config


@pytest.mark.parametrize(
    ("stored", "complaint"),
    [
        ({}, "kind is not one of full, head"),
        ({"kind": "full", "rank": 3}, "FullConfig knows no rank"),
        ({"kind": "lora", "rank": "3"}, "valid integer"),
        ({"kind": "lora", "rank": 0}, "greater than 0"),
        ({"kind": "adapter", "placement": "nowhere"}, "'houlsby' or 'pfeiffer'"),
    ],
)
def test_what_cannot_have_been_written_is_not_restored(stored: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        restore(StrategyConfig, stored)
