"""The model card: README.md beside the weights, with the front matter that the Hugging Face Hub reads."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from accent.records import RunFolder, write_text
from accent.report import facts, tables, wording
from accent.report.reading import Material, read_material
from accent.report.summary import headline, statements

__all__ = ["write_card"]

BUILTIN_BASES = {"builtin:minilm": "sentence-transformers/all-MiniLM-L6-v2"}
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
HUB_METRICS = {"accuracy": "accuracy", "f1_macro": "f1", "matthews": "matthews_correlation", "roc_auc": "roc_auc"}
MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")


def write_card(folder: RunFolder) -> Path:
    """Write model/README.md from what stands in `folder`, and return its path.

    Of the data only its name, fingerprint, row counts and labels are told, no text: a card is made to be published.

    Raises:
        RunError: where there is no record, a file is damaged, or the card cannot be written.
    """
    material = read_material(folder)
    environment = Environment(
        loader=PackageLoader("accent.report", "templates"),
        # Markdown, not HTML: the filter `md` escapes what has a meaning in either.
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = _escape
    template = environment.get_template("card.md.j2")
    path = folder.model / "README.md"
    write_text(path, wording.clean(template.render(_context(material))))
    return path


def _escape(text: Any) -> str:
    """Return `text` on one line with Markdown's and HTML's own signs escaped."""
    line = " ".join(str(text).split()).replace("&", "&amp;")
    return MARKDOWN.sub(r"\\\1", line)


def _context(material: Material) -> dict[str, Any]:
    front = yaml.safe_dump(_front_matter(material), sort_keys=False, allow_unicode=True, width=1000)
    return {
        "material": material,
        "record": material.record,
        "front": front.strip(),
        "data": _data_name(material),
        "base": _base_name(material) or "a local checkpoint",
        "pair": len((material.record.data.get("schema") or {}).get("text_columns") or []) > 1,
        "max_length": _max_length(material),
        "headline": headline(material),
        "statements": statements(material),
        "scores": tables.score_table(material),
        "classes": tables.class_table(material),
        "splits": tables.split_table(material),
        "facts": facts,
        "say": wording,
    }


def _front_matter(material: Material) -> dict[str, Any]:
    base = _hub_base(material)
    front: dict[str, Any] = {"library_name": "transformers", "pipeline_tag": "text-classification"}
    if base is not None:
        front |= {"base_model": base, "base_model_relation": "finetune"}
    front["tags"] = ["text-classification", "accent"]
    results = _results(material)
    if results:
        front["metrics"] = [metric["type"] for metric in results]
        front["model-index"] = [{"name": material.name, "results": [_result(material, results)]}]
    return front


def _results(material: Material) -> list[dict[str, Any]]:
    found = []
    for metric, hub_name in HUB_METRICS.items():
        score = material.score(metric)
        if score is not None:
            found.append({"type": hub_name, "value": round(score.value, 4), "name": wording.metric_name(metric)})
    return found


def _result(material: Material, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    name = _data_name(material)
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-") or "data"
    return {
        "task": {"type": "text-classification", "name": "Text classification"},
        "dataset": {"name": name, "type": slug, "split": material.judged},
        "metrics": metrics,
    }


def _data_name(material: Material) -> str:
    """Return the data's name without the folders above it, which are nobody's business."""
    source = str(material.record.data.get("source") or "unknown data")
    if not Path(source).exists() and HUB_NAME.fullmatch(source) and not PurePath(source).suffix:
        return source
    return PurePath(source).name or source


def _hub_base(material: Material) -> str | None:
    """Return the base's name on the Hub; None for a folder, which nobody else could load."""
    name = str(material.record.base.get("name") or "")
    if name in BUILTIN_BASES:
        return BUILTIN_BASES[name]
    return name if name and HUB_NAME.fullmatch(name) and not Path(name).exists() else None


def _base_name(material: Material) -> str | None:
    return _hub_base(material) or PurePath(str(material.record.base.get("name") or "")).name or None


def _max_length(material: Material) -> int | None:
    length = (material.record.config.get("training") or {}).get("max_length")
    return int(length) if length else None
