"""The configuration of serving: names of runs, and what does not go together."""

from __future__ import annotations

import pytest

from accent.config import ServeConfig
from accent.config.flags import flags_of
from accent.config.load import resolve
from accent.config.serving import is_run_name, named_folders
from accent.errors import Problems


def only_problem(**flags: object) -> str:
    with pytest.raises(Problems) as caught:
        resolve(ServeConfig, flags={"targets": ["runs/a"], **flags})
    assert len(caught.value.errors) == 1, caught.value
    return caught.value.errors[0].what


def test_each_limit_is_a_flag_of_its_own_group():
    flags = flags_of(ServeConfig)
    limits = {flag.option for flag in flags.values() if flag.panel == "Limits"}
    assert limits == {
        "--max-body", "--max-rows", "--max-characters", "--max-requests", "--max-queue", "--max-connections",
        "--request-timeout", "--body-timeout", "--shutdown-timeout",
    }  # fmt: skip


def test_quantities_are_numbers_for_the_server():
    flags = {"targets": ["a"], "max_body": "2MiB", "request_timeout": "1.5m", "body_timeout": "2s", "port": "0"}
    config = resolve(ServeConfig, flags=flags)
    assert (config.limits.body_bytes, config.limits.request_seconds, config.limits.body_seconds) == (2097152, 90.0, 2.0)
    assert (config.host, config.port, config.limits.shutdown_seconds) == ("127.0.0.1", 0, 30.0)


def test_a_run_is_named_or_named_after_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: object):
    monkeypatch.chdir(str(tmp_path))
    targets = ("runs/reviews", "runs/topics/", "x=/a/b", "spam=runs/c=d", "runs/a=b/last", "../up")
    assert named_folders(targets) == [
        ("reviews", "runs/reviews"),
        ("topics", "runs/topics/"),
        ("x", "/a/b"),
        ("spam", "runs/c=d"),
        ("last", "runs/a=b/last"),
        ("up", "../up"),
    ]


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "x" * 64, "1"])
def test_names(name: str):
    assert is_run_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "...", "a/b", "a b", "é", "x" * 65, "a\n"])
def test_no_names(name: str):
    assert not is_run_name(name)


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        ({"targets": ["runs/a", "other/a"]}, "two runs are named a"),
        ({"targets": ["a=runs/1", "a=runs/2"]}, "two runs are named a"),
        ({"targets": ["runs/my run"]}, "a run cannot be named 'my run'"),
        ({"max_rows": "10", "max_queue": "9"}, "max_rows 10 is more than max_queue 9"),
        ({"port": "65536"}, "port must be"),
        ({"port": "-1"}, "port must be"),
        ({"token": "two words"}, "token must be a word of visible ASCII characters"),
        ({"max_body": "0MB"}, "max_body must be an amount"),
        ({"request_timeout": "30"}, "request_timeout must be a time"),
        ({"output": "x"}, "output has no effect: serving writes nothing"),
        ({"max_characters": "0"}, "max_characters must be"),
    ],
)
def test_what_does_not_go(flags: dict[str, object], what: str):
    assert what in only_problem(**flags)


def test_a_run_is_needed():
    with pytest.raises(Problems):
        resolve(ServeConfig, flags={"targets": []})
