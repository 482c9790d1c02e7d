# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands to a running station over its local socket."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any

from inspector.errors import ChannelError, InspectorError, ShiftError
from inspector.ipc import EventKind, Hub, RunDirectory

ANSWER_WITHIN_S = 60.0
CONNECT_WITHIN_S = 10.0


class StationControl:
    """One command-line program talking to a running station.

    Args:
        station: The station directory.
        connect_within_s: How long to wait for the station process.

    Raises:
        ChannelError: No station runs there, or it does not answer.
    """

    def __init__(self, station: Path, connect_within_s: float = CONNECT_WITHIN_S) -> None:
        self.session: str | None = None
        self._hub = Hub(RunDirectory(station), f"control:{os.getpid()}:{uuid.uuid4().hex[:8]}")
        self._hub.connect("station")
        deadline = time.monotonic() + connect_within_s
        while "station" not in self._hub.peers():
            if time.monotonic() > deadline:
                self._hub.close()
                raise ChannelError(
                    f"the station process of {station} does not answer",
                    f"Look into {station / 'logs' / 'station.log'}",
                )
            self._hub.receive(0.05)

    def __enter__(self) -> StationControl:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._hub.close()

    def request(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send one command and wait for its answer.

        Raises:
            InspectorError: The station refused; code, message and advice are the station's.
            ChannelError: No answer.
        """
        request_id = uuid.uuid4().hex
        message: dict[str, Any] = {"type": "request", "id": request_id, "command": command, "actor": "cli"}
        message["arguments"] = arguments
        if self.session is not None:
            message["session"] = self.session
        if not self._hub.send("station", message):
            raise ChannelError("the station went away", "Try again when it has restarted")
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while (left := deadline - time.monotonic()) > 0:
            event = self._hub.receive(left)
            if event is None or event.peer != "station":
                continue
            if event.kind is EventKind.LOST:
                raise ChannelError(
                    f"the station went away during {command}", "Look at `inspector show`, then try again"
                )
            if event.message.get("id") == request_id:
                return _result(event.message)
        raise ChannelError(f"no answer to {command} within {ANSWER_WITHIN_S:.0f} s", "Look into the station's log")


def _result(response: dict[str, Any]) -> dict[str, Any]:
    if response.get("ok"):
        return dict(response.get("result") or {})
    error = response.get("error") or {}
    refused = _by_code(str(error.get("code", "")))
    raise refused(str(error.get("message", "refused")), str(error.get("advice", "")))


def _by_code(code: str) -> type[InspectorError]:
    pending: list[type[InspectorError]] = [InspectorError]
    while pending:
        kind = pending.pop()
        if kind.code == code:
            return kind
        pending.extend(kind.__subclasses__())
    return ShiftError
