# SPDX-License-Identifier: AGPL-3.0-or-later
"""What maintenance asks of other processes: the line's points, the features of a camera, forced outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inspector.child import Child
from inspector.errors import InspectorError, ManualRefused, NotFound
from inspector.ipc import Connections, Message
from inspector.station.cameras import CameraLink
from inspector.station.inquiries import Answer, Inquiries
from inspector.station.manual import ManualKeeper
from inspector.station.people import Person
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.store.writer import RecordWriter

LINE = "line"
POINTS_WITHIN_MS = 1_500
FEATURES_WITHIN_MS = 20_000
"""Some cameras have a thousand features, and each is a few questions over the wire."""


class MaintenanceDesk:
    """Used on the main thread of the station.

    Args:
        child: Station directory, settings, time.
        writer: The record writer.
        recorder: The station's pen.
        hub: Connections to the other processes.
        cameras: Cameras by peer name.

    Attributes:
        inquiries: Questions to other processes.
        manual: Manual mode; there after `connect`.
    """

    manual: ManualKeeper

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        hub: Connections,
        cameras: Mapping[str, CameraLink],
    ) -> None:
        self._child = child
        self._writer = writer
        self._recorder = recorder
        self._hub = hub
        self._cameras = cameras
        self.inquiries = Inquiries(hub, child.clock)

    def connect(
        self,
        shifts: ShiftKeeper,
        ready: ReadyKeeper,
        still_here: Callable[[Person], bool],
        tell: Callable[[bool], None],
    ) -> None:
        """Manual mode and shifts keep each other out.

        Args:
            shifts: In manual mode none opens; with one open there is no manual mode.
            ready: Gets the reason.
            still_here: Whether a person's session lasts.
            tell: Called with true to have line and screens told at once.
        """

        def may_begin() -> None:
            if shifts.shift.state is not ShiftState.NONE:
                raise ManualRefused("a shift is open", "Close it; outputs are forced between shifts only")

        self.manual = ManualKeeper(
            self._child,
            self._writer,
            self._recorder,
            self._hub,
            self.inquiries,
            may_begin,
            still_here,
            lambda: tell(True),
        )
        ready.manual = self.manual.reasons

    def lost(self, peer: str) -> None:
        """A connection is gone."""
        self.inquiries.lost(peer)
        self.manual.lost(peer)

    def tick(self) -> None:
        """Once per heartbeat."""
        self.inquiries.tick()
        self.manual.tick()

    def points(self, line: dict[str, object], answer: Answer) -> None:
        """Ask for all inputs and outputs of the line.

        Args:
            line: Backend of the line process and whether it is simulated; goes with the answer.
            answer: Takes it.

        Raises:
            DeviceError: The line process is not connected.
            Overloaded: Too many questions wait.
        """

        def answered(result: object) -> None:
            if isinstance(result, InspectorError):
                answer(result)
            elif isinstance(result, dict):
                answer({**result, **line})

        question: Message = {"type": "io-points"}
        self.inquiries.ask(LINE, question, "the line process", POINTS_WITHIN_MS, answered)

    def features(self, name: str, answer: Answer) -> None:
        """Ask a camera for all its features.

        Args:
            name: Of the camera.
            answer: Takes them.

        Raises:
            NotFound: There is no such camera.
            DeviceError: Its process is not connected.
            Overloaded: Too many questions wait.
        """
        link = next((one for one in self._cameras.values() if one.settings.name == name), None)
        if link is None:
            raise NotFound(f"there is no camera '{name[:64]}'", "See the cameras in the status")

        def answered(result: object) -> None:
            answer({"camera": name, **result} if isinstance(result, dict) else result)

        question: Message = {"type": "features"}
        self.inquiries.ask(link.peer, question, f"camera {name}", FEATURES_WITHIN_MS, answered)
