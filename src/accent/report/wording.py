"""Numbers in words: how scores, counts, seconds and shares are written on the page and in the card."""

from __future__ import annotations

import math
import re
from pathlib import PurePath
from typing import Any

__all__ = [
    "MINUS",
    "MISSING",
    "clean",
    "count",
    "duration",
    "interval",
    "memory",
    "metric_name",
    "moment",
    "number",
    "p_value",
    "percent",
    "place",
    "plain_value",
    "plural",
    "short_text",
    "to_float",
]

MISSING = "\u2013"
DASH = "\u2013"
MINUS = "\u2212"
METRICS = {
    "accuracy": "Accuracy",
    "f1_macro": "F1, macro",
    "f1_micro": "F1, micro",
    "f1_weighted": "F1, weighted",
    "precision_macro": "Precision, macro",
    "recall_macro": "Recall, macro",
    "matthews": "Matthews correlation",
    "roc_auc": "ROC-AUC",
    "log_loss": "Log loss",
    "ece": "Calibration error (ECE)",
    "loss": "Loss",
    "f1_samples": "F1, mean over rows",
    "precision_micro": "Precision, micro",
    "recall_micro": "Recall, micro",
    "map": "Mean average precision",
    "mrr": "Mean reciprocal rank",
}
SMALLEST_P, SMALL_P = 0.001, 0.1
LONGEST_PATH = 40
SHORT, MINUTE, HOUR = 10, 60, 3600
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, which no page may hold, and lone surrogates, which have no UTF-8 form."""


def to_float(value: Any) -> float:
    """Return a number read from JSON, where NaN and infinity stand as strings; NaN for anything else."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def clean(text: str) -> str:
    """Return `text` with what cannot stand in a UTF-8 page replaced by the sign for that, U+FFFD."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: Any, digits: int = 3) -> str:
    """Return 0.9117 as 0.912, with a true minus sign, and a dash for what is no finite number."""
    known = to_float(value)
    if not math.isfinite(known):
        return MISSING
    text = f"{abs(known):,.{digits}f}"
    return f"{MINUS}{text}" if known < 0 and text.strip("0.") else text


def interval(low: float, high: float, digits: int = 3) -> str:
    """Return 0.899-0.925 with an en dash; " to " where a minus sign would run into it."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    between = " to " if low < 0 or high < 0 else DASH
    return f"{number(low, digits)}{between}{number(high, digits)}"


def count(value: Any) -> str:
    """Return 1821 as 1,821."""
    known = to_float(value)
    return f"{known:,.0f}" if math.isfinite(known) else MISSING


def plural(value: int, noun: str, many: str | None = None) -> str:
    """Return "1 row", "2 rows"; `many` where an s does not make the plural."""
    return f"{count(value)} {noun if value == 1 else many or noun + 's'}"


def percent(share: Any, digits: int = 1) -> str:
    """Return 0.0312 as 3.1 %, with a space that does not break."""
    known = to_float(share)
    return f"{number(100 * known, digits)}\u00a0%" if math.isfinite(known) else MISSING


def p_value(value: float) -> str:
    """Return "p < 0.001" or "p = 0.021"."""
    return f"p < {SMALLEST_P}" if value < SMALLEST_P else f"p = {number(value, 3 if value < SMALL_P else 2)}"


def duration(seconds: Any) -> str:
    """Return 0.4 s, 73 s as 1 min 13 s, 4000 s as 1 h 7 min."""
    known = to_float(seconds)
    if not math.isfinite(known):
        return MISSING
    if known < SHORT:
        return f"{known:.1f} s"
    whole = round(known)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def memory(size: Any) -> str:
    """Return 1500000000 as 1.5 GB, 90900000 as 90.9 MB and 2500 as 2.5 kB."""
    known = to_float(size)
    if not math.isfinite(known):
        return MISSING
    unit, name = next(((unit, name) for unit, name in UNITS if known >= unit), UNITS[-1])
    return f"{number(known / unit, 1)} {name}"


def moment(text: str | None) -> str:
    """Return 2026-01-31T12:00:00+00:00 as 2026-01-31 12:00 UTC."""
    if not text:
        return MISSING
    found = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", text)
    return f"{found[1]} {found[2]} UTC" if found else text


def metric_name(name: str) -> str:
    """Return a metric's name as people write it."""
    return METRICS.get(name, name.replace("_", " "))


def place(file: Any, line: Any) -> str:
    """Return data/test.tsv:12; of a long path only its last two parts."""
    path = str(file or "?")
    if len(path) > LONGEST_PATH:
        path = "\u2026/" + "/".join(PurePath(path).parts[-2:])
    return f"{path}:{line}" if line is not None else path


def short_text(text: Any, limit: int) -> tuple[str, int]:
    """Return the beginning of a text and how many characters were left off."""
    whole = "" if text is None else str(text)
    if len(whole) <= limit:
        return whole, 0
    return whole[:limit].rstrip(), len(whole) - limit


def plain_value(value: Any) -> str:
    """Return a setting or a fact as text: numbers without noise, lists with commas, None as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return count(value) if isinstance(value, int) else re.sub(r"e([+-])0(\d)", r"e\1\2", f"{value:.4g}")
    if not value:
        return MISSING
    if isinstance(value, (list, tuple)):
        return ", ".join(plain_value(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain_value(one)}" for key, one in value.items())
    return str(value)
