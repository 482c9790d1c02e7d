# SPDX-License-Identifier: AGPL-3.0-or-later
"""Camera features from a TOML file: written in order, read back, differences reported.

Names are those of the Standard Features Naming Convention (SFNC 2.7). Cameras from before SFNC 2.0 use others for
some; those with the same unit are tried by themselves. Features in device units ("...Raw") are never converted by
guess.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.resources
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from inspector.camera.lines import Lines, read_lines
from inspector.config import read_toml
from inspector.errors import ConfigError, FeatureError

Value = bool | int | float | str

# Older names with the same meaning and unit (Basler, Allied Vision, FLIR and others before SFNC 2.0).
ALIASES: dict[str, tuple[str, ...]] = {
    "ExposureTime": ("ExposureTimeAbs",),
    "Gain": ("GainAbs",),
    "BlackLevel": ("BlackLevelAbs",),
    "AcquisitionFrameRate": ("AcquisitionFrameRateAbs",),
    "AcquisitionFrameRateEnable": ("AcquisitionFrameRateEnabled", "AcquisitionFrameRateControlEnabled"),
    "TriggerDelay": ("TriggerDelayAbs",),
    "LineDebouncerTime": (
        *("LineDebouncerTimeAbs", "lineDebouncingPeriod", "LineFilterWidth", "mvLineDebounceTimeRisingEdge"),
    ),
    "TimerDuration": ("TimerDurationAbs",),
    "TimerDelay": ("TimerDelayAbs",),
    "BalanceRatio": ("BalanceRatioAbs",),
    "DeviceSerialNumber": ("DeviceID", "DeviceSerial"),
    "DeviceFirmwareVersion": ("DeviceVersion",),
}
# Integers in device units, and the feature that holds their unit in that of the SFNC name.
RAW: dict[str, tuple[str, str]] = {
    "ExposureTime": ("ExposureTimeRaw", "ExposureTimeBaseAbs"),
    "TriggerDelay": ("TriggerDelayRaw", "TriggerDelayTimebaseAbs"),
    "Gain": ("GainRaw", ""),
    "BlackLevel": ("BlackLevelRaw", ""),
}
ROUNDING = 0.005
"""Exposure times and rates are rounded by cameras to multiples of a line or clock period."""


class Access(Enum):
    """What may be done with a feature now."""

    NONE = "not available"
    READ = "read-only"
    WRITE = "write-only"
    BOTH = "read and write"


class Kind(Enum):
    """Type of a feature's value."""

    INTEGER = "integer"
    FLOAT = "number"
    BOOLEAN = "true or false"
    CHOICE = "choice"
    TEXT = "text"
    COMMAND = "command"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Described:
    """What a device tells of one feature, for people; what it does not tell is empty.

    Attributes:
        display_name: Name for people.
        kind: Type of its value.
        access: What may be done with it now.
        visibility: "beginner", "expert" or "guru".
        tooltip: What it is for.
        unit: Unit of a number.
        minimum: Of a number, now.
        maximum: The same.
        step: Smallest step of a number.
        choices: Entries of a choice.
        selected_by: The selectors that its value depends on.
    """

    display_name: str
    kind: Kind
    access: Access
    visibility: str = "beginner"
    tooltip: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    selected_by: tuple[str, ...] = ()


