# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the one stream of station events to many listeners, each at its own speed."""

from __future__ import annotations

import asyncio
import json
from collections import deque

from inspector.api.schema import EventName
from inspector.errors import Overloaded

LISTENERS = 16
IMPORTANT = 1024

LATEST_WINS = frozenset({EventName.STATE, EventName.STATION_AWAY, EventName.PREVIEW})


class TooSlow(Exception):
    """A listener is so far behind that part events would have to be dropped; it must reconnect and ask again."""


class Listener:
    """What one reader has not yet received. Only for the event loop.

    Part, outcome and shift events queue up to 1024; then the listener is told to go (it asks for the missed
    parts when it is back). Of states and of each camera's previews only the latest waits: a newer one replaces it.
    """

    def __init__(self) -> None:
        self._important: deque[str] = deque()
        self._latest: dict[str, str] = {}
        self._ready = asyncio.Event()
        self._overrun = False

    def offer(self, name: EventName, slot: str, text: str) -> None:
        """Take one event."""
        if name in LATEST_WINS:
            self._latest[slot] = text
        elif len(self._important) < IMPORTANT:
            self._important.append(text)
        else:
            self._overrun = True
        self._ready.set()

    async def next(self) -> str:
        """Wait for the next event to send.

        Raises:
            TooSlow: Part events were lost for this listener.
        """
        while not self._important and not self._latest and not self._overrun:
            self._ready.clear()
            await self._ready.wait()
        if self._overrun:
            raise TooSlow
        if self._important:
            return self._important.popleft()
        return self._latest.pop(next(iter(self._latest)))


class Feed:
    """Hands each event to all listeners; called from the link's thread, works on the event loop's."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[Listener] = set()

    def bind(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """The loop that the listeners live on; None when it is about to end."""
        self._loop = loop

    def publish(self, name: EventName, data: dict[str, object]) -> None:
        """Hand out one event, from any thread; nobody waits."""
        loop = self._loop
        if loop is None or not self._listeners:
            return
        text = event_text(name, data)
        slot = f"{name}:{data.get('camera')}" if name is EventName.PREVIEW else EventName.STATE
        try:
            loop.call_soon_threadsafe(self._hand_out, name, slot, text)
        except RuntimeError:
            return  # the loop has ended, and its listeners with it

    def add(self) -> Listener:
        """A new listener.

        Raises:
            Overloaded: There are 16 already.
        """
        if len(self._listeners) >= LISTENERS:
            raise Overloaded(f"{LISTENERS} listeners are connected already", "Close a screen")
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def remove(self, listener: Listener) -> None:
        """The listener is gone."""
        self._listeners.discard(listener)

    def _hand_out(self, name: EventName, slot: str, text: str) -> None:
        for listener in self._listeners:
            listener.offer(name, slot, text)


def event_text(name: EventName, data: dict[str, object]) -> str:
    """One text frame of the event stream."""
    return json.dumps({"name": name, "data": data}, separators=(",", ":"))
