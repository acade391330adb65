"""The documents of a corpus, read file by file: a stream that is the same each time it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path

from accent.config.corpus import CorpusConfig, DocumentsName
from accent.data.compression import open_bytes
from accent.data.corpus.plain import plain_documents, plain_pairs
from accent.data.corpus.sources import CorpusSource, find_corpus, reading
from accent.data.encoding import Encoding, find_encoding
from accent.data.formats import find_format
from accent.data.hub import read_hub
from accent.data.layouts.columns import check_column, columns_note, find_texts, first_named, strings, untaken
from accent.data.profiles import profile_columns
from accent.data.readers import ORIGIN_LINE, InputFile
from accent.data.reading import Rows, read_file
from accent.data.sources import SourceFile
from accent.data.store import file_digest
from accent.data.vocabulary import ALL_ROWS, CONTEXT_NAMES
from accent.errors import DataError

__all__ = ["Document", "Part", "Texts", "documents_of", "find_parts", "read_documents"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text and where it stands; `pair` is the same in another language, in a parallel corpus.

    `split` is train or validation where the source says which, else ALL_ROWS.
    """

    text: str
    file: str
    line: int
    pair: str | None = None
    split: str = ALL_ROWS


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file, or one split of a Hub data set: its name and digest, and what reads its documents anew."""

    name: str
    digest: str
    split: str
    notes: Callable[[], tuple[str, ...]]
    """What was inferred of it; asks for more than the digest, as reading does."""
    documents: Callable[[], Iterator[Document]]


class Texts:
    """The texts of a corpus, translations among them, to be read any number of times."""

    def __init__(self, config: CorpusConfig, *, offline: bool = False) -> None:
        """Find the files; DataError where there are none, or their encoding or columns do not fit."""
        self._parts, _ = find_parts(config, offline=offline)
        self._limit = config.limit

    def __iter__(self) -> Iterator[str]:
        for document in documents_of(self._parts, self._limit):
            yield document.text
            if document.pair is not None:
                yield document.pair


def read_documents(config: CorpusConfig, *, offline: bool = False) -> Iterator[Document]:
    """Yield the documents of all sources in order, those for validation last; nothing is dropped but empty ones.

    Raises DataError for sources that are not there, for bytes that do not decode (with file and line), for a column
    that is missing, and where there is no text at all.
    """
    parts, _ = find_parts(config, offline=offline)
    yield from documents_of(parts, config.limit)


def find_parts(config: CorpusConfig, *, offline: bool) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return what there is to read, training before validation, and the names of test splits, which are left out.

    Raises DataError as `read_documents` does, but for what shows only on reading.
    """
    parts: list[Part] = []
    left_out: list[str] = []
    for source in find_corpus(config):
        if source.hub is not None:
            given = {
                f"{source.hub.name}/{split}": (split, rows)
                for split, rows in read_hub(source.hub, offline=offline).items()
            }
            left_out += [name for name, (split, _) in given.items() if split == "test"]
            parts += [_of_rows(rows, split, config) for split, rows in given.values() if split != "test"]
        elif source.file is not None and source.split == "test":
            left_out.append(source.file.name)
        elif source.file is not None and _has_bytes(source.file.path):
            parts.append(_of_file(source.file, source, config))
    if all(part.split == "validation" for part in parts):
        raise DataError(
            "a corpus without text to train on",
            where=", ".join([*config.sources[:3], *left_out[:3]]),
            remedy="Give files with text in them; a test split is read only where its file is named itself.",
        )
    return tuple(sorted(parts, key=lambda part: part.split == "validation")), tuple(left_out)


def documents_of(parts: Sequence[Part], limit: int | None) -> Iterator[Document]:
    """Yield the documents of the parts, at most `limit` of those for training and of those for validation.

    Raises DataError where there are none to train on.
    """
    given = [part for part in parts if part.split == "validation"]
    empty = True
    for document in islice(_chained(part for part in parts if part not in given), limit):
        empty = False
        yield document
    if empty:
        raise DataError(
            "a corpus without text",
            where=", ".join(part.name for part in parts[:3]),
            remedy="Give files with text in them; of tables, name the column of texts with --text-column.",
        )
    yield from islice(_chained(given), limit)


