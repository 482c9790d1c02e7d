# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions that another process answers: the line's inputs and outputs, a camera's features.

Who asks waits for the answer or for a clear refusal; the station itself waits for nobody.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from inspector.clock import Clock
from inspector.errors import DeviceError, InspectorError, Overloaded
from inspector.ipc import Connections, Message

WAITING_AT_MOST = 16
Answer = Callable[[object], None]
"""Takes the result, or the InspectorError."""


@dataclass
class _Waiting:
    peer: str
    what: str
    answer: Answer
    until_ns: int


class Inquiries:
    """Used on the main thread of the station.

    Args:
        hub: Connections to the other processes.
        clock: Time.
    """

    def __init__(self, hub: Connections, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._numbers = itertools.count(1)
        self._waiting: dict[str, _Waiting] = {}

    def ask(self, peer: str, message: Message, what: str, within_ms: int, answer: Answer) -> None:
        """Ask another process.

        Args:
            peer: Its name on the hub.
            message: The question; gets an `id`.
            what: Who is asked, for the refusal: "the line process".
            within_ms: Longest wait for the answer.
            answer: Called once.

        Raises:
            DeviceError: It is not connected.
            Overloaded: Too many questions wait.
        """
        if len(self._waiting) >= WAITING_AT_MOST:
            raise Overloaded("too many questions wait for line and cameras", "Try again in a second")
        number = f"q{next(self._numbers)}"
        if not self._hub.send(peer, {**message, "id": number}):
            raise DeviceError(f"{what} is not connected", "It restarts by itself; if not, call maintenance")
        until_ns = self._clock.monotonic_ns() + within_ms * 1_000_000
        self._waiting[number] = _Waiting(peer, what, answer, until_ns)

    def answered(self, peer: str, message: Message) -> None:
        """An `answer` has come; one that nobody waits for any more, or of somebody else, is dropped."""
        found = self._waiting.get(str(message["id"]))
        if found is None or found.peer != peer:
            return
        del self._waiting[str(message["id"])]
        if message.get("ok"):
            found.answer(dict(message["result"]))
        else:
            error = dict(message.get("error") or {})
            found.answer(DeviceError(str(error.get("message", "no reason given")), str(error.get("advice", ""))))

    def lost(self, peer: str) -> None:
        """A process is gone: it answers nothing any more."""
        for number in [number for number, one in self._waiting.items() if one.peer == peer]:
            one = self._waiting.pop(number)
            one.answer(DeviceError(f"{one.what} went away", "It restarts by itself; then ask again"))

    def tick(self) -> None:
        """Refuse what nobody has answered in time."""
        now_ns = self._clock.monotonic_ns()
        for number in [number for number, one in self._waiting.items() if now_ns >= one.until_ns]:
            one = self._waiting.pop(number)
            one.answer(_silent(one.what))


def _silent(what: str) -> InspectorError:
    return DeviceError(f"{what} has not answered in time", "See whether it works; it is restarted when it hangs")
