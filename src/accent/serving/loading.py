"""Runs that clients load and put out while others are answered."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from accent.config.serving import is_run_name
from accent.errors import UserError
from accent.serving.refusals import RefusedError
from accent.serving.service import Service, no_such_run

if TYPE_CHECKING:
    from accent.inference import Hosted

__all__ = ["load_run", "remove_run"]

_log = logging.getLogger("accent.serving")


async def load_run(service: Service, name: str, path: str) -> Hosted:
    """Load the run in `path`, within the folder that runs may be loaded from, and serve it as `name`.

    It is loaded beside the batches, one run at a time, and served only when it is whole. A client that goes away does
    not stop it. Raises RefusedError: 403 where nothing may be loaded, 409 for a name in use, 422 for a name, a path or
    a folder that does not fit, 429 while another is loaded.
    """
    folder = _checked(service, name, path)
    if service.loading:
        remedy = "Ask again when that is done."
        raise RefusedError(429, "loading", "another run is being loaded", remedy=remedy, retry=5)
    service.loading = True
    task = asyncio.create_task(_load(service, name, folder))
    try:
        return await asyncio.shield(task)
    except UserError as error:
        _log.warning("the run %s was not loaded: %s", name, error)
        raise RefusedError(
            422, "path", "the run cannot be loaded", where="path", remedy="The server's log says why."
        ) from error


def remove_run(service: Service, name: str) -> None:
    """Serve a run no longer; rows that were taken for it are answered. RefusedError (404) for an unknown name."""
    if service.host.find(name) is None:
        raise no_such_run(name, "name")
    service.host.remove(name)


async def _load(service: Service, name: str, folder: Path) -> Hosted:
    try:
        hosted = await asyncio.to_thread(service.host.load, name, folder)
        service.host.put(hosted)
    finally:
        service.loading = False
    return hosted


def _checked(service: Service, name: str, path: str) -> Path:
    if service.allow is None:
        remedy = "Start the server with --allow FOLDER, or serve the run from the start."
        raise RefusedError(403, "allow", "this server loads no runs for its clients", remedy=remedy)
    if not is_run_name(name):
        remedy = "Give 1 to 64 letters, digits, dots, dashes and underscores."
        raise RefusedError(422, "name", "a run cannot have this name", where="name", remedy=remedy)
    if service.host.find(name) is not None:
        what = f"a run is served under the name {name!r} already"
        raise RefusedError(409, "name", what, where="name", remedy="Give another, or DELETE that run first.")
    return _within(service.allow, path)


def _within(allow: Path, path: str) -> Path:
    """Return the folder that `path` leads to, links followed. RefusedError (422) where that is not within `allow`.

    The answer is the same whether there is something at a forbidden place or not.
    """
    refused = RefusedError(
        422, "path", "the path leads to no run in the folder for runs", where="path", remedy="Give a path within it."
    )
    if not path or "\0" in path:
        raise refused
    folder = Path(os.path.realpath(allow / path))
    model = Path(os.path.realpath(folder / "model"))
    if not (folder.is_relative_to(allow) and model.is_relative_to(allow)) or not os.path.isdir(folder):
        raise refused
    return folder
