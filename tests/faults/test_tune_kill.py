"""`kill -9` in the middle of a search loses one trial, which is tried again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from accent.config import TuneConfig
from accent.config.load import resolve
from accent.tuning import tune
from tests.unit.tuning.fakes import write_job

PATIENCE = 120.0


def test_a_killed_search_loses_one_trial_and_goes_on(tmp_path: Path) -> None:
    job, out = write_job(tmp_path / "job"), tmp_path / "out"
    words = f"tune {job / 'rows.csv'} --base {job / 'base'} --output {out} --offline --allow leaks,conflicts --trials 3"
    more = "--epochs 6 --batch-size 8 --precision fp32 --pruning none --space learning_rate=1e-4..1e-2"
    line = [sys.executable, "-m", "accent", *words.split(), *more.split(), "--quiet"]
    process = subprocess.Popen(line, start_new_session=True)
    try:
        wait_for_updates(out / "trials" / "0001" / "events.jsonl", process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert (out / "trials" / "0000" / "record.json").is_file()

    outcome = tune(resolve(TuneConfig, flags={"resume": str(out)}))
    trials = outcome.summary["trials"]
    assert [one["state"] for one in trials] == ["complete", "lost", "complete", "complete"]
    assert trials[2]["settings"] == trials[1]["settings"]
    assert outcome.ended == "done"
    assert outcome.summary["scored"] == [outcome.summary["winner"]["trial"]]
    assert not [place for place in (out / "workers").iterdir() if place.is_dir()]


def wait_for_updates(log: Path, process: subprocess.Popen[bytes]) -> None:
    """Return when the trial with this log has taken updates."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the search ended before it could be killed"
        if log.is_file() and b'"kind": "update"' in log.read_bytes():
            return
        time.sleep(0.02)
    raise AssertionError("the second trial did not begin")
