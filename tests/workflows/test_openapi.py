"""The server against its own OpenAPI description, as schemathesis tries it, where that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.servers import FakeHost, FakeRun, serving

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.slow
@pytest.mark.skipif(find_spec("schemathesis") is None, reason="needs schemathesis: pip install schemathesis")
def test_no_request_that_schemathesis_makes_of_the_description_fails(tmp_path: Path):
    host = FakeHost({"a": FakeRun("a"), "b": FakeRun("b", task="generation", streams=True)})
    host.served["b"].answer = lambda row: {"text": row[0]}  # type: ignore[method-assign]
    with serving(host, allow=str(tmp_path)) as running:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{running.port}/openapi.json"]
        options = ["--checks", CHECKS, "--max-examples", "100", "--phases", "examples,coverage,fuzzing"]
        tried = subprocess.run(
            command + options, cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=280, check=False
        )
    assert tried.returncode == 0, tried.stdout[-8000:]
    assert "No issues found" in tried.stdout or "passed" in tried.stdout
