"""Progress: a bar on a terminal, a line an evaluation elsewhere, nothing once nobody reads."""

from __future__ import annotations

import io
import re

import pytest

from accent.cli.console import Console, OutputClosedError
from accent.cli.progress import Progress
from accent.cli.streams import Messages
from accent.cli.tables import facts_lines, score_parts
from tests.unit.cli.fakes import EVENTS


def play(console: Console, *, until: int | None = None) -> None:
    with Progress(console) as progress:
        for kind, fields in EVENTS[:until]:
            progress(kind, fields)


def on_terminal(**settings: object) -> tuple[Console, io.StringIO]:
    console, screen = Console(), io.StringIO()
    console.messages = Messages(file=screen, force_terminal=True, width=80, highlight=False, markup=False, **settings)
    return console, screen


def test_a_terminal_gets_a_bar_and_a_table():
    console, screen = on_terminal(no_color=True)
    play(console)
    text = screen.getvalue()
    assert "2/2" in text
    assert "loss 0.5000  rate 5.00e-05  320 rows/s  6,400 tokens/s  padding 2.0%" in text
    assert "epoch 1.00/1, 0:00 left" in text
    assert "training | validation" in text
    assert "      2   1.00  0.5000 |    0.4000    0.9000  best" in text
    assert "warning at update 2: a loss was not finite" in text
    lines = text.replace("\r", "\n").splitlines()
    assert max(len(line) for line in lines if "\x1b" not in line) <= 80


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "dumb")
    console, screen = on_terminal()
    play(console)
    assert "update 2/2  epoch 1.00  training loss 0.5000  loss 0.4000  accuracy 0.9000" in screen.getvalue()
    assert "rate 5.00e-05" not in screen.getvalue()


def test_elsewhere_there_is_one_line_an_evaluation(capsys: pytest.CaptureFixture[str]):
    play(Console())
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sum("update 2/2" in line for line in shown.err.splitlines()) == 1
    assert "update 1/2" not in shown.err
    assert "rows: 64 train, 8 test" in shown.err
    assert "html changed 2 rows" in shown.err


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]):
    play(Console(quiet=True))
    assert capsys.readouterr() == ("", "")


class Closed(io.StringIO):
    """A stream whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize("terminal", [True, False])
def test_training_goes_on_when_nobody_reads_the_messages(terminal: bool):
    console = Console()
    console.messages = Messages(file=Closed(), force_terminal=terminal)
    play(console)
    assert console.messages.quiet


def test_results_stop_when_nobody_reads_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(OutputClosedError):
        Console().write(["a"])
    with pytest.raises(OutputClosedError):
        Console().show("a")


def fail(console: Console) -> None:
    with Progress(console) as progress:
        for kind, fields in EVENTS[:5]:
            progress(kind, fields)
        raise KeyError


def test_a_bar_is_taken_away_when_the_run_fails():
    console, screen = on_terminal()
    with pytest.raises(KeyError):
        fail(console)
    assert screen.getvalue().rstrip("\n").endswith("\x1b[?25h")


def test_changed_copies_are_told_with_why_others_were_left_out(capsys: pytest.CaptureFixture[str]):
    left_out = {"unchanged": 3, "repeated": 1200, "leaking": 1}
    with Progress(Console()) as progress:
        progress("augmentation", {"added": {"swap": 1000, "delete": 7}, "left_out": left_out})
    assert capsys.readouterr().err.splitlines() == [
        "  changed copies added: 1,000 by swap, 7 by delete",
        "  changed copies left out: 3, of rows in which nothing can change",
        "  changed copies left out: 1,200, equal to a row or to another copy",
        "  changed copies left out: 1, copies or near copies of validation or test rows",
    ]


def test_no_rows_no_scores():
    assert list(score_parts({})) == ["There are no test or validation rows, so there are no scores."]


def test_facts_in_words():
    facts = {"a_b": 1234567, "list": [1, 2], "none": None, "deep": {"disk_free": 10**9, "f": 0.123456, "seed": 12345}}
    assert list(facts_lines(facts)) == [
        "a_b   1,234,567",
        "list  1, 2",
        "none  -",
        "deep",
        "  disk_free  1.0 GB",
        "  f          0.1235",
        "  seed       12345",
    ]
    score = {"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}}
    assert list(facts_lines(score)) == ["accuracy  0.5000 [0.4000, 0.6000] n = 9"]


CORPUS = {
    "documents": 1200,
    "duplicates": 3,
    "left_out": ["books/test.txt"],
    "notes": ["a.txt: read as latin-1"],
    "train": {"tokens": 123_456},
    "validation": {"tokens": 6_543},
}


def test_running_text_is_told_in_blocks_and_tokens():
    console, screen = on_terminal(no_color=True)
    with Progress(console) as progress:
        progress("corpus", {"corpus": CORPUS})
        for kind, fields in EVENTS[3:6]:
            progress(kind, fields)
    text = screen.getvalue()
    assert "corpus: 1,200 documents, 123,456 tokens to train on, 6,543 tokens for validation" in text
    assert "left out, a test split: books/test.txt" in text
    assert "2 updates of 32 blocks over 64 blocks" in text
    assert "loss 0.5000  rate 5.00e-05  6,400 tokens/s" in text
    assert "rows" not in text
    assert "padding" not in text


def test_long_names_of_scores_stand_apart_and_fit():
    console, screen = on_terminal(no_color=True)
    names = ("loss", "perplexity", "accuracy", "boundary_loss", "boundary_perplexity", "boundary_accuracy")
    with Progress(console) as progress:
        progress("start", EVENTS[3][1])
        scores = dict.fromkeys(names, 23_456.789)
        progress("evaluation", {"update": 123_456, "epoch": 12.0, "scores": scores, "best": True, "seconds": 1.0})
    lines = [line for line in screen.getvalue().replace("\r", "\n").splitlines() if "|" in line]
    (head,) = (line for line in lines if "perplexity" in line)
    (row,) = (line for line in lines if "23,456.8" in line)
    assert head.partition("|")[2].split() == ["loss", "accuracy", "perplexity", "boundary_loss"]
    assert row.partition("|")[2].split() == ["23,456.8"] * 4 + ["best"]
    assert max(len(re.sub(r"\x1b\[\??\w+", "", line)) for line in lines) <= 80
