"""CoNLL-U (Universal Dependencies): ten columns a word; the tags are the universal parts of speech (UPOS)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.conll import SENTENCE_TYPES
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["read_conllu"]

WIDTH = 10
ID, FORM, UPOS, MISC = 0, 1, 3, 9
TYPES = {**SENTENCE_TYPES, "text": pa.string()}


def read_conllu(file: InputFile, options: ReadOptions) -> Reading:  # noqa: ARG001 - the format settles everything
    """Read sentences as rows of tokens (FORM), tags (UPOS) and the text that they were cut from.

    Empty nodes (1.1) are left out. The words of a range (1-2) are the tokens, and its form is what stands in the text
    where they make it up (can't of ca and n't); otherwise (del of de and el) they stand there with a space between.
    """
    schema = row_schema(tuple(TYPES), TYPES)
    return Reading(schema=schema, batches=record_batches(_rows(file), schema))


@dataclass
class _Sentence:
    """The words of a sentence as they are read: their forms and tags, and whether a space follows each."""

    start: int = 0
    forms: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    spaces: list[bool] = field(default_factory=list)
    ranges: list[tuple[int, str, bool]] = field(default_factory=list)

    def add(self, cells: list[str], number: int) -> None:
        """Take in one line: a word, or a range of words that are written as one."""
        self.start = self.start or number
        space = "SpaceAfter=No" not in cells[MISC].split("|")
        if cells[ID].isdigit():
            self.forms.append(cells[FORM])
            self.tags.append(cells[UPOS])
            self.spaces.append(space)
        elif "-" in cells[ID]:
            self.ranges.append((len(self.forms), cells[FORM], space))

    def row(self) -> Row:
        """Return the sentence as a row."""
        for first, form, space in self.ranges:
            self._write_as_one(first, form, space=space)
        text = "".join(form + " " * space for form, space in zip(self.forms, self.spaces, strict=True))
        return self.start, (self.forms, self.tags, text.rstrip())

    def _write_as_one(self, first: int, form: str, *, space: bool) -> None:
        """Take the spaces out between the words that make up the form, from the word `first` on."""
        for last in range(first, len(self.forms)):
            if "".join(self.forms[first : last + 1]) == form:
                self.spaces[first:last] = [False] * (last - first)
                self.spaces[last] = space
                return


def _rows(file: InputFile) -> Iterator[Row]:
    sentence = _Sentence()
    for number, line in file.lines():
        if not line.strip():
            if sentence.forms:
                yield sentence.row()
            sentence = _Sentence()
        elif not line.startswith("#"):
            sentence.add(_cells(file, number, line), number)
    if sentence.forms:
        yield sentence.row()


def _cells(file: InputFile, number: int, line: str) -> list[str]:
    cells = line.split("\t")
    if len(cells) != WIDTH:
        raise DataError(
            f"broken row: {len(cells)} columns, where CoNLL-U has {WIDTH}",
            where=file.place(number),
            remedy="Mend the line; for a token and a tag a line say --format conll.",
        )
    return cells
