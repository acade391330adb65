"""The page on which runs are tried by hand: one file, and headers that let it do nothing but ask this server."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

__all__ = ["PAGE", "policy_of", "read_page"]

PAGE = Path(__file__).parent / "page" / "index.html"
_SCRIPT = re.compile(r"<script>(.*?)</script>", flags=re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", flags=re.DOTALL)


@lru_cache(maxsize=1)
def read_page() -> tuple[str, dict[str, str]]:
    """Return the page and its headers."""
    text = PAGE.read_text(encoding="utf-8")
    headers = {
        "content-security-policy": policy_of(text),
        "cache-control": "no-cache",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return text, headers


def policy_of(page: str) -> str:
    """Return the policy under which a browser runs the page's own scripts and styles, known by their digests.

    Nothing else runs: no script of an attribute or of an inserted text, no style attribute, nothing from elsewhere.
    Elements whose tags have attributes are not known either. Source: Content Security Policy Level 3, W3C.
    """
    rules = {
        "default-src": "'none'",
        "script-src": _digests(_SCRIPT, page),
        "style-src": _digests(_STYLE, page),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _digests(element: re.Pattern[str], page: str) -> str:
    found = [hashlib.sha256(text.encode("utf-8")).digest() for text in element.findall(page)]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in found) or "'none'"
