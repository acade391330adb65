"""Turns a configuration's fields into typer's arguments and options; values stay texts until `config.load`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

from accent.cli.console import Console
from accent.cli.pages import Entry, verb_page
from accent.config.aliases import SWITCHES, canonical
from accent.config.annotations import list_bounds, scalar_type, words
from accent.config.flags import Flag, flags_of

__all__ = ["Argument", "Request", "Verb", "known_options", "make_command"]

_EVERY = "Every command"
_COMMON = {
    "config": ("FILE", "Settings from a YAML file; --set and flags go before it."),
    "set": ("KEY=VALUE", "One setting by its place, such as training.batch_size=16."),
    "show": (None, "Print the resolved configuration and stop."),
    "quiet": (None, "Print nothing but errors."),
    "json": (None, "Print one JSON document on standard output."),
}
_METAVARS = {
    "base": "BASE",
    "bases": "BASE,BASE",
    "columns": "NAME,NAME",
    "group_column": "NAME",
    "input": "FILE",
    "label_column": "NAME",
    "memory": "SIZE",
    "output": "DIR",
    "plan": "FILE",
    "resume": "RUN",
    "split": "N,N,N",
    "test": "FILE",
    "text_column": "NAME",
    "time": "TIME",
    "time_budget": "TIME",
    "validation": "FILE",
}
_TWIN = "flag_"
"""Begins the name of an argument's hidden option, which must differ from the argument's."""
_PLAIN_METAVARS = {int: "N", float: "X", str: "TEXT"}


@dataclass(frozen=True, kw_only=True)
class Argument:
    """A setting that stands without a flag: DATA, RUN, TEXT."""

    name: str
    """Its flat name."""
    metavar: str
    """How the help page calls it."""
    many: bool = False
    """Whether several may stand there."""


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One command."""

    name: str
    """What users type."""
    help: str
    """What it does."""
    examples: tuple[str, ...]
    """Command lines to begin with."""
    config: type
    """The configuration that it works on."""
    run: Callable[[Any, Console], int]
    """Does it, and returns the exit code."""
    arguments: tuple[Argument, ...] = ()
    """Settings without a flag."""
    metavars: dict[str, str] = field(default_factory=dict)
    """What a flag's value is called here, where it differs from other verbs."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a command line asks for."""

    verb: Verb
    flags: dict[str, object]
    """Settings by flat name, as texts."""
    config: str | None
    sets: tuple[str, ...]
    show: bool
    quiet: bool
    json: bool


def make_command(verb: Verb) -> Any:
    """Return a parser for the verb; its `main` returns a `Request`, or an exit code after --help."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    settings = {"token_normalize_func": _spell, "help_option_names": ["--help", "-h"]}
    app.command(verb.name, cls=_Command, help=verb.help, epilog="\n".join(verb.examples), context_settings=settings)(
        _callback(verb)
    )
    return typer.main.get_command(app)


def known_options(verb: Verb) -> list[str]:
    """Return every flag of the verb, for "did you mean"."""
    return [*(flag.option for flag in flags_of(verb.config).values()), *(f"--{name}" for name in _COMMON)]


class _Command(TyperCommand):
    """A command whose help page is ours: flags in groups, at 80 columns, without loading rich."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[Entry]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, TyperArgument):
                groups.setdefault("Arguments", []).append((str(param.metavar), str(param.help)))
            elif isinstance(param, TyperOption) and not param.hidden:
                names = ", ".join([*param.opts, *param.secondary_opts])
                left = f"{names} {param.metavar}" if param.metavar else names
                groups.setdefault(param.rich_help_panel or _EVERY, []).append((left, str(param.help)))
        groups[_EVERY] = groups.pop(_EVERY)
        usage = " ".join([ctx.command_path, *self.collect_usage_pieces(ctx)])
        formatter.write(verb_page(usage, self.help or "", (self.epilog or "").splitlines(), groups))


def _callback(verb: Verb) -> Callable[..., Request]:
    """Return a function with the signature that typer reads arguments and options from; it returns the request."""

    def callback(**given: Any) -> Request:
        common = {name: given.pop(name) for name in _COMMON}
        # The hidden twin of an argument keeps a name of its own, so that both together are named as given twice.
        flags = {name.replace(_TWIN, "--"): value for name, value in given.items() if value is not None}
        return Request(
            verb=verb,
            flags=flags,
            config=common["config"],
            sets=tuple(common["set"] or ()),
            show=bool(common["show"]),
            quiet=bool(common["quiet"]),
            json=bool(common["json"]),
        )

    parameters = [*_arguments(verb), *_options(verb), *_common_options()]
    vars(callback)["__signature__"] = inspect.Signature(parameters)
    return callback


def _spell(name: str) -> str:
    """Return the spelling that the parser knows: dashes, and our name for an alias."""
    return canonical(name).replace("_", "-")


def _arguments(verb: Verb) -> Iterator[inspect.Parameter]:
    table = flags_of(verb.config)
    for argument in verb.arguments:
        info = typer.Argument(None, metavar=argument.metavar, help=table[argument.name].help, show_default=False)
        yield _parameter(argument.name, info, list[str] if argument.many else str)


def _options(verb: Verb) -> Iterator[inspect.Parameter]:
    """Yield an option for each flag; arguments have a hidden one too, so that --train_file is DATA."""
    positional = {argument.name for argument in verb.arguments}
    table = flags_of(verb.config)
    for flag in table.values():
        hidden = flag.name in positional
        names = [flag.option, f"--no-{flag.option[2:]}"] if flag.switch else [flag.option]
        info = typer.Option(
            None,
            "/".join(names),
            help=_help(flag),
            metavar=verb.metavars.get(flag.name) or _metavar(flag),
            hidden=hidden,
            rich_help_panel=flag.panel,
            show_default=False,
        )
        kind = bool if flag.switch else list[str] if flag.repeated else str
        yield _parameter(f"{_TWIN}{flag.name}" if hidden else flag.name, info, kind)
    for switch, (name, _) in SWITCHES.items():
        if name in table:
            yield _parameter(switch, typer.Option(None, f"--{switch}", hidden=True), bool)


def _common_options() -> Iterator[inspect.Parameter]:
    for name, (metavar, text) in _COMMON.items():
        info = typer.Option(None, f"--{name}", help=text, metavar=metavar, rich_help_panel=_EVERY, show_default=False)
        yield _parameter(name, info, list[str] if name == "set" else str if metavar else bool)


def _parameter(name: str, info: Any, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=kind | None)


def _help(flag: Flag) -> str:
    """Return the field's text, which kinds have it, and the default."""
    owners = f" Only with {' or '.join(flag.kinds)}." if flag.kinds else ""
    return f"{flag.help}{owners}{_default(flag)}"


def _default(flag: Flag) -> str:
    if flag.switch or flag.default in (MISSING, None, ()):
        return ""
    values = flag.default if isinstance(flag.default, tuple) else (flag.default,)
    return f" [default: {','.join(f'{value:g}' if isinstance(value, float) else str(value) for value in values)}]"


def _metavar(flag: Flag) -> str | None:
    if flag.switch:
        return None
    if flag.choices:
        return "|".join(flag.choices) + (",..." if flag.repeated else "")
    if flag.name in _METAVARS:
        return _METAVARS[flag.name]
    plain = _PLAIN_METAVARS[scalar_type(flag.annotation)]
    if flag.repeated:
        return f"{plain},..." if list_bounds(flag.annotation)[1] is None else plain
    return "|".join([plain, *words(flag.annotation)])
