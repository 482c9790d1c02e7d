# SPDX-License-Identifier: AGPL-3.0-or-later
"""The link to the station, of the api and of the OPC UA server: commands with a time limit, state, pictures, events."""

from __future__ import annotations

import asyncio
import base64
import binascii
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from pydantic import ValidationError

from inspector.api.part_schema import Preview
from inspector.api.schema import EventName, Status
from inspector.errors import ChannelError, Overloaded, Refused, StationAway, StationTimeout
from inspector.ipc import Connections, EventKind, Message

log = logging.getLogger(__name__)

STATION = "station"
IN_FLIGHT = 64
TICK_S = 0.2
POLL_S = 1.0
SILENT_S = 3.0

Publish = Callable[[EventName, dict[str, object]], None]


class StationLink:
    """One thread reads the station's messages; callers wait for answers without blocking the event loop.

    At most 64 commands are under way; one more is refused at once. The state is asked for whenever none has come
    for a second, so that a station that hangs is told apart from one with nothing to say.

    Args:
        hub: Not yet connected; the link connects it to the station and closes it.
        publish: Takes each event, on the link's thread.
        actor: Who asks, for the station's log.
        events: Names of the events to be sent; None for all.
    """

    def __init__(
        self, hub: Connections, publish: Publish, actor: str = "api", events: tuple[EventName, ...] | None = None
    ) -> None:
        self._actor = actor
        self._events = events
        self._hub = hub
        self._publish = publish
        self._lock = threading.Lock()
        self._waiting: dict[str, Future[dict[str, object]]] = {}
        self._numbers = itertools.count(1)
        self._previews: dict[str, tuple[Preview, bytes]] = {}
        self._state: dict[str, object] | None = None
        self._heard_s = 0.0
        self._polled_s = 0.0
        self._connected = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="station-link")

    def start(self) -> None:
        """Connect, and keep connecting."""
        self._hub.connect(STATION)
        self._thread.start()

    def close(self) -> None:
        """Refuse what is under way and end the thread."""
        self._closing.set()
        self._thread.join()
        self._hub.close()
        self._fail_waiting()

    def away_reason(self) -> str:
        """Why the station cannot be asked, in words; empty while it answers."""
        if not self._connected:
            return "the station process is not running or is starting again"
        if time.monotonic() - self._heard_s > SILENT_S:
            return f"the station process has not answered for {int(time.monotonic() - self._heard_s)} s"
        return ""

    def state(self) -> dict[str, object] | None:
        """The latest status document, or None while the station is away."""
        return None if self.away_reason() else self._state

    def preview(self, camera: str) -> bytes | None:
        """The latest JPEG of a camera."""
        found = self._previews.get(camera)
        return None if found is None else found[1]

    async def call(
        self, command: str, arguments: dict[str, object], actor: str, timeout_s: float, session: str | None = None
    ) -> dict[str, object]:
        """Ask the station and wait for its answer; `session` is the token of who is logged in.

        Raises:
            StationAway: It is not connected, or was lost while we waited.
            StationTimeout: It did not answer in `timeout_s`.
            Refused: It answered no.
            Overloaded: 64 commands are waiting already.
        """
        number = f"{self._actor}-{next(self._numbers)}"
        answer: Future[dict[str, object]] = Future()
        with self._lock:
            if len(self._waiting) >= IN_FLIGHT:
                raise Overloaded("too many commands wait for the station", "Try again in a second")
            self._waiting[number] = answer
        request: Message = {
            "type": "request",
            "id": number,
            "command": command,
            "arguments": arguments,
            "actor": actor,
        }
        if session:
            request["session"] = session
        try:
            if not await asyncio.to_thread(self._hub.send, STATION, request):
                raise self._away()
            return await asyncio.wait_for(asyncio.wrap_future(answer), timeout_s)
        except TimeoutError:
            raise StationTimeout(
                f"the station has not answered '{command}' for {timeout_s:g} s",
                "Look at the status before trying again",
            ) from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def tell(self, command: str, arguments: dict[str, object]) -> None:
        """Ask for something whose answer nobody waits for; while the station is away it is not heard."""
        message: Message = {"type": "request", "id": "told", "command": command, "arguments": arguments}
        if not self._hub.send(STATION, {**message, "actor": self._actor}):
            log.warning("the station is away and has not heard of a %s", command)

    def _away(self) -> StationAway:
        reason = self.away_reason() or "the connection to the station process was lost"
        return StationAway(reason, "It restarts by itself; if not, start it with `inspector run`")

    def _loop(self) -> None:
        while not self._closing.is_set():
            event = self._hub.receive(TICK_S)
            if event is None:
                pass
            elif event.kind is EventKind.CONNECTED:
                self._on_connected()
            elif event.kind is EventKind.LOST:
                self._on_lost()
            else:
                self._on_message(event.message)
            self._poll()

    def _on_connected(self) -> None:
        self._connected = True
        self._heard_s = time.monotonic()
        self._polled_s = 0.0
        wanted: Message = {} if self._events is None else {"events": [name.value for name in self._events]}
        self._hub.send(STATION, {"type": "subscribe", **wanted})

    def _on_lost(self) -> None:
        self._connected = False
        self._state = None
        self._previews.clear()
        self._fail_waiting()
        self._tell_away()

    def _fail_waiting(self) -> None:
        with self._lock:
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(self._away())

    def _tell_away(self) -> None:
        self._publish(EventName.STATION_AWAY, {"reason": self.away_reason()})

    def _poll(self) -> None:
        """Once a second: ask a quiet station for its state, and tell the screens when there is none to ask."""
        now = time.monotonic()
        if now - self._polled_s < POLL_S:
            return
        self._polled_s = now
        if self.away_reason():
            self._tell_away()
        if self._connected and now - self._heard_s > POLL_S * 0.9:
            self._hub.send(
                STATION, {"type": "request", "id": "poll", "command": "status", "arguments": {}, "actor": self._actor}
            )

    def _on_message(self, message: Message) -> None:
        try:
            if message["type"] == "response":
                self._on_response(message)
            elif message["type"] == "event":
                self._on_event(str(message.get("name")), dict(message.get("data", {})))
            else:
                log.warning("the station sent a message of unknown type %.40r", message["type"])
        except (ValidationError, ChannelError, TypeError, ValueError) as error:
            log.warning("the station sent something that does not fit: %s", error)

    def _on_response(self, message: Message) -> None:
        number = str(message.get("id"))
        if number == "poll":
            if message.get("ok"):
                self._on_event(EventName.STATE, dict(message["result"]))
            return
        with self._lock:
            answer = self._waiting.pop(number, None)
        if answer is None or answer.done():
            return  # the caller has given up; the answer shows in the next state
        if message.get("ok"):
            answer.set_result(dict(message.get("result") or {}))
            return
        error = dict(message.get("error") or {})
        answer.set_exception(
            Refused(
                str(error.get("code", "INSPECTOR")),
                str(error.get("message", "the station refused without a reason")),
                str(error.get("advice", "")),
            )
        )

    def _on_event(self, name: str, data: dict[str, object]) -> None:
        if name == EventName.STATE:
            Status.model_validate(data)
            self._heard_s = time.monotonic()
            self._state = data
        elif name == EventName.PREVIEW:
            self._keep_preview(Preview.model_validate(data))
        self._publish(EventName(name), data)

    def _keep_preview(self, preview: Preview) -> None:
        try:
            jpeg = base64.b64decode(preview.jpeg, validate=True)
        except binascii.Error as error:
            raise ChannelError(f"preview of {preview.camera} is not base64") from error
        self._previews[preview.camera] = (preview, jpeg)
