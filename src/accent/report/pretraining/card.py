"""The card of a pretrained model: README.md beside the weights, with the front matter that the Hub reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import yaml

from accent.records import write_text
from accent.report import wording
from accent.report.environment import escape_markdown, new_environment
from accent.report.facts import training_settings
from accent.report.metrics import written, written_interval
from accent.report.pretraining import facts
from accent.report.pretraining.summary import headline, statements
from accent.report.pretraining.wording import family_of, learned, objectives_of, plain_metric, score_name
from accent.report.reading import Material, Score

__all__ = ["write_pretraining_card"]


@dataclass(frozen=True)
class _Use:
    """What a pretrained model is to others."""

    tag: str
    """The Hub's pipeline tag."""
    kind: str
    """The Auto class."""


_USES: Mapping[str, _Use] = {
    "masked": _Use("fill-mask", "AutoModelForMaskedLM"),
    "pair": _Use("feature-extraction", "AutoModel"),
    "rtd": _Use("feature-extraction", "AutoModelForPreTraining"),
    "clm": _Use("text-generation", "AutoModelForCausalLM"),
    "written": _Use("text2text-generation", "AutoModelForSeq2SeqLM"),
}


def write_pretraining_card(material: Material, path: Path) -> None:
    """Write the card of the run that `material` was read from; of the text only its name and numbers are told."""
    environment = new_environment(html=False)
    environment.filters["md"] = escape_markdown
    template = environment.get_template("pretraining/card.md.j2")
    write_text(path, wording.clean(template.render(_context(material))))


def _context(material: Material) -> dict[str, Any]:
    use = _use(material)
    base = str(material.record.base.get("name") or "")
    return {
        "material": material,
        "record": material.record,
        "front": yaml.safe_dump(_front_matter(use), sort_keys=False).strip(),
        "use": use,
        "family": family_of(material),
        "learned": learned(material),
        "base": PurePath(base).name if Path(base).exists() else base,
        "text": _text_name(material),
        "headline": headline(material),
        "statements": [one for one in statements(material) if not one.text.startswith("What a pretraining is worth")],
        "scores": _scores(material),
        "splits": facts.split_rows(material),
        "corpus": [(name, value) for name, value in facts.corpus_facts(material) if name not in ("Source", "Read as")],
        "tokenizer": facts.tokenizer_facts(material),
        "model": [(name, value) for name, value in facts.model_facts(material) if name != "Started from"],
        "settings": training_settings(material),
        "say": wording,
    }


def _use(material: Material) -> _Use:
    names = objectives_of(material)
    if str(material.record.base.get("family")) in ("t5", "mt5"):
        return _USES["written"]
    own = next((_USES[name] for name in names if name in _USES), None)
    return own or _USES["pair" if set(names) and set(names) <= {"nsp", "sop"} else "masked"]


def _front_matter(use: _Use) -> dict[str, Any]:
    return {"library_name": "transformers", "pipeline_tag": use.tag, "tags": [use.tag, "pretraining", "accent"]}


def _text_name(material: Material) -> str:
    """Return the names of the sources without the folders above them, which are nobody's business."""
    sources = (material.record.config.get("corpus") or {}).get("sources") or [material.record.data.get("source") or ""]
    return ", ".join(PurePath(str(one)).name or str(one) for one in sources) or "running text"


def _scores(material: Material) -> list[tuple[str, str, str, str]]:
    """Return (name, value, interval, blocks) of each validation score."""
    found = material.scores.get("validation") or {}
    known = ((name, Score.of(raw)) for name, raw in found.items())
    return [(score_name(name), *_columns(plain_metric(name), score)) for name, score in known if score is not None]


def _columns(metric: str, score: Score) -> tuple[str, str, str]:
    between = written_interval(metric, score.low, score.high)
    return written(metric, score.value), between, wording.count(score.n)
