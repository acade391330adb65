"""`accent` in processes of its own: a server that runs while others ask it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["accent", "serve_command"]


def accent(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "accent", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=folder)


@contextmanager
def serve_command(
    *words: str, folder: Path | None = None, token: str | None = None, ended: Sequence[signal.Signals] = ()
) -> Iterator[str]:
    """Start `accent serve` on a free port and yield its url; Ctrl-C, or the signals `ended`, must end it with 0."""
    command = [sys.executable, "-m", "accent", "serve", *words, "--port", "0", "--json"]
    environment = os.environ | ({} if token is None else {"ACCENT_TOKEN": token})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            while not (lines and lines[-1] == "}\n"):
                lines.append(process.stdout.readline())
                assert lines[-1], f"it ended with {process.wait()}"
            yield json.loads("".join(lines))["url"]
            for number in ended or (signal.SIGINT,):
                process.send_signal(number)
            assert process.wait(30) == 0
        finally:
            process.kill()
