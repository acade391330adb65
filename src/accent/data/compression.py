"""Files that may be compressed, read as a stream of plain bytes."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import zstandard

from accent.errors import DataError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["COMPRESSIONS", "open_bytes", "open_raw", "plain_name"]

READ_SIZE = 1 << 18
BROKEN = (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zstandard.ZstdError)


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for reading, decompressed by its suffix (.gz, .xz, .zst); nothing is read ahead of the caller.

    Raises DataError where the file cannot be opened, is no file of that compression, or ends too early.
    """
    try:
        with open_raw(path) as raw, COMPRESSIONS.get(path.suffix.lower(), nullcontext)(raw) as stream:
            yield stream
    except BROKEN as error:
        raise DataError(
            f"unreadable bytes: the {path.suffix} compression is damaged or cut short: {error}",
            where=str(path),
            remedy="Copy or download the file again; a file that is not compressed must not end in .gz, .xz or .zst.",
        ) from error


def open_raw(path: Path) -> BinaryIO:
    """Open the file's own bytes, compressed or not. Raises DataError where the user may not read it."""
    try:
        return path.open("rb")
    except PermissionError as error:
        raise DataError(
            "no permission to read the file", where=str(path), remedy="Make it readable: chmod u+r FILE."
        ) from error


def plain_name(path: Path) -> str:
    """Return the file's name without the suffix of its compression: `train.csv` for `train.csv.gz`."""
    return path.stem if path.suffix.lower() in COMPRESSIONS else path.name


def _gzip(raw: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(fileobj=raw))


def _xz(raw: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, lzma.LZMAFile(raw))


def _zstd(raw: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_ZstdStream(raw), buffer_size=READ_SIZE))


class _ZstdStream(io.RawIOBase):
    """Plain bytes of a .zst file; unlike zstandard's own reader it raises where the file ends inside a frame."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._inside = False
        self._ready = b""

    def readable(self) -> bool:
        """Return True: the stream is there to be read."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill `buffer` with plain bytes and return their number, 0 at the end of the file."""
        view = memoryview(buffer).cast("B")
        while not self._ready and self._advance():
            pass
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _advance(self) -> bool:
        """Decompress the next piece, starting a new frame after one that ended; False at the end of the file."""
        piece = self._frame.unused_data if self._frame.eof else b""
        piece = piece or self._file.read(READ_SIZE)
        if not piece:
            if self._inside:
                raise EOFError("the file ends inside a zstd frame")
            return False
        if self._frame.eof:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready = self._frame.decompress(piece)
        self._inside = not self._frame.eof
        return True


COMPRESSIONS: dict[str, Callable[[BinaryIO], BinaryIO]] = {".gz": _gzip, ".xz": _xz, ".zst": _zstd}
