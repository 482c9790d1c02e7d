# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carries out challenges: recognises registered parts, keeps the gate, records results, lists what passed meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

from inspector.access import Role
from inspector.child import Child
from inspector.errors import InspectorError, RoleRefused, ShiftError
from inspector.evidence.record import clean_text
from inspector.part import Confirmed, Purpose, Trigger, Verdict
from inspector.recipe import failing_classes
from inspector.recipe.challenge_set import RECOGNISED_BY, ChallengeSet
from inspector.station.challenge import ChallengeGate, ChallengeRun, Conclusion, GateState, part_row
from inspector.station.judge import Hold, PartResult
from inspector.station.model import InForce
from inspector.station.people import Person
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.station.shift import Shift, ShiftState
from inspector.store.challenges import PassedList, export_passed, standing
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import Appended, RecordWriter

log = logging.getLogger(__name__)

MAY_RELEASE = frozenset({Role.TEAM_LEAD, Role.QA})
"""Who may start a challenge after a failed one; never the person who started that one."""
BROKEN_OFF = "the station restarted during the challenge"
_CLOSED = {
    GateState.REQUIRED: ("CHALLENGE_DUE", "no challenge was passed in this shift"),
    GateState.OVERDUE: ("CHALLENGE_DUE", "the challenge is overdue"),
}


