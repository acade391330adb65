"""Help pages, unknown names, and flags in every spelling."""

from __future__ import annotations

import re

import pytest

from accent.cli.main import VERBS, run
from accent.cli.options import known_options, make_command
from accent.config.flags import flags_of

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def verb_of(name: str):
    from importlib import import_module

    return import_module(f"accent.cli.{name}").VERB


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_main_page_lists_every_verb(arguments: list[str], capsys: Capture):
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {verb} " in shown for verb in VERBS)


def test_version(capsys: Capture):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "accent 0.1.0\n"


@pytest.mark.parametrize("name", VERBS)
def test_a_verbs_page_shows_each_flag_and_its_help(name: str, capsys: Capture):
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    words = " ".join(shown.split())
    verb = verb_of(name)
    positional = {argument.name for argument in verb.arguments}
    for flag in flags_of(verb.config).values():
        assert flag.help in words
        assert (f"  {flag.option}" in shown) != (flag.name in positional)
    for common in ("--config FILE", "--set KEY=VALUE", "--show", "--quiet", "--json", "--help"):
        assert common in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    assert all(f"  {example}" in shown for example in verb.examples)


def test_defaults_and_choices_are_shown(capsys: Capture):
    run(["finetune", "--help"])
    words = re.sub(r"\s+", " ", capsys.readouterr().out)
    for part in (
        "[default: 0.06]",
        "--learning-rate X|auto",
        "[default: auto]",
        "[default: 80,10,10]",
        "linear|cosine|constant|wsd",
        "[default: 0]",
    ):
        assert part in words
    assert re.findall(r"\b(Data|Model|Task|Training|Run|Every command) --", words) == [
        "Data",
        "Model",
        "Task",
        "Training",
        "Run",
        "Every command",
    ]


@pytest.mark.parametrize("name", VERBS)
def test_each_verb_parses_its_flags_in_either_spelling(name: str):
    verb = verb_of(name)
    for flag in flags_of(verb.config).values():
        for option in (flag.option, "--" + flag.name):
            arguments = [option] if flag.switch else [option, "value"]
            request = make_command(verb).main(arguments, standalone_mode=False)
            wanted = True if flag.switch else ["value"] if flag.repeated else "value"
            assert {key.lstrip("-"): value for key, value in request.flags.items()} == {flag.name: wanted}
        assert flag.option in known_options(verb)


@pytest.mark.parametrize(
    ("arguments", "first", "second"),
    [
        (["finetun"], "there is no command finetun", "Did you mean accent finetune?"),
        (["zzz"], "there is no command zzz", "`accent --help` lists the commands."),
        (
            ["finetune", "--learnin-rate", "1"],
            "accent finetune has no flag --learnin-rate",
            "Did you mean --learning-rate?",
        ),
        (["check", "--num_train_epochs", "1"], "accent check has no flag --num_train_epochs", "`accent check --help`"),
        (["check", "-z"], "accent check has no flag -z", "`accent check --help`"),
        (["finetune", "a", "b"], "too many arguments: b (accent finetune)", "`accent finetune --help`"),
        (["finetune", "--epochs"], "--epochs needs a value", "`accent finetune --help`"),
        (["finetune", "--show=1"], "--show takes no value", "`accent finetune --help`"),
        (["finetune", "a", "--fp16"], "fp16 is not offered", "Write --precision bf16."),
        (["finetune", "a", "--gradient_accumulation_steps=4"], "accumulation is not set here", "Write --batch-size"),
        (["finetune", "a", "--train_file", "b"], "DATA is given twice (--data)", "Keep one"),
        (
            ["finetune", "--resume", "no such run"],
            "there is no run to resume in no such run (--resume)",
            "Give the run",
        ),
    ],
)
def test_mistakes_take_two_lines(arguments: list[str], first: str, second: str, capsys: Capture):
    assert run(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(first)
    assert lines[1].startswith(second)


def test_headings_are_bold_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch):
    from accent.cli.pages import main_page

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1mCommands" in main_page(VERBS)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in main_page(VERBS)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in main_page(VERBS)
