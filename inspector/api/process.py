# SPDX-License-Identifier: AGPL-3.0-or-later
"""The api process: HTTP and WebSocket on loopback, in front of the station."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import secrets
import socket
import sys
import threading
import time

import uvicorn

from inspector.api.exports import Exports
from inspector.api.feed import Feed
from inspector.api.history import History
from inspector.api.job_routes import Workplace
from inspector.api.jobs import Jobs
from inspector.api.link import StationLink
from inspector.api.server import create_app
from inspector.child import Child, run_child
from inspector.config import ApiSettings, LineSettings
from inspector.errors import ConfigError
from inspector.ipc.rundir import write_private

LOOPBACK = "127.0.0.1"
TOKEN_FILE = "api-token"  # noqa: S105 - the name of the file
NAME = "api"
END_WITHIN_S = 2
CONNECTIONS = 64
QUIET_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.asgi", "websockets")
"""Below WARNING these write request lines and headers."""


def main() -> int:
    """Entry point of `python -m inspector.api.process`."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    return run_child(_serve, __doc__ or "")


def _serve(child: Child) -> None:
    sockets = _listen(child.config.api)
    port = int(sockets[0].getsockname()[1])
    token = secrets.token_hex(32)
    write_private(child.run.path / TOKEN_FILE, token.encode())
    feed = Feed()
    link = StationLink(child.hub(NAME), feed.publish)
    exports = Exports(child.station)
    exports.clear_scratch()
    ledger = child.station / child.config.ledger.path
    jobs = Jobs(lambda: has_room(child))
    place = Workplace(child.station, ledger, jobs, exports)
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(
                link,
                feed,
                History(child.station),
                place,
                token,
                allowed_hosts(child.config.api.host, port),
                _drain_s(child.config.line),
            ),
            http="h11",
            ws="websockets-sansio",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=END_WITHIN_S,
            ws_max_size=1 << 16,
            ws_per_message_deflate=False,
            h11_max_incomplete_event_size=1 << 14,
        )
    )
    # In a thread of its own, because uvicorn in the main thread answers SIGTERM with its own exit code.
    thread = threading.Thread(target=server.run, args=(sockets,), name="http")
    link.start()
    thread.start()
    child.run.publish(NAME, port)
    try:
        while thread.is_alive() and not child.stop.wait(0.2):
            pass
    finally:
        while thread.is_alive() and not server.started:
            time.sleep(0.01)  # told to end while it starts, uvicorn leaves its lifespan task behind and never ends
        server.should_exit = True
        thread.join()
        jobs.close()
        link.close()
        for listener in sockets:
            listener.close()


def has_room(child: Child) -> bool:
    """Whether an export may go on: twice as much is free as the station needs to go on inspecting."""
    settings, free = child.config.records, child.free_bytes(child.station)
    least = max(
        settings.stop_below_mb * 1_000_000, child.size_bytes(child.station) * settings.stop_below_percent // 100
    )
    return free > 2 * least


def _drain_s(line: LineSettings) -> float:
    return (line.decide_by_ms + line.confirm_by_ms) / 1000


def _listen(settings: ApiSettings) -> list[socket.socket]:
    """Loopback always, and the one other address that the settings name.

    Raises:
        ConfigError: The address is no address of this machine, or the port is taken.
    """
    with contextlib.ExitStack() as undo:
        sockets: list[socket.socket] = []
        port = settings.port
        for host in dict.fromkeys((LOOPBACK, _checked_host(settings.host))):
            try:
                listener = socket.create_server((host, port))
            except OSError as error:
                raise ConfigError(
                    f"the api cannot listen on {host} port {port}: {error.strerror}",
                    "Set api.port to 0 or to a free port, api.host to an address of this machine",
                ) from error
            undo.callback(listener.close)
            port = int(listener.getsockname()[1])
            # asyncio sends without delay on sockets that say that they are TCP's, which this one does not by itself:
            # an answer of two pieces, head and body, then waits 40 ms for the reader's acknowledgement of the first.
            sockets.append(socket.socket(listener.family, listener.type, socket.IPPROTO_TCP, listener.detach()))
            undo.callback(sockets[-1].close)
        undo.pop_all()
        return sockets


def _checked_host(host: str) -> str:
    if host == "localhost":
        return LOOPBACK
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        raise ConfigError(f"api.host '{host}' is not an IPv4 address", "Use 127.0.0.1") from None
    if address.is_unspecified:
        raise ConfigError(
            f"api.host '{host}' would listen on every network",
            "Name the one address that screens use, or 127.0.0.1",
        )
    return LOOPBACK if address.is_loopback else str(address)


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """The `Host` values that are this station's own."""
    return frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost", host))


if __name__ == "__main__":
    sys.exit(main())
