"""What becomes of texts that are longer than the model reads, as training, evaluation and prediction share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from accent.config import LongTextsConfig, TaskChoiceConfig, TruncateConfig, WindowsConfig

__all__ = ["LongTexts"]


@dataclass(frozen=True, kw_only=True)
class LongTexts:
    """Cut to one window, or read in several that overlap."""

    windows: bool = False
    """Whether longer texts are read whole."""
    kept_part: Literal["head", "tail", "both"] = "head"
    """What is read of a text that is cut."""
    stride: int | None = None
    """Tokens that neighbouring windows share; None is a quarter of the length."""
    pool: Literal["mean", "max"] = "mean"
    """How a text's answer comes from those of its windows."""

    @classmethod
    def of(cls, config: LongTextsConfig, *, windows: bool) -> LongTexts:
        """Return what `config` asks for; `windows` is what the task does where it is left to it."""
        match config:
            case TruncateConfig():
                return cls(kept_part=config.kept_part)
            case WindowsConfig():
                return cls(windows=True, stride=config.stride, pool=config.pool)
            case TaskChoiceConfig():
                return cls(windows=windows, stride=config.stride)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as they stand in accent.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> LongTexts:
        """Read what `to_json` wrote. TypeError for other names, ValueError for values that it never writes."""
        found = cls(**fields)
        stride = fields.get("stride")
        written = {
            "windows": fields.get("windows") in (True, False),
            "kept_part": found.kept_part in ("head", "tail", "both"),
            "pool": found.pool in ("mean", "max"),
            "stride": stride is None or (type(stride) is int and stride >= 0),
        }
        wrong = [name for name, fits in written.items() if name in fields and not fits]
        if wrong:
            raise ValueError(f"{wrong[0]} is {fields[wrong[0]]!r}, which is never written")
        return found
