# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries out what is asked of shifts: open, drain, close, seal; signs heads while one is open."""

from __future__ import annotations

import logging
import platform
from concurrent.futures import Future
from importlib.metadata import version

from inspector.access import Role
from inspector.child import Child
from inspector.errors import CountsDiffer, FormatInvalid, InspectorError, KeyLocked, RoleRefused, ShiftError
from inspector.evidence.note import read_checkpoint_file
from inspector.evidence.record import clean_text
from inspector.evidence.seal import SignedDocument
from inspector.ipc import Message
from inspector.part import PartKey
from inspector.station.bypass import CAMERA_OR_MODEL, BypassKeeper
from inspector.station.cameras import CameraLink
from inspector.station.counts import CountStatement, recorded_since_seal, resume_counts
from inspector.station.judge import Hold
from inspector.station.keeping import RetentionKeeper
from inspector.station.model import Rules
from inspector.station.parts import OVERDUE_MS, PartTable
from inspector.station.people import Person
from inspector.station.readiness import RULES_EXCHANGED, Reason
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.shift import CloseRequest, Shift, ShiftState, reconciliation
from inspector.station.statement import Statement, close_statement
from inspector.station.statistics import ShiftStatistics
from inspector.station.stop_latch import StopLatch
from inspector.station.trigger_watch import TriggerWatch
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter, SealedShift

log = logging.getLogger(__name__)

DRAIN_MARGIN_MS = 2_000
SETTLE_MS = 300
"""Ready off needs a heartbeat or two to reach the belt; parts that still come belong to this shift."""
COUNTS_WITHIN_MS = 1_500
"""Counters are told every half a second; so long a difference may be only of what was told last."""
TRACKING = "tracking"
CLOCK = "clock"
TRACKING_TEXTS = {
    "hardware": ("hardware: a trigger controller follows the parts and rejects by default",),
    "station": (
        "station: the line process follows the parts",
        "warning: a program on a computer is not punctual; only for slow lines with a wide reject window",
    ),
}
"""The `state` record of a shift on whose line the plant's controller does not follow the parts."""
NOT_JUDGING = ("RECORDS_OLD", "STORE_FAILED", "CAMERA_EXCHANGED", "RULES_EXCHANGED", "WARMING")
SIGNATURE_METHOD = "staff id as typed, not authenticated"
"""What a `signature` record is worth at a station without users."""
MEANING = "closes the shift; has seen its counts"
EXPLAINING = MEANING + " and explains their differences"
MAY_EXPLAIN = frozenset({Role.TEAM_LEAD, Role.QA})
"""Who may sign for counts that differ; never the person who opened the shift."""


