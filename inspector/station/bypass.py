# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bypass: for a limited time parts pass without a PASS, because quality has signed for it; everybody sees it."""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from inspector.child import Child
from inspector.errors import BypassRefused, ConfigError, EvidenceError
from inspector.evidence.keys import read_public_key
from inspector.evidence.permit import Permit, Scope, open_permit
from inspector.part import Purpose, Trigger, Verdict
from inspector.station.judge import Hold, PartResult
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.station.shift import Shift, ShiftState
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

LIFTED = frozenset({"WARMING", "JUDGE_STUCK", "CAMERA_AWAY", "CAMERA_EXCHANGED", "RESYNC"})
"""Camera and model need not be ready while a bypass runs; that is what it is for."""
LIFTED_FOR_ALL = LIFTED | {"CHALLENGE_DUE", "CHALLENGE_FAILED"}
CAMERA_OR_MODEL = frozenset({"WARMING", "CAMERA_EXCHANGED"})
"""Reasons why a part is not judged that say nothing against letting it through under a bypass."""
UNDECIDED_MS = 100
"""A part that nobody has judged so long before its deadline has no verdict; a record needs some of that time."""
TIME_OVER, STOPPED, USED_UP, SHIFT_CLOSED, RESTART = "time-over", "stopped", "parts-used-up", "shift-closed", "restart"


@dataclass(slots=True)
class _Running:
    permit: Permit
    record: str
    started_us: int
    ends_ns: int
    ends_us: int
    let_through: int = 0