class ChallengeKeeper:
    """The challenges of a station. Without a registered set it does nothing.

    While the gate is closed no part passes, whatever is judged. A challenge that runs makes the station Ready all the
    same, because the parts come over the belt.

    Args:
        child: Station directory and settings.
        writer: The record writer.
        recorder: The station's pen.
        rules: What judges now, and the file of its challenge parts.
        record: Takes each judged part.

    Raises:
        RecipeError: The set is broken or does not fit the recipe.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        rules: InForce,
        record: Callable[[Trigger, PartResult], None],
    ) -> None:
        settings = child.config.challenge
        self._settings = settings
        self._station = child.station
        self._writer = writer
        self._recorder = recorder
        self._rules = rules
        self._record_part = record
        self._clock = child.clock
        self._lock = threading.Lock()
        self._begin(rules.rules.challenge_set(child.station))

    def _begin(self, registered: ChallengeSet | None) -> None:
        """Take up the challenge parts of what judges now."""
        settings, minute_ns = self._settings, 60_000_000_000
        self.set = registered
        self._serials = registered.by_serial if registered else {}
        self._gate = ChallengeGate(settings.required, settings.interval_min * minute_ns, settings.grace_min * minute_ns)
        self._state = GateState.OFF
        self._closed = settings.required and registered is not None
        self._run: ChallengeRun | None = None
        self._newest: ChallengeRun | None = None
        self._start = ""
        self._starter = ""
        self._ending: Conclusion | None = None
        self._thread: threading.Thread | None = None
        self._list: PassedList | None = None
        self._list_error = ""
        self._last: dict[str, object] | None = None
        if registered is not None:
            self._resume()

    def exchange(self, registered: ChallengeSet | None) -> None:
        """Other rules are in force, and these are their challenge parts; none runs.

        Raises:
            StoreError: The records cannot be read.
        """
        with self._lock:
            self._begin(registered)

    @property
    def serials(self) -> frozenset[str]:
        """Serials of the registered challenge parts."""
        return frozenset(self._serials)

    @property
    def closed(self) -> bool:
        """Whether nothing passes now."""
        return self._closed

    # Parts

    def judged(self, trigger: Trigger, result: PartResult) -> None:
        """Record a judged part as what it is: product, or challenge part. From any thread.

        The lock makes the moment definite at which nothing passes any more: every PASS from before is recorded
        before the state record that says so.
        """
        with self._lock:
            self._record_part(trigger, self._marked(trigger, result))

    def _marked(self, trigger: Trigger, result: PartResult) -> PartResult:
        serial, run = result.serial, self._run
        if serial is not None and serial.source in RECOGNISED_BY and serial.text in self._serials:
            outside = run is None or self._ending is not None or trigger.t_edge_ns < run.started_ns
            note = "challenge part outside a challenge: " if outside else "challenge: "
            return replace(result, purpose=Purpose.CHALLENGE, reason=clean_text(note + result.reason))
        if self._closed and result.hold is Hold.NONE:
            result = replace(result, hold=Hold.CHALLENGE)
        if self._closed and result.verdict is Verdict.PASS:
            return replace(result, verdict=Verdict.NO_DECISION, reason="nothing passes until a challenge is passed")
        return result

    def part(self, record: str, trigger: Trigger, result: PartResult) -> None:
        """A challenge part's record is committed."""
        run, serial = self._run, result.serial
        if run is None or serial is None or trigger.t_edge_ns < run.started_ns or self._ending is not None:
            return
        classes = {
            name
            for view in result.views
            if view.judgement is not None
            for name in failing_classes(view.judgement.detections, self._rules.recipe.for_camera(view.camera))
        }
        defect = self._serials[serial.text]
        expected = Verdict.PASS if defect is None else Verdict.FAIL
        found = result.verdict is expected and (defect is None or defect in classes)
        run.part(record, serial.text, found=found)
        self._close_if_failing(run)

    def outcome(self, record: str, confirmed: Confirmed) -> None:
        """Where a challenge part went is recorded."""
        if self._run is not None and self._ending is None:
            self._run.outcome(record, rejected=confirmed is Confirmed.REJECT_LANE)
            self._close_if_failing(self._run)

    def _close_if_failing(self, run: ChallengeRun) -> None:
        if run.failing and not self._gate.failure:
            self._fail_gate(run.failing)

    def _fail_gate(self, reason: str) -> None:
        with self._lock:
            self._gate.failure, self._closed = reason, True

    # Commands and time

    def start(self, person: Person, shift: Shift) -> dict[str, object]:
        """Begin a challenge.

        Raises:
            ShiftError: No set, no shift, one that runs, a part that has expired, or nobody named.
            RoleRefused: The last one has failed, and this person may not let the line go on after it.
        """
        if self.set is None:
            raise ShiftError("no challenge parts are registered", "Name their file in [challenge] of station.toml")
        shift.require(ShiftState.OPEN)
        self.require_idle()
        if not person.user.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")
        self._check_release(person)
        if expired := self.set.expired(datetime.fromtimestamp(self._clock.utc_us() / 1e6, UTC).date()):
            raise ShiftError(
                f"challenge parts are past their date: {', '.join(expired)}", "Have them checked, and renew the set"
            )
        DocumentStore(self._station).put(self.set.data)
        fields = {
            "started_by": self._writer.commit_operator(person.user.strip()).result(),
            "set": self.set.digest,
            "parts": len(self.set.parts),
            "presentations": self.set.presentations,
        }
        self._start = self._writer.append("challenge-start", fields).result().hash
        self._starter = person.user.strip()
        run = ChallengeRun(
            self._serials,
            self.set.presentations,
            self._clock.monotonic_ns(),
            self._settings.time_limit_s * 1_000_000_000,
        )
        self._run = self._newest = run
        return {"parts": len(self.set.parts), "presentations": self.set.presentations, "message": run.words()}

    def _check_release(self, person: Person) -> None:
        """After a failed challenge the next one opens the gate: four eyes decide that the line may go on."""
        if not self._gate.failure or person.role is None:
            return
        if person.role not in MAY_RELEASE or person.user == self._starter:
            advice = "Let a team lead or QA start it who has not started the failed one"
            raise RoleRefused(f"the last challenge has failed: {self._gate.failure}", advice)

    def require_idle(self) -> None:
        """Refuse what must not happen during a challenge.

        Raises:
            ShiftError: One runs.
        """
        if self._run is not None or self._ending is not None:
            raise ShiftError("a challenge is running", "Show the test parts that are missing, or wait until it ends")

    def started(self) -> None:
        """Finish a challenge that the last run of the station left unfinished."""
        if self._ending is not None:
            self._begin_list()

    def tick(self, shift: Shift) -> list[Reason]:
        """Once per heartbeat: end a run that is finished; the answer is why the station is not Ready."""
        if self.set is None:
            return []
        now_ns = self._clock.monotonic_ns()
        if self._run is not None and self._ending is None and (conclusion := self._run.conclusion(now_ns)) is not None:
            self._end(conclusion, shift, now_ns)
        self._finish_failed(wait=False)
        opened_ns = now_ns - max(0, self._clock.utc_us() - shift.opened_us) * 1000
        with self._lock:
            self._state = self._gate.state(now_ns, shift.number, opened_ns)
            self._closed = self._state.closed
        if shift.state is not ShiftState.OPEN or not self._state.closed:
            return []
        if self._run is not None and self._ending is None and not self._run.failing:
            return []  # nothing passes, but the parts have to come over the belt
        return [self._reason()]

    def _reason(self) -> Reason:
        if self._state is GateState.FAILED:
            return Reason(
                "CHALLENGE_FAILED", f"the challenge failed: {self._gate.failure}", self._settings.reaction_plan
            )
        code, message = _CLOSED[self._state]
        return Reason(code, message, f"start a challenge and show the {len(self._serials)} test parts")

    def _end(self, conclusion: Conclusion, shift: Shift, now_ns: int) -> None:
        if conclusion.passed:
            self._record(conclusion, None)
            with self._lock:
                self._gate.passed(shift.number, now_ns)
            self._run = None
            return
        self._fail_gate(conclusion.reason)
        self._ending = conclusion
        self._begin_list()

    # The list of what passed since the last challenge that was passed

    def _begin_list(self) -> None:
        """The state record comes behind every PASS that was judged before the gate closed; the list ends there."""
        reasons = [clean_text(self._gate.failure), clean_text(self._settings.reaction_plan)]
        future = self._writer.append("state", {"state": "challenge-failed", "reasons": reasons})
        self._thread = threading.Thread(target=self._write_list, args=(future,), name="challenge-list")
        self._thread.start()

    def _write_list(self, future: Future[Appended]) -> None:
        """In a thread of its own, so that a long shift does not hold up the heartbeats."""
        try:
            self._list, self._list_error = export_passed(self._station, future.result().seq), ""
        except InspectorError as failure:
            log.error("the list of passed parts was not written: %s", failure)
            self._list, self._list_error = None, str(failure)

    def _finish_failed(self, *, wait: bool) -> None:
        """Once the list is written, or cannot be, the failed challenge is recorded."""
        conclusion, thread = self._ending, self._thread
        if conclusion is None or thread is None or (thread.is_alive() and not wait):
            return
        thread.join()
        if self._list_error:
            reason = f"{conclusion.reason}; the list of passed parts was not written: {self._list_error}"
            conclusion = replace(conclusion, reason=reason)
        self._record(conclusion, self._list)
        self._run, self._ending, self._thread = None, None, None

    def _record(self, conclusion: Conclusion, found: PassedList | None) -> None:
        rejected = sum(1 for one in conclusion.shown if one.rejected)
        passed_since = None
        if found is not None:
            passed_since = {"file": found.file, "sha256": found.sha256, "parts": found.parts}
        result = "passed" if conclusion.passed else "failed"
        self._recorder.challenge(
            {
                "start": self._start,
                "result": result,
                "reason": clean_text(conclusion.reason),
                "parts_in": len(conclusion.shown),
                "parts_out": rejected,
                "results": [
                    {
                        "part": one.part,
                        "serial": one.serial,
                        "class": one.defect,
                        "found": one.found,
                        "rejected": bool(one.rejected),
                    }
                    for one in conclusion.shown
                ],
                "missing": list(conclusion.missing),
                "passed_since": passed_since,
            }
        )
        log.warning("challenge %s: %s", result, conclusion.reason)
        self._last = {
            "result": result,
            "reason": clean_text(conclusion.reason),
            "t_us": self._clock.utc_us(),
            "passed_since": None if found is None else f"challenge/{found.file}",
        }

    # Beginning and end

    def _resume(self) -> None:
        """Take up what the records say. The product's own last challenge counts, and the last one of all."""
        set_digest = self.set.digest if self.set is not None else ""
        with RecordReader(self._station) as reader:
            passed, failed = standing(reader, set_digest)
            if failed is not None:
                self._starter = reader.staff_id(str(failed.start.fields["started_by"])) or ""
        if passed is not None and passed.result is not None:
            age_us = max(0, self._clock.utc_us() - int(str(passed.result.fields["t_us"])))
            self._gate.passed(passed.result.shift, self._clock.monotonic_ns() - age_us * 1000)
        if failed is None:
            return
        self._start = failed.start.hash
        reason = BROKEN_OFF if failed.result is None else str(failed.result.fields["reason"])
        self._gate.failure, self._closed = reason, True
        if failed.result is None:
            self._ending = Conclusion(False, reason, (), tuple(self._serials))

    def close(self) -> None:
        """Record a failed challenge whose list is being written."""
        self._finish_failed(wait=True)

    def _words(self) -> str:
        """What to do next, empty when there is nothing."""
        if self._ending is not None:
            return "The challenge has failed: the list of what passed is being written"
        if self._run is not None:
            return self._run.words()
        if self._state is GateState.DUE:
            return f"A challenge is due: start it and show the {len(self._serials)} test parts"
        return ""

    @property
    def due(self) -> bool:
        """Whether the test parts have to be shown."""
        return self.set is not None and self._state not in (GateState.OFF, GateState.PASSED)

    def document(self) -> dict[str, object] | None:
        """Challenges in the status document; None without a registered set."""
        if self.set is None:
            return None
        return {
            "state": self._state.value,
            "running": self._run is not None,
            "message": self._words(),
            "parts": len(self._serials),
            "set": self.set.digest,
            "last": self._last,
            "passed_us": self._utc_us(self._gate.passed_ns),
            "next_us": self._utc_us(self._gate.due_ns),
            "each_shift": self._gate.required,
            "step": 0 if self._run is None else self._run.steps[0],
            "steps": 0 if self._run is None else self._run.steps[1],
            "test_parts": self._table(self.set),
        }

    def _table(self, registered: ChallengeSet) -> list[dict[str, object]]:
        """Of the challenge that runs or ran last in this run of the station."""
        if self._newest is not None:
            return self._newest.table()
        return [part_row(serial, defect, registered.presentations) for serial, defect in self._serials.items()]

    def _utc_us(self, at_ns: int | None) -> int | None:
        return None if at_ns is None else self._clock.utc_us() + (at_ns - self._clock.monotonic_ns()) // 1000
