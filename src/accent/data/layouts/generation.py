"""Generation: texts to learn to write, or prompts and the texts that go on from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.layouts.columns import (
    all_named,
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
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import CHAT_NAMES, COMPLETION_NAMES, PROMPT_NAMES
from accent.errors import DataError

__all__ = ["GenerationLayout"]


class GenerationLayout:
    """Rows of a text, or of a prompt with its completion as the label."""

    task: ClassVar[TaskName] = "generation"
    label_type: ClassVar[pa.DataType] = pa.string()
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "paragraph"
    points_into_text: ClassVar[bool] = False
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of prompts and completions, or that of texts where there is no such pair.

        Raises DataError for conversations, for several columns that may hold the prompt, and where no column, or
        several without a well-known name, may hold the text.
        """
        check_named(profiles, config, where)
        _refuse_conversations(profiles, config, where)
        texts, labels = _columns(profiles, config, where, require_labels=require_labels)
        lists = next((name for name in (*texts, *labels) if profiles[name].lists), None)
        if lists is not None:
            raise refuse("generation", f"column of texts ({lists!r} holds lists)", profiles, where)
        notes = [] if config.text_column else [columns_note("prompt" if labels else "text", texts)]
        notes += [columns_note("completion", labels)] if labels and not config.label_column else []
        schema = Schema(text_columns=texts, label_columns=labels, group_column=config.group_column)
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:  # noqa: ARG002 - any text will do
        """Return texts (or prompts) and completions as strings."""
        completions = strings(batch, schema.label_columns)
        return Standard(texts=strings(batch, schema.text_columns), labels=completions[0] if completions else None)

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: cells are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the completion itself."""
        return str(label)

    def classes(self, label: Label) -> Sequence[str]:  # noqa: ARG002 - texts are no classes
        """Return nothing: texts are no classes."""
        return ()

    def stratum(self, label: Label) -> str:  # noqa: ARG002 - texts are no classes
        """Return "": texts are no classes."""
        return ""


def _columns(
    profiles: Mapping[str, Profile], config: DataConfig, where: str, *, require_labels: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the column of texts or prompts, and that of completions where there is one."""
    if config.text_column:
        text = only_one(config.text_column, option="--text-column", what="one text or prompt a row", where=where)
        return (text,), _named_completion(config, where)
    rest = untaken(profiles, {*config.label_column, config.group_column})
    completion = _named_completion(config, where) or first_named(rest, COMPLETION_NAMES)
    prompts = all_named(untaken(rest, completion), frozenset(PROMPT_NAMES))
    if prompts and (completion or not require_labels):
        labels = completion if require_labels or config.label_column else ()
        return (single_text(prompts, what="prompt", where=where),), labels
    texts = find_texts(profiles, config, where)
    return (single_text(texts, what="text", where=where),), _named_completion(config, where)


def _named_completion(config: DataConfig, where: str) -> tuple[str, ...]:
    if not config.label_column:
        return ()
    return (only_one(config.label_column, option="--label-column", what="one completion a row", where=where),)


def _refuse_conversations(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> None:
    chats = () if config.text_column else first_named(profiles, CHAT_NAMES)
    if chats and not all_named(profiles, frozenset((*PROMPT_NAMES, *COMPLETION_NAMES, "text"))):
        raise DataError(
            f"the column {chats[0]!r} holds conversations, which cannot be read",
            where=where,
            remedy="Write each as a prompt (what was said so far) and a completion (the answer to it).",
        )
