# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signs heads while a shift is open: what is recorded so far cannot be exchanged any more."""

from __future__ import annotations

import logging
from concurrent.futures import Future

from inspector.child import Child
from inspector.errors import KeyLocked
from inspector.evidence.seal import SignedDocument
from inspector.station.ready import ReadyKeeper
from inspector.station.shift import Shift, ShiftState
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)


class HeadSigner:
    """Asks for a head after so many parts or so much time, one at a time.

    Used on the main thread of the station only.

    Args:
        child: Settings and time.
        writer: Signs them.
        ready: Learns that the store has failed.
    """

    def __init__(self, child: Child, writer: RecordWriter, ready: ReadyKeeper) -> None:
        self._settings = child.config.records
        self._clock = child.clock
        self._writer = writer
        self._ready = ready
        self._next_ns = 0
        self._parts = 0
        self._head: Future[SignedDocument | None] | None = None

    def shift_opens(self) -> None:
        """Count parts and time anew."""
        self._parts = 0
        self._next_ns = self._due_ns()

    def tick(self, shift: Shift, parts: int) -> None:
        """Once per heartbeat: sign one if it is due.

        Args:
            shift: The present shift.
            parts: Parts recorded in it.
        """
        if self._head is not None:
            if not self._head.done():
                return
            error = self._head.exception()
            self._head = None
            if error is not None and not isinstance(error, KeyLocked):
                log.error("no head was signed: %s", error)
                self._ready.store_failure = str(error)  # a new start reads the records back and says which is damaged
        if shift.state is not ShiftState.OPEN or self._ready.records_age.reasons():
            return
        if parts - self._parts >= self._settings.head_every_parts or self._clock.monotonic_ns() >= self._next_ns:
            self._parts = parts
            self._next_ns = self._due_ns()
            self._head = self._writer.sign_head()

    def _due_ns(self) -> int:
        return self._clock.monotonic_ns() + self._settings.head_every_s * 1_000_000_000
