"""The machine's facts, on this system and on others, and nobody's name."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from accent.records import machine, machine_facts, versions

X86 = """processor\t: 0
model name\t: Example(R) Xeon(R)   CPU @ 2.00GHz
flags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile fake_avx

processor\t: 1
model name\t: Example(R) Xeon(R)   CPU @ 2.00GHz
flags\t\t: fpu
"""
ARM = """processor\t: 0
Features\t: fp asimd bf16 i8mm
CPU implementer\t: 0x41

Hardware\t: Example Board
"""


def test_the_facts_of_this_machine() -> None:
    facts = machine_facts()
    assert list(facts) == ["processor", "cores", "features", "memory", "platform", "python"]
    assert facts["processor"]
    assert 1 <= facts["cores"] <= (os.cpu_count() or 1)
    assert facts["memory"] > 1 << 28
    assert facts["python"] == platform.python_version()
    assert json.loads(json.dumps(facts)) == facts


def test_x86(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _give(X86, tmp_path, monkeypatch)
    facts = machine_facts()
    assert facts["processor"] == "Example(R) Xeon(R) CPU @ 2.00GHz"
    assert facts["features"] == ["avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16"]


def test_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _give(ARM, tmp_path, monkeypatch)
    facts = machine_facts()
    assert facts["processor"] == "Example Board"
    assert facts["features"] == ["bf16", "i8mm"]


def test_macos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    answer = subprocess.CompletedProcess((), 0, stdout="Example M1\n", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    assert machine_facts()["processor"] == "Example M1"
    assert machine_facts()["features"] == []


def test_macos_without_sysctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(machine, "BRAND_COMMAND", (str(tmp_path / "no-such-program"),))
    assert machine_facts()["processor"] == "arm64"


def test_a_system_that_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "sysconf")
    facts = machine_facts()
    assert facts["processor"] is None
    assert facts["features"] == []
    assert facts["memory"] is None
    assert facts["cores"] == os.cpu_count()


@pytest.mark.parametrize(
    ("release", "shown"), [("6.1.0-kernel.of.someone", "Linux 6.1.0 x86_64"), ("own", "Linux x86_64")]
)
def test_a_release_is_its_numbers(monkeypatch: pytest.MonkeyPatch, release: str, shown: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "release", lambda: release)
    assert machine_facts()["platform"] == shown


def test_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host, user = "host-of-a-person", "name-of-a-person"
    monkeypatch.setattr(platform, "node", lambda: host)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    for name in ("USER", "LOGNAME", "USERNAME", "HOME", "HOSTNAME"):
        monkeypatch.setenv(name, user)
    real = platform.uname()
    monkeypatch.setattr(platform, "uname", lambda: real._replace(node=host))
    text = json.dumps([machine_facts(), versions()])
    assert host not in text
    assert user not in text
    words = set(re.split(r'[\s"]+', text))
    assert real.node == "" or real.node not in words


def test_versions_are_those_installed() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == metadata.version("numpy")
    assert all(re.match(r"\d", version) for version in found.values())


def test_a_package_that_is_missing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "accent-no-such-package"))
    assert list(versions()) == ["python", "numpy"]


def _give(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
    monkeypatch.setattr(machine, "CPUINFO", tmp_path / "cpuinfo")
