"""One reader a format, and the table of them."""

from __future__ import annotations

from accent.config.types import Format
from accent.data.readers.columnar import read_arrow, read_parquet
from accent.data.readers.conll import read_conll
from accent.data.readers.conllu import read_conllu
from accent.data.readers.delimited import read_csv, read_tsv
from accent.data.readers.json_file import read_json
from accent.data.readers.jsonl import read_jsonl
from accent.data.readers.protocol import ORIGIN_LINE, InputFile, Reader, Reading, ReadOptions
from accent.data.readers.squad import read_squad
from accent.data.readers.text import read_text

__all__ = ["BINARY", "ORIGIN_LINE", "READERS", "InputFile", "ReadOptions", "Reader", "Reading"]

READERS: dict[Format, Reader] = {
    "csv": read_csv,
    "tsv": read_tsv,
    "json": read_json,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "arrow": read_arrow,
    "text": read_text,
    "conll": read_conll,
    "conllu": read_conllu,
    "squad": read_squad,
}
"""Every format and its reader."""

BINARY: frozenset[Format] = frozenset({"parquet", "arrow"})
"""The formats whose bytes are not text."""
