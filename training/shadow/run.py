# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shadow run: part after part, until there are no more, it is enough, or somebody ends it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from inspector.errors import StoreError
from inspector.store.queries.fields import optional_text, text, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.read import StoredRecord
from training.drift.parts import Span
from training.shadow.look import Eyes
from training.shadow.source import Tail, production_parts, stored_parts
from training.shadow.tally import Tally
from training.shadow.verdicts import Why

POLL_S = 0.25
"""A part that comes while nothing is to be done waits so long at most."""
SHOW_EVERY_S = 1.0
"""Counting what is still to be done takes a while where that is a million parts."""
PATIENCE = 240
"""So often in a row the records may not be readable while a station starts anew: a minute."""

Ended = Literal["all", "parts", "minutes", "interrupted"]
Show = Callable[[Tally, int | None, int], None]
"""Called now and then with the counts, how many parts there are in all if that is known, and how many it is behind."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run that follows the station ends.

    Attributes:
        parts: After so many parts of the released rules; None: not for that.
        minutes: After so long; None: not for that.
    """

    parts: int | None = None
    minutes: float | None = None


class Stop:
    """Ctrl-C, or the end of the session, ends a run with what it has; a second one at once."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over; in the main thread only."""
        before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked.is_set():
            raise KeyboardInterrupt
        self.asked.set()


@dataclass
class Run:
    """What a run needs.

    Attributes:
        station: Station directory, or a copy of it.
        eyes: The candidate, looking.
        tally: Counts; it may know already what the released rules are.
        show: Learns how far it is.
        stop: Ends it.
    """

    station: Path
    eyes: Eyes
    tally: Tally
    show: Show
    stop: Stop
    _next_s: float = 0.0

    def stored(self, reader: AuditReader, span: Span) -> tuple[Ended, int]:
        """Judge the parts that are there already.

        Returns:
            Why it ended, and how many parts of the span it has not looked at.

        Raises:
            EvidenceError: A record is damaged.
            StoreError: The records cannot be read.
            RecipeError: The candidate's recipe does not fit the station.
        """
        total, seen = production_parts(reader, span), 0
        for record in stored_parts(reader, span):
            if self.stop.asked.is_set():
                return "interrupted", max(0, total - seen)
            seen += self._take(reader, record)
            self.show(self.tally, total, max(0, total - seen))
        return "all", 0

    def follow(self, after: int, limits: Limits, from_us: int = 0) -> tuple[Ended, int]:
        """Go along with the running station; also over its restarts.

        Args:
            after: Number of the last record that is not of interest.
            limits: When it is enough.
            from_us: Only parts recorded then or later, UTC, microseconds.

        Returns:
            Why it ended, and how many parts it is behind.

        Raises:
            StoreError: The records cannot be read any more, for a minute.
        """
        tail = Tail(after, from_us)
        until = None if limits.minutes is None else time.monotonic() + limits.minutes * 60
        reader, troubles = AuditReader(self.station), 0
        try:
            while (ended := self._enough(limits, until)) is None:
                try:
                    busy = self._step(reader, tail, limits)
                    troubles = 0
                except StoreError:
                    busy, troubles = False, troubles + 1
                    if troubles > PATIENCE:
                        raise
                    reader = _reopened(reader, self.station)
                if not busy:
                    self.stop.asked.wait(POLL_S)
            return ended, tail.behind(reader)
        finally:
            reader.close()

    def _step(self, reader: AuditReader, tail: Tail, limits: Limits) -> bool:
        """One part, or what is new; False if there was nothing to do."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + SHOW_EVERY_S
            self.show(self.tally, limits.parts, tail.behind(reader))
        if not tail.due:
            return tail.read(reader)
        self._take(reader, tail.due[0])
        tail.due.popleft()  # not before: where the records could not be read it is tried again
        return True

    def _enough(self, limits: Limits, until: float | None) -> Ended | None:
        if self.stop.asked.is_set():
            return "interrupted"
        if limits.parts is not None and self.tally.parts >= limits.parts:
            return "parts"
        return "minutes" if until is not None and time.monotonic() >= until else None

    def _take(self, reader: AuditReader, record: StoredRecord) -> bool:
        """Count a part; False for one of a challenge."""
        part, tally = record.fields, self.tally
        tally.station = text(part, "station")
        if text(part, "purpose") != "production":
            tally.test_parts += 1
            return False
        model, recipe = optional_text(part, "model_digest"), optional_text(part, "recipe_digest")
        if model is None or recipe is None:
            tally.add(record.seq, whole(part, "t_us"), Why.NOT_JUDGED)
            return True
        rules = (model, recipe)
        tally.released = tally.released or rules
        if rules != tally.released:
            tally.other(rules, record.seq)
        else:
            tally.add(record.seq, whole(part, "t_us"), self.eyes.look(reader, record))
        return True


def _reopened(reader: AuditReader, station: Path) -> AuditReader:
    """Another reader where that can be had now, else the same."""
    try:
        fresh = AuditReader(station)
    except StoreError:
        return reader
    reader.close()
    return fresh
