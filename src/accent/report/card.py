"""The model card: README.md beside the weights, with the front matter that the Hugging Face Hub reads."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePath
from typing import Any

import yaml

from accent.records import RunFolder, read_json, write_text
from accent.report import facts, tables, wording
from accent.report.environment import escape_markdown, new_environment
from accent.report.kinds import Kind, kind_named
from accent.report.kinds.shared import CLASSES
from accent.report.pretraining import write_pretraining_card
from accent.report.reading import Material, read_material
from accent.report.scores import metric_title, score_table
from accent.report.summary import headline, statements

__all__ = ["write_card"]

BUILTIN_BASES = {"builtin:minilm": "sentence-transformers/all-MiniLM-L6-v2"}
HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
CHANGES = "changes"
"""What accent.json says of a model that is put onto its base."""
MOST_CLASSES = 200
"""Rows of the card's table of classes at most."""


def write_card(folder: RunFolder) -> Path:
    """Write model/README.md from what stands in `folder`, and return its path.

    Of the data only its name, fingerprint, row counts and labels are told, no text: a card is made to be published.

    Raises:
        RunError: where there is no record, a file is damaged, or the card cannot be written.
    """
    material, path = read_material(folder), folder.model / "README.md"
    if material.is_pretraining:
        write_pretraining_card(material, path)
        return path
    environment = new_environment(html=False)  # the filter `md` escapes what has a meaning in Markdown or HTML
    environment.filters |= {"md": escape_markdown, "quoted": json.dumps}
    template = environment.get_template("card.md.j2")
    write_text(path, wording.clean(template.render(_context(material, folder.model))))
    return path


def _context(material: Material, model: Path) -> dict[str, Any]:
    kind = kind_named(material.task)
    front = yaml.safe_dump(_front_matter(material, kind), sort_keys=False, allow_unicode=True, width=1000)
    return {
        "material": material,
        "record": material.record,
        "kind": kind,
        "front": front.strip(),
        "data": _data_name(material),
        "base": _base_name(material) or "a local checkpoint",
        "is_student": material.is_student,
        "pair": len((material.record.data.get("schema") or {}).get("text_columns") or []) > 1,
        "max_length": _max_length(material),
        "headline": headline(material),
        "statements": statements(material),
        "scores": score_table(material),
        "baselines": _baselines(material, kind),
        "classes": _classes(material, kind),
        "splits": tables.split_table(material),
        "saved": material.model.get("settings") or {},
        "changes": material.model.get("saved") == CHANGES,
        "peft_class": _peft_class(model),
        "hub_base": _hub_base(material),
        "facts": facts,
        "say": wording,
    }


def _baselines(material: Material, kind: Kind) -> str:
    """Say in a sentence what each baseline is."""
    names = [name for name, found in material.scores.get("baselines", {}).items() if found]
    told = [f"{kind.baseline(name).title} is {kind.baseline(name).long}" for name in names]
    return f"{'; '.join(told)}. The baselines answer the same rows." if told else ""


def _classes(material: Material, kind: Kind) -> dict[str, Any] | None:
    """Return the table of classes, if the task has one that is not too long for a card."""
    section = next((one for one in kind.sections if one.template == CLASSES and one.make(material)), None)
    made = section.make(material) if section else None
    return dict(made.content) if made and len(made.content["rows"]) <= MOST_CLASSES else None


def _front_matter(material: Material, kind: Kind) -> dict[str, Any]:
    base = _hub_base(material)
    tag = kind.card.pipeline_tag
    changes = material.model.get("saved") == CHANGES
    library = "transformers" if not changes else "peft" if _kind_of_strategy(material) == "lora" else "accent"
    front: dict[str, Any] = {"library_name": library, "pipeline_tag": tag}
    if base is not None:
        front |= {"base_model": base, "base_model_relation": "adapter" if changes else "finetune"}
    front["tags"] = [tag, "accent"]
    results = _results(material, kind)
    if results:
        front["metrics"] = [metric["type"] for metric in results]
        front["model-index"] = [{"name": material.name, "results": [_result(material, kind, results)]}]
    return front


def _kind_of_strategy(material: Material) -> str:
    return str((material.model.get("strategy") or {}).get("kind"))


def _peft_class(model: Path) -> str | None:
    """Return transformers' class of a model that PEFT puts onto its base; None where the folder is not for PEFT."""
    if not (model / "adapter_config.json").is_file():
        return None
    return str(read_json(model / "config.json")["architectures"][0])


def _results(material: Material, kind: Kind) -> list[dict[str, Any]]:
    found = []
    for metric, hub_name in kind.card.metrics.items():
        score = material.score(metric)
        if score is not None:
            found.append({"type": hub_name, "value": round(score.value, 4), "name": metric_title(kind, metric)})
    return found


def _result(material: Material, kind: Kind, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    name = _data_name(material)
    slug = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-") or "data"
    return {
        "task": {"type": kind.card.pipeline_tag, "name": kind.card.task},
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
    name = "" if material.is_student else str(material.record.base.get("name") or "")
    if name in BUILTIN_BASES:
        return BUILTIN_BASES[name]
    return name if name and HUB_NAME.fullmatch(name) and not Path(name).exists() else None


def _base_name(material: Material) -> str | None:
    return _hub_base(material) or PurePath(str(material.record.base.get("name") or "")).name or None


def _max_length(material: Material) -> int | None:
    length = (material.record.config.get("training") or {}).get("max_length")
    return int(length) if length else None
