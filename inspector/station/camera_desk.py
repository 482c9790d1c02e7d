# SPDX-License-Identifier: AGPL-3.0-or-later
"""What camera processes say: who they are, how they are, and that a frame has come."""

from __future__ import annotations

from collections.abc import Callable

from inspector.camera.frame import FrameMeta
from inspector.clock import Clock
from inspector.errors import DeviceError
from inspector.ipc import Connections, Message
from inspector.station.bypass import BypassKeeper
from inspector.station.cameras import CameraLink
from inspector.station.events import EventBus, Preview
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.station.sight import Sight


class CameraDesk:
    """Used on the main thread of the station.

    Args:
        hub: Connections to the camera processes.
        clock: The time of edges and frames.
        sight: Matches frames with parts.
        shifts: Counts what the cameras have seen; knows the rules that stop the line.
        bypass: While one is active, bad frames stop nothing.
        stopped_by: Called with whether what came has stopped the line.
        bus: Shows people what a camera sees while no shift is open and nothing is judged.
    """

    def __init__(
        self,
        hub: Connections,
        clock: Clock,
        sight: Sight,
        shifts: ShiftKeeper,
        bypass: BypassKeeper,
        stopped_by: Callable[[bool], None],
        bus: EventBus,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._sight = sight
        self._shifts = shifts
        self._bypass = bypass
        self._stopped_by = stopped_by
        self._bus = bus

    def hello(self, link: CameraLink, message: Message) -> None:
        """A camera process has started."""
        self._sight.reset(link, "the camera started anew")
        try:
            answer = link.hello(message)
        except DeviceError as error:
            link.lost(error.message)
            return
        self._shifts.counts.camera_opened(link.settings.name, link.simulated)
        self._hub.send(link.peer, answer)

    def state(self, link: CameraLink, message: Message) -> None:
        """Whether it is ready, what it has counted, and how its clock goes."""
        was_ready = link.ready
        link.state(message)
        self._shifts.counts.camera_shows(link.settings.name, link.line_count)
        in_shift = self._shifts.shift.state is not ShiftState.NONE
        self._shifts.triggers.camera_shows(link.settings.name, link.missed_triggers, in_shift)
        if was_ready and not link.ready:
            self._sight.reset(link, f"the camera was lost: {link.reason}")
        offset_ns = message.get("clock_offset_ns")
        if link.ready and isinstance(offset_ns, int):
            link.pairing.measured_clock(offset_ns, self._clock.monotonic_ns())

    def frame(self, link: CameraLink, message: Message) -> None:
        """A frame is in the ring."""
        meta = FrameMeta.from_message(message)
        if link.is_current(meta):
            counts = self._shifts.shift.state is not ShiftState.NONE and not self._bypass.active
            self._stopped_by(counts and self._shifts.stops.frame(link.settings.name, meta.bad))
            if self._shifts.shift.state is ShiftState.NONE and (frame := link.take(meta)) is not None:
                self._bus.show(Preview(link.settings.name, frame, (), None, None))
            self._sight.frame(link, meta)
