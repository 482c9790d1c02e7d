# SPDX-License-Identifier: AGPL-3.0-or-later
"""All features of an open camera as people look at them: by category, with value, unit, limits and what the file says.

It is read one feature at a time, between frames: no picture waits for more than one feature. What cannot be read is
said of that feature; whether the camera is lost is found out elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from inspector.camera.features import ALIASES, RAW, ROUNDING, Access, FeatureFile, Kind, NodeMap, Step, Value

LONGEST_TEXT = 300
MOST_CHOICES = 64
MOST_FEATURES = 4_000
"""Together with the lengths: the answer stays below what one message may carry."""


class FeatureTree:
    """Reads the tree of one camera.

    Args:
        nodes: The features of the open device.
        settings: The features file that it was set by.

    Raises:
        CameraLost: The device does not answer.
    """

    def __init__(self, nodes: NodeMap, settings: FeatureFile) -> None:
        self._nodes = nodes
        self._digest = settings.digest
        self._left = list(reversed(nodes.outline()[:MOST_FEATURES]))
        self._wanted = wanted_values(nodes.names(), settings.steps)
        self._found: list[dict[str, object]] = []

    def read_one(self) -> bool:
        """Read the next feature; whether that was the last one."""
        if self._left:
            path, name = self._left.pop()
            self._found.append(self._feature(path, name))
        return not self._left

    def document(self) -> dict[str, object]:
        """What was read so far."""
        return {"features": self._found, "settings_digest": self._digest}

    def _feature(self, path: tuple[str, ...], name: str) -> dict[str, object]:
        about = self._nodes.describe(name)
        readable = about.access in (Access.READ, Access.BOTH) and about.kind not in (Kind.COMMAND, Kind.OTHER)
        value = self._nodes.peek(name) if readable else None
        wanted = self._wanted.get(name)
        return {
            "name": name,
            "path": list(path),
            "display_name": about.display_name[:LONGEST_TEXT],
            "kind": about.kind.name.lower(),
            "access": about.access.name.lower(),
            "visibility": about.visibility,
            "unit": about.unit[:LONGEST_TEXT],
            "value": None if value is None else text_of_value(value),
            "readable": readable,
            "minimum": about.minimum,
            "maximum": about.maximum,
            "step": about.step,
            "choices": list(about.choices[:MOST_CHOICES]),
            "tooltip": about.tooltip[:LONGEST_TEXT],
            "selected_by": list(about.selected_by[:MOST_CHOICES]),
            "file_value": None if wanted is None else text_of_value(wanted),
            "differs": None if wanted is None or value is None or about.selected_by else differs(wanted, value),
        }


def wanted_values(names: list[str], steps: tuple[Step, ...]) -> Mapping[str, Value]:
    """What the file asks for, by the name that this camera uses; of several tables the last one counts."""
    found: dict[str, Value] = {}
    for step in steps:
        known = next((name for name in (step.name, *ALIASES.get(step.name, ())) if name in names), None)
        if known is None and step.name in RAW and RAW[step.name][0] in names:
            continue  # in device units: nothing that could be compared without the camera's own arithmetic
        if known is not None:
            found[known] = step.value
    return found


def differs(wanted: Value, value: Value) -> bool:
    """Whether a value is another than the file asks for; cameras round numbers to what they can do."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted != value
    if isinstance(wanted, int | float) and isinstance(value, int | float):
        return abs(float(value) - float(wanted)) > ROUNDING * max(abs(float(wanted)), 1e-9)
    return str(wanted) != str(value)


def text_of_value(value: Value) -> str:
    """A value as the features file would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)[:LONGEST_TEXT]
