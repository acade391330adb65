"""docs/serving.md: its commands and its Python against real servers, its tables against the code; the Dockerfile."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accent.cli.main import run
from accent.config import RequestLimitsConfig, ServeConfig
from accent.config.flags import flags_of
from accent.serving import make_app
from accent.serving.metrics import Metrics
from tests.checkpoints import make_checkpoint
from tests.commands import serve_command
from tests.docs.desk import ROOT
from tests.servers import FakeHost
from tests.unit.inference.served import save_served

PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
BLOCKS = FENCE.findall(PAGE)
COMMANDS = [line.strip() for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
SHOWN = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("serving")
    for name, family, strategy, task in (
        ("reviews", "bert", "lora", "classification"),
        ("writer", "gpt2", "full", "generation"),
    ):
        save_served(top / "runs" / name, make_checkpoint(top / family, family), strategy, task)
    (top / "new.csv").write_text("text\na film\nthe soup\n", encoding="utf-8")
    return top


@pytest.fixture(scope="module")
def reviews(desk: Path) -> Iterator[str]:
    with serve_command("runs/reviews", folder=desk) as url:
        yield url


def done(command: list[str], desk: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path}
    ended = subprocess.run(command, cwd=desk, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, f"{command}: {ended.stderr}"
    return ended.stdout


@pytest.mark.parametrize("command", [line for line in COMMANDS if line.startswith("accent predict")])
def test_commands_that_ask(command: str, reviews: str, desk: Path) -> None:
    shown = done(shlex.split(command.replace(SHOWN, reviews)), desk)
    if "--output" not in command:
        assert all("label" in json.loads(line) for line in shown.splitlines())
        assert shown


def test_curl(reviews: str, desk: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl, which is not installed here")
    plain, streamed = (line for line in COMMANDS if line.startswith("curl"))
    answer = json.loads(done(shlex.split(plain.replace(SHOWN, reviews)), desk))
    assert answer["run"] == "reviews"
    assert "label" in answer["answers"][0]
    with serve_command("runs/writer", folder=desk) as writer:
        shown = done(shlex.split(streamed.replace(SHOWN, writer)), desk)
    assert shown.startswith('data: {"text":')
    assert shown.rstrip().endswith("event: end\ndata: {}")


@pytest.mark.parametrize("code", [block for kind, block in BLOCKS if kind == "py"])
def test_python(code: str, reviews: str, desk: Path) -> None:
    assert len(done([sys.executable, "-c", code.replace(SHOWN, reviews)], desk).splitlines()) == 2


def test_commands_that_serve_are_well_formed(capsys: pytest.CaptureFixture[str]) -> None:
    serving = [line.partition("accent serve")[2] for line in COMMANDS if "accent serve" in line]
    assert len(serving) > 3
    for words in serving:
        assert run(["serve", *shlex.split(words), "--show"]) == 0, words


def test_every_limit_stands_there_with_its_default() -> None:
    told = dict(re.findall(r"^\| `--([\w-]+)` \| (\S+)", PAGE, flags=re.MULTILINE))
    flags = {flag.name: flag.default for flag in flags_of(RequestLimitsConfig).values()}
    assert told == {name.replace("_", "-"): str(default) for name, default in flags.items()}


def test_every_route_stands_there() -> None:
    told = set(re.findall(r"(/(?:runs/NAME|predict/stream|\w[\w.]*))(?=`)", PAGE.partition("### From Python")[0]))
    app = make_app(FakeHost(), ServeConfig(targets=("none",)))  # type: ignore[arg-type]
    routes = {path.replace("{name}", "NAME") for path in app.openapi()["paths"]}
    assert told == routes | {"/openapi.json"}


def test_every_metric_stands_there() -> None:
    metrics = Metrics()
    metrics.watch("accent_runs", "", lambda: 0)
    metrics.watch("accent_queue_rows", "", lambda: 0)
    names = {one.name + ("_total" if one.type == "counter" else "") for one in metrics.registry.collect()}
    assert set(re.findall(r"`(accent_\w+)`", PAGE)) == names


def test_the_dockerfile_copies_what_is_there_and_gives_up_its_rights() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word.isupper()]
    wanted = {name for word, rest in steps if word == "COPY" for name in rest.split()[:-1]}
    assert all((ROOT / name).exists() for name in wanted)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == wanted
    order = [word for word, _ in steps]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert "HEALTHCHECK" in order
    (entry,) = (json.loads(rest) for word, rest in steps if word == "ENTRYPOINT")
    assert run([*entry[1:], "/runs/reviews", "--show"]) == 0
    extras = re.search(r"\.\[([\w,]+)\]", text)
    assert extras is not None
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in project for extra in extras[1].split(","))
    assert re.search(r"^torch==", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE)
