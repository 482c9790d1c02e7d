# SPDX-License-Identifier: AGPL-3.0-or-later
"""The camera: a sensor that survives its connection, and the device object that the capture process opens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from inspector.camera.features import FeatureFile, NodeMap
from inspector.camera.protocol import DeviceIdentity, Grabbed, Sink, StreamFormat
from inspector.errors import CameraLost, CameraNotFound, FeatureError
from inspector.part import ImageArray, PixelFormat
from inspector.scenario.pictures import HEIGHT, WIDTH, Scene, draw
from inspector.scenario.schedule import Schedule

TRANSFER_MS = 12.0
CLOCK_AHEAD_NS = 7_000_000_000_000
"""The camera's own clock against ours."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frame on its way.

    Attributes:
        frame_id: The camera's count.
        pixels: `(48, 64) uint8`; None when a part of it did not arrive.
        t_camera_ns: Time of the exposure by the camera's clock.
        transfer_ms: How long it takes.
    """

    frame_id: int
    pixels: ImageArray | None
    t_camera_ns: int
    transfer_ms: float = TRANSFER_MS


class Head:
    """The camera itself.

    Args:
        schedule: Time.

    Attributes:
        plugged: Whether the cable is in.
        answers: False: the device hangs, and says so when it is asked for a sign of life.
        deliver: What becomes of a delivery; an empty list loses it.
        news: Called when a frame has arrived.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.plugged = True
        self.clock_ahead_ns = CLOCK_AHEAD_NS
        self.deliver: Callable[[Delivery], list[Delivery]] = lambda delivery: [delivery]
        self.news: Callable[[], None] = lambda: None
        self.buffers: deque[Delivery] = deque()
        self.acquiring = False
        self.edges = 0
        self.serial = "DRAWN-1"
        self.plugged_times = 0
        self._frame_id = 0
        self._exposures = 0

    def start(self) -> None:
        """Begin to count frames anew."""
        self.acquiring = True
        self._frame_id = 0
        self.buffers.clear()

    def expose(self, scene: Scene) -> None:
        """The trigger line rose."""
        if not self.plugged or not self.acquiring:
            return
        self.edges += 1
        self._exposures += 1
        self._frame_id += 1
        t_camera_ns = self.schedule.now_ns() + self.clock_ahead_ns
        taken = Delivery(self._frame_id, draw(scene, self._exposures), t_camera_ns)
        for delivery in self.deliver(taken):
            self.schedule.after_ms(delivery.transfer_ms, lambda delivery=delivery: self._arrive(delivery))  # type: ignore[misc]

    def unplug(self) -> None:
        """The cable is pulled, or power fails."""
        self.plugged = self.acquiring = False
        self.plugged_times += 1
        self.buffers.clear()
        self.news()

    def plug(self) -> None:
        """The cable is back."""
        self.plugged = True

    def _arrive(self, delivery: Delivery) -> None:
        if self.acquiring:
            self.buffers.append(delivery)
            self.news()


class DrawnCamera:
    """`Camera` over a `Head`; each opening makes a new one.

    Args:
        head: The device.
    """

    def __init__(self, head: Head) -> None:
        self._head = head
        self._plugged_times = head.plugged_times

    def _ask(self) -> None:
        if not self._head.plugged or self._plugged_times != self._head.plugged_times:
            raise CameraLost("the camera does not answer")

    def open(self) -> DeviceIdentity:
        """See `Camera`."""
        if not self._head.plugged:
            raise CameraNotFound("no camera is there. Check the cable and power")
        return DeviceIdentity("Inspector", "Drawn pictures", self._head.serial, "1", "0" * 64, simulated=True)

    def configure(self, _features: FeatureFile) -> tuple[list[str], StreamFormat]:
        """See `Camera`."""
        self._ask()
        return [], StreamFormat(WIDTH, HEIGHT, PixelFormat.MONO8)

    def nodes(self) -> NodeMap:
        """See `Camera`; there are none."""
        raise FeatureError("the drawn camera has no features", "It is for scenarios only")

    def start(self) -> None:
        """See `Camera`."""
        self._ask()
        self._head.start()

    def clock_offset_ns(self) -> int | None:
        """See `Camera`."""
        self._ask()
        return self._head.clock_ahead_ns

    def trigger(self) -> None:
        """See `Camera`; this one is triggered by its wire."""
        raise FeatureError("the drawn camera waits for its wire", 'Set trigger = "line"')

    def poll(self, sink: Sink) -> bool:
        """See `Camera`."""
        self._ask()
        if not self._head.buffers:
            return False
        one = self._head.buffers.popleft()
        now_ns = self._head.schedule.clock.monotonic_ns()
        complete = one.pixels is not None
        sink(Grabbed(one.frame_id, one.t_camera_ns, now_ns, WIDTH, HEIGHT, "Mono8", complete), one.pixels)
        return True

    def check(self) -> int | None:
        """See `Camera`."""
        self._ask()
        return self._head.edges

    def underruns(self) -> int:
        """See `Camera`."""
        return 0

    def stop(self) -> None:
        """See `Camera`."""
        self._ask()
        self._head.acquiring = False

    def close(self) -> None:
        """See `Camera`."""
        if self._head.plugged and self._plugged_times == self._head.plugged_times:
            self._head.acquiring = False
