# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lamps on a camera's output lines: set by the station, and read back."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.camera.features import Access, NodeMap
from inspector.camera.lines import Output
from inspector.errors import FeatureError


class Lamps:
    """The outputs of one open camera.

    Args:
        nodes: Its features; the lines are set up already, and their user outputs are off.
        outputs: Lamps by what they show.

    Attributes:
        reason: Which lamp does not do as it is told; empty when all do.
    """

    def __init__(self, nodes: NodeMap, outputs: Mapping[str, Output]) -> None:
        self.reason = ""
        self._nodes = nodes
        self._outputs = dict(outputs)
        self._levels = dict.fromkeys(self._outputs, False)
        self._doubted = ""

    def set(self, levels: Mapping[str, object]) -> None:
        """Switch the lamps; one that is not named goes off.

        Raises:
            CameraLost: The device does not answer.
        """
        for name in self._outputs:
            level = levels.get(name) is True
            if level != self._levels[name]:
                self._levels[name] = level
                self._write(name)

    def check(self) -> None:
        """Read all lamps back. What is wrong twice in a row is a reason, and is written again.

        Raises:
            CameraLost: The device does not answer.
        """
        wrong = next((text for text in map(self._difference, self._outputs) if text), "")
        self.reason = wrong if wrong == self._doubted else ""
        self._doubted = wrong
        if self.reason:
            for name in self._outputs:
                self._write(name)

    def _write(self, name: str) -> None:
        try:
            self._nodes.write("UserOutputSelector", self._outputs[name].user_output)
            self._nodes.write("UserOutputValue", self._levels[name])
        except FeatureError:
            return  # `check` finds what it then reads

    def _difference(self, name: str) -> str:
        output, level = self._outputs[name], self._levels[name]
        asked = "on" if level else "off"
        try:
            self._nodes.write("UserOutputSelector", output.user_output)
            if self._nodes.read("UserOutputValue") is not level:
                return f"lamp {name}: {output.user_output} does not stay {asked}"
            self._nodes.write("LineSelector", output.line)
            if self._nodes.access("LineStatus") not in (Access.READ, Access.BOTH):
                return ""
            if self._nodes.read("LineStatus") is not (level != output.inverter):
                return f"lamp {name}: {output.line} does not follow {output.user_output}, which is {asked}"
        except FeatureError as error:
            return f"lamp {name}: {error.message}"
        return ""
