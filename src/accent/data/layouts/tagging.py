"""Tagging: a sentence, its words as places in it, and a tag for each word."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.layouts.columns import (
    check_named,
    columns_note,
    find_texts,
    first_named,
    fit_columns,
    only_one,
    single_text,
    strings,
    untaken,
)
from accent.data.layouts.entities import read_spans
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.layouts.words import OUTSIDE, TaggedText, from_spans, from_tokens
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import ENTITY_NAMES, TAG_NAMES, TOKEN_NAMES
from accent.errors import DataError

__all__ = ["TaggingLayout"]

PLACES = (("starts", pa.list_(pa.int32())), ("ends", pa.list_(pa.int32())))
PREFIXED = re.compile(r"[BIOLUESM]-(.+)", re.DOTALL)
# Where a file holds both the tokens and the text that they were cut from (as Universal Dependencies do), this is it.
WHOLE_TEXT = "text"


class TaggingLayout:
    """Rows of a sentence with its words: `starts`, `ends` (characters of `text`, ends exclusive) and `tags`.

    From tokens with tags (CoNLL, CoNLL-U, lists), or from a text with entities {start, end, label}, whose words get
    BIO tags. Tags stand as the file has them: what they mean is the task's business. Rows without tags have `words`.
    """

    task: ClassVar[TaskName] = "tagging"
    label_type: ClassVar[pa.DataType] = pa.struct([*PLACES, ("tags", pa.list_(pa.string()))])
    word_type: ClassVar[pa.DataType | None] = pa.struct(PLACES)
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = True
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of tokens and tags, or of the text and its entities.

        Raises DataError where there is neither; without `require_labels` tokens or a text alone will do.
        """
        check_named(profiles, config, where)
        if config.text_column:
            only_one(config.text_column, option="--text-column", what="one text a row", where=where)
        if config.label_column:
            only_one(config.label_column, option="--label-column", what="one tag a word", where=where)
        tokens, tags = _token_columns(profiles, config)
        in_tokens = bool(tokens) and bool(tags or not require_labels)
        labels = tags if in_tokens else config.label_column or first_named(profiles, ENTITY_NAMES)
        if require_labels and not labels:
            raise refuse("tagging", "tokens with tags and no text with entities", profiles, where)
        texts = tokens if in_tokens else find_texts(untaken(profiles, labels), config, where)
        texts = (single_text(texts, what="text", where=where),)
        labels = labels if require_labels or config.label_column else ()
        _check_tags(labels, profiles, in_tokens=in_tokens, where=where)
        notes = [] if config.text_column else [columns_note("tokens" if in_tokens else "text", texts)]
        if labels and not config.label_column:
            notes.append(columns_note("tags" if in_tokens else "entities", labels))
        schema = Schema(text_columns=texts, label_columns=labels, group_column=config.group_column)
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:
        """Return texts and their words; DataError where tokens and tags, or text and entities, do not fit.

        Tokens stay the words that they are where no tags are read: what is asked for is an answer to each of them.
        """
        tokens = batch.column(schema.text_columns[0])
        labels = batch.column(schema.label_columns[0]).to_pylist() if schema.label_columns else None
        if pa.types.is_nested(tokens.type):
            rows = _tagged_tokens(tokens.to_pylist(), labels, _whole_texts(batch), origin)
        else:
            (texts,) = strings(batch, schema.text_columns)
            rows = [
                from_spans(text, read_spans(cell, text, origin.place(row)))
                for row, (text, cell) in enumerate(zip(texts.to_pylist(), labels or [None] * len(texts), strict=True))
            ]
        found = pa.array([row.text for row in rows], type=pa.string())
        if labels is None:
            places = [{"starts": row.starts, "ends": row.ends} for row in rows]
            return Standard(texts=(found,), words=pa.array(places, type=self.word_type))
        tagged = [{"starts": row.starts, "ends": row.ends, "tags": row.tags} for row in rows]
        return Standard(texts=(found,), labels=pa.array(tagged, type=self.label_type))

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: tags are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the tags, those that follow each other with their number: `O*4 B-PER I-PER`."""
        runs: list[tuple[str, int]] = []
        for tag in label["tags"]:
            again = bool(runs) and runs[-1][0] == tag
            runs[-1:] = [(tag, runs[-1][1] + 1)] if again else [*runs[-1:], (tag, 1)]
        return " ".join(tag if count == 1 else f"{tag}*{count}" for tag, count in runs)

    def classes(self, label: Label) -> Sequence[str]:
        """Return the types of entities (`PER` of B-PER and I-PER), or the plain tags; not O."""
        return tuple(dict.fromkeys(_type(tag) for tag in label["tags"] if tag != OUTSIDE))

    def stratum(self, label: Label) -> str:  # noqa: ARG002 - a sentence has many classes
        """Return "": a sentence has no class of its own."""
        return ""


def _type(tag: str) -> str:
    found = PREFIXED.fullmatch(tag)
    return found[1] if found else tag


def _token_columns(profiles: Mapping[str, Profile], config: DataConfig) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the column of lists of tokens and that of their tags, as asked or by name; each may be missing."""
    lists = {name: profile for name, profile in profiles.items() if profile.lists}
    tokens = config.text_column or first_named(lists, TOKEN_NAMES)
    if not set(tokens) <= set(lists):
        return (), ()
    return tokens, config.label_column or first_named(untaken(lists, tokens), TAG_NAMES)


def _check_tags(labels: Sequence[str], profiles: Mapping[str, Profile], *, in_tokens: bool, where: str) -> None:
    """Raise DataError where tokens have one string for all tags."""
    if in_tokens and labels and not profiles[labels[0]].lists:
        raise DataError(
            f"the column {labels[0]!r} does not hold a list of tags for the tokens",
            where=where,
            remedy="Name a column with a tag for each token with --label-column.",
        )


def _whole_texts(batch: pa.RecordBatch) -> list[str | None]:
    if WHOLE_TEXT not in batch.schema.names or pa.types.is_nested(batch.schema.field(WHOLE_TEXT).type):
        return [None] * batch.num_rows
    texts: list[str | None] = batch.column(WHOLE_TEXT).to_pylist()
    return texts


def _tagged_tokens(
    tokens: Sequence[Any], tags: Sequence[Any] | None, texts: Sequence[str | None], origin: Origin
) -> list[TaggedText]:
    rows = []
    for row, cell in enumerate(tokens):
        words = ["" if word is None else str(word) for word in cell or ()]
        given = [OUTSIDE] * len(words) if tags is None else list(tags[row] or ())
        _check_row(words, given, origin.place(row))
        rows.append(from_tokens(words, given, texts[row]))
    return rows


def _check_row(tokens: Sequence[str], tags: Sequence[str | None], where: str) -> None:
    if len(tokens) != len(tags):
        raise DataError(
            f"{len(tokens)} tokens and {len(tags)} tags",
            where=where,
            remedy="Give each token of the row one tag, such as O.",
        )
    if not all(token.strip() for token in tokens):
        raise DataError("an empty token", where=where, remedy="Take it out of the row, and its tag with it.")
    if not all(tags):
        raise DataError(
            f"the token {tokens[[bool(tag) for tag in tags].index(False)]!r} has no tag",
            where=where,
            remedy="Give it one, such as O.",
        )
