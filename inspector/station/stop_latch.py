# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holds a stop until a person resets it, also over a restart: the records are its memory."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from inspector.clock import Clock
from inspector.config import StopSettings
from inspector.errors import ShiftError
from inspector.evidence.record import clean_text
from inspector.part import Commanded, Confirmed, PartKey
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.station.stops import PartFacts, StopRules, ejected, stop_of, tracking_stops
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

STOPPED = "stopped"
RESET = "stop-reset"
RULES = "stop-rules"
LINE_RESETS_IN_NS = 2_000_000_000
"""So long the line process may still report what has just been reset."""


class StopLatch:
    """The stops that are in force.

    No shift is opened while there is one, so that the records since the last `shift-open` say after a restart which
    stops nobody has reset yet.

    Args:
        settings: `[stops]`.
        writer: For the record of a reset, which is waited for.
        recorder: For the records of stops.
        reader: Where the stops before this run are read back.
        clock: Time.
    """

    def __init__(
        self, settings: StopSettings, writer: RecordWriter, recorder: Recorder, reader: RecordReader, clock: Clock
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._rules = StopRules(settings)
        self._writer = writer
        self._recorder = recorder
        self._latched: dict[str, Reason] = {}
        self._ejected = 0
        self._trust_line_from_ns = 0
        self._restore(reader)

    def reasons(self) -> list[Reason]:
        """Why the line is stopped; empty when it is not."""
        return list(self._latched.values())

    def warnings(self) -> list[Reason]:
        """What somebody should look at while the line goes on."""
        if not self._ejected:
            return []
        what = "1 good part was" if self._ejected == 1 else f"{self._ejected} good parts were"
        return [Reason("GOOD_PART_EJECTED", f"{what} seen in the reject lane", "check the gate and the lane sensors")]

    def rejects_in_row(self) -> dict[str, int]:
        """How near the line is to a stop because of rejects in a row, for the status document."""
        in_row = self._rules.rejects_in_row
        return {"count": in_row.count, "limit": in_row.limit}

    def begin_shift(self) -> None:
        """Count from the beginning, and record which rules differ from the defaults."""
        self._rules.reset()
        self._ejected = 0
        self.record_rules()

    def record_rules(self) -> None:
        """Who widens a rule does so for everybody to see; without this record the defaults are in force."""
        defaults, chosen = StopSettings().model_dump(), self._settings.model_dump()
        if texts := [f"{name} = {value}" for name, value in chosen.items() if value != defaults[name]]:
            self._recorder.state(RULES, texts)

    # What happens on the line; each returns whether the line has to be told of a new stop

    def part(self, facts: PartFacts) -> bool:
        """A part that the station was there to judge has its record."""
        return self._take(self._rules.part(facts))

    def frame(self, camera: str, bad: str | None) -> bool:
        """A frame has come from this camera."""
        return self._take(self._rules.frame(camera, bad))

    def outcome(self, key: PartKey, commanded: Commanded, confirmed: Confirmed) -> bool:
        """A part has left the line, or was lost sight of."""
        if ejected(commanded, confirmed):
            self._ejected += 1
            log.warning("part %d was let through and seen in the reject lane", key.part_seq)
        return self._take(self._rules.outcome(key, commanded, confirmed))

    def line_reasons(self, reasons: object) -> bool:
        """What the line process says that keeps it from being Ready."""
        if self._clock.monotonic_ns() < self._trust_line_from_ns:
            return False
        return self._take(tracking_stops(reasons))

    # What people do

    def reset(self, operator: str, reason: str) -> dict[str, object]:
        """Let the line go on; all counts begin anew.

        Args:
            operator: Staff id; the record has a salted commitment only.
            reason: What was found and done.

        Raises:
            ShiftError: The line is not stopped, or nobody is named, or no reason is given.
            StoreError: It could not be recorded; the line stays stopped.
        """
        if not self._latched:
            raise ShiftError("the line is not stopped by a rule", "See the reasons in the status")
        if not operator.strip() or not reason.strip():
            raise ShiftError("who resets the stop and what was found must be given", "Type both")
        cleared = sorted(self._latched)
        commitment = self._writer.commit_operator(operator.strip()).result()
        texts = [f"by {commitment}", clean_text(reason.strip()), *cleared]
        appended = self._writer.append("state", {"state": RESET, "reasons": texts}).result()
        self._latched.clear()
        self._rules.reset()
        self._trust_line_from_ns = self._clock.monotonic_ns() + LINE_RESETS_IN_NS
        log.warning("the stop was reset: %s", ", ".join(cleared))
        return {"seq": appended.seq, "cleared": cleared}

    def _take(self, broken: Iterable[Reason]) -> bool:
        fresh = [stop for stop in broken if stop.code not in self._latched]
        for stop in fresh:
            self._latched[stop.code] = stop
            log.error("the line is stopped: %s", stop.text())
            self._recorder.state(STOPPED, [stop.recorded()])
        return bool(fresh)

    def _restore(self, reader: RecordReader) -> None:
        for record in reader.since_shift_open("state"):
            state, texts = record.fields["state"], record.fields["reasons"]
            if state == RESET:
                self._latched.clear()
            elif state == STOPPED and isinstance(texts, list):
                stops = [stop_of(str(text)) for text in texts]
                self._latched |= {stop.code: stop for stop in stops}
