"""Tells by its columns which task a file is laid out for, so that the wrong `--task` is answered with the right one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from accent.config.tasks import TaskName
from accent.data.layouts.columns import all_named, first_named
from accent.data.profiles import Profile
from accent.data.vocabulary import (
    ANSWER_NAMES,
    COMPLETION_NAMES,
    CONTEXT_NAMES,
    DOCUMENT_NAMES,
    ENTITY_NAMES,
    LABEL_NAMES,
    PROMPT_NAMES,
    QUESTION_NAMES,
    SUMMARY_NAMES,
    TAG_NAMES,
    TEXT_NAMES,
    TOKEN_NAMES,
)
from accent.errors import DataError

__all__ = ["other_task_hint", "refuse", "refuse_tokens_and_answers"]

_NEEDS: Mapping[TaskName, str] = {
    "classification": "rows of a text and a label",
    "multilabel": "rows of a text and a list of labels, or one column of yes and no a label",
    "regression": "rows of a text and a number",
    "tagging": "tokens with a tag each, or texts with entities {start, end, label}",
    "qa": "a question, a context and answers {text, answer_start}",
    "generation": "texts, or prompts and completions",
    "summarization": "a document and a summary",
}

# Of these a name by itself says what the column is for; "text", "target" or "input" may be anybody's.
_OWN_SUMMARIES = frozenset(SUMMARY_NAMES) - {"target"}
_OWN_PROMPTS = frozenset(PROMPT_NAMES) - {"input"}
_OWN_COMPLETIONS = frozenset(COMPLETION_NAMES) - {"answer"}


def refuse(task: TaskName, what: str, profiles: Mapping[str, Profile], where: str) -> DataError:
    """Return the error for a file without the columns of `task`; `what` is missing. It names the task that fits."""
    guess = _task_of(profiles)
    start = f"This data is for --task {guess}; for" if guess not in {None, task} else "For"
    options = "" if guess not in {None, task} else ", and name the columns with --text-column and --label-column"
    return DataError(
        f"no {what}: the columns are {', '.join(profiles)}",
        where=where,
        remedy=f"{start} {task} give {_NEEDS[task]}{options}.",
    )


def other_task_hint(profiles: Mapping[str, Profile]) -> str:
    """Return a sentence that names the task that the columns fit, "" where that is classification or none."""
    guess = _task_of(profiles)
    return "" if guess in {None, "classification"} else f" This data looks like --task {guess}."


def refuse_tokens_and_answers(profiles: Mapping[str, Profile], where: str, *, label_named: bool) -> None:
    """Raise DataError for the layouts of tagging and of question answering, which have no label a row."""
    if _has_tags(profiles):
        task = "tagging, which labels tokens and not rows"
    elif _has_answers(profiles) and not label_named:
        task = "qa, which looks for answers in a context and has no labels"
    else:
        return
    raise DataError(
        f"no column of texts with one label a row: the columns are {', '.join(profiles)}",
        where=where,
        remedy=f"This data is for --task {task}; for classification give rows of a text and a label.",
    )


def _task_of(profiles: Mapping[str, Profile]) -> TaskName | None:
    names = list(profiles)
    fits: tuple[tuple[TaskName, bool], ...] = (
        ("tagging", _has_tags(profiles) or (_any(names, ENTITY_NAMES) and _any(names, TEXT_NAMES))),
        ("qa", _has_answers(profiles)),
        ("summarization", _any(names, DOCUMENT_NAMES) and _any(map(_unnumbered, names), _OWN_SUMMARIES)),
        ("generation", _any(names, _OWN_PROMPTS) and _any(names, _OWN_COMPLETIONS)),
        ("multilabel", any(profiles[name].lists for name in all_named(names, LABEL_NAMES))),
        ("regression", any(profiles[name].fractional for name in all_named(names, LABEL_NAMES))),
        ("classification", _has_labels(profiles)),
    )
    return next((task for task, fit in fits if fit), None)


def _has_tags(profiles: Mapping[str, Profile]) -> bool:
    lists = [name for name, profile in profiles.items() if profile.lists]
    return _any(lists, TOKEN_NAMES) and _any(lists, TAG_NAMES)


def _has_answers(profiles: Mapping[str, Profile]) -> bool:
    answers = first_named(profiles, ANSWER_NAMES[:1])
    return bool(answers) and _any(profiles, CONTEXT_NAMES) and _any(profiles, QUESTION_NAMES)


def _has_labels(profiles: Mapping[str, Profile]) -> bool:
    texts = any(profile.reads_like_text for profile in profiles.values())
    return texts and (_any(profiles, LABEL_NAMES) or any(one.reads_like_labels for one in profiles.values()))


def _any(columns: Iterable[str], names: Iterable[str]) -> bool:
    return bool(all_named(columns, frozenset(names)))


def _unnumbered(name: str) -> str:
    return name.rstrip("0123456789")
