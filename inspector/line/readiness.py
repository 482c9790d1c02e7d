# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the line is Ready, and if not, why: the station, the plant and the journal each have a say."""

from __future__ import annotations

from inspector.clock import Clock
from inspector.line.protocol import PlantStatus
from inspector.line.wire import Reason

STATION_NOT_READY = "STATION_NOT_READY"
MANUAL = Reason("MANUAL", "The line is in manual mode", "End manual mode before a shift is opened")


class Readiness:
    """What is known about the line's neighbours; silence counts as absence.

    Args:
        clock: Time.
        lost_ms: Silence after which a neighbour counts as lost.
    """

    def __init__(self, clock: Clock, lost_ms: int) -> None:
        self._clock = clock
        self._lost_ns = lost_ms * 1_000_000
        self.plant_connected = False
        self.plant_status: PlantStatus | None = None
        self._plant_heard_ns = 0
        self.station_connected = False
        self._station_ready = False
        self._station_heard_ns = 0
        self.journal_failure = ""
        self.tracking_fault: Reason | None = None
        self.manual = False

    def plant_connection(self, connected: bool) -> None:
        """The connection was made or lost; the first status decides what follows."""
        self.plant_connected = connected
        self.plant_status = None

    def plant_heard(self) -> None:
        """The plant said something."""
        self._plant_heard_ns = self._clock.monotonic_ns()

    def station_connection(self, connected: bool) -> None:
        """The connection was made or lost; the station has to say anew that it is ready."""
        self.station_connected = connected
        self._station_ready = self.manual = False
        self._station_heard_ns = self._clock.monotonic_ns()

    def station_state(self, ready: bool, manual: bool = False) -> None:
        """The station's heartbeat; `manual`: people may force outputs, and no part may come."""
        self._station_ready, self.manual = ready, manual
        self._station_heard_ns = self._clock.monotonic_ns()

    @property
    def ready(self) -> bool:
        """Whether parts may come."""
        return not self.reasons()

    @property
    def may_force(self) -> bool:
        """Whether a person may force outputs: the station says so, and still answers."""
        answers = self._clock.monotonic_ns() - self._station_heard_ns <= self._lost_ns
        return self.manual and self.station_connected and answers and not self.ready

    @property
    def may_grant(self) -> bool:
        """Whether grants are passed on.

        A station that is not Ready any more, because its shift is being closed, still grants the parts that it has
        judged and recorded, and a plant that wants no more parts still takes their grants; everything else that takes
        Ready away takes the grants away too.
        """
        pause = self.plant_status.pause if self.plant_status is not None else None
        return all(reason.code == STATION_NOT_READY or reason is pause for reason in self.reasons())

    def reasons(self) -> list[Reason]:
        """Everything that keeps the line from being Ready."""
        found = []
        if self.journal_failure:
            found.append(Reason("JOURNAL_FAILED", self.journal_failure, "Check disk space, owner and disk"))
        manual = MANUAL if self.manual else None
        for reason in (self._plant_reason(), self.tracking_fault, manual, self._station_reason()):
            if reason is not None:
                found.append(reason)
        return found

    def _plant_reason(self) -> Reason | None:
        if not self.plant_connected or self.plant_status is None:
            return Reason("PLANT_AWAY", "The plant is not connected", "Check the plant's controller")
        if self._clock.monotonic_ns() - self._plant_heard_ns > self._lost_ns:
            return Reason("PLANT_SILENT", "The plant does not answer", "Check the plant's controller")
        if self.plant_status.watchdog_tripped:
            return Reason("WATCHDOG", "The plant's outputs are in their safe state", "Wait for the next heartbeat")
        return self.plant_status.fault or self.plant_status.pause

    def _station_reason(self) -> Reason | None:
        if not self.station_connected:
            return Reason("STATION_AWAY", "The station process is not connected", "Look at its log")
        if self._clock.monotonic_ns() - self._station_heard_ns > self._lost_ns:
            return Reason("STATION_SILENT", "The station process does not answer", "Look at its log")
        if not self._station_ready:
            return Reason(STATION_NOT_READY, "The station is not ready", "Look at its own reasons")
        return None
