"""CoNLL-U (Universal Dependencies): ten columns a word; the tags are the universal parts of speech (UPOS)."""

from __future__ import annotations

from collections.abc import Iterator

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.conll import SENTENCE_TYPES
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["read_conllu"]

WIDTH = 10
FORM, UPOS = 1, 3


def read_conllu(file: InputFile, options: ReadOptions) -> Reading:  # noqa: ARG001 - the format settles everything
    """Read sentences as rows of tokens (FORM) and tags (UPOS); ranges (1-2) and empty nodes (1.1) are left out."""
    schema = row_schema(tuple(SENTENCE_TYPES), SENTENCE_TYPES)
    return Reading(schema=schema, batches=record_batches(_rows(file), schema))


def _rows(file: InputFile) -> Iterator[Row]:
    start = 0
    words: list[list[str]] = []
    for number, line in file.lines():
        if not line.strip():
            if words:
                yield _row(start, words)
            start, words = 0, []
        elif not line.startswith("#"):
            cells = _cells(file, number, line)
            start = start or number
            if cells[0].isdigit():
                words.append(cells)
    if words:
        yield _row(start, words)


def _row(start: int, words: list[list[str]]) -> Row:
    return start, ([cells[FORM] for cells in words], [cells[UPOS] for cells in words])


def _cells(file: InputFile, number: int, line: str) -> list[str]:
    cells = line.split("\t")
    if len(cells) != WIDTH:
        raise DataError(
            f"broken row: {len(cells)} columns, where CoNLL-U has {WIDTH}",
            where=file.place(number),
            remedy="Mend the line; for a token and a tag a line say --format conll.",
        )
    return cells
