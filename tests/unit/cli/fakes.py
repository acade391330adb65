"""Recipes that answer at once, and what they answer."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

LOW_HIGH = {"low": 0.8, "high": 0.9, "n": 200}
METRICS = ("accuracy", "f1_macro", "log_loss")
SCORES: dict[str, Any] = {
    "validation": {name: {"value": 0.84, **LOW_HIGH} for name in METRICS},
    "test": {name: {"value": 0.85, **LOW_HIGH} for name in METRICS}
    | {f"{metric}/{name}": {"value": 0.83, **LOW_HIGH} for metric in ("precision", "recall", "f1") for name in "ab"},
    "classes": ["a", "b"],
    "baselines": {name: {"accuracy": {"value": 0.61, **LOW_HIGH}} for name in ("majority", "tfidf")},
    "comparisons": {
        "tfidf": {
            "score": "accuracy",
            "difference": {"value": 0.24, "low": 0.1, "high": 0.3, "n": 200},
            "p_value": 0.001,
            "significant": True,
        }
    },
}
EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stage", {"what": "reading the data"}),
    ("data", {"rows": {"train": 64, "test": 8}, "notes": ["header: none (inferred)"], "cleaning": {"html": 2}}),
    (
        "base",
        {"name": "builtin:minilm", "parameters": 22_000_000, "load": {"loaded": 99, "new": ["head"], "discarded": []}},
    ),
    ("start", {"update": 0, "updates": 2, "epochs": 1.0, "rows": 64, "batch_size": 32, "precision": "bf16"}),
    *(
        (
            "update",
            {
                "update": update,
                "epoch": update / 2,
                "loss": 0.5,
                "learning_rate": 5e-5,
                "rows": 32,
                "tokens": 640,
                "padding": 0.02,
                "seconds": 0.1,
            },
        )
        for update in (1, 2)
    ),
    ("evaluation", {"update": 2, "epoch": 1.0, "scores": {"loss": 0.4, "accuracy": 0.9}, "best": True, "seconds": 0.1}),
    ("checkpoint", {"update": 2, "path": "update-00000002"}),
    ("warning", {"update": 2, "what": "a loss was not finite", "remedy": "Lower it."}),
    ("end", {"update": 2, "reason": "done"}),
)
STATISTICS = {
    "rows": 2,
    "tokens": 8,
    "padding": 0.0,
    "truncated_rows": 1,
    "truncated_tokens": 3,
    "seconds": 0.5,
    "rows_per_second": 4.0,
}


def _setting(name: str, value: float, p_value: float | None, seeds: int) -> dict[str, Any]:
    """Return a setting of a comparison, better by as much as it is above 0.85."""
    difference = {"value": value - 0.85, "low": -0.2, "high": -0.1, "n": 1000}
    against = (
        None if p_value is None else {"difference": difference, "adjusted": p_value, "significant": p_value < 0.05}
    )
    return {
        "name": name,
        "score": {"value": value, "low": 0.8, "high": 0.9, "n": 1000},
        "seeds": list(range(seeds)),
        "deviation": 0.0123 if seeds > 1 else None,
        "trainable": 250,
        "parameters": 1000,
        "updates": 1200,
        "seconds": 83.0,
        "memory": 1_500_000_000,
        "model_bytes": 91_000_000,
        "rows_per_second": 1234.0,
        "against_best": against,
        "against_first": against,
    }


COMPARISON: dict[str, Any] = {
    "metric": "accuracy",
    "rows": 1000,
    "split": "test",
    "settings": [
        _setting("full", 0.85, None, 3),
        _setting("head", 0.7, 0.001, 3),
        _setting("a-base-of-a-long-name-adapter-1e-4", 0.84, 0.4, 1),
    ],
    "pairs": [{"test": "paired bootstrap over rows, Student's t over seeds"}],
    "correction": "Holm over 3 pairs",
    "verdict": "No winner: full and a-base-of-a-long-name-adapter-1e-4 differ by no more than chance explains.",
    "recommended": {"setting": "full", "why": "chance may explain its lead, but no rival trains much faster"},
    "cautions": ["3 seeds say little of how far seeds move a score: the intervals allow for it and are wide."],
}


@dataclass
class Outcome:
    """A fine-tuning's outcome."""

    folder: Path
    scores: dict[str, Any]
    ended: str = "done"
    pair: bool = False

    @property
    def interrupted(self) -> bool:
        return self.ended == "interrupted"

    @property
    def resume_command(self) -> str | None:
        return f"accent finetune --resume {shlex.quote(str(self.folder))}" if self.interrupted else None


@dataclass
class FakeAnswers:
    """Answers to the texts of a configuration."""

    texts: tuple[str, ...]
    predictor: Any = field(
        default_factory=lambda: SimpleNamespace(statistics=SimpleNamespace(to_json=lambda: STATISTICS))
    )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter({"label": text, "score": 0.5} for text in self.texts)


