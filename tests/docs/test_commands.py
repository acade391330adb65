"""Every command and every piece of Python in README.md and docs/ runs as it stands there."""

from __future__ import annotations

import csv
import os
import re
import shlex
from pathlib import Path

import pytest

from accent.cli.main import run
from accent.config import DataConfig
from accent.data import load

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the docs speak of: reviews.csv to learn from and new.csv to answer."""
    folder = tmp_path_factory.mktemp("desk")
    splits = load(DataConfig(source="builtin:reviews"), seed=0).splits
    for name, split, rows in (("reviews.csv", "train", 400), ("new.csv", "test", 60)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            chosen = splits[split].select(range(rows))
            csv.writer(file).writerows([("text", "label"), *zip(chosen["text"], chosen["label"], strict=True)])
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_runs(page: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(desk)
    for language, block in FENCE.findall((ROOT / page).read_text(encoding="utf-8")):
        if language == "python":
            exec(compile(block, page, "exec"), {})
        elif language == "":
            _run_commands(page, block)
    assert os.getcwd() == str(desk)


def _run_commands(page: str, block: str) -> None:
    for line in block.replace("\\\n", " ").splitlines():
        command = line.split("  #")[0].strip()
        if command.startswith("accent "):
            code = run(shlex.split(command)[1:])
            assert code == 0, f"{page}: {command} ended with {code}"
