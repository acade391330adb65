"""What only a process of its own shows: what is loaded, closed pipes, Ctrl-C, and `python -m accent`."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "datasets", "numpy", "pydantic", "sklearn", "scipy", "pyarrow", "rich", "yaml"}


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def loaded(code: str) -> set[str]:
    done = python(f"{code}\nimport sys; print('LOADED', *sorted({{name.split('.')[0] for name in sys.modules}}))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["finetune", "--help"], ["check", "--help"], ["--version"], ["finetun"]]
)
def test_help_and_mistakes_load_nothing_heavy(arguments: list[str]):
    names = loaded(f"from accent.cli.main import run; run({arguments!r})")
    assert not names & HEAVY
    assert "accent" in names


def test_a_wrong_value_loads_no_torch():
    names = loaded("from accent.cli.main import run; run(['finetune', 'x.csv', '--epochs', 'x'])")
    assert not names & {"torch", "transformers", "datasets", "numpy", "sklearn"}
    assert "pydantic" in names


def test_importing_accent_loads_nothing():
    assert not loaded("import accent; accent.__version__; import accent.config") & (HEAVY | {"typer"})


def test_a_reader_that_leaves_is_no_error():
    code = "from accent.cli.main import main; main()"
    command = f"{sys.executable} -c '{code}' finetune x.csv --show | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "0"
    assert done.stderr == ""


def test_ctrl_c_while_a_recipe_loads_has_no_traceback():
    code = (
        "import sys, types, accent.cli.main as m\n"
        "class Late(types.ModuleType):\n"
        "    def __getattr__(self, name):\n"
        "        raise KeyboardInterrupt\n"
        "sys.modules['accent.recipes'] = Late('accent.recipes')\n"
        "sys.exit(m.run(['finetune', 'x.csv']))"
    )
    done = python(code)
    assert done.returncode == 130
    assert done.stderr == "interrupted\n"


def test_python_m_accent():
    command = [sys.executable, "-m", "accent", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "there is no command nothing"
