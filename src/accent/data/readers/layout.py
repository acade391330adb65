"""How a delimited file is laid out: its delimiter, its quotes, its header; inferred from the first rows and said."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from accent.data.readers.batches import column_name
from accent.data.readers.protocol import InputFile, ReadOptions
from accent.data.vocabulary import KNOWN_NAMES
from accent.errors import DataError

__all__ = ["BrokenRow", "Layout", "find_layout", "split_rows"]

CANDIDATES = (",", "\t", ";", "|")
DELIMITER_ROWS = 50
HEADER_ROWS = 1000
# A cell longer than this is no column name, unless it says so by standing among the known ones.
LONGEST_NAME = 40
SMALL_FILE = 20
NAMES = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "bar"}


class BrokenRow(Exception):  # noqa: N818 - it is caught where the file's name is known, and never seen by a user
    """Quotes that do not close or stand in the middle of a cell, in the record that starts at `line`."""

    def __init__(self, line: int, reason: str) -> None:
        """Keep the record's first line, counted from 1, and the reason in words."""
        self.line = line
        self.reason = reason
        super().__init__(line, reason)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A delimited file's layout; `limit` is how often a line is split where the last column takes the rest, else -1."""

    delimiter: str
    quoted: bool
    columns: tuple[str, ...]
    header: bool
    limit: int = -1
    notes: tuple[str, ...] = ()


def find_layout(file: InputFile, options: ReadOptions, *, default: str | None) -> Layout:
    """Return the layout: what `options` says, and for the rest what the first 1,000 rows show.

    `default` is the format's delimiter (a tab for TSV), or None where it is to be inferred. Raises DataError for a
    file without rows, a delimiter of several characters, or columns that do not fit the rows.
    """
    notes: list[str] = []
    delimiter = options.delimiter or default or _find_delimiter(file, options, notes)
    _check_delimiter(delimiter)
    quoted = options.quoting == "minimal" if options.quoting else delimiter not in {"\t", " "}
    limit = len(options.columns) - 1 if options.columns and delimiter == " " and not quoted else -1
    rows = list(_first_rows(file, delimiter, quoted=quoted, limit=limit, count=HEADER_ROWS))
    if not rows:
        raise DataError("empty file: it has no rows", where=file.name, remedy="Give a file with rows in it.")
    header = _has_header(rows, options, notes)
    columns = _names(file, rows[0], options, header=header)
    return Layout(delimiter=delimiter, quoted=quoted, columns=columns, header=header, limit=limit, notes=tuple(notes))


def split_rows(
    lines: Iterable[str], delimiter: str, *, quoted: bool, limit: int = -1
) -> Iterator[tuple[int, list[str]]]:
    """Yield (line of the record's start, cells) for each record that is not blank; quoted cells may hold line ends.

    Raises BrokenRow where quotes do not close or stand in the middle of a cell.
    """
    if quoted:
        yield from _quoted_rows(lines, delimiter)
        return
    for number, line in enumerate(lines, start=1):
        plain = line.rstrip("\n").removesuffix("\r")
        if plain.strip() or (plain and delimiter in plain):
            yield number, plain.split(delimiter, limit)


