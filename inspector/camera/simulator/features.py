# SPDX-License-Identifier: Apache-2.0
"""The features of the simulated camera: the table from which `generate.py` makes the XML and the C registers.

Names and categories follow the Standard Features Naming Convention (SFNC 2.7); the description files follow the
GenApi schema 1.1. Because the XML and the registers come from the same rows, they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

TEXT_LENGTH = 64
PATH_LENGTH = 1024
NUMBER_LENGTH = 8
NO_LIMIT = 2**62

PIXEL_FORMATS = {"Mono8": 0x01080001, "BayerRG8": 0x01080009, "RGB8": 0x02180014}
COUNTER_SOURCES = ("Off", "FrameTrigger", "FrameTriggerMissed", "FrameStart", "FrameEnd", "Line0")
DEVICE_LOST = 0x2001
CAMERA_EVENTS = {"ExposureEnd": 0x3001, "FrameTriggerMissed": 0x3002, "Line0RisingEdge": 0x3003}
DEVICE_TEXTS = ("DeviceID", "DeviceVendorName", "DeviceModelName", "DeviceSerialNumber", "DeviceUserID")
DEVICE_VERSIONS = ("DeviceTLVersionMajor", "DeviceTLVersionMinor")
ACCESS_STATUS = ("Unknown", "ReadWrite", "ReadOnly", "NoAccess", "Busy", "OpenReadWrite", "OpenReadOnly")
LINE_SOURCES = (
    "Off",
    "UserOutput0",
    "UserOutput1",
    "ExposureActive",
    "FrameTriggerWait",
    "AcquisitionActive",
    "FrameActive",
    "Timer0Active",
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature and its register.

    Attributes:
        name: SFNC name; the register is called `<name>Reg` in the XML and `REG_<name>` in C.
        kind: integer, float, boolean, enumeration, command or text.
        writable: Whether the consumer may write it.
        locked: Not writable while TLParamsLocked is 1 or frames are acquired: the layout of frames depends on it.
        initial: Value after power-up; numbers only.
        low: Smallest value, numbers only.
        high: Largest value, or the features that make it: "A" or "A - B".
        step: Increment of an integer.
        unit: SFNC unit.
        choices: Enumeration entries and their values.
        selects: Names of the features that this selector selects.
        text: Initial text.
        path: Whether the text is a path of a file, which may be long.
        chunk: ChunkID of a value that comes with each frame; such a feature has no register.
        event: EventID of a value that comes with an event of the module; no register either.
        offset: Where the value lies in the event's data.
        index: Name of the selector whose number, times 8 bytes, is where the value lies in the chunk.
        available: Name of the feature that says, by not being 0, whether this one can be accessed; with "not " before
            it, by being 0.
    """

    name: str
    kind: str
    writable: bool = True
    locked: bool = False
    initial: float = 0
    low: float = 0
    high: float | str = NO_LIMIT
    step: int = 1
    unit: str = ""
    choices: dict[str, int] = field(default_factory=dict)
    selects: tuple[str, ...] = ()
    text: str = ""
    path: bool = False
    available: str = ""
    chunk: int = 0
    event: int = 0
    offset: int = 0
    index: str = ""

    @property
    def delivered(self) -> bool:
        """Whether the value comes with frames or events instead of lying in a register."""
        return bool(self.chunk or self.event)

    @property
    def length(self) -> int:
        """Bytes of the register."""
        if self.path:
            return PATH_LENGTH
        return TEXT_LENGTH if self.kind == "text" else NUMBER_LENGTH


def _fixed_text(name: str, text: str = "") -> Feature:
    return Feature(name, "text", writable=False, text=text)


def _fixed_texts(*names: str) -> tuple[Feature, ...]:
    return tuple(_fixed_text(name) for name in names)


def _fixed_integer(name: str, initial: int = 0, unit: str = "") -> Feature:
    return Feature(name, "integer", writable=False, initial=initial, unit=unit)


