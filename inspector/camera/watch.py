# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an open camera is asked beside its frames: a sign of life, edges, clock, lamps."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from inspector.camera.edges import EdgeCount
from inspector.camera.frame import FrameMeta
from inspector.camera.lamps import Lamps
from inspector.camera.lines import Lines
from inspector.camera.protocol import Camera, Grabbed
from inspector.clock import Clock
from inspector.ipc import Message

log = logging.getLogger(__name__)

CHECK_S = 0.25
CLOCK_S = 30.0


class Watch:
    """One camera, over all its openings. What touches the device raises `CameraLost` when it does not answer.

    Args:
        name: Of the camera in the settings.
        frame_timeout_ms: A frame comes this long after its edge, or never.
        clock: Time.
    """

    def __init__(self, name: str, frame_timeout_ms: int, clock: Clock) -> None:
        self._name = name
        self._rest_ns = frame_timeout_ms * 1_000_000
        self._clock = clock
        self._line_count: int | None = None
        self._underruns = 0
        self._clock_offset_ns: int | None = None
        self._last_frame_ns = 0
        self._edges = EdgeCount(self._rest_ns)
        self._missed: int | None = None
        self._lamps: Lamps | None = None
        self._next_check = self._next_clock = 0.0

    def opened(self, camera: Camera, lines: Lines) -> None:
        """The camera is open and its features are written."""
        self._lamps = Lamps(camera.nodes(), lines.outputs) if lines.outputs else None
        self._next_check = self._now_s() + CHECK_S

    def lost(self) -> None:
        """The camera does not answer any more."""
        self._lamps = None

    def starts(self, camera: Camera) -> None:
        """The acquisition is about to start: frame ids begin anew."""
        self._edges = EdgeCount(self._rest_ns)
        self._missed = None
        self._measure_clock(camera)

    def frame(self, grabbed: Grabbed, meta: FrameMeta) -> None:
        """A frame was taken."""
        if meta.bad != "duplicate":
            self._edges.on_frame(meta.frame_id, grabbed.edges)

    def clock_began_anew(self, camera: Camera, meta: FrameMeta) -> bool:
        """Whether the camera's clock went back between two frames; it is measured again then."""
        before, self._last_frame_ns = self._last_frame_ns, meta.t_camera_ns
        anew = 0 < meta.t_camera_ns < before
        if anew:
            self._measure_clock(camera)
        return anew

    def show(self, lamps: Mapping[str, object]) -> None:
        """Switch the lamps."""
        if self._lamps is not None:
            self._lamps.set(lamps)

    def check(self, camera: Camera, full: int) -> None:
        """Ask what is due.

        Args:
            camera: The open camera.
            full: Frames that found no free slot in the ring.
        """
        if self._now_s() < self._next_check:
            return
        self._next_check = self._now_s() + CHECK_S
        self._line_count = camera.check()
        self._underruns = camera.underruns() + full
        if self._line_count is not None:
            self._edges.on_reading(self._line_count, self._clock.monotonic_ns())
        if self._lamps is not None:
            self._lamps.check()
        if self._now_s() >= self._next_clock:
            self._measure_clock(camera)
        if self._edges.missed != self._missed:
            self._missed = self._edges.missed
            if self._edges.text():
                log.warning("%s: %s", self._name, self._edges.text())

    @property
    def fault(self) -> str:
        """Why the camera is not ready although it takes pictures; empty when nothing is wrong."""
        return "" if self._lamps is None else self._lamps.reason

    def note(self) -> str:
        """What people should know of a camera that is ready."""
        return self._edges.text()

    def fields(self) -> Message:
        """The figures in `camera-state`."""
        return {
            "line_count": self._line_count,
            "missed_triggers": self._edges.missed,
            "underruns": self._underruns,
            "clock_offset_ns": self._clock_offset_ns,
        }

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9

    def _measure_clock(self, camera: Camera) -> None:
        self._next_clock = self._now_s() + CLOCK_S
        self._clock_offset_ns = camera.clock_offset_ns()
