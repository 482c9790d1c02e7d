# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process: `python -m inspector.line.process --station DIR`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from inspector.child import Child, run_child
from inspector.clock import Clock
from inspector.config import Config
from inspector.errors import ChannelError
from inspector.ipc import Connections, Event, EventKind
from inspector.line.controller import LineController
from inspector.line.journal import Journal
from inspector.line.modbus_io import ModbusIO
from inspector.line.plant_io import PlantIO
from inspector.line.protocol import LineIO
from inspector.line.raw_plant_io import RawPlantIO
from inspector.line.remote_io import RemoteIO
from inspector.line.soft_tracking import SoftTracking
from inspector.line.wire import parse_station_message

log = logging.getLogger(__name__)

STATION = "station"
JOURNAL = "line.sqlite"
NewIO = Callable[[Child, Connections, Clock, Journal], LineIO]


class LineProcess:
    """Everything of one run of the line process.

    Args:
        child: Station directory, settings, connections, time.
        new_io: Makes the way to the plant; not given: the one that the settings name.

    Raises:
        JournalDamaged: The journal cannot be trusted.
        JournalFailed: The journal cannot be opened.
    """

    def __init__(self, child: Child, new_io: NewIO | None = None) -> None:
        self._journal = Journal(child.station / JOURNAL, child.clock.utc_us())
        self.hub = child.hub("line")
        self._io = (new_io or line_io)(child, self.hub, child.clock, self._journal)
        self._outbox = self.hub.outbox(STATION)
        self._controller = LineController(child.config.line, child.clock, self._journal, self._io, self._outbox)

    def start(self) -> None:
        """Connect, and keep connecting."""
        self._io.start()
        self.hub.connect(STATION)

    def wait_s(self) -> float:
        """How long nothing is due."""
        return self._controller.wait_s()

    def step(self, event: Event | None) -> None:
        """Take up one event, or none, and do what is due."""
        if event is not None:
            line_event = self._io.understand(event)
            if line_event is not None:
                self._controller.plant_event(line_event)
            elif event.peer == STATION:
                _station_event(self._controller, event)
        self._controller.tick()

    def close(self) -> None:
        """Drop Ready and end; an orderly end does not wait for the plant's watchdog."""
        self._io.heartbeat(False)
        self._io.close()
        self._outbox.close()
        self.hub.close()
        self._journal.close()


def run(child: Child) -> None:
    """Follow the plant and the station until told to stop.

    Raises:
        JournalDamaged: The journal cannot be trusted.
        JournalFailed: The journal cannot be opened.
    """
    line = LineProcess(child)
    try:
        line.start()
        while child.goes_on():
            line.step(line.hub.receive(line.wait_s()))
    finally:
        line.close()


def line_io(child: Child, hub: Connections, clock: Clock, journal: Journal) -> LineIO:
    """The way to the plant that the settings name.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    config = child.config
    if config.line.backend == "remote-io":
        return RemoteIO(hub, config, soft_tracking(config, journal), clock)
    if config.line.tracking == "station":
        return RawPlantIO(hub, soft_tracking(config, journal), clock)
    if config.line.backend == "modbus":
        return ModbusIO(hub, config.modbus, config.line, clock)
    return PlantIO(hub, clock)


def soft_tracking(config: Config, journal: Journal) -> SoftTracking:
    """Counts on from the journal; parts of a former start are expected in the reject lane only.

    Raises:
        JournalFailed: The journal cannot be read.
    """
    before = [part.trigger.plc_count for part in journal.in_flight() if not part.granted]
    return SoftTracking(config.tracking, config.line.heartbeat_ms, journal.last_plc_count or 0, before)


def _station_event(controller: LineController, event: Event) -> None:
    if event.kind is not EventKind.MESSAGE:
        controller.station_connection(event.kind is EventKind.CONNECTED)
        return
    try:
        message = parse_station_message(event.message)
    except ChannelError as error:
        log.error("%s", error)
        return
    controller.station_message(message)


def main() -> int:
    """Entry point of the process."""
    return run_child(run, "The line process of an inspection station")


if __name__ == "__main__":
    sys.exit(main())