def _choice(
    name: str, *entries: str, initial: int = 0, selects: tuple[str, ...] = (), writable: bool = True
) -> Feature:
    values = {entry: number for number, entry in enumerate(entries)}
    return Feature(name, "enumeration", writable, initial=initial, choices=values, selects=selects)


def _camera_event(name: str, number: int) -> tuple[Feature, ...]:
    event = f"Event{name}"
    return (
        Feature(event, "integer", writable=False, event=number),
        Feature(f"{event}Timestamp", "integer", writable=False, unit="ns", event=number, offset=8),
        Feature(f"{event}FrameID", "integer", writable=False, event=number, offset=16),
    )


def _timeout(name: str) -> Feature:
    return Feature(name, "integer", initial=1000, high=60_000, unit="ms")


def _command(name: str, locked: bool = False) -> Feature:
    return Feature(name, "command", locked=locked)


def _flag(name: str, initial: int = 0, writable: bool = True, locked: bool = False) -> Feature:
    return Feature(name, "boolean", writable, locked, initial=initial)


DEVICE: dict[str, tuple[Feature, ...]] = {
    "DeviceControl": (
        _fixed_text("DeviceVendorName", "SIMULATED by Inspector"),
        _fixed_text("DeviceModelName", "SimCam"),
        _fixed_text("DeviceFamilyName", "SimCam"),
        _fixed_text("DeviceVersion", "1"),
        _fixed_text("DeviceFirmwareVersion"),
        _fixed_text("DeviceSerialNumber"),
        Feature("DeviceUserID", "text"),
        _choice("DeviceScanType", "Areascan", writable=False),
        _fixed_integer("DeviceSFNCVersionMajor", 2),
        _fixed_integer("DeviceSFNCVersionMinor", 7),
        Feature("DeviceTemperature", "float", writable=False, initial=41.5, low=-273.15, high=200, unit="C"),
        _command("DeviceReset"),
        _command("TimestampLatch"),
        _fixed_integer("TimestampLatchValue", unit="ns"),
    ),
    "ImageFormatControl": (
        _fixed_integer("SensorWidth"),
        _fixed_integer("SensorHeight"),
        _fixed_integer("WidthMax"),
        _fixed_integer("HeightMax"),
        Feature("Width", "integer", locked=True, low=1, high="WidthMax - OffsetX"),
        Feature("Height", "integer", locked=True, low=1, high="HeightMax - OffsetY"),
        Feature("OffsetX", "integer", locked=True, high="WidthMax - Width", step=2),
        Feature("OffsetY", "integer", locked=True, high="HeightMax - Height", step=2),
        Feature("PixelFormat", "enumeration", locked=True, initial=PIXEL_FORMATS["Mono8"], choices=PIXEL_FORMATS),
    ),
    "AcquisitionControl": (
        _choice("AcquisitionMode", "Continuous", "SingleFrame", "MultiFrame"),
        _command("AcquisitionStart"),
        _command("AcquisitionStop"),
        _command("AcquisitionAbort"),
        Feature("AcquisitionFrameCount", "integer", initial=1, low=1, high=65535),
        _flag("AcquisitionFrameRateEnable", 1),
        Feature("AcquisitionFrameRate", "float", initial=30, low=0.1, high=1000, unit="Hz"),
        _choice(
            "AcquisitionStatusSelector",
            "FrameTriggerWait",
            "ExposureActive",
            "AcquisitionActive",
            selects=("AcquisitionStatus",),
        ),
        _flag("AcquisitionStatus", writable=False),
        _choice(
            "TriggerSelector",
            "FrameStart",
            selects=("TriggerMode", "TriggerSoftware", "TriggerSource", "TriggerActivation", "TriggerDelay"),
        ),
        _choice("TriggerMode", "Off", "On"),
        _command("TriggerSoftware"),
        _choice("TriggerSource", "Software", "Line0"),
        _choice("TriggerActivation", "RisingEdge", "FallingEdge", "AnyEdge"),
        Feature("TriggerDelay", "float", high=1_000_000, unit="us"),
        _choice("ExposureMode", "Timed"),
        Feature("ExposureTime", "float", initial=1000, low=10, high=1_000_000, unit="us"),
        _choice("ExposureAuto", "Off"),
    ),
    "AnalogControl": (
        Feature("Gain", "float", high=24, unit="dB"),
        _choice("GainAuto", "Off"),
    ),
    "DigitalIOControl": (
        _choice(
            "LineSelector",
            *("Line0", "Line1", "Line2", "Line3"),
            selects=("LineMode", "LineFormat", "LineInverter", "LineStatus", "LineDebouncerTime", "LineSource"),
        ),
        _choice("LineMode", "Input", "Output"),
        _choice("LineFormat", "OptoCoupled", writable=False),
        _flag("LineInverter"),
        _flag("LineStatus", writable=False),
        _fixed_integer("LineStatusAll"),
        Feature("LineDebouncerTime", "float", high=1_000_000, unit="us", available="not LineMode"),
        replace(_choice("LineSource", *LINE_SOURCES), available="LineMode"),
        _choice("UserOutputSelector", "UserOutput0", "UserOutput1", selects=("UserOutputValue",)),
        _flag("UserOutputValue"),
        Feature("UserOutputValueAll", "integer", high=3),
    ),
    "CounterAndTimerControl": (
        _choice(
            "CounterSelector",
            "Counter0",
            "Counter1",
            selects=("CounterEventSource", "CounterEventActivation", "CounterReset", "CounterValue"),
        ),
        _choice("CounterEventSource", *COUNTER_SOURCES),
        _choice("CounterEventActivation", "RisingEdge", "FallingEdge", "AnyEdge"),
        _command("CounterReset"),
        _fixed_integer("CounterValue"),
        _choice("TimerSelector", "Timer0", selects=("TimerTriggerSource", "TimerDelay", "TimerDuration")),
        _choice("TimerTriggerSource", "Off", "FrameTrigger", "ExposureStart"),
        Feature("TimerDelay", "float", high=1_000_000, unit="us"),
        Feature("TimerDuration", "float", initial=100, low=1, high=1_000_000, unit="us"),
    ),
    "ChunkDataControl": (
        _flag("ChunkModeActive", locked=True),
        _choice(
            "ChunkSelector",
            "FrameID",
            "Timestamp",
            "ExposureTime",
            "LineStatusAll",
            "CounterValue",
            selects=("ChunkEnable",),
        ),
        _flag("ChunkEnable", locked=True),
        Feature("ChunkFrameID", "integer", writable=False, chunk=0x1001),
        Feature("ChunkTimestamp", "integer", writable=False, unit="ns", chunk=0x1002),
        Feature("ChunkExposureTime", "float", writable=False, high=1_000_000, unit="us", chunk=0x1003),
        Feature("ChunkLineStatusAll", "integer", writable=False, chunk=0x1004),
        _choice("ChunkCounterSelector", "Counter0", "Counter1", selects=("ChunkCounterValue",)),
        Feature("ChunkCounterValue", "integer", writable=False, chunk=0x1005, index="ChunkCounterSelector"),
    ),
    "EventControl": (
        _choice("EventSelector", *CAMERA_EVENTS, selects=("EventNotification",)),
        _choice("EventNotification", "Off", "On"),
        *(feature for name, number in CAMERA_EVENTS.items() for feature in _camera_event(name, number)),
    ),
    "UserSetControl": (
        _choice("UserSetSelector", "Default"),
        _command("UserSetLoad", locked=True),
    ),
    "TransportLayerControl": (
        _fixed_integer("PayloadSize", unit="B"),
        Feature("TLParamsLocked", "integer", high=1),
    ),
}

