"""Which members a plug-in family has, by its config union and by its page in the docs."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"


def kinds_of(union: Any) -> set[str]:
    """Return the `kind` tags of a union of config dataclasses, or of the only one."""
    members = typing.get_args(union) or (union,)
    return {typing.get_args(typing.get_type_hints(member)["kind"])[0] for member in members}


def documented(page: str) -> set[str]:
    """Return the members that have a section of their own: lines such as "## `classification`"."""
    return set(re.findall(r"^## `([a-z-]+)`", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE))
