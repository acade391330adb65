"""`accent serve` with real runs in a process of its own: asked by the command, from Python and by hand in a browser."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accent.cli.main import run
from accent.inference import Predictor
from tests.browser import find_browser, open_browser
from tests.checkpoints import SENTENCES, make_checkpoint
from tests.commands import accent, serve_command
from tests.unit.inference.served import save_served
from tests.workflows.plain import close

TASKS = ("classification", "multilabel", "regression", "tagging", "qa", "generation")
QUESTION, CONTEXT = "who?", "On a cold day Ada Byron took a film to the sea."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write runs of several tasks: those of one base are LoRA's, and the writer is whole."""
    top = tmp_path_factory.mktemp("served")
    reader, writer = (make_checkpoint(top / f"base-{family}", family) for family in ("bert", "gpt2"))
    for number, task in enumerate(TASKS):
        writes = task == "generation"
        strategy = "full" if writes else "lora"
        save_served(top / "runs" / task, writer if writes else reader, strategy, task, seed=number)
    rows = [{"question": QUESTION, "context": CONTEXT}, {"question": "", "context": CONTEXT}] * 70
    (top / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return top


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    runs = [str(folder / "runs" / task) for task in TASKS]
    with serve_command(*runs, "--precision", "fp32") as found:
        yield found


def local(folder: Path, task: str) -> Predictor:
    return Predictor.load(folder / "runs" / task, precision="fp32")


def lines(text: str) -> list[object]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("task", [task for task in TASKS if task != "qa"])
def test_a_server_answers_as_predict_does(task: str, folder: Path, url: str):
    texts = [*SENTENCES[:5], "", "a \U0001f600 film"]
    done = accent("predict", "--url", url, "--run", task, *texts)
    assert done.returncode == 0, done.stderr
    assert close(list(local(folder, task).answers(texts)), lines(done.stdout))


def test_a_file_of_pairs_into_a_file(folder: Path, url: str, tmp_path: Path):
    answers = tmp_path / "answers.jsonl"
    words = ("predict", "qa", "--url", url, "--input", str(folder / "rows.jsonl"), "--output", str(answers))
    assert accent(*words).returncode == 0
    found = lines(answers.read_text(encoding="utf-8"))
    expected = list(local(folder, "qa").answers([(QUESTION, CONTEXT), ("", CONTEXT)])) * 70
    assert close(expected, found)


def test_asking_a_server_loads_no_torch(url: str):
    code = (
        "import sys; from accent.cli.main import run\n"
        f"code = run(['predict', '--url', {url!r}, '--run', 'classification', 'a film'])\n"
        "print(code, [name for name in ('torch', 'transformers', 'datasets', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--url", "{url}", "a text"), "has 6 runs"),
        (("--url", "{url}", "--run", "nobody", "a text"), "has no run 'nobody'"),
        (("--url", "{url}", "--run", "qa", "a text"), "answers pairs"),
        (("--url", "http://127.0.0.1:9", "a text"), "no server can be reached"),
        (("--url", "nowhere", "a text"), "no server's address"),
    ],
)
def test_errors_take_two_lines(words: tuple[str, ...], what: str, url: str):
    done = accent("predict", "--quiet", *(word.format(url=url) for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    told = done.stderr.splitlines()
    assert what in told[0]
    assert len(told) == 2


def test_the_page_answers_with_a_real_run(folder: Path, url: str, tmp_path: Path):
    program = find_browser()
    if program is None:
        pytest.skip("needs Chromium, which is not installed here")
    expected = next(local(folder, "classification").answers(["a warm film"]))
    written = next(local(folder, "generation").answers(["a warm film"]))["text"]
    with open_browser(program, tmp_path) as browser:
        for task in ("classification", "generation"):
            browser.open(f"{url}/#{task}")
            browser.wait("document.querySelector('#facts').textContent")
            browser.fill("#first", "a warm film")
            browser.click("#ask")
            browser.wait("document.querySelector('#answer details')")
            if task == "classification":
                shown = browser.value("document.querySelector('#answer .headline').textContent")
                assert shown == f"{expected['label']}{100 * expected['score']:.1f} %"
        assert browser.value("document.querySelector('#answer .text').textContent") == "a warm film" + written
        assert browser.errors == []


def test_a_token_and_the_other_signal(folder: Path):
    one = str(folder / "runs" / "classification")
    with serve_command(f"one={one}", "--quiet", token="s3cret", ended=[signal.SIGTERM]) as url:
        assert "asks for a token" in accent("predict", "--url", url, "a text", "--quiet").stderr
        done = accent("predict", "--url", url, "a text", "--token", "s3cret", "--quiet")
        assert len(lines(done.stdout)) == 1


def test_what_cannot_be_served_is_said_before_anything_starts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one = str(folder / "runs" / "classification")
    for words, what in (
        ((str(tmp_path),), "no accent.json"),
        ((one, one), "two runs are named classification"),
        ((one, "--host", "999.0.0.1"), "cannot be listened on"),
        ((), "no run is given (RUN)"),
    ):
        assert run(["serve", *words, "--port", "0", "--quiet"]) == 2
        told = capsys.readouterr().err.splitlines()
        assert what in told[0]
        assert len(told) == 2
