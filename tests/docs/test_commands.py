"""Every command, every piece of Python and every sample of a file in README.md and docs/ does what is said of it.

Four things differ from what stands there. Each fine-tuning, in commands as in Python, ends after 1 update on 24 rows
of each split: its epochs, updates and limit are replaced. Each pretraining ends after 1 update too, of a tiny model
with a small vocabulary where it starts from scratch. In docs/, fine-tunings that name no base start from a tiny random
one; in README.md they have the real one. And `bases/gpt2` and `bases/t5`, the reader's own, are as tiny.

A block of commands has no language. A block with a language and a name, such as ```jsonl messages.jsonl, is a sample of
a file: it is written under that name, for the commands below it. On the page of a task it is also read as data of that
task, with the flags that stand behind the name. Blocks with a language and no name are only shown.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from accent.cli.main import run
from accent.config import CheckConfig
from accent.config.load import resolve
from accent.data import load_rows
from accent.modeling import FAMILIES
from accent.objectives import OBJECTIVES
from accent.strategies import STRATEGIES, recommended_rate
from accent.tasks import TASKS
from tests.docs.desk import ROOT, at_desk, furnish, quick_words

FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(accent [a-z]+ [^`]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnish(tmp_path_factory.mktemp("desk"))


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_is_so(page: str, desk: Path) -> None:
    task = Path(page).stem if "tasks/" in page else None
    base = None if page == "README.md" else "bases/bert"
    with at_desk(desk, base):
        for language, name_and_flags, block in FENCE.findall(read(page)):
            if language == "python":
                exec(compile(block, page, "exec"), {})
            elif language == "":
                run_commands(page, block, base)
            elif name_and_flags.strip():
                read_sample(name_and_flags.split(), block, desk, task)


@pytest.mark.parametrize("page", PAGES)
def test_commands_within_a_line_are_well_formed(page: str) -> None:
    for command in INLINE.findall(read(page)):
        if "..." not in command and command.isascii() and not re.search(r"\b[A-Z]{3,}\b", command):
            assert run([*shlex.split(command)[1:], "--show"]) == 0, f"{page}: {command}"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    for target in LINK.findall(read(page)):
        assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_each_task_has_a_page_that_the_index_leads_to() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "tasks").glob("*.md")}
    assert pages == set(TASKS)
    assert set(re.findall(r"\(tasks/(\w+)\.md\)", read("docs/tasks.md"))) == pages


def test_each_strategy_has_a_page_that_the_index_leads_to() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "strategies").glob("*.md")}
    assert pages == set(STRATEGIES)
    assert set(re.findall(r"\[More\]\(strategies/(\w+)\.md\)", read("docs/strategies.md"))) == pages


def test_each_objective_has_its_part_of_the_page() -> None:
    page = read("docs/objectives.md")
    assert set(re.findall(r"^## (\w+)$", page, flags=re.MULTILINE)) == set(OBJECTIVES)
    assert set(re.findall(r"^\| \[`(\w+)`\]\(#\w+\)", page, flags=re.MULTILINE)) == set(OBJECTIVES)


def test_recommended_rates_are_those_of_the_table() -> None:
    page = read("docs/rates.md")
    by_family = re.findall(r"^\| `([\w-]+)` \| (\S+) \| (\S+) \| (\S+) \|", page, flags=re.MULTILINE)
    assert {family for family, *_ in by_family} == set(FAMILIES)
    for family, *rates in by_family:
        known = [recommended_rate("full", family, width=width).rate for width in (512, 1023, 1024)]
        assert known == [float(rate) for rate in rates], family
    by_strategy = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \| [^|]+ \|$", page, flags=re.MULTILINE)
    assert {strategy for strategy, *_ in by_strategy} == set(STRATEGIES) - {"full", "partial", "gradual"}
    for strategy, *rates in by_strategy:
        assert [recommended_rate(strategy, "bert", width=width).rate for width in (512, 513)] == [*map(float, rates)]


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def run_commands(page: str, block: str, base: str | None) -> None:
    for line in block.replace("\\\n", " ").splitlines():
        command = line.split("  #")[0].strip()
        if command.startswith("accent "):
            code = run(quick_words(shlex.split(command)[1:], base))
            assert code == 0, f"{page}: {command} ended with {code}"


def read_sample(name_and_flags: list[str], block: str, desk: Path, task: str | None) -> None:
    name, *words = name_and_flags
    (desk / name).write_text(block, encoding="utf-8")
    if task is None:
        return
    flags: dict[str, list[str]] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        flags.setdefault(flag.removeprefix("--").replace("-", "_"), []).append(value)
    asked = {flag: values if flag.endswith("column") else values[0] for flag, values in flags.items()}
    config = resolve(CheckConfig, flags={"data": name, "task": task, **asked})
    rows = load_rows(config.data, task=config.task, require_labels=True)
    assert len(rows) > 1, name
