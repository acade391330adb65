"""SQuAD JSON: articles of paragraphs with questions and their answers; a row is one question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["read_squad"]

COLUMNS = ("id", "title", "context", "question", "answers")
ANSWER = pa.struct([("text", pa.string()), ("start", pa.int64())])


def read_squad(file: InputFile, options: ReadOptions) -> Reading:  # noqa: ARG001 - the format settles everything
    """Read one row a question: id, title, context, question, and answers as {text, start in characters of context}.

    The document is held in memory while it is read; `origin_line` is the question's number, from 1.
    """
    schema = row_schema(COLUMNS, {"answers": pa.list_(ANSWER)})
    return Reading(schema=schema, batches=record_batches(_rows(file), schema))


def _rows(file: InputFile) -> Iterator[Row]:
    try:
        with file.text() as text:
            document = json.load(text)
        yield from enumerate(_questions(document), start=1)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            f"not SQuAD's JSON: {type(error).__name__}: {error}",
            where=file.name,
            remedy="SQuAD is {data: [{title, paragraphs: [{context, qas: [{id, question, answers}]}]}]}; "
            "for other JSON say --format json.",
        ) from error


def _questions(document: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for article in document["data"]:
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = [
                    {"text": answer["text"], "start": answer["answer_start"]} for answer in question.get("answers", ())
                ]
                yield (
                    str(question["id"]), article.get("title"), paragraph["context"], question["question"], answers
                )  # fmt: skip
