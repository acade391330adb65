"""How every page and card is made from its template: a name that is not given is an error, never an empty place."""

from __future__ import annotations

import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["escape_markdown", "new_environment"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")


def new_environment(*, html: bool) -> Environment:
    """Return what reads the templates; for HTML it escapes all that is put in, for Markdown nothing."""
    return Environment(
        loader=PackageLoader("accent.report", "templates"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def escape_markdown(text: Any) -> str:
    """Return `text` on one line with Markdown's and HTML's own signs escaped."""
    line = " ".join(str(text).split()).replace("&", "&amp;")
    return _MARKDOWN.sub(r"\\\1", line)
