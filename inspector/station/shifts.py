# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries out what is asked of shifts, and knows why a part that comes now is not judged."""

from __future__ import annotations

import logging
import platform
from importlib.metadata import version

from inspector.child import Child
from inspector.errors import CountsDiffer, FormatInvalid, InspectorError, RoleRefused, ShiftError
from inspector.evidence.record import clean_text
from inspector.ipc import Message
from inspector.part import PartKey
from inspector.station.bypass import CAMERA_OR_MODEL, BypassKeeper
from inspector.station.cameras import CameraLink
from inspector.station.counts import resume_counts
from inspector.station.drain import Drain
from inspector.station.head_signer import HeadSigner
from inspector.station.judge import Hold
from inspector.station.keeping import RetentionKeeper
from inspector.station.model import InForce
from inspector.station.parts import PartTable
from inspector.station.people import Person
from inspector.station.production import Production
from inspector.station.readiness import RULES_EXCHANGED, Reason
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.shift import CloseRequest, Shift, ShiftState
from inspector.station.shift_opening import CLOCK, ShiftOpening
from inspector.station.shift_sealing import ShiftSealing
from inspector.station.statistics import ShiftStatistics
from inspector.station.stop_latch import StopLatch
from inspector.station.trigger_watch import TriggerWatch
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

NOT_JUDGING = ("RECORDS_OLD", "STORE_FAILED", "CAMERA_EXCHANGED", "RULES_EXCHANGED", "WARMING")