class ShiftKeeper:
    """The present shift and everything that depends on it.

    Used on the main thread of the station only.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        rules: Rules,
        ready: ReadyKeeper,
        cameras: dict[str, CameraLink],
        parts: PartTable,
        stops: StopLatch,
        bypass: BypassKeeper,
        retention: RetentionKeeper,
    ) -> None:
        self.statistics = ShiftStatistics()
        self.stops = stops
        self.triggers = TriggerWatch()
        self._bypass = bypass
        self._retention = retention
        self.line: dict[str, object] = {"backend": child.config.line.backend, "simulated": True}
        self._child = child
        self._clock = child.clock
        self._writer = writer
        self._recorder = recorder
        self._rules = rules
        self._ready = ready
        self._cameras = cameras
        self._parts = parts
        self._reader = RecordReader(child.station)
        self._documents = DocumentStore(child.station)
        self._opened_with: dict[str, dict[str, object]] = {}
        self._opener = ""
        self._other_rules = False
        self._all_reasons: list[Reason] = []
        self._reasons: list[Reason] = []
        self._line_reasons: list[Reason] = []
        self._told: tuple[str, ...] | None = None
        self._draining: set[PartKey] = set()
        self._settled = False
        self._drained_ns: int | None = None
        self._next_head_ns = 0
        self._head_parts = 0
        self._finished: Message | None = None
        self._head: Future[SignedDocument | None] | None = None
        self.shift = self._resume()
        by_wire = [link.settings.name for link in cameras.values() if link.settings.trigger == "line"]
        self.counts = resume_counts(writer.position, self._reader, by_wire)

    # What the station asks

    def started(self) -> None:
        """Record that the station runs again, and since when."""
        reason = "restart in an open shift" if self.shift.state is ShiftState.OPEN else "start"
        reason = " ".join([reason, words] if (words := self._ready.records_age.words()) else [reason])
        software = {"version": version("inspector-station"), "python": platform.python_version()}
        self._writer.append("station-start", {"software": software, "reason": reason}).result()
        self._ready.records_age.recorded()
        if self.shift.state is ShiftState.OPEN:
            self._record_rules()

    def not_judging(self) -> str:
        """Why a part that comes now is not judged; empty when it is.

        A part is judged in an open shift with a loaded model and a camera, also while Ready is off for another
        reason, and for a moment after a shift is asked to close: Ready was on when that part came.
        """
        if self.shift.state is ShiftState.NONE:
            return "no shift is open"
        if self.shift.close is not None and self._clock.monotonic_ns() >= self.shift.close.settle_ns:
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
        self._go_on_closing(now_ns)
        self._sign_head_if_due()
        self._look_at_the_clock()
        self._all_reasons = [*self.stops.reasons(), *self._ready.reasons(self.shift, self._opened_with)]
        if self._other_rules and self.shift.state is ShiftState.OPEN:
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

    def open(self, lot: str, person: Person, customer: str = "") -> dict[str, object]:
        """Open a shift.

        Args:
            lot: Lot or order.
            person: Who opens it.
            customer: Whose parts they are, for the rule of retention; empty: nobody knows.

        Raises:
            ShiftError: One is open already, or a device is not ready; the message says which.
            RecordsOld: The records come from an old backup.
        """
        self.shift.require(ShiftState.NONE)
        if not lot.strip() or not person.user.strip():
            raise ShiftError("lot and operator must be given", "Type or scan both")
        self._ready.records_age.require_newest()
        if reasons := [*self.stops.reasons(), *self._ready.device_reasons()]:
            raise ShiftError(f"the station is not ready: {reasons[0].message}", reasons[0].advice)
        self._opened_with = {
            link.settings.name: link.identity.fields for link in self._cameras.values() if link.identity is not None
        }
        self._keep_documents()
        self._other_rules = False
        fields: dict[str, object] = {
            "opened_by": self._writer.commit_operator(person.user).result(),
            "lot": lot.strip(),
            **self._rules.record_fields(),
            "cameras": list(self._opened_with.values()),
            "line": self.line,
            "ledger_checkpoint": self._ledger_checkpoint(),
            "prev_seal": self._writer.position.prev_seal,
            **self._retention.record_fields(),
        }
        if customer.strip():
            fields["customer"] = clean_text(customer.strip(), 200)
        appended = self._writer.append("shift-open", fields).result()
        self.statistics = ShiftStatistics()
        self.stops.begin_shift()
        self.triggers.begin_shift()
        self._record_tracking()
        self._record_clock()
        position = self._writer.position
        self.shift = Shift(position.shift, ShiftState.OPEN, lot.strip(), appended.t_us)
        self._opener = person.user
        self._head_parts = 0
        self._next_head_ns = self._head_due_ns()
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
        line = self._child.config.line
        wait_ms = line.decide_by_ms + line.confirm_by_ms + OVERDUE_MS + DRAIN_MARGIN_MS
        now_ns = self._clock.monotonic_ns()
        settle_ns, give_up_ns = now_ns + SETTLE_MS * 1_000_000, now_ns + wait_ms * 1_000_000
        self._bypass.shift_closes()
        self.shift.state = ShiftState.CLOSING
        self.shift.close = CloseRequest(
            person, clean_text(note.strip()), removed_by_hand, peer, request_id, settle_ns, give_up_ns
        )
        self._draining, self._settled, self._drained_ns = set(), False, None

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
            now = self._statement(close, close.shown.seq, close.shown.target)
            if now.digest != statement:
                raise CountsDiffer("the counts have changed since they were shown", "Look at them again, then sign")
            return self._closed(self._seal(close))
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
        self._reader.close()

    def take_finished(self) -> Message | None:
        """The answer to a close that is finished now, once."""
        finished, self._finished = self._finished, None
        return finished

    # Inside

    def _resume(self) -> Shift:
        position = self._writer.position
        if position.opened is None:
            return Shift(position.shift)
        fields = position.opened.fields
        self._opener = self._reader.staff_id(str(fields["opened_by"])) or ""
        cameras = fields["cameras"]
        self._other_rules = any(fields[name] != value for name, value in self._rules.record_fields().items())
        if isinstance(cameras, list):
            self._opened_with = {str(camera["name"]): camera for camera in cameras}
        counts = position.counts
        verdicts, outcomes = counts["verdicts"], counts["outcomes"]
        if isinstance(verdicts, dict) and isinstance(outcomes, dict):
            self.statistics.restore(verdicts, outcomes)
        return Shift(position.shift, ShiftState.OPEN, str(fields["lot"]), position.opened.t_us)

    def _count(self, removed_by_hand: int) -> CountStatement:
        return self.counts.statement(
            recorded_since_seal(self._writer.position, self._reader),
            removed_by_hand,
            plant_heard=self._ready.plc_count() is not None,
            cameras_heard=frozenset(link.settings.name for link in self._cameras.values() if link.ready),
        )

    def _record_rules(self) -> None:
        """What a shift that goes on after a restart has to say of its settings."""
        self.stops.record_rules()
        self._record_tracking()
        self._record_clock()

    def _record_tracking(self) -> None:
        """Who follows the parts, if it is not the plant's controller."""
        config = self._child.config
        texts = list(TRACKING_TEXTS.get(config.line.tracking, ()))
        if config.line.backend == "remote-io":
            texts += config.remote_io.warnings()
        if texts:
            self._recorder.state(TRACKING, texts)

    def _record_clock(self) -> None:
        """A shift whose times may be off says so."""
        if texts := self._ready.time.texts():
            self._recorder.state(CLOCK, texts)

    def _look_at_the_clock(self) -> None:
        """A shift also says when that changes; without one the next shift says it."""
        change = self._ready.time.look()
        if change and self.shift.state is not ShiftState.NONE:
            self._recorder.state(CLOCK, [change])

    def _keep_documents(self) -> None:
        """Keep what the record will name by its hash: model card, recipe, camera settings."""
        self._documents.put(self._rules.package.manifest.document())
        self._documents.put(self._rules.recipe.data)
        for link in self._cameras.values():
            if link.identity is not None:
                self._documents.put(link.identity.settings_text.encode())

    def _ledger_checkpoint(self) -> dict[str, object] | None:
        """The newest checkpoint: the shift cannot have been made up before it existed."""
        settings = self._child.config.ledger
        if settings.kind == "none":
            return None
        checkpoint = read_checkpoint_file(self._child.station / settings.path / "checkpoint")
        if checkpoint is None:
            return None
        return {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}

    def _drained(self, now_ns: int) -> bool:
        """Whether the shift can be sealed.

        Records and images are waited for without limit: they always come, if only as ERROR or as lost. Outcomes
        are given up after a time, because the plant may be gone; one that comes later belongs to the next seal.
        """
        close = self.shift.close
        if close is None or self._ready.store_failure:
            return False
        if not self._settled:
            # Once more after the time is over: parts were judged until then, also since the last look.
            self._draining |= self._parts.parts.keys()
            self._settled = now_ns >= close.settle_ns
            return False
        pending = [self._parts.parts[key] for key in self._draining & self._parts.parts.keys()]
        if any(not part.record or part.images for part in pending):
            return False
        return not pending or now_ns > close.give_up_ns

    def _go_on_closing(self, now_ns: int) -> None:
        close = self.shift.close
        if close is None:
            return
        if close.shown is None:
            if self._drained(now_ns):
                self._finish_close(close, now_ns)
        elif now_ns >= close.sign_by_ns:
            log.warning("nobody has signed for the end of the shift in time: it goes on")
            self._reopen()

    def _reopen(self) -> None:
        self.shift.state, self.shift.close = ShiftState.OPEN, None

    def _finish_close(self, close: CloseRequest, now_ns: int) -> None:
        if self._drained_ns is None or (self._parts.parts and now_ns < close.give_up_ns):
            self._drained_ns = now_ns  # what is on the belt has not reached the lanes
        try:
            fresh = now_ns >= self._drained_ns + COUNTS_WITHIN_MS * 1_000_000
            if not fresh and self._count(close.removed_by_hand).differences:
                return
            result = self._closed(self._seal(close)) if close.person.role is None else self._show(close, now_ns)
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

    def _closed(self, sealed: SealedShift) -> dict[str, object]:
        counts = self._writer_counts
        words = "sealed" if sealed.signature is not None else "not sealed yet: the signing key is locked"
        self.shift = Shift(self._writer.position.shift)
        self.counts.sealed()
        self._opened_with = {}
        return {
            "shift": sealed.shift,
            "parts": counts["parts"],
            "counts": counts,
            "seal": sealed.digest,
            "sealed": words,
            "reconciliation": self._last_reconciliation,
        }

    def _show(self, close: CloseRequest, now_ns: int) -> dict[str, object]:
        """What has happened in the shift, for the person to sign."""
        position = self._writer.position
        statement = self._statement(close, position.seq, position.head)
        self._documents.put(statement.data)
        close.shown = statement
        close.sign_by_ns = now_ns + self._child.config.access.sign_within_min * 60_000_000_000
        return statement.document()

    def _statement(self, close: CloseRequest, seq: int, head: str) -> Statement:
        counted = self._explained(close)
        return close_statement(
            self._child.config.station.name,
            self.shift.number,
            self.shift.lot,
            seq=seq,
            head=head,
            meaning=EXPLAINING if counted.differences else MEANING,
            counts=self._writer.position.counts,
            differences=counted.differences,
            removed_by_hand=close.removed_by_hand,
            note=close.note,
        )

    def _explained(self, close: CloseRequest) -> CountStatement:
        """The counts; if they differ, somebody who may has to explain it."""
        counted = self._count(close.removed_by_hand)
        if not counted.differences:
            return counted
        if not close.note:
            advice = "Find out why, then close again with a note that explains it"
            raise CountsDiffer(f"the counts differ: {'; '.join(counted.differences)}", advice)
        person = close.person
        if person.role is not None and (person.role not in MAY_EXPLAIN or person.user == self._opener):
            advice = "Let a team lead or QA close the shift who has not opened it"
            raise RoleRefused(f"the counts differ: {'; '.join(counted.differences)}", advice)
        return counted

    def _seal(self, close: CloseRequest) -> SealedShift:
        person, shown = close.person, close.shown
        # What was queued before is committed now.
        commitment = self._writer.commit_operator(person.user.strip()).result()
        counted = self._explained(close)
        fields: dict[str, object] = {
            "signer": commitment,
            "meaning": EXPLAINING if counted.differences else MEANING,
            "method": person.method or SIGNATURE_METHOD,
            "target": self._writer.position.head if shown is None else shown.target,
        }
        if shown is not None and person.role is not None:
            fields |= {"role": person.role.value, "statement": shown.digest}
        self._writer.append("signature", fields).result()
        self._writer_counts = dict(self._writer.position.counts)
        told = reconciliation(counted.infeed, counted.recorded, close.note)
        self._last_reconciliation = {**told, "independent": counted.fields}
        return self._writer.seal_shift(commitment, self._last_reconciliation).result()

    def _sign_head_if_due(self) -> None:
        if self._head is not None:
            if not self._head.done():
                return
            error = self._head.exception()
            self._head = None
            if error is not None and not isinstance(error, KeyLocked):
                log.error("no head was signed: %s", error)
                self._ready.store_failure = str(error)  # a new start reads the records back and says which is damaged
        if self.shift.state is not ShiftState.OPEN or self._ready.records_age.reasons():
            return
        records = self._child.config.records
        parts = sum(self.statistics.verdicts.values())
        if parts - self._head_parts >= records.head_every_parts or self._clock.monotonic_ns() >= self._next_head_ns:
            self._head_parts = parts
            self._next_head_ns = self._head_due_ns()
            self._head = self._writer.sign_head()

    def _head_due_ns(self) -> int:
        return self._clock.monotonic_ns() + self._child.config.records.head_every_s * 1_000_000_000

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
