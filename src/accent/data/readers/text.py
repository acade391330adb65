"""Plain text, in the column `text`: one row a line, a paragraph, or the whole file.

An empty line is an empty row, so that answers keep their places; between paragraphs it is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.delimited import read_csv
from accent.data.readers.protocol import InputFile, Reading, ReadOptions

__all__ = ["read_text"]


def read_text(file: InputFile, options: ReadOptions) -> Reading:
    """Read a line, a paragraph or the file a row; `origin_line` is a row's first line.

    With a delimiter the lines are cells between delimiters, as in `label SPACE text`.
    """
    if options.delimiter:
        return read_csv(file, options)
    schema = row_schema(options.columns or ("text",))
    return Reading(schema=schema, batches=record_batches(_READ[options.documents](file), schema))


def _lines(file: InputFile) -> Iterator[Row]:
    for number, line in file.lines():
        yield number, (line,)


def _paragraphs(file: InputFile) -> Iterator[Row]:
    start, lines = 0, list[str]()
    for number, line in file.lines():
        if line.strip():
            start = start or number
            lines.append(line)
        elif lines:
            yield start, ("\n".join(lines),)
            start, lines = 0, []
    if lines:
        yield start, ("\n".join(lines),)


def _whole(file: InputFile) -> Iterator[Row]:
    text = "\n".join(line for _, line in file.lines())
    if text.strip():
        yield 1, (text,)


_READ: dict[str, Callable[[InputFile], Iterator[Row]]] = {"line": _lines, "paragraph": _paragraphs, "file": _whole}
