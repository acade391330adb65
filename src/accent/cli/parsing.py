"""Parses a verb's command line with typer and says what is wrong with it in two lines."""

from __future__ import annotations

import re
from typing import Any

import typer

from accent.cli.options import Request, Verb, known_options, make_command
from accent.config.aliases import canonical
from accent.config.given import unknown_flag
from accent.errors import ConfigError

__all__ = ["parse"]

_EXTRA = re.compile(r"unexpected extra argument\S* \((.*)\)", re.DOTALL)


def parse(verb: Verb, arguments: list[str]) -> Request | int:
    """Return what `arguments` ask for, or an exit code where typer answered itself (--help).

    Raises `ConfigError` for an unknown flag (with the nearest), a flag without its value, or one argument too many.
    """
    try:
        answer: Any = make_command(verb).main(arguments, prog_name=f"accent {verb.name}", standalone_mode=False)
    except typer.TyperException as error:
        raise _explained(error, verb, arguments) from error
    return answer if isinstance(answer, Request) else int(answer or 0)


def _explained(error: typer.TyperException, verb: Verb, arguments: list[str]) -> ConfigError:
    page = f"`accent {verb.name} --help` shows what goes where."
    flag = getattr(error, "option_name", None)
    if flag is not None and hasattr(error, "possibilities"):
        what = f"accent {verb.name} has no flag"
        return unknown_flag(_as_typed(flag, arguments), known_options(verb), what=what, otherwise=page)
    message = error.format_message().rstrip(".")
    if flag is not None:
        trouble = "takes no value" if "not take" in message else "needs a value"
        return ConfigError(f"{_as_typed(flag, arguments)} {trouble}", remedy=page)
    if found := _EXTRA.search(message):
        return ConfigError(f"too many arguments: {found[1]}", where=f"accent {verb.name}", remedy=page)
    return ConfigError(message[:1].lower() + message[1:], remedy=page)


def _as_typed(flag: str, arguments: list[str]) -> str:
    """Return the flag as the user wrote it: the parser knows it by our name."""
    written = (argument.partition("=")[0] for argument in arguments if argument.startswith("-"))
    return next((one for one in written if canonical(one) == canonical(flag)), flag)
