"""The manifest of a folder: what it must hold, byte for byte, and whether it does."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from accent.records import disk

__all__ = ["MANIFEST", "BrokenManifestError", "problems", "read_manifest", "seal"]

MANIFEST = "manifest.json"
VERSION = 1
"""The manifest's layout; it grows when an older Accent could not read it."""
CHUNK = 1 << 20


class BrokenManifestError(Exception):
    """A manifest that is missing, damaged, or of a layout that this Accent does not know."""


def seal(folder: Path, update: int, facts: dict[str, Any]) -> None:
    """Flush all that `folder` holds to the disk, then write its manifest, flush that, and flush the folders.

    Files are read in chunks and in the order in which they were written. `facts` are JSON values.
    """
    files = {}
    for path in _in_write_order(folder):
        _flush(path)
        files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": _digest(path)}
    body = {"version": VERSION, "update": update, "facts": facts, "files": files}
    descriptor = disk.create_file(folder / MANIFEST)
    try:
        disk.write(descriptor, _render(body))
        disk.sync_file(descriptor)
    finally:
        os.close(descriptor)
    for above, _, _ in os.walk(folder, topdown=False):
        disk.sync_folder(Path(above))


def problems(folder: Path, *, contents: bool) -> list[str]:
    """Return what is wrong with `folder`: files missing, cut, changed (read only with `contents`) or foreign."""
    try:
        expected = read_manifest(folder)["files"]
        present = {path.relative_to(folder).as_posix(): path for path in _files(folder) if path != folder / MANIFEST}
    except BrokenManifestError as error:
        return [str(error)]
    except OSError as error:
        return [f"it cannot be read: {error.strerror or error}"]
    found = [f"{name} does not belong to it" for name in sorted(present.keys() - expected.keys())]
    for name, facts in expected.items():
        wrong = _wrong(present.get(name), facts, contents=contents)
        found += [f"{name} {wrong}"] if wrong else []
    return found


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder`: version, update, facts and files.

    It carries the SHA-256 of its own text and has one spelling only, so that no bit of it changes unnoticed.

    Raises:
        BrokenManifestError: saying which way it cannot be trusted.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BrokenManifestError(f"{MANIFEST} is missing: it was never finished")
    try:
        raw = path.read_bytes()
        body = json.loads(raw)
        version = body["version"]
        body.pop("sha256")
        whole = raw == _render(body)
    except OSError as error:
        raise BrokenManifestError(f"{MANIFEST} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenManifestError(f"{MANIFEST} is damaged: it is cut or no longer the JSON it was") from error
    if not whole:
        raise BrokenManifestError(f"{MANIFEST} is damaged: its SHA-256 is not the one it was written with")
    if version != VERSION:
        raise BrokenManifestError(f"{MANIFEST} has layout {version}; this Accent reads layout {VERSION}")
    return dict(body)


def _render(body: dict[str, Any]) -> bytes:
    """Return the manifest's one spelling, which ends with the SHA-256 of all that stands before."""
    digest = hashlib.sha256(json.dumps(body, allow_nan=False).encode()).hexdigest()
    return (json.dumps({**body, "sha256": digest}, indent=2, allow_nan=False) + "\n").encode()


def _in_write_order(folder: Path) -> list[Path]:
    return sorted(_files(folder), key=lambda path: (path.stat().st_mtime_ns, path))


def _files(folder: Path) -> list[Path]:
    return [Path(above) / name for above, _, names in os.walk(folder, onerror=_raise) for name in names]


def _raise(error: OSError) -> None:
    raise error


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        disk.sync_file(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _wrong(path: Path | None, facts: dict[str, Any], *, contents: bool) -> str | None:
    """Say what is wrong with one file, or nothing."""
    if path is None:
        return "is missing"
    try:
        size = path.stat().st_size
        if size != facts["size"]:
            return f"has {size:,} bytes instead of {facts['size']:,}"
        if contents and _digest(path) != facts["sha256"]:
            return "has changed: its SHA-256 is not the one it was written with"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return None
