"""YAML in and out, by the rules of YAML 1.2's core schema.

PyYAML speaks YAML 1.1, where `5e-5` is a string, `no` is false and `012` is ten. Here a number is what it looks like
and only true and false are booleans, in both directions, so that what is written is read back the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from accent.errors import ConfigError

__all__ = ["read_document", "write_document"]

_STRING = "tag:yaml.org,2002:str"
_FOLDED = re.compile("[\x85\u2028\u2029]")
_SCALARS = {
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?[0-9]+", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN"),
}


def read_document(path: Path) -> dict[str, object]:
    """Read a YAML file that holds one mapping.

    Raises `ConfigError` for a file that cannot be read, is no YAML (with the line), names a key twice, or holds
    something other than a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"the configuration cannot be read: {reason}", where=str(path), remedy="Give --config a YAML file."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"the configuration is not UTF-8: byte {error.start}", where=str(path), remedy="Save it as UTF-8."
        ) from error
    except yaml.YAMLError as error:
        raise _not_yaml(path, error) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(
            f"the configuration is a {type(content).__name__}, not a mapping",
            where=str(path),
            remedy="Write `key: value` lines; `accent finetune DATA --show` prints a whole example.",
        )
    return {str(key): value for key, value in content.items()}


def write_document(content: Mapping[str, object]) -> str:
    """Return `content` as YAML that `read_document` reads back the same, keys in the order given."""
    return yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Loader(yaml.SafeLoader):
    """Reads by YAML 1.2's core schema and refuses a key that stands twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's attribute

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {name} stands twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Quotes strings that look like other things, in YAML 1.1 or 1.2, so that any reader reads the same."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)).lower().replace(".inf", "inf").replace(".nan", "nan"))


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write line breaks that YAML folds (NEL, line and paragraph separators) as escapes."""
    return dumper.represent_scalar(_STRING, text, style='"' if _FOLDED.search(text) else None)


for _tag, (_pattern, _first) in _SCALARS.items():
    for _speaker in (_Loader, _Dumper):
        _speaker.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), [*_first, ""])
_Dumper.add_representer(str, _represent_text)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def _not_yaml(path: Path, error: yaml.YAMLError) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else str(path)
    problem = getattr(error, "problem", None) or "unreadable characters"
    return ConfigError(f"the configuration is not YAML: {problem}", where=where, remedy="Mend that line.")
