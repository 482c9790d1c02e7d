# SPDX-License-Identifier: AGPL-3.0-or-later
"""The wire from the sensor to the camera's Line0, with a thread of its own: a camera that hangs stops no belt."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inspector.camera.simulator.control import SimulatorControl
from inspector.camera.simulator.errors import SimulatorError
from inspector.line.plant.feed import CAMERA_FAULTS, ONE_CAMERA, Disturbance, Item

log = logging.getLogger(__name__)

QUEUE_SIZE = 64
ANSWER_S = 0.2
STALE_NS = 50_000_000
"""A pulse this late is not sent: a wire does not remember."""


class CameraLine:
    """Pulses the simulated camera's Line0.

    Pulses that cannot be delivered (no camera, camera busy) are lost, as on a wire; their parts have no image.

    Args:
        endpoint: File in which the simulated camera publishes its control channel.
    """

    def __init__(self, endpoint: Path) -> None:
        self._control = SimulatorControl(endpoint, timeout_s=ANSWER_S)
        self._queue: queue.Queue[tuple[int, Item] | None] = queue.Queue(QUEUE_SIZE)
        self._complained = False
        self._thread = threading.Thread(target=self._work, name="camera-line", daemon=True)
        self._thread.start()

    def pulse(self, t_ns: int, item: Item) -> None:
        """Trigger the camera on this part, without waiting for it."""
        try:
            self._queue.put_nowait((t_ns, item))
        except queue.Full:
            log.warning("the camera's control channel hangs: a pulse is lost")

    def close(self) -> None:
        """End the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        with self._control:
            while (job := self._queue.get()) is not None:
                t_ns, item = job
                if time.perf_counter_ns() - t_ns <= STALE_NS:
                    self._send(t_ns, item)

    def _send(self, t_ns: int, item: Item) -> None:
        try:
            fault = item.disturbance if item.disturbance in CAMERA_FAULTS else None
            if fault is not None:
                self._control.fault(0, str(fault), **CAMERA_FAULTS[fault])
            self._control.pulse(0, "Line0", item.scene, t_ns)
            if fault not in (None, Disturbance.DISCONNECT):
                # A pulse that the camera missed leaves the fault over, and it is not that of the next part.
                self._control.fault(0, str(fault), n=0)
        except SimulatorError as error:
            if not self._complained:
                log.warning("the camera's Line0 is not reached: %s", error)
            self._complained = True
        else:
            self._complained = False


class CameraLines:
    """The same edge to the Line0 of every camera, each with a wire of its own.

    What goes wrong with a picture goes wrong at the one camera that the part's disturbance names.

    Args:
        endpoints: The control channels' files, in the order of the cameras.
    """

    def __init__(self, endpoints: Sequence[Path]) -> None:
        self._lines = [CameraLine(endpoint) for endpoint in endpoints]

    def pulse(self, t_ns: int, item: Item) -> None:
        """Trigger the cameras on this part, without waiting for them."""
        for number, line in enumerate(self._lines):
            hit = item.disturbance in ONE_CAMERA and number == item.camera
            if hit and item.disturbance is Disturbance.MISSED_PULSE:
                continue
            line.pulse(t_ns, item if hit else replace(item, disturbance=None))

    def close(self) -> None:
        """End the threads."""
        for line in self._lines:
            line.close()
