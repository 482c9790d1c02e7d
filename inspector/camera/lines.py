# SPDX-License-Identifier: AGPL-3.0-or-later
"""The camera's output lines in a features file: the strobe and the lamps, as features to be written in order.

SFNC 2.7, chapters Digital I/O Control and Counter and Timer Control. A strobe follows the exposure or a timer inside
the camera, never this computer. A lamp follows a user output, which this computer sets; an ejector must not, because
a camera that dies leaves its outputs as they are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from inspector.config import Settings, explain
from inspector.errors import ConfigError

LAMPS = ("ready", "warning")
"""`ready` is on while the station is Ready; `warning` while it has a warning, or while no station is connected."""
_EJECTOR = re.compile(r"reject|eject|blow|kick|push|gate|valve|divert", re.IGNORECASE)
_SYNCHRONOUS = re.compile(r"\w*(Exposure|Strobe)\w*|Timer\d+\w*")
_USER_OUTPUT = re.compile(r"UserOutput\d+")

Written = tuple[str, bool | int | float | str]
"""Name of a feature and its value."""


class Strobe(Settings):
    """`[strobe]`: the line that switches the light.

    Attributes:
        line: Name of the output line.
        source: "ExposureActive", or a timer such as "Timer0Active".
        inverter: Whether the line is active when low.
        mode: What LineMode has to be.
        delay_us: From the trigger of the timer to its pulse.
        duration_us: Length of the timer's pulse; needed with a timer.
        timer_trigger: What starts the timer.
    """

    line: str = Field(pattern=r"^\w+$")
    source: str
    inverter: bool = False
    mode: str = "Output"
    delay_us: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0
    duration_us: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    timer_trigger: str = "ExposureStart"

    @field_validator("source")
    @classmethod
    def _follows_the_exposure(cls, source: str) -> str:
        if not _SYNCHRONOUS.fullmatch(source):
            raise ValueError(
                f"a strobe follows the exposure (ExposureActive) or a timer (Timer0Active) of the camera, not {source}"
            )
        return source

    @property
    def timer(self) -> str:
        """Name of its timer, empty when it follows the exposure itself."""
        found = re.match(r"Timer\d+", self.source)
        return found[0] if found else ""

    def features(self) -> list[Written]:
        """What makes the line the strobe, in order; the source comes last, when all else is set."""
        written: list[Written] = [("LineSelector", self.line), ("LineMode", self.mode), ("LineInverter", self.inverter)]
        if self.timer and self.duration_us is not None:
            written += [("TimerSelector", self.timer), ("TimerDuration", self.duration_us)]
            written += [("TimerDelay", self.delay_us), ("TimerTriggerSource", self.timer_trigger)]
        return [*written, ("LineSource", self.source)]


class Output(Settings):
    """`[outputs.NAME]`: a line that shows something to people.

    Attributes:
        line: Name of the output line.
        user_output: The user output that drives it.
        inverter: Whether the line is active when low.
        mode: What LineMode has to be.
    """

    line: str = Field(pattern=r"^\w+$")
    user_output: str = Field(pattern=_USER_OUTPUT.pattern)
    inverter: bool = False
    mode: str = "Output"

    def features(self) -> list[Written]:
        """What gives the line to the user output, in order, and switches it off."""
        return [
            ("UserOutputSelector", self.user_output),
            ("UserOutputValue", False),
            ("LineSelector", self.line),
            ("LineMode", self.mode),
            ("LineInverter", self.inverter),
            ("LineSource", self.user_output),
        ]


class Lines(Settings):
    """The tables of a features file beside `[[features]]`.

    Attributes:
        strobe: The light, None when the camera does not switch it.
        outputs: Lamps by what they show.
    """

    strobe: Strobe | None = None
    outputs: dict[str, Output] = Field(default_factory=dict)

    def features(self) -> list[Written]:
        """Everything to be written after the `[[features]]`."""
        written = [] if self.strobe is None else self.strobe.features()
        for output in self.outputs.values():
            written += output.features()
        return written


def read_lines(path: Path, document: dict[str, object]) -> Lines:
    """Read the tables `[strobe]` and `[outputs.NAME]` of a features file.

    Raises:
        ConfigError: A key or value is not allowed, an output is to drive an ejector, or two want one line.
    """
    outputs = document.get("outputs")
    for name in outputs if isinstance(outputs, dict) else ():
        if _EJECTOR.search(name):
            raise ConfigError(
                f"{path}: outputs.{name}: a camera's output never drives an ejector",
                "A camera that dies leaves its outputs as they are. Let the PLC or the line's I/O drive it",
            )
        if name not in LAMPS:
            raise ConfigError(f"{path}: outputs.{name}: there is no such lamp", f"There are {' and '.join(LAMPS)}")
    try:
        lines = Lines.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/first-camera.md") from error
    if lines.strobe is not None and bool(lines.strobe.timer) != (lines.strobe.duration_us is not None):
        raise ConfigError(
            f"{path}: strobe: a timer, and only a timer, has a duration_us", "Set it, or take ExposureActive"
        )
    used = [output.line for output in lines.outputs.values()] + ([lines.strobe.line] if lines.strobe else [])
    driven = [output.user_output for output in lines.outputs.values()]
    if len(set(used)) < len(used) or len(set(driven)) < len(driven):
        raise ConfigError(f"{path}: two of strobe and outputs want the same line", "Give each a line of its own")
    return lines