def _quoted_rows(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    # csv's own limit of 131,072 characters a cell is below a long document; this one still stops a quote that never
    # closes from taking in a whole file of gigabytes.
    csv.field_size_limit(min(sys.maxsize, 64_000_000))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise BrokenRow(start, _reason(error)) from error


def _reason(error: csv.Error) -> str:
    """Return csv's message in words that name the quotes."""
    if "unexpected end of data" in str(error) or "field larger" in str(error):
        return "a quote opens and never closes"
    if "expected after" in str(error):
        return "text follows a closing quote"
    return str(error)


def _first_rows(file: InputFile, delimiter: str, *, quoted: bool, limit: int = -1, count: int) -> Iterator[list[str]]:
    """Yield the first rows up to one that is broken: the reading itself names that one with its line."""
    with file.text("" if quoted else "\n") as text:
        rows = split_rows(text, delimiter, quoted=quoted, limit=limit)
        try:
            for _, row in islice(rows, count):
                yield row
        except BrokenRow:
            return


def _find_delimiter(file: InputFile, options: ReadOptions, notes: list[str]) -> str:
    """Return the candidate that cuts the first rows into the same number of columns, the most of them; else a comma."""
    widths = {}
    for candidate in CANDIDATES:
        quoted = options.quoting == "minimal" if options.quoting else candidate != "\t"
        rows = list(_first_rows(file, candidate, quoted=quoted, count=DELIMITER_ROWS))
        counts = Counter(len(row) for row in rows)
        width, agreeing = counts.most_common(1)[0] if counts else (1, 0)
        if width > 1 and agreeing >= 0.9 * len(rows):
            widths[candidate] = (agreeing == len(rows), width)
    delimiter = max(CANDIDATES, key=lambda candidate: widths.get(candidate, (False, 1)))
    if delimiter != ",":
        notes.append(f"delimiter: {NAMES[delimiter]} (inferred from the first rows)")
    return delimiter


def _check_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise DataError(
            f"{delimiter!r} cannot stand between columns",
            where="delimiter",
            remedy=r"Give one character, such as ',' or ';' or $'\t'.",
        )


def _has_header(rows: list[list[str]], options: ReadOptions, notes: list[str]) -> bool:
    """Return whether the first row names the columns, with a note where nobody said so."""
    if options.header:
        return options.header == "first"
    if options.columns:
        return False
    header, reason = _judge_header(rows)
    if reason is not None:
        shown = "first line" if header else "none"
        notes.append(f"header: {shown} (inferred: {reason})")
    return header


def _judge_header(rows: list[list[str]]) -> tuple[bool, str | None]:
    """Return whether the first row is a header, and the reason; None where a well-known name leaves no doubt."""
    first = [cell.strip() for cell in rows[0]]
    again = {cell: count for place, cell in enumerate(first) if cell and (count := _count_again(rows, place, cell))}
    known = [cell for cell in first if cell.lower() in KNOWN_NAMES and cell not in again]
    if known:
        return True, None
    if again:
        cell, count = max(again.items(), key=lambda pair: pair[1])
        return False, f"{_shorten(cell)!r} stands again in its column, {count:,}x"
    if number := next((cell for cell in first if _is_number(cell)), None):
        return False, f"{number!r} is a number"
    if long := next((cell for cell in first if len(cell) > LONGEST_NAME), None):
        return False, f"{_shorten(long)!r} is longer than a name"
    return True, "the cells of the first line are short and do not stand again"


def _count_again(rows: list[list[str]], place: int, cell: str) -> int:
    """Return how often the first row's cell stands again in its column, 0 where that is too seldom to mean a value."""
    others = rows[1:]
    count = sum(len(row) > place and row[place].strip() == cell for row in others)
    return count if count >= (1 if len(others) < SMALL_FILE else 2) else 0


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _names(file: InputFile, first: list[str], options: ReadOptions, *, header: bool) -> tuple[str, ...]:
    if header and options.columns:
        raise DataError(
            "the first line names the columns, and so does --columns",
            where=file.name,
            remedy="Give --header none with --columns, or leave --columns out.",
        )
    if header:
        return tuple(cell.strip() or column_name(place) for place, cell in enumerate(first))
    names: tuple[str, ...] = options.columns or tuple(column_name(place) for place in range(len(first)))
    if len(names) != len(first):
        raise DataError(
            f"--columns names {len(names)} columns, but the first row has {len(first)}",
            where=file.place(1),
            remedy="Give one name a column, or the right --delimiter.",
        )
    return names


def _shorten(cell: str) -> str:
    return cell if len(cell) <= LONGEST_NAME else cell[: LONGEST_NAME - 3] + "..."