@dataclass
class Recipes:
    """Fake recipes that keep the configurations they were called with."""

    ended: str = "done"
    pair: bool = False
    failure: BaseException | None = None
    configs: list[Any] = field(default_factory=list)

    def module(self) -> ModuleType:
        """Return a stand-in for `accent.recipes`."""
        module = ModuleType("accent.recipes")
        for name in (
            "finetune",
            "check",
            "evaluate",
            "predict",
            "inspect",
            "compare",
            "sweep",
            "reproduce",
            "report",
            "doctor",
        ):
            setattr(module, name, self._recipe(name))
        vars(module)["demo"] = lambda output, *, seed, listen: self._finetune((output, seed), listen=listen)
        vars(module)["ignore"] = lambda kind, fields: None
        return module

    def _recipe(self, name: str) -> Callable[..., Any]:
        def recipe(*config: Any, **listening: Any) -> Any:
            self.configs.append(config[0] if config else None)
            if self.failure is not None:
                raise self.failure
            return getattr(self, f"_{name}")(*config, **listening)

        return recipe

    def _finetune(
        self, config: Any, *, listen: Callable[[str, dict[str, Any]], None], began: float | None = None
    ) -> Outcome:
        for kind, fields in EVENTS:
            listen(kind, fields)
        return Outcome(Path("runs/x y"), SCORES if self.ended == "done" else {}, self.ended)

    def _check(self, config: Any, *, listen: Any) -> Any:
        place = SimpleNamespace(split="test", file="x.csv", line=7, text="a text", other="x.csv:3")
        finding = SimpleNamespace(
            kind="leaks",
            severity="error",
            what="1 row stands in train and test",
            remedy="Drop it.",
            count=1,
            places=(place,),
        )
        facts = SimpleNamespace(
            rows=8, labels={"a": 4, "b": 4}, length_mean=5.5, length_p95=9, length_max=12, truncated_rows=None
        )
        errors = () if "leaks" in config.data.allow else (finding,)
        return SimpleNamespace(
            findings=(finding,), splits={"test": facts}, errors=errors, to_json=lambda: {"findings": ["leaks"]}
        )

    def _evaluate(self, config: Any, *, listen: Any) -> dict[str, Any]:
        return SCORES | {"statistics": STATISTICS}

    def _predict(self, config: Any, *, listen: Any, pairs: Any = ()) -> FakeAnswers:
        return FakeAnswers(tuple(map(" | ".join, pairs)) or config.texts)

    def _inspect(self, config: Any, *, listen: Any) -> dict[str, Any]:
        text = {
            "tokens": ("[CLS]", "good"),
            "ids": (101, 204),
            "type_ids": (0, 0),
            "attention_mask": (1, 1),
            "special": (True, False),
            "word_index": (None, 0),
            "words": 1,
            "pieces_per_word": 1.0,
            "unknown_share": 0.0,
        }
        base = {"name": config.target, "parameters": 22_000_000, "labels": None}
        run = {"scores": {"test": {name: SCORES["test"][name] for name in ("accuracy", "f1/a")}}}
        return {"run": run, "base": base} | ({"text": text} if config.text else {})

    def _compare(self, config: Any, *, listen: Any) -> dict[str, Any]:
        return COMPARISON

    def _sweep(self, config: Any, *, listen: Any) -> dict[str, Any]:
        runs = [
            {"name": "full", "seed": 1, "folder": "runs/ways/full/seed-1", "status": "done", "error": None},
            {"name": "head", "seed": 1, "folder": "runs/ways/head/seed-1", "status": "failed", "error": "no luck"},
        ]
        stopped = {"folder": "runs/my ways", "interrupted": True, "runs": runs[:1]}
        done = {"folder": "runs/ways", "interrupted": False, "runs": runs, "comparison": COMPARISON}
        return stopped if self.ended == "interrupted" else done

    def _reproduce(self, config: Any, *, listen: Any) -> dict[str, Any]:
        listen("note", {"what": "numpy was 1.0 and is 2.0"})
        score = {"then": 0.85, "now": 0.86, "low": 0.8, "high": 0.9}
        return {
            "run": config.target,
            "again": "runs/again",
            "weights": False,
            "agrees": True,
            "agreement": "within the interval",
            "split": "test",
            "scores": {"test": {"accuracy": score}},
        }

    def _report(self, target: str) -> Path:
        return Path(target) / "report.html"

    def _doctor(self, *, listen: Any) -> dict[str, Any]:
        return {"versions": {"torch": "2.13"}, "memory_free": 2_000_000_000, "cuda": False, "loss": float("nan")}
