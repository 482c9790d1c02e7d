# SPDX-License-Identifier: AGPL-3.0-or-later
"""The status document (docs/architecture.md): one picture of the station for screens and scripts."""

from __future__ import annotations

from inspector.child import Child
from inspector.ipc import Connections, Message
from inspector.station.alarm_desk import AlarmDesk
from inspector.station.alarms import AlarmBoard
from inspector.station.bypass import BypassKeeper
from inspector.station.cameras import CameraLink
from inspector.station.challenges import ChallengeKeeper
from inspector.station.equipment import equipment_document
from inspector.station.keyring import Keyring
from inspector.station.ledger_watch import LedgerWatch
from inspector.station.manual import ManualKeeper
from inspector.station.model import InForce
from inspector.station.people import PeopleKeeper
from inspector.station.readiness import Reason
from inspector.station.ready import ReadyKeeper
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

FAULTS = {"STORE_FAILED", "JUDGE_STUCK"}


class StatusMaker:
    """Puts the status together, on the main thread of the station."""

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        hub: Connections,
        shifts: ShiftKeeper,
        ready: ReadyKeeper,
        cameras: dict[str, CameraLink],
        rules: InForce,
        challenge: ChallengeKeeper,
        bypass: BypassKeeper,
        keyring: Keyring,
        people: PeopleKeeper,
        alarms: AlarmBoard,
        alarm_desk: AlarmDesk,
        manual: ManualKeeper,
    ) -> None:
        self._keyring = keyring
        self._child = child
        self._writer = writer
        self._hub = hub
        self._shifts = shifts
        self._ready = ready
        self._cameras = cameras
        self._rules = rules
        self._challenge = challenge
        self._bypass = bypass
        self._people = people
        self._alarms = alarms
        self._alarm_desk = alarm_desk
        self._manual = manual
        self._reader = RecordReader(child.station)
        self.ledgers = LedgerWatch(child, self._reader, lambda: "anchor" in hub.peers(), lambda: writer.unlocked)

    def close(self) -> None:
        """Let go of the store."""
        self._reader.close()

    def shift(self) -> dict[str, object]:
        """The open shift, as `shift` events carry it."""
        return {"shift": self._shift()}

    def warnings(self) -> list[Reason]:
        """What somebody should look at while the line goes on: the same for screens, plant systems and lamps."""
        shifts = self._shifts
        return [
            *self._alarms.warnings(),
            *shifts.stops.warnings(),
            *shifts.triggers.warnings(),
            *shifts.lifted,
            *self._ready.disk.warnings(),
            *self._ready.time.warnings(),
            *self._keyring.warnings(),
            *self.ledgers.warnings(),
        ]

    def equipment(self) -> dict[str, object]:
        """Devices and plant, for maintenance."""
        return equipment_document(self._cameras.values(), self._rules.recipe, self._shifts.line, self._ready.line_state)

    def facts(self) -> Message:
        """What a plant's controller may show or check."""
        return {
            "recipe_number": self._rules.recipe.number,
            "challenge_due": self._challenge.due,
            "bypass_active": self._bypass.active,
            "warning": bool(self.warnings()),
        }

    def document(self) -> dict[str, object]:
        """The whole status document."""
        shifts = self._shifts
        return {
            "station": self._child.config.station.name,
            "state": self._state(),
            "ready": not shifts.reasons,
            "reasons": [reason.document() for reason in shifts.reasons],
            "stopped": bool(shifts.stops.reasons()),
            "warnings": [warning.document() for warning in self.warnings()],
            "alarms": self._alarm_desk.document(),
            "simulated": any(link.simulated for link in self._cameras.values()) or bool(shifts.line.get("simulated")),
            "shift": self._shift(),
            "counts": shifts.statistics.verdict_document(),
            "outcomes": shifts.statistics.outcome_document(),
            "production": shifts.production.document(shifts.shift, shifts.statistics.verdicts),
            "rejects_in_row": shifts.stops.rejects_in_row(),
            "latency_us": {**shifts.statistics.latency_document(), "worst": shifts.production.worst_us},
            "deadline_us": self._child.config.line.decide_by_ms * 1000,
            "cameras": [link.document() for link in self._cameras.values()],
            "line": {
                "connected": "line" in self._hub.peers(),
                "ready": bool(self._ready.line_state.get("ready")),
                "plc_count": self._ready.plc_count() or 0,
            },
            "key": "unlocked" if self._writer.unlocked else "locked",
            "ledger": self.ledgers.document(),
            "challenge": self._challenge.document(),
            "bypass": self._bypass.document(),
            "manual": self._manual.document(),
            "access": self._people.document(),
            "disk": {"free_mb": self._ready.disk.free_mb()},
            "model": {
                "name": self._rules.package.name,
                "version": self._rules.package.version,
                "digest": self._rules.package.digest,
            },
            "recipe": {
                "name": self._rules.recipe.name,
                "version": self._rules.recipe.version,
                "digest": self._rules.recipe.digest,
            },
        }

    def _shift(self) -> dict[str, object] | None:
        return self._shifts.shift.document(sum(self._shifts.statistics.verdicts.values()))

    def _state(self) -> str:
        codes = {reason.code for reason in self._shifts.reasons}
        if codes & FAULTS:
            return "FAULT"
        if codes & {"WARMING", "CHANGEOVER"}:
            return "STARTING"
        names = {ShiftState.NONE: "IDLE", ShiftState.OPEN: "RUNNING", ShiftState.CLOSING: "CLOSING"}
        return names[self._shifts.shift.state]
