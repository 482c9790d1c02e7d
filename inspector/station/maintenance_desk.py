# SPDX-License-Identifier: AGPL-3.0-or-later
"""What maintenance asks of other processes: the line's inputs and outputs."""

from __future__ import annotations

from inspector.clock import Clock
from inspector.errors import InspectorError
from inspector.ipc import Connections, Message
from inspector.station.inquiries import Answer, Inquiries

LINE = "line"
POINTS_WITHIN_MS = 1_500


class MaintenanceDesk:
    """Used on the main thread of the station.

    Args:
        hub: Connections to the other processes.
        clock: Time.
    """

    def __init__(self, hub: Connections, clock: Clock) -> None:
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
