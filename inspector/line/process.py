# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line process: `python -m inspector.line.process --station DIR`."""

from __future__ import annotations

import logging
import sys

from inspector.child import Child, run_child
from inspector.clock import Clock
from inspector.errors import ChannelError
from inspector.ipc import Connections, Event, EventKind
from inspector.line.controller import LineController
from inspector.line.journal import Journal
from inspector.line.modbus_io import ModbusIO
from inspector.line.plant_io import PlantIO
from inspector.line.protocol import LineIO
from inspector.line.wire import parse_station_message

log = logging.getLogger(__name__)

STATION = "station"
JOURNAL = "line.sqlite"


def run(child: Child) -> None:
    """Follow the plant and the station until told to stop.

    Raises:
        JournalDamaged: The journal cannot be trusted.
        JournalFailed: The journal cannot be opened.
    """
    clock = child.clock
    journal = Journal(child.station / JOURNAL, clock.utc_us())
    hub = child.hub("line")
    io = line_io(child, hub, clock)
    outbox = hub.outbox(STATION)
    try:
        controller = LineController(child.config.line, clock, journal, io, outbox)
        io.start()
        hub.connect(STATION)
        while child.goes_on():
            event = hub.receive(controller.wait_s())
            if event is not None:
                line_event = io.understand(event)
                if line_event is not None:
                    controller.plant_event(line_event)
                elif event.peer == STATION:
                    _station_event(controller, event)
            controller.tick()
    finally:
        io.heartbeat(False)  # an orderly end does not wait for the plant's watchdog
        io.close()
        outbox.close()
        hub.close()
        journal.close()


def line_io(child: Child, hub: Connections, clock: Clock) -> LineIO:
    """The way to the plant that the settings name."""
    config = child.config
    if config.line.backend == "modbus":
        return ModbusIO(hub, config.modbus, config.line, clock)
    return PlantIO(hub)


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