def _chained(parts: Iterable[Part]) -> Iterator[Document]:
    return (document for part in parts for document in part.documents())


def _has_bytes(path: Path) -> bool:
    with open_bytes(path) as stream:
        return bool(stream.read(1))


def _of_file(file: SourceFile, source: CorpusSource, config: CorpusConfig) -> Part:
    """Return the part of one file; plain text is read as it stands, tables from the store of rows."""
    plain = not (config.delimiter or config.columns) and find_format(file.path, config.format).format == "text"
    if not plain:
        return _of_rows(read_file(file, reading(config, file.name)), source.split, config)
    text = _TextFile(file, config)
    if source.pair is None:
        documents, digest = partial(_documents, text, config.documents, source.split), file_digest(file.path)
    else:
        documents = partial(_pairs, text, _TextFile(source.pair, config), source.split)
        digest = f"{file_digest(file.path)}+{file_digest(source.pair.path)}"
    return Part(name=file.name, digest=digest, split=source.split, notes=lambda: text.notes, documents=documents)


class _TextFile:
    """A plain text file, whose bytes are checked when it is read for the first time."""

    def __init__(self, file: SourceFile, config: CorpusConfig) -> None:
        self._file = file
        self._asked = config.encoding

    @cached_property
    def _encoding(self) -> Encoding:
        return find_encoding(self._file.path, self._asked)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred."""
        return (f"{self._file.name}: {self._encoding.note}",) if self._encoding.note else ()

    @property
    def opened(self) -> InputFile:
        """The file as readers take it."""
        return InputFile(path=self._file.path, name=self._file.name, encoding=self._encoding.name)


def _documents(file: _TextFile, documents: DocumentsName, split: str) -> Iterator[Document]:
    for line, text in plain_documents(file.opened, documents):
        yield Document(text=text, file=file.opened.name, line=line, split=split)


def _pairs(file: _TextFile, pair: _TextFile, split: str) -> Iterator[Document]:
    for line, text, other in plain_pairs(file.opened, pair.opened):
        yield Document(text=text, pair=other, file=file.opened.name, line=line, split=split)


def _of_rows(rows: Rows, split: str, config: CorpusConfig) -> Part:
    texts, note = _text_columns(rows, config)
    return Part(
        name=rows.name,
        digest=rows.key,
        split=split,
        notes=lambda: (*rows.notes, *((f"{rows.name}: {note}",) if note else ())),
        documents=partial(_rows, rows, texts, config.pair_column, split),
    )


def _text_columns(rows: Rows, config: CorpusConfig) -> tuple[tuple[str, ...], str | None]:
    """Return the columns whose texts make a document, and a note where they were inferred."""
    profiles = profile_columns(rows.table)
    asked = [*config.text_column, *([config.pair_column] if config.pair_column else [])]
    for name in asked:
        check_column(name, profiles, rows.name)
    lists = next((name for name in asked if profiles[name].lists), None)
    if lists is not None:
        raise DataError(
            f"the column {lists!r} holds lists, not texts", where=rows.name, remedy="Name a column of texts."
        )
    if config.text_column:
        return config.text_column, None
    others = untaken(profiles, [config.pair_column])
    found = first_named(others, CONTEXT_NAMES[:1]) or find_texts(others, reading(config, rows.name), rows.name)
    return found, columns_note("text", found)


def _rows(rows: Rows, texts: Sequence[str], pair: str | None, split: str) -> Iterator[Document]:
    for batch in rows.table.batches():
        columns = [column.to_pylist() for column in strings(batch, texts)]
        pairs = strings(batch, [pair])[0].to_pylist() if pair is not None else None
        for number, line in enumerate(batch.column(ORIGIN_LINE).to_pylist()):
            text = "\n".join(column[number] for column in columns if column[number].strip())
            other = pairs[number] if pairs is not None else None
            if text and (other is None or other.strip()):
                yield Document(text=text, pair=other, file=rows.name, line=line, split=split)
