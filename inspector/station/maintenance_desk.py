# SPDX-License-Identifier: AGPL-3.0-or-later
"""What maintenance asks of other processes: the line's inputs and outputs, the features of a camera."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.clock import Clock
from inspector.errors import InspectorError, NotFound
from inspector.ipc import Connections, Message
from inspector.station.cameras import CameraLink
from inspector.station.inquiries import Answer, Inquiries

LINE = "line"
POINTS_WITHIN_MS = 1_500
FEATURES_WITHIN_MS = 20_000
"""Some cameras have a thousand features, and each is a few questions over the wire."""


class MaintenanceDesk:
    """Used on the main thread of the station.

    Args:
        hub: Connections to the other processes.
        clock: Time.
        cameras: Cameras by peer name.
    """

    def __init__(self, hub: Connections, clock: Clock, cameras: Mapping[str, CameraLink]) -> None:
        self._cameras = cameras
        self.inquiries = Inquiries(hub, clock)

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
