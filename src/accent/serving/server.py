"""The server process: its address, its signals, its beginning and its end."""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

import uvicorn

from accent.config import ServeConfig
from accent.config.serving import named_folders
from accent.errors import ConfigError
from accent.inference import fetch_base
from accent.recipes import Listen, ignore
from accent.serving.access import is_open_to_all
from accent.serving.app import build
from accent.serving.connections import protocol_for

if TYPE_CHECKING:
    from accent.inference import Host

__all__ = ["Server", "bind", "serve_until_told", "url_of"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve_until_told(config: ServeConfig, host: Host, listen: Listen = ignore) -> None:
    """Load what is to be served, and answer until a signal comes and what was taken is answered.

    The address is taken and the settings are looked at first: what is wrong with them is known before models are
    loaded. A second Ctrl-C does not wait.
    """
    address = bind(config)
    try:
        if is_open_to_all(config):
            listen(
                "warning",
                {"what": f"anyone who reaches {config.host} can ask", "remedy": "Give a token in ACCENT_TOKEN."},
            )
        server = Server(host, config, listen)
        with _settled():
            _load(config, host, listen)
            server.answer(address)
    finally:
        address.close()


@contextlib.contextmanager
def _settled() -> Generator[None, None, None]:
    """Let Python's collector of cycles pass over the half million objects of the libraries, which stay.

    A look at all of them stops every thread for half a second and more, in the middle of what is being answered. Runs
    are loaded afterwards: what a removed one leaves is still found.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def bind(config: ServeConfig) -> socket.socket:
    """Take the address of `config`; nobody is let in yet. Raises ConfigError where it cannot be had."""
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, place = found[0]
        taken = socket.socket(family, kind, protocol)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(place)
        except OSError:
            taken.close()
            raise
    except (OSError, UnicodeError) as error:
        raise _not_had(config, error) from error
    return taken


def _not_had(config: ServeConfig, error: Exception) -> ConfigError:
    what = f"{config.host} port {config.port} cannot be listened on: {getattr(error, 'strerror', None) or error}"
    remedy = "Give another --port (0 takes any that is free), or another --host."
    return ConfigError(what, where="port", remedy=remedy)


def url_of(address: socket.socket) -> str:
    """Return where an address is reached: http://127.0.0.1:8000."""
    host, port, *_ = address.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn, which ends in peace: a signal is a request to finish, and no failure."""

    def __init__(self, host: Host, config: ServeConfig, listen: Listen = ignore) -> None:
        """Serve `host`; what may be logged is errors, never a row. ConfigError for a token or a folder that is none."""
        self._asked = config
        self._app = build(host, config)
        self._host = host
        self._listen = listen
        super().__init__(
            uvicorn.Config(
                self._app,
                loop="asyncio",
                http=protocol_for(config.limits, self._app.state.service.metrics.refused),
                ws="none",
                lifespan="on",
                log_config=None,
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=max(1, round(config.limits.shutdown_seconds)),
            )
        )

    def answer(self, address: socket.socket) -> None:
        """Answer until a signal comes, or `should_exit` is set."""
        self.run(sockets=[address])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so. ConfigError where another process that has the address too was faster to listen."""
        try:
            await super().startup(sockets=sockets)
        except OSError as error:
            await self.lifespan.shutdown()
            raise _not_had(self._asked, error) from error
        if self.started and sockets:
            names = [hosted.name for hosted in self._host.runs()]
            self._listen("serving", {"url": url_of(sockets[0]), "runs": names})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing more, and answer what was taken."""
        self._app.state.service.closing = True
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take signals as a request to end; unlike uvicorn's own, do not raise them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _load(config: ServeConfig, host: Host, listen: Listen) -> None:
    for name, folder in named_folders(config.targets):
        if host.find(name) is None:
            listen("stage", {"what": f"loading {name}"})
            fetch_base(folder, base=config.base, offline=config.run.offline)
            host.put(host.load(name, folder))
