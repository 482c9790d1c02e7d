# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs an ASGI application until the process is told to end."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from inspector.errors import ConfigError
from ledger_anchor.web.settings import ListenSettings, check_listen

CONNECTIONS = 256
KEEP_ALIVE_S = 30
END_WITHIN_S = 5
QUIET_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "httpx", "httpcore")
"""Below WARNING these write request lines and headers, tokens among them."""


def serve(app: ASGIApp, settings: ListenSettings, folder: Path, ready: Callable[[str], None]) -> None:
    """Answer requests until SIGINT or SIGTERM.

    Args:
        app: The application.
        settings: Where to listen.
        folder: What paths in the settings are relative to.
        ready: Called with the URL prefix once requests are answered.

    Raises:
        ConfigError: The address or port cannot be had, or the files of TLS are no good.
    """
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    files = check_listen(settings, folder)
    listener = _listen(settings)
    url = f"{'https' if files else 'http'}://{_host(settings.host)}:{listener.getsockname()[1]}"
    try:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=END_WITHIN_S,
            h11_max_incomplete_event_size=1 << 14,
            ssl_certfile=files[0] if files else None,
            ssl_keyfile=files[1] if files else None,
        )
        config.load()
    except (OSError, ValueError) as error:
        listener.close()
        raise ConfigError(f"the certificate of [listen] cannot be used: {error}", "Check both PEM files") from error
    with _stop_on_signals() as stop:
        _run(uvicorn.Server(config), listener, stop, lambda: ready(url))


def _run(server: uvicorn.Server, listener: socket.socket, stop: threading.Event, ready: Callable[[], None]) -> None:
    # In a thread of its own, because uvicorn in the main thread answers SIGTERM with its own exit code.
    thread = threading.Thread(target=server.run, args=([listener],), name="http")
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        if thread.is_alive():
            ready()
        while thread.is_alive() and not stop.wait(0.2):
            pass
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listen(settings: ListenSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}",
            "Name an address of this machine and a free port in [listen]",
        ) from error
    # asyncio sends without delay on sockets that say that they are TCP's, which this one does not by itself.
    return socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, listener.detach())
