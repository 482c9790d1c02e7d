# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Ready depends on, asked again at every heartbeat."""

from __future__ import annotations

from collections.abc import Callable

from inspector.child import Child
from inspector.ipc import Connections, Message
from inspector.station.cameras import CameraLink
from inspector.station.disk import DiskWatch
from inspector.station.line_reasons import LineReasons
from inspector.station.readiness import (
    CLOSING,
    IMAGES_BEHIND,
    JUDGE_STUCK,
    LINE_AWAY,
    NO_SHIFT,
    WARMING,
    Reason,
    camera_away,
    camera_exchanged,
    changing_over,
    plant_away,
    resync,
    scanner_away,
    store_failed,
)
from inspector.station.records_age import RecordsAge
from inspector.station.shift import Shift, ShiftState
from inspector.station.time_watch import TimeWatch
from inspector.station.worker import JudgeWorker


class ReadyKeeper:
    """Collects the reasons why the station is not Ready.

    Args:
        child: Settings, time, and the disk of the station directory.
        hub: Connections.
        cameras: Cameras by peer name.
        worker: The judge's thread.
    """

    def __init__(self, child: Child, hub: Connections, cameras: dict[str, CameraLink], worker: JudgeWorker) -> None:
        self.disk = DiskWatch(child)
        self.time = TimeWatch(child)
        self._backend = child.config.line.backend
        self._stuck_ms = child.config.detector.stuck_ms
        self._hub = hub
        self._cameras = cameras
        self._worker = worker
        self.line_state: Message = {}
        self.line_reasons = LineReasons()
        self.changing_to = ""
        self.images_full = False
        self.resynchronising: list[str] = []
        self.store_failure = ""
        self.scanner_away = ""
        self.challenge_reasons: list[Reason] = []
        self.unapproved: Callable[[], list[Reason]] = list
        self.settings_wait: Callable[[], list[Reason]] = list
        self.manual: Callable[[], list[Reason]] = list
        self.records_age = RecordsAge(child)

    def line_says(self, state: Message) -> None:
        """Take up a `line-state`; an empty one says that the line process is away."""
        self.line_state = state
        self.line_reasons.heard(state)

    def plc_count(self) -> int | None:
        """The plant's own count of parts, as the line last told; None when it is not known."""
        if not self.line_state.get("plant_connected"):
            return None
        count = self.line_state.get("plc_count")
        return count if isinstance(count, int) else None

    def device_reasons(self) -> list[Reason]:
        """Everything but the shift itself: what has to be right before one can be opened."""
        reasons = [*self.manual(), *self.records_age.reasons()]
        if self.store_failure:
            reasons.append(store_failed(self.store_failure))
        if self.changing_to:
            reasons.append(changing_over(self.changing_to))
        elif not self._worker.ready.is_set():
            reasons.append(WARMING)
        elif self._worker.stuck_ms() > self._stuck_ms:
            reasons.append(JUDGE_STUCK)
        if "line" not in self._hub.peers():
            reasons.append(LINE_AWAY)
        elif not self.line_state.get("plant_connected"):
            reasons.append(plant_away(self._backend))
        reasons += [camera_away(link.settings.name, link.reason) for link in self._cameras.values() if not link.ready]
        reasons += [
            camera_away(link.settings.name, "its process does not answer")
            for link in self._cameras.values()
            if link.silent()
        ]
        if self.scanner_away:
            reasons.append(scanner_away(self.scanner_away))
        if self.images_full:
            reasons.append(IMAGES_BEHIND)
        return [*reasons, *self.unapproved(), *self.disk.reasons(), *self.time.reasons()]

    def opening_reasons(self) -> list[Reason]:
        """All that has to be right before a shift is opened; settings that wait do not end one that is open."""
        return [*self.device_reasons(), *self.settings_wait()]

    def reasons(self, shift: Shift, opened_with: dict[str, dict[str, object]]) -> list[Reason]:
        """All reasons.

        Args:
            shift: The present shift.
            opened_with: Identity of each camera when the shift was opened.
        """
        reasons = self.opening_reasons() if shift.state is ShiftState.NONE else self.device_reasons()
        if shift.state is ShiftState.NONE:
            reasons.append(NO_SHIFT)
        elif shift.state is ShiftState.CLOSING:
            reasons.append(CLOSING)
        else:
            reasons += [resync(name) for name in self.resynchronising]
            reasons += [camera_exchanged(name) for name in self._exchanged(opened_with)]
            reasons += self.challenge_reasons
        return reasons

    def _exchanged(self, opened_with: dict[str, dict[str, object]]) -> list[str]:
        """Cameras that are others than when the shift was opened, or were not there, or are not there any more."""
        here = {link.settings.name: link.identity for link in self._cameras.values()}
        changed = [name for name, one in here.items() if one is not None and one.fields != opened_with.get(name)]
        return changed + [name for name in opened_with if name not in here]
