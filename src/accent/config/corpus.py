"""Running text to pretrain on: where it comes from and what a document is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len

from accent.config.data import ReadingConfig
from accent.config.types import ColumnNames, PositiveInt, Share, Text

__all__ = ["CorpusConfig", "DocumentsName"]

DocumentsName = Literal["blank-line", "blank-lines", "line", "file"]


@dataclass(frozen=True, kw_only=True)
class CorpusConfig(ReadingConfig):
    """Running text: plain files, tables with a column of texts, folders and patterns of such, sets from the Hub."""

    sources: Annotated[tuple[Text, ...], Len(1)]
    """Files, folders, patterns such as 'books/*.txt.xz', builtin:NAME, or Hub data sets, read in this order. Where a
    folder or a set has a test split, that is left out; where it has a validation split, that is the validation."""
    pair_sources: tuple[Text, ...] = ()
    """Plain text files with the translations: line n of the first translates line n of the first source, and so on."""
    text_column: ColumnNames = ()
    """The column of texts in tables; several are joined by line ends. Without it, inferred from names and contents."""
    pair_column: Text | None = None
    """The column with the same text in another language (tlm)."""
    documents: DocumentsName = "blank-line"
    """Where a document of plain text ends: at a blank line, at two or more blank lines, at every line, or with the
    file. A row of a table is a document."""
    validation_share: Share = 0.05
    """Share of the documents that are kept for validation, chosen by their text, so that order does not matter."""
    limit: PositiveInt | None = None
    """At most this many documents, the first as they are read."""
    deduplicate: bool = True
    """Drop documents whose text has been met before."""
