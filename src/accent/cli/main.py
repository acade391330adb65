"""The command line's entry: find the verb, parse, resolve the configuration, run, and turn errors into exit codes.

0 done; 2 the user can mend it (two lines for each error: what and where, then what to do); 1 our bug, with a
traceback; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from accent import __version__
from accent.cli.console import Console, OutputClosedError
from accent.cli.pages import main_page
from accent.errors import ConfigError, Problems, RunError, UserError

__all__ = ["VERBS", "main", "run"]

VERBS = {
    "demo": "The main job on built-in data and base, offline.",
    "check": "Audit a data set: leaks, conflicts, duplicates, labels, lengths.",
    "plan": "Measure what a training would cost, and recommend a strategy.",
    "pretrain": "Train a model on running text, from scratch or on from a base.",
    "finetune": "Fit a base to a task.",
    "distill": "Train a smaller student from a teacher.",
    "evaluate": "Score a run on new data.",
    "predict": "Answer texts.",
    "serve": "Answer over HTTP: several runs, from one copy of their base.",
    "inspect": "Describe a model, a tokenizer, a data set or a run.",
    "tune": "Search for the settings that score best on validation rows.",
    "sweep": "Fit several bases, or in several ways, on the same data and budget.",
    "compare": "Lay runs side by side, with paired tests.",
    "reproduce": "Run a run again and say whether the scores agree.",
    "report": "Write a run's page again.",
    "doctor": "Show versions, processor, chosen precision, memory, optional packages.",
}
"""Every command, in the order of the help page; each has a module of its name in this package."""

DONE, BUG, MENDABLE, INTERRUPTED = 0, 1, 2, 130

_DISK = {
    errno.ENOSPC: "Free some space, or choose another folder.",
    errno.EDQUOT: "Free some space, or choose another folder.",
    errno.EROFS: "Choose a folder that can be written to.",
    errno.EACCES: "Change its permissions, or choose another.",
    errno.EPERM: "Change its permissions, or choose another.",
}
"""What the user can mend about the operating system's errors."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error is printed here."""
    try:
        code = _dispatch(list(arguments))
        sys.stdout.flush()
    except UserError as error:
        return _explain(error)
    except (OutputClosedError, BrokenPipeError) as error:
        return _leave_quietly(error)
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except OSError as error:
        return _explain_disk(error)
    except Exception:
        _tell(traceback.format_exc() + "\nThis is a bug in Accent: please report it with the lines above.")
        return BUG
    return code


def _dispatch(arguments: list[str]) -> int:
    match arguments:
        case [] | ["--help" | "-h", *_]:
            Console().write([main_page(VERBS).rstrip()])
            return DONE
        case ["--version", *_]:
            Console().write([f"accent {__version__}"])
            return DONE
        case [name, *rest] if name in VERBS:
            return _run_verb(name, rest)
        case _:
            raise _unknown_verb(arguments[0])


def _run_verb(name: str, arguments: list[str]) -> int:
    """Parse with typer, resolve the configuration, and run the verb or show what it would work on."""
    from accent.cli.options import Request
    from accent.cli.parsing import parse

    request = parse(import_module(f"accent.cli.{name}").VERB, arguments)
    if not isinstance(request, Request):
        return request
    from accent.config.load import resolve

    file = None if request.config is None else Path(request.config)
    config: object = resolve(request.verb.config, file=file, sets=request.sets, flags=request.flags)
    console = Console(quiet=request.quiet, json=request.json)
    if request.show:
        return _show(config, console)
    return request.verb.run(config, console)


def _show(config: object, console: Console) -> int:
    from accent.config.show import to_dict, to_yaml

    if console.json:
        console.document(to_dict(config))
    else:
        console.write([to_yaml(config).rstrip("\n")])
    return DONE


def _unknown_verb(name: str) -> ConfigError:
    from accent.config.nearest import nearest

    near = nearest(name, VERBS)
    remedy = f"Did you mean accent {near}?" if near else "`accent --help` lists the commands."
    return ConfigError(f"there is no command {name}", remedy=remedy)


def _explain(error: UserError) -> int:
    """Print two lines for each error: what and where, then what to do."""
    for one in error.errors if isinstance(error, Problems) else (error,):
        place = f" ({one.where})" if one.where else ""
        for line in (one.what + place, one.remedy):
            _tell(" ".join(line.splitlines()))
    return MENDABLE


def _explain_disk(error: OSError) -> int:
    """Explain a full disk or a forbidden path in two lines; any other error of the system is our bug."""
    if error.errno not in _DISK or error.filename is None:
        _tell(traceback.format_exc())
        return BUG
    what = (error.strerror or "cannot be written").lower()
    return _explain(RunError(what, where=str(error.filename), remedy=_DISK[error.errno]))


def _leave_quietly(error: Exception) -> int:
    """End without a word when the reader of standard output has left; any other broken pipe is our bug."""
    if isinstance(error, BrokenPipeError) and not _output_is_closed():
        _tell(traceback.format_exc())
        return BUG
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _output_is_closed() -> bool:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    return False


def _tell(text: str) -> None:
    """Print a message to standard error, which may be closed too."""
    try:
        sys.stderr.write(text.rstrip("\n") + "\n")
        sys.stderr.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
