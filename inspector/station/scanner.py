# SPDX-License-Identifier: AGPL-3.0-or-later
"""The code reader beside the line: a TCP client with a thread of its own, that only tells what came and when."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator

from inspector.clock import Clock
from inspector.config import ScannerSettings
from inspector.errors import DeviceError
from inspector.ipc import Message

log = logging.getLogger(__name__)

SCANNER_THREAD = "scanner"
POLL_S = 0.1
RETRY_S = 0.5
LONGEST = 1024
"""Bytes of one scan; a code holds less."""
SCANS_AT_ONCE = 64
"""More in one piece are no scans of parts."""


class ScanFormatError(Exception):
    """What came is not what a code reader sends."""


class ScanStream:
    """Cuts the bytes of a code reader into scans.

    Args:
        framing: "line": each scan ends with CR, LF or both. "stx-etx": it stands between these two.
    """

    def __init__(self, framing: str) -> None:
        self._framed = framing == "stx-etx"
        self._rest = b""

    def feed(self, data: bytes) -> list[str | None]:
        """Take what was received.

        Returns:
            The scans that are complete; None for one that is no text.

        Raises:
            ScanFormatError: No end of a scan comes, or far too many scans at once.
        """
        scans = list(self._cut(self._rest + data))
        if len(self._rest) > LONGEST or len(scans) > SCANS_AT_ONCE:
            raise ScanFormatError("it sends something else than scans")
        return scans

    def _cut(self, data: bytes) -> Iterator[str | None]:
        pieces = (data if self._framed else data.replace(b"\r", b"\n")).split(b"\x03" if self._framed else b"\n")
        self._rest = pieces.pop()
        for piece in pieces:
            text = piece.rpartition(b"\x02")[2] if self._framed else piece
            if text or self._framed:
                try:
                    yield text.decode("utf-8").strip(" ")
                except UnicodeDecodeError:
                    yield None


def examine_scanner(settings: ScannerSettings) -> str:
    """Whether the code reader takes a connection.

    Raises:
        DeviceError: It does not.
    """
    address = f"{settings.host}:{settings.port}"
    try:
        socket.create_connection((settings.host, settings.port), timeout=settings.timeout_ms / 1000).close()
    except OSError as error:
        raise DeviceError(f"the scanner at {address} is away: {error}", "Check its address, cable and power") from error
    return f"{address} takes a connection"


class Scanner:
    """Keeps a connection to the code reader and posts what it sends.

    Posts `scan` (`text` or None, `t_ns`) for each scan and `scanner-state` (`reason`, empty while connected).

    Args:
        settings: `[scanner]`.
        clock: The time of edges.
        post: Into the inbox of the station's main thread.
    """

    def __init__(self, settings: ScannerSettings, clock: Clock, post: Callable[[Message], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._post = post
        self._closing = threading.Event()
        self._told = ""
        self._thread = threading.Thread(target=self._run, name=SCANNER_THREAD, daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        """False when the thread has died."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the connection and the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (OSError, ScanFormatError) as error:
                self._tell(f"the scanner at {self._settings.host}:{self._settings.port} is away: {error}")
                self._closing.wait(RETRY_S)

    def _listen(self) -> None:
        address = (self._settings.host, self._settings.port)
        stream = ScanStream(self._settings.framing)
        with socket.create_connection(address, timeout=self._settings.timeout_ms / 1000) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.settimeout(POLL_S)
            self._tell("")
            while not self._closing.is_set():
                try:
                    data = connection.recv(4096)
                except TimeoutError:
                    continue
                t_ns = self._clock.monotonic_ns()
                if not data:
                    raise ConnectionError("it closed the connection")
                for text in stream.feed(data):
                    self._post({"type": "scan", "text": text, "t_ns": t_ns})

    def _tell(self, reason: str) -> None:
        if reason:
            (log.warning if reason != self._told else log.debug)("%s", reason)
        self._told = reason
        self._post({"type": "scanner-state", "reason": reason})
