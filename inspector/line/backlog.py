# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station has to hear and need not hear at once, sent in order and never faster than it is recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from inspector.ipc import Message
from inspector.line.entries import Entry, entry_message, kind_of
from inspector.line.wire import EntryKind
from inspector.part import PartKey

WINDOW = 256


class Backlog:
    """Entries on their way to the station, at most `WINDOW` of them unacknowledged at a time.

    After hours without a station its journal may hold thousands; they must not fill a socket and keep live triggers
    waiting. It needs no bound of its own: everything in it is in the journal.

    Args:
        put: Hands a message to the station's outbox.
    """

    def __init__(self, put: Callable[[Message], bool]) -> None:
        self._put = put
        self._waiting: deque[Entry] = deque()
        self._under_way: set[tuple[EntryKind, PartKey]] = set()

    def clear(self) -> None:
        """The connection is gone; the journal has it all."""
        self._waiting.clear()
        self._under_way.clear()

    def extend(self, entries: Iterable[Entry]) -> None:
        """Append entries and send what the window allows."""
        self._waiting.extend(entries)
        self._send()

    def acknowledged(self, kind: EntryKind, key: PartKey) -> None:
        """The station has recorded one; the next may follow."""
        self._under_way.discard((kind, key))
        self._send()

    def _send(self) -> None:
        while self._waiting and len(self._under_way) < WINDOW:
            entry = self._waiting.popleft()
            self._under_way.add((kind_of(entry), entry.key))
            self._put(entry_message(entry))