class NodeMap(Protocol):
    """The features of an open device.

    Each method raises `CameraLost` when the device does not answer.
    """

    def names(self) -> list[str]:
        """All features that the device implements."""
        ...

    def access(self, name: str) -> Access:
        """What may be done with it now."""
        ...

    def kind(self, name: str) -> Kind:
        """Type of its value."""
        ...

    def choices(self, name: str) -> list[str]:
        """Entries of a choice that are implemented."""
        ...

    def limits(self, name: str) -> str:
        """Range and step of a number, for people; empty if unknown."""
        ...

    def selected(self, name: str) -> bool:
        """Whether its value depends on a selector."""
        ...

    def read(self, name: str) -> Value:
        """Its value, past all caches.

        Raises:
            FeatureError: It cannot be read now.
        """
        ...

    def outline(self) -> list[tuple[tuple[str, ...], str]]:
        """All features in the device's own order, each with the categories that it is in, from the outermost."""
        ...

    def describe(self, name: str) -> Described:
        """What the device tells of a feature; never fails."""
        ...

    def peek(self, name: str) -> Value | None:
        """Its value, past all caches; None when it cannot be read, whatever the cause."""
        ...

    def write(self, name: str, value: Value) -> None:
        """Write a value, or execute a command.

        Raises:
            FeatureError: The device refuses the value.
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One feature to write.

    Attributes:
        name: SFNC name.
        value: What to write; true for a command.
        optional: Whether a device that cannot take it is fine.
    """

    name: str
    value: Value
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A read features file.

    Attributes:
        text: Its text, for the record.
        digest: SHA-256 of its bytes, hex.
        steps: What to write, in order; the lines come last.
        lines: The strobe and the lamps.
    """

    text: str
    digest: str
    steps: tuple[Step, ...]
    lines: Lines = Lines()  # noqa: RUF009 - frozen


def load_features(path: Path) -> FeatureFile:
    """Read a features file: tables `[[features]]`, written in order, and then `[strobe]` and `[outputs.NAME]`.

    A feature may come again in a later table, under another selector. `optional = true` in a table lets a camera do
    without those features: that they could not be written is then a difference, not an error.

    Raises:
        ConfigError: It is missing or broken, or a value is not a number, text, true or false; see also `read_lines`.
    """
    document = read_toml(path, "camera features")
    data = path.read_bytes()
    tables = document.pop("features", None)
    tables = [tables] if isinstance(tables, dict) else tables
    wrong = sorted(set(document) - {"strobe", "outputs"})
    if wrong or not isinstance(tables, list) or not tables:
        advice = "A features file has only tables [[features]], [strobe] and [outputs.NAME]"
        raise ConfigError(f"{path}: {', '.join(wrong) or 'no [[features]]'}", advice)
    steps = [step for table in tables for step in _steps(path, table)]
    lines = read_lines(path, document)
    steps += [Step(name, value) for name, value in lines.features()]
    return FeatureFile(data.decode("utf-8"), hashlib.sha256(data).hexdigest(), tuple(steps), lines)


def _steps(path: Path, table: object) -> list[Step]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: features is not a table", "Write [[features]]")
    optional = table.get("optional", False)
    if not isinstance(optional, bool):
        raise ConfigError(f"{path}: optional is neither true nor false", "Mend it")
    steps = []
    for name, value in table.items():
        if name == "optional":
            continue
        if not isinstance(value, bool | int | float | str):
            raise ConfigError(f"{path}: {name} is neither number, text, true nor false", "Mend the value")
        steps.append(Step(name, value, optional))
    return steps


def packaged_configs() -> dict[str, Path]:
    """The features files that come with this product, by name without `.toml`."""
    folder = Path(str(importlib.resources.files("camera_configs")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def apply_features(nodes: NodeMap, steps: tuple[Step, ...]) -> list[str]:
    """Write features in order and read each back.

    Args:
        nodes: The open device.
        steps: From a features file.

    Returns:
        One line for each value that the camera took differently beyond rounding, and for each optional feature that
        could not be written.

    Raises:
        FeatureError: A feature is unknown, read-only, not available, or did not take its value.
        CameraLost: The device does not answer.
    """
    differences: list[str] = []
    written: dict[str, tuple[str, Value]] = {}
    for step in steps:
        try:
            name, value = _resolve(nodes, step)
            if nodes.kind(name) is Kind.CHOICE and nodes.access(name) is Access.READ and nodes.read(name) == value:
                continue  # fixed, and as it should be: the mode of many lines
            value = _fitting(nodes, name, value)
            nodes.write(name, value)
            if nodes.kind(name) is not Kind.COMMAND and nodes.access(name) is not Access.WRITE:
                differences += _difference(step.name, value, nodes.read(name))
                written[name] = (step.name, value)
        except FeatureError as error:
            if not step.optional:
                raise
            differences.append(f"optional: {error.message}")
    return differences + _changed_later(nodes, written, differences)


def _changed_later(nodes: NodeMap, written: dict[str, tuple[str, Value]], known: list[str]) -> list[str]:
    """What a later feature has changed, such as a frame rate that limits the exposure time."""
    found: list[str] = []
    for name, (asked, value) in written.items():
        if not nodes.selected(name):
            found += [line for line in _difference(asked, value, nodes.read(name)) if line not in known]
    return found


def _resolve(nodes: NodeMap, step: Step) -> tuple[str, Value]:
    """The name that this camera uses, and the value in its unit."""
    names = nodes.names()
    for name in (step.name, *ALIASES.get(step.name, ())):
        if name in names:
            return name, step.value
    raw, unit = RAW.get(step.name, ("", ""))
    if raw in names and unit in names and isinstance(step.value, int | float):
        return raw, round(step.value / float(nodes.read(unit)))
    if raw in names:
        raise FeatureError(
            f"the camera has {step.name} only in device units, as {raw}", f"Write {raw} into the features file"
        )
    close = difflib.get_close_matches(step.name, names, 3, 0.6)
    advice = f"Did you mean {', '.join(close)}?" if close else "See the camera's manual, or `inspector doctor`"
    raise FeatureError(f"the camera has no feature {step.name}", advice)


def _fitting(nodes: NodeMap, name: str, value: Value) -> Value:
    """The value in the type of the feature, after a look at whether it can be written at all."""
    access = nodes.access(name)
    if access is Access.READ:
        raise FeatureError(f"{name} is read-only", "Remove it from the features file")
    if access is Access.NONE:
        raise FeatureError(f"{name} is not available now", "Write what enables it before it")
    kind = nodes.kind(name)
    value = _whole(kind, value)
    fitting: dict[Kind, tuple[type, ...]] = {
        Kind.INTEGER: (int,),
        Kind.FLOAT: (int, float),
        Kind.BOOLEAN: (bool,),
        Kind.CHOICE: (str,),
        Kind.TEXT: (str,),
        Kind.COMMAND: (bool,),
        Kind.OTHER: (),
    }
    number = kind in (Kind.INTEGER, Kind.FLOAT)
    if (
        not isinstance(value, fitting[kind])
        or (number and isinstance(value, bool))
        or (kind is Kind.COMMAND and value is not True)
    ):
        raise FeatureError(f"{name} = {value!r} does not fit: it is a {kind.value}", "Mend the value")
    if kind is Kind.CHOICE and value not in nodes.choices(name):
        choices = ", ".join(nodes.choices(name))
        raise FeatureError(f"{name} has no entry {value!r}", f"The camera knows {choices}")
    return float(value) if kind is Kind.FLOAT and not isinstance(value, str) else value


def _whole(kind: Kind, value: Value) -> Value:
    """50.0 as 50 for a feature that takes whole numbers: vendors differ in the type of one and the same feature."""
    return int(value) if kind is Kind.INTEGER and isinstance(value, float) and value.is_integer() else value


def _difference(name: str, asked: Value, got: Value) -> list[str]:
    """Nothing, or one line.

    Raises:
        FeatureError: A choice, text or switch is not what was written.
    """
    numbers = isinstance(asked, int | float) and isinstance(got, int | float)
    if numbers and not isinstance(asked, bool):
        if abs(float(got) - float(asked)) <= ROUNDING * max(abs(float(asked)), 1e-9):
            return []
        return [f"{name}: asked for {asked}, the camera took {got}"]
    if asked != got:
        raise FeatureError(f"{name} was set to {asked!r} but reads {got!r}", "Check the order of the features")
    return []