class BypassKeeper:
    """The bypass that runs, if any.

    It stands between the judge and the pen: `part` may be called from any thread. The lock makes the order of the chain
    definite: every BYPASSED part record is between the records of start and end.

    Args:
        child: Station directory, settings, time.
        writer: The record writer.
        recorder: The station's pen.

    Raises:
        ConfigError: A key in `bypass.authority` cannot be read.
    """

    def __init__(self, child: Child, writer: RecordWriter, recorder: Recorder) -> None:
        self._settings = child.config.bypass
        self._name = child.config.station.name
        self._station = child.station
        self._clock = child.clock
        self._writer = writer
        self._recorder = recorder
        self._keys = [_authority(child.station / file) for file in self._settings.authority]
        self._lock = threading.Lock()
        self._running: _Running | None = None

    @property
    def active(self) -> bool:
        """Whether parts pass under it now."""
        running = self._running
        return running is not None and self._clock.monotonic_ns() < running.ends_ns

    # Parts

    def part(self, trigger: Trigger, result: PartResult) -> None:
        """Record a part, as BYPASSED if the permit covers it. From any thread."""
        with self._lock:
            self._recorder.part(trigger, self._marked(trigger, result))

    def _marked(self, trigger: Trigger, result: PartResult) -> PartResult:
        running = self._running
        too_late = self._clock.monotonic_ns() >= trigger.decide_by_ns
        if running is None or not self.active or too_late or not trigger.live:
            return result
        if not _covered(running.permit.scope, result):
            return result
        running.let_through += 1
        if running.let_through == running.permit.parts:
            log.warning("the bypass ends with this part: its number of parts is used up")
        elif running.let_through > running.permit.parts:
            return result
        reason = f"bypass ({result.verdict.value}: {result.reason})"
        return replace(result, verdict=Verdict.BYPASSED, reason=reason, until_ns=running.ends_ns)

    # Ready

    def lift(self, reasons: list[Reason]) -> list[Reason]:
        """What still keeps the station from being Ready."""
        running = self._running
        if running is None or not self.active:
            return reasons
        lifted = LIFTED_FOR_ALL if running.permit.scope is Scope.ALL else LIFTED
        return [reason for reason in reasons if reason.code not in lifted]

    # Beginning and end

    def start(self, document: str, operator: str, shift: Shift) -> dict[str, object]:
        """Begin a bypass.

        Args:
            document: The permit, a signed note.
            operator: Staff id of who begins it.
            shift: The present shift.

        Raises:
            BypassRefused: The permit is not one that this station takes now; the message says why.
            ShiftError: No shift is open.
            StoreError: It cannot be recorded.
        """
        shift.require(ShiftState.OPEN)
        if not operator.strip():
            raise BypassRefused("the operator must be given", "Type or scan the staff id")
        self.require_idle()
        data = document.encode("utf-8", "replace")
        permit, key = self._checked(data)
        now_us, now_ns = self._clock.utc_us(), self._clock.monotonic_ns()
        self._check_time(permit, now_us)
        self._check_nonce(permit.nonce)
        ends_us = min(permit.not_after_us, now_us + self._settings.max_minutes * 60_000_000)
        ends_ns = now_ns + (ends_us - now_us) * 1000
        DocumentStore(self._station).put(data)
        fields = {
            "started_by": self._writer.commit_operator(operator.strip()).result(),
            "permit": hashlib.sha256(data).hexdigest(),
            "authority": key.hex(),
            "nonce": permit.nonce,
            "scope": permit.scope.value,
            "parts": permit.parts,
            "ends_us": ends_us,
            "ends_mono_us": ends_ns // 1000,
        }
        appended = self._writer.append("bypass-start", fields).result()
        with self._lock:
            self._running = _Running(permit, appended.hash, now_us, ends_ns, ends_us)
        log.warning("BYPASS: %s parts may pass (%s): %s", permit.parts, permit.scope.value, permit.reason)
        return {"seq": appended.seq, "ends_us": ends_us, "parts": permit.parts, "scope": permit.scope.value}

    def require_idle(self) -> None:
        """Refuse what must not happen under a bypass: a test part of which no picture comes would pass.

        Raises:
            BypassRefused: One runs.
        """
        if self._running is not None:
            raise BypassRefused("a bypass is running", "Stop it first")

    def stop(self, operator: str) -> dict[str, object]:
        """End it before its time.

        Raises:
            BypassRefused: None runs, or nobody is named.
        """
        if not operator.strip():
            raise BypassRefused("the operator must be given", "Type or scan the staff id")
        running = self._running
        if running is None:
            raise BypassRefused("no bypass is running", "See the status")
        self._end(STOPPED, self._writer.commit_operator(operator.strip()).result())
        return {"parts": min(running.let_through, running.permit.parts)}

    def started(self) -> None:
        """A bypass does not outlive the process that began it: say so in the records."""
        with RecordReader(self._station) as reader:
            newest = reader.bypass_records(1)
        if newest and newest[0].kind == "bypass-start":
            self._writer.append("bypass-end", {"start": newest[0].hash, "why": RESTART, "ended_by": None}).result()

    def tick(self) -> None:
        """Once per heartbeat: end what is over."""
        running = self._running
        if running is None:
            return
        if not self.active or self._clock.utc_us() >= running.permit.not_after_us:
            self._end(TIME_OVER)
        elif running.let_through >= running.permit.parts:
            self._end(USED_UP)

    def shift_closes(self) -> None:
        """A bypass does not outlive its shift."""
        if self._running is not None:
            self._end(SHIFT_CLOSED)

    def _end(self, why: str, ended_by: str | None = None) -> None:
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                self._recorder.bypass_end({"start": running.record, "why": why, "ended_by": ended_by})
        log.warning("the bypass is over: %s", why)

    def document(self) -> dict[str, object] | None:
        """The bypass in the status document; None while there is none."""
        running = self._running
        if running is None:
            return None
        left_ns = max(0, running.ends_ns - self._clock.monotonic_ns())
        let_through = min(running.let_through, running.permit.parts)
        return {
            "scope": running.permit.scope.value,
            "reason": running.permit.reason,
            "by": running.permit.by,
            "started_us": running.started_us,
            "ends_us": running.ends_us,
            "remaining_s": -(-left_ns // 1_000_000_000),
            "let_through": let_through,
            "parts_left": running.permit.parts - let_through,
        }

    def _checked(self, data: bytes) -> tuple[Permit, bytes]:
        if not self._keys:
            raise BypassRefused(
                "nobody may authorise a bypass on this station", "Name the public keys in bypass.authority"
            )
        try:
            permit, key = open_permit(data, self._keys)
        except EvidenceError as error:
            raise BypassRefused(error.message, error.advice or "Ask quality for a permit") from error
        if permit.station != self._name:
            raise BypassRefused(f"the permit is for station {permit.station}", "Ask quality for one for this station")
        return permit, key

    def _check_time(self, permit: Permit, now_us: int) -> None:
        if not permit.not_before_us <= now_us < permit.not_after_us:
            raise BypassRefused("the permit does not hold now", "Look at its times, and at the station's clock")

    def _check_nonce(self, nonce: str) -> None:
        with RecordReader(self._station) as reader:
            used = any(record.fields.get("nonce") == nonce for record in reader.bypass_records())
        if used:
            raise BypassRefused("the permit was used before", "Ask quality for a new one")


def _authority(path: Path) -> bytes:
    try:
        return read_public_key(path)
    except EvidenceError as error:
        advice = "Put the public key of who authorises there, or take it out of bypass.authority"
        raise ConfigError(error.message, advice) from error


def _covered(scope: Scope, result: PartResult) -> bool:
    """Whether a part passes under this scope: never a challenge part, nor one that came when the line was stopped."""
    if result.purpose is Purpose.CHALLENGE or result.hold is Hold.ALWAYS:
        return False
    if scope is Scope.ALL:
        return True
    if result.hold is not Hold.NONE or result.verdict is Verdict.PASS:
        return False
    judged = [view for view in result.views if view.judgement is not None]
    return all(view.verdict is Verdict.PASS for view in judged) and (not judged or len(judged) < len(result.views))
