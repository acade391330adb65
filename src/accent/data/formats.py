"""Which format a file is in: by its name, else by its first bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from accent.config.types import Format
from accent.data.compression import open_bytes, plain_name

__all__ = ["SUFFIXES", "FoundFormat", "find_format"]

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".txt": "text",
    ".text": "text",
    ".conll": "conll",
    ".bio": "conll",
    ".iob": "conll",
    ".conllu": "conllu",
}
"""The suffix of a file's name (without that of a compression) and its format."""

START = 256_000
MAGIC: tuple[tuple[bytes, Format], ...] = ((b"PAR1", "parquet"), (b"ARROW1", "arrow"))
FEWEST_LINES = 20
MOST_LABELS = 0.1
CONLLU_TABS = 9


@dataclass(frozen=True, kw_only=True)
class FoundFormat:
    """A format, the note on how it was found where the name did not say, and the delimiter and columns it brings."""

    format: Format
    note: str | None = None
    delimiter: str | None = None
    columns: tuple[str, ...] | None = None


def find_format(path: Path, asked: Format | None) -> FoundFormat:
    """Return the format asked for, or that of the file's name, or the one that its first 256 kB look like."""
    if asked is not None:
        return FoundFormat(format=asked)
    with open_bytes(path) as stream:
        start = _start(stream)
    named = SUFFIXES.get(Path(plain_name(path)).suffix.lower())
    if named == "json":
        return _which_json(start)
    if named == "text" or named is None:
        return _which_text(start, named=named is not None)
    return FoundFormat(format=named)


def _start(stream: BinaryIO) -> bytes:
    """Return the first bytes; a stream may give fewer at once than were asked for."""
    pieces = b""
    while len(pieces) < START and (piece := stream.read(START - len(pieces))):
        pieces += piece
    return pieces


def _which_json(start: bytes) -> FoundFormat:
    """Tell a document from JSON Lines and from SQuAD, which share the name .json."""
    lines = [line for line in start.split(b"\n") if line.strip()]
    if len(lines) > 1 and all(_is_object(line) for line in lines[:2]):
        return FoundFormat(format="jsonl", note="format: jsonl (inferred: each line is an object)")
    if start.lstrip().startswith(b"{") and b'"paragraphs"' in start and b'"qas"' in start:
        return FoundFormat(format="squad", note="format: squad (inferred: the document has paragraphs and qas)")
    return FoundFormat(format="json")


def _is_object(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")


def _which_text(start: bytes, *, named: bool) -> FoundFormat:
    """Tell lines of `label SPACE text` from plain lines, and, where the name says nothing, other formats too."""
    magic = next((kind for mark, kind in MAGIC if start.startswith(mark)), None)
    if magic is not None and not named:
        return FoundFormat(format=magic, note=f"format: {magic} (inferred from the first bytes)")
    lines = start.decode("latin-1").split("\n")[:1000]
    lines = [line for line in lines[: -1 if len(start) == START else None] if line.strip()]
    if not named and lines and start.lstrip()[:1] in {b"{", b"["}:
        return _which_json(start)
    if not named and (kind := _tabular(lines)):
        return FoundFormat(format=kind, note=f"format: {kind} (inferred from the tabs in the first lines)")
    if labels := _leading_labels(lines):
        note = f"format: label SPACE text (inferred: {labels} words begin all lines; --format text reads them whole)"
        return FoundFormat(format="text", note=note, delimiter=" ", columns=("label", "text"))
    return FoundFormat(format="text", note=None if named else "format: text, one row a line (inferred)")


def _tabular(lines: Sequence[str]) -> Format | None:
    tabs = {line.count("\t") for line in lines if not line.startswith("#")}
    if len(tabs) != 1 or tabs == {0}:
        return None
    return "conllu" if tabs == {CONLLU_TABS} else "tsv"


def _leading_labels(lines: Sequence[str]) -> int:
    """Return how many words begin all the lines where they are few enough to be labels, and else 0.

    Of 1,000 lines of a novel over 300 begin with words of their own; of TREC-6's fine labels there are 48.
    """
    if len(lines) < FEWEST_LINES or not all(re.match(r"\S+ +\S", line) for line in lines):
        return 0
    labels = {line.split(" ", 1)[0] for line in lines}
    return len(labels) if 2 <= len(labels) <= MOST_LABELS * len(lines) else 0  # noqa: PLR2004 - two are a choice
