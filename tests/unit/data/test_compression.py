"""Compressed files are streams; a damaged or truncated one is an error, never fewer rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from accent.data.compression import open_bytes, plain_name
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
CONTENT = b"".join(b"line %d of many\n" % number for number in range(50_000))


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_content_comes_back(write: Write, suffix: str) -> None:
    with open_bytes(write("a.txt" + suffix, CONTENT)) as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_a_truncated_file_is_an_error(write: Write, suffix: str) -> None:
    path = write("a.txt" + suffix, CONTENT)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="damaged or cut short") as caught, open_bytes(path) as stream:
        list(stream)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_a_file_that_is_not_compressed_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(b"plain text, no compression at all\n" * 10)
    with pytest.raises(DataError, match="must not end in"), open_bytes(path) as stream:
        stream.read()


def test_frames_of_zstd_one_after_the_other_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(b"".join(zstandard.ZstdCompressor().compress(part) for part in (b"one\n", b"", b"two\n")))
    with open_bytes(path) as stream:
        assert stream.read() == b"one\ntwo\n"


def test_plain_name_takes_the_compression_off() -> None:
    assert [plain_name(Path(name)) for name in ("a.csv.gz", "a.csv", "a.GZ")] == ["a.csv", "a.csv", "a"]


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_a_file_that_may_not_be_read_is_named(write: Write, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    path = write("a.txt" + suffix, CONTENT)

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(self), mode)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="no permission to read the file") as caught, open_bytes(path):
        pytest.fail("the file was opened")
    assert caught.value.where == str(path)