# GenTL SFNC 1.2: what the modules of the producer itself say about themselves.
MODULES: dict[str, dict[str, tuple[Feature, ...]]] = {
    "TLPort": {
        "SystemInformation": (
            *_fixed_texts("TLID", "TLVendorName", "TLModelName", "TLVersion", "TLDisplayName", "TLFileName"),
            Feature("TLPath", "text", writable=False, path=True),
            _choice("TLType", "Custom", writable=False),
            _fixed_integer("GenTLVersionMajor"),
            _fixed_integer("GenTLVersionMinor"),
            _fixed_integer("GenTLSFNCVersionMajor"),
            _fixed_integer("GenTLSFNCVersionMinor"),
        ),
        "InterfaceEnumeration": (
            _command("InterfaceUpdateList"),
            _timeout("InterfaceUpdateTimeout"),
            Feature(
                "InterfaceSelector",
                "integer",
                writable=False,
                high=0,
                selects=("InterfaceID", "InterfaceDisplayName"),
            ),
            *_fixed_texts("InterfaceID", "InterfaceDisplayName"),
        ),
    },
    "InterfacePort": {
        "InterfaceInformation": (
            *_fixed_texts("InterfaceID", "InterfaceDisplayName"),
            _choice("InterfaceType", "Custom", writable=False),
            *(_fixed_integer(f"InterfaceTLVersion{part}") for part in ("Major", "Minor")),
        ),
        "DeviceEnumeration": (
            _command("DeviceUpdateList"),
            _timeout("DeviceUpdateTimeout"),
            _fixed_integer("DeviceCount"),
            Feature(
                "DeviceSelector", "integer", high=1, selects=(*DEVICE_TEXTS, "DeviceAccessStatus", *DEVICE_VERSIONS)
            ),
            *_fixed_texts(*DEVICE_TEXTS),
            _choice("DeviceAccessStatus", *ACCESS_STATUS, writable=False),
            *(_fixed_integer(name) for name in DEVICE_VERSIONS),
        ),
    },
    "DevicePort": {
        "DeviceInformation": (
            *_fixed_texts(*DEVICE_TEXTS, "DeviceDisplayName", "DeviceVersion"),
            *_fixed_texts("DeviceFamilyName", "DeviceManufacturerInfo"),
            _fixed_integer("DeviceTimestampFrequency", unit="Hz"),
            _choice("DeviceType", "Custom", writable=False),
            _choice("DeviceAccessStatus", *ACCESS_STATUS, writable=False),
        ),
        "StreamEnumeration": (
            Feature("StreamSelector", "integer", writable=False, high=0, selects=("StreamID",)),
            _fixed_text("StreamID"),
        ),
        "EventControl": (
            _choice("EventSelector", "DeviceLost", selects=("EventNotification",), writable=False),
            _choice("EventNotification", "Off", "On", initial=1),
            Feature("EventDeviceLost", "integer", writable=False, event=DEVICE_LOST),
            Feature("EventDeviceLostTimestamp", "integer", writable=False, unit="ns", event=DEVICE_LOST, offset=8),
        ),
    },
    "StreamPort": {
        "StreamInformation": (
            _fixed_text("StreamID"),
            _choice("StreamType", "Custom", writable=False),
        ),
        "BufferHandlingControl": (
            _fixed_integer("StreamAnnouncedBufferCount"),
            _fixed_integer("StreamAnnounceBufferMinimum"),
            _choice("StreamBufferHandlingMode", "OldestFirst", writable=False),
            _fixed_integer("StreamInputBufferCount"),
            _fixed_integer("StreamOutputBufferCount"),
            _fixed_integer("StreamStartedFrameCount"),
            _fixed_integer("StreamDeliveredFrameCount"),
            _fixed_integer("StreamLostFrameCount"),
            _fixed_integer("StreamChunkCountMaximum"),
            _flag("StreamIsGrabbing", writable=False),
            _fixed_integer("PayloadSize", unit="B"),
        ),
    },
}