class ShiftKeeper:
    """The present shift and everything that depends on it.

    Used on the main thread of the station only.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        rules: InForce,
        ready: ReadyKeeper,
        cameras: dict[str, CameraLink],
        parts: PartTable,
        stops: StopLatch,
        bypass: BypassKeeper,
        retention: RetentionKeeper,
    ) -> None:
        self.statistics = ShiftStatistics()
        self.production = Production(child.station, child.clock, rules.rules)
        self.stops = stops
        self.triggers = TriggerWatch()
        self._bypass = bypass
        self.line: dict[str, object] = {"backend": child.config.line.backend, "simulated": True}
        self._child = child
        self._rules = rules
        self._clock = child.clock
        self._writer = writer
        self._recorder = recorder
        self._ready = ready
        self._parts = parts
        self._reader = RecordReader(child.station)
        documents = DocumentStore(child.station)
        self._opening = ShiftOpening(child, writer, recorder, rules, ready, cameras, retention, documents)
        self._heads = HeadSigner(child, writer, ready)
        self._all_reasons: list[Reason] = []
        self._reasons: list[Reason] = []
        self._line_reasons: list[Reason] = []
        self._told: tuple[str, ...] | None = None
        self._finished: Message | None = None
        self.shift = self._opening.resumed(self._reader)
        self._resume_statistics()
        by_wire = [link.settings.name for link in cameras.values() if link.settings.trigger == "line"]
        self.counts = resume_counts(writer.position, self._reader, by_wire)
        self._sealing = ShiftSealing(child, writer, ready, cameras, self.counts, self._reader, documents)

    # What the station asks

    def started(self) -> None:
        """Record that the station runs again, and since when."""
        self.production.started()
        reason = "restart in an open shift" if self.shift.state is ShiftState.OPEN else "start"
        reason = " ".join([reason, words] if (words := self._ready.records_age.words()) else [reason])
        software = {"version": version("inspector-station"), "python": platform.python_version()}
        self._writer.append("station-start", {"software": software, "reason": reason}).result()
        self._ready.records_age.recorded()
        if self.shift.state is ShiftState.OPEN:
            self.stops.record_rules()
            self._opening.record_circumstances()

    def not_judging(self) -> str:
        """Why a part that comes now is not judged; empty when it is.

        A part is judged in an open shift with a loaded model and a camera, also while Ready is off for another
        reason, and for a moment after a shift is asked to close: Ready was on when that part came.
        """
        if self.shift.state is ShiftState.NONE:
            return "no shift is open"
        if self.shift.close is not None and self._clock.monotonic_ns() >= self.shift.close.drain.settle_ns:
            return "the shift is being closed"
        blocking = self._blocking()
        return blocking[0].message if blocking else ""

    def hold(self) -> Hold:
        """Whether a part that is not judged now may pass under a bypass: only if just camera or model are not ready."""
        if self.shift.state is not ShiftState.OPEN or any(r.code not in CAMERA_OR_MODEL for r in self._blocking()):
            return Hold.ALWAYS
        return Hold.NONE

    def _blocking(self) -> list[Reason]:
        return [*self.stops.reasons(), *(r for r in self._all_reasons if r.code in NOT_JUDGING)]

    def part_record(self, key: PartKey) -> str:
        """Hash of the committed part record under this key, hex; empty when there is none."""
        return self._reader.part_hash(key.line_boot, key.part_seq) or ""

    def tick(self, now_ns: int) -> Message:
        """Once per heartbeat: close when drained, sign heads; the answer is what the line is told."""
        self.production.tick()
        self._go_on_closing(now_ns)
        self._heads.tick(self.shift, sum(self.statistics.verdicts.values()))
        self._look_at_the_clock()
        self._all_reasons = [*self.stops.reasons(), *self._ready.reasons(self.shift, self.shift.opened_with)]
        if self.shift.other_rules and self.shift.state is ShiftState.OPEN:
            self._all_reasons.append(RULES_EXCHANGED)
        self._reasons = self._bypass.lift(self._all_reasons)
        self._line_reasons = self._ready.line_reasons.take({reason.code for reason in self._all_reasons})
        self._record_changes()
        return {
            "type": "station-state",
            "ready": not self._reasons,
            "reasons": [reason.document() for reason in self._reasons],
        }

    # Commands

    def open(self, lot: str, person: Person, customer: str = "", recipe: str = "") -> dict[str, object]:
        """Open a shift.

        Args:
            lot: Lot or order.
            person: Who opens it.
            customer: Whose parts they are, for the rule of retention; empty: nobody knows.
            recipe: SHA-256 of the recipe that the person takes to be in force; empty: nobody says.

        Raises:
            ShiftError: One is open already, another recipe is in force, or a device is not ready; it says which.
            RecordsOld: The records come from an old backup.
        """
        self.shift.require(ShiftState.NONE)
        if not lot.strip() or not person.user.strip():
            raise ShiftError("lot and operator must be given", "Type or scan both")
        self._ready.records_age.require_newest()
        if recipe not in ("", self._rules.recipe.digest):
            message = f"recipe {self._rules.recipe.name} is in force, and not the one that was named"
            raise ShiftError(message, "Change over first")
        if reasons := [*self.stops.reasons(), *self._ready.opening_reasons()]:
            raise ShiftError(f"the station is not ready: {reasons[0].message}", reasons[0].advice)
        shift, appended = self._opening.record(lot, person, customer, self.line)
        self.statistics = ShiftStatistics()
        self.stops.begin_shift()
        self.triggers.begin_shift()
        self._opening.record_circumstances()
        self.shift = shift
        self._heads.shift_opens()
        return {"shift": self.shift.number, "seq": appended.seq}

    def begin_close(self, person: Person, note: str, removed_by_hand: int, peer: str, request_id: str) -> None:
        """Drop Ready and drain; `take_finished` then has the answer.

        At a station with users that is what the person is asked to sign, and `sign` goes on. Counts that differ without
        a note that explains it are an answer, too: the shift is open again then.

        Raises:
            ShiftError: No shift is open, or nobody is named.
            RecordsOld: The records come from an old backup.
        """
        if self.shift.close is not None and self.shift.close.shown is not None:
            self._reopen()  # who has lost what was shown asks anew
        self.shift.require(ShiftState.OPEN)
        if not person.user.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")
        self._ready.records_age.require_newest()
        drain = Drain(self._parts, self._child.config.line, self._clock.monotonic_ns())
        self._bypass.shift_closes()
        self.shift.state = ShiftState.CLOSING
        self.shift.close = CloseRequest(person, clean_text(note.strip()), removed_by_hand, peer, request_id, drain)

    def shown_to(self, person: Person, statement: str) -> None:
        """Check that this is what the person was shown.

        Raises:
            ShiftError: Nothing is to be signed, something else, or by somebody else.
        """
        close = self.shift.close
        if close is None or close.shown is None:
            raise ShiftError("nothing waits to be signed", "Ask for what is to be signed first")
        if close.shown.digest != statement or close.person.user != person.user:
            raise ShiftError("this is not what is to be signed, or not by this person", "Ask for it again")

    def sign(self, person: Person, statement: str) -> dict[str, object]:
        """The person has signed what was shown: close and seal the shift.

        Raises:
            ShiftError: As `shown_to`.
            CountsDiffer: The counts have changed since; the shift is open again.
            InspectorError: It could not be sealed; the shift is open again.
        """
        self.shown_to(person, statement)
        close = self.shift.close
        if close is None or close.shown is None:
            raise ShiftError("nothing waits to be signed", "Ask for what is to be signed first")
        try:
            self._sealing.check(self.shift, close, close.shown)
            return self._seal(close)
        except InspectorError as error:
            self._not_closed(error)
            raise

    def resume(self) -> dict[str, object]:
        """Nobody signs: the shift goes on.

        Raises:
            ShiftError: Nothing waits to be signed.
        """
        if self.shift.close is None or self.shift.close.shown is None:
            raise ShiftError("nothing waits to be signed", "See the status")
        self._reopen()
        return {"shift": self.shift.number}

    def close(self) -> None:
        """Let go of the store, so that its writer is the last and merges the write-ahead log."""
        self.production.close()
        self._reader.close()

    def take_finished(self) -> Message | None:
        """The answer to a close that is finished now, once."""
        finished, self._finished = self._finished, None
        return finished

    # Inside

    def _resume_statistics(self) -> None:
        if self.shift.state is not ShiftState.OPEN:
            return
        counts = self._writer.position.counts
        verdicts, outcomes = counts["verdicts"], counts["outcomes"]
        if isinstance(verdicts, dict) and isinstance(outcomes, dict):
            self.statistics.restore(verdicts, outcomes)

    def _look_at_the_clock(self) -> None:
        """A shift also says when that changes; without one the next shift says it."""
        change = self._ready.time.look()
        if change and self.shift.state is not ShiftState.NONE:
            self._recorder.state(CLOCK, [change])

    def _go_on_closing(self, now_ns: int) -> None:
        close = self.shift.close
        if close is None:
            return
        if close.shown is None:
            if not self._ready.store_failure and close.drain.over(now_ns):
                self._finish_close(close, now_ns)
        elif now_ns >= close.sign_by_ns:
            log.warning("nobody has signed for the end of the shift in time: it goes on")
            self._reopen()

    def _reopen(self) -> None:
        self.shift.state, self.shift.close = ShiftState.OPEN, None

    def _finish_close(self, close: CloseRequest, now_ns: int) -> None:
        told = close.drain.counts_told(now_ns)
        try:
            if not told and self._sealing.counted(close.removed_by_hand).differences:
                return
            result = self._seal(close) if close.person.role is None else self._show(close, now_ns)
        except InspectorError as error:
            self._not_closed(error)
            document = {"code": error.code, "message": error.message, "advice": error.advice}
            self._finished = {"id": close.request_id, "peer": close.peer, "ok": False, "error": document}
            return
        self._finished = {"id": close.request_id, "peer": close.peer, "ok": True, "result": result}

    def _not_closed(self, error: InspectorError) -> None:
        log.error("the shift could not be sealed: %s", error)
        if not isinstance(error, (FormatInvalid, CountsDiffer, RoleRefused)):
            self._ready.store_failure = str(error)  # damaged or unwritable: a new start reads the records back
        self._reopen()

    def _seal(self, close: CloseRequest) -> dict[str, object]:
        answer = self._sealing.seal(self.shift, close)
        self.shift = Shift(self._writer.position.shift)
        return answer

    def _show(self, close: CloseRequest, now_ns: int) -> dict[str, object]:
        close.shown = self._sealing.show(self.shift, close)
        close.sign_by_ns = now_ns + self._child.config.access.sign_within_min * 60_000_000_000
        return close.shown.document()

    def _record_changes(self) -> None:
        """A `state` record whenever the set of reasons changes in an open shift."""
        codes = tuple(sorted(reason.code for reason in self.reasons))
        if self._told is not None and codes == self._told:
            return
        before, self._told = self._told, codes
        if before is None or self.shift.state is not ShiftState.OPEN or "STORE_FAILED" in codes:
            return
        state = "not-ready" if codes else "ready"
        self._recorder.state(state, [reason.recorded() for reason in self.reasons])

    @property
    def lifted(self) -> list[Reason]:
        """What would keep the station from being Ready if no bypass ran."""
        return [reason for reason in self._all_reasons if reason not in self._reasons]

    @property
    def reasons(self) -> list[Reason]:
        """Why the station, or the line, is not Ready; empty when nothing is known."""
        return [*self._reasons, *self._line_reasons]
