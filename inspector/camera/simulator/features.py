# SPDX-License-Identifier: Apache-2.0
"""The features of the simulated camera: one table, from which both the device XML and the C register map are made.

Names and categories follow the Standard Features Naming Convention (SFNC 2.7); the description files follow the
GenApi schema 1.1. Because the XML and the registers come from the same rows, they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

FIRST_ADDRESS = 0x1000
XML_ADDRESS = 0x100000
TEXT_LENGTH = 64
NUMBER_LENGTH = 8
NO_LIMIT = 2**62

PIXEL_FORMATS = {"Mono8": 0x01080001, "BayerRG8": 0x01080009, "RGB8": 0x02180014}
OFF_ON = {"Off": 0, "On": 1}
COUNTER_SOURCES = ("Off", "FrameTrigger", "FrameTriggerMissed", "FrameStart", "FrameEnd", "Line0")
LINE_SOURCES = (
    "Off",
    "UserOutput0",
    "UserOutput1",
    "ExposureActive",
    "FrameTriggerWait",
    "AcquisitionActive",
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
        high: Largest value, or the name of the feature that holds it.
        step: Increment of an integer.
        unit: SFNC unit.
        choices: Enumeration entries and their values.
        selects: Names of the features that this selector selects.
        text: Initial text.
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

    @property
    def length(self) -> int:
        """Bytes of the register."""
        return TEXT_LENGTH if self.kind == "text" else NUMBER_LENGTH


def _fixed_text(name: str, text: str = "") -> Feature:
    return Feature(name, "text", writable=False, text=text)


def _fixed_integer(name: str, initial: int = 0, unit: str = "") -> Feature:
    return Feature(name, "integer", writable=False, initial=initial, unit=unit)


def _choice(
    name: str, *entries: str, initial: int = 0, selects: tuple[str, ...] = (), writable: bool = True
) -> Feature:
    values = {entry: number for number, entry in enumerate(entries)}
    return Feature(name, "enumeration", writable, initial=initial, choices=values, selects=selects)


def _command(name: str, locked: bool = False) -> Feature:
    return Feature(name, "command", locked=locked)


def _flag(name: str, initial: int = 0, writable: bool = True) -> Feature:
    return Feature(name, "boolean", writable, initial=initial)


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
        Feature("Width", "integer", locked=True, low=1, high="WidthMax"),
        Feature("Height", "integer", locked=True, low=1, high="HeightMax"),
        Feature("OffsetX", "integer", locked=True, high="SensorWidth", step=2),
        Feature("OffsetY", "integer", locked=True, high="SensorHeight", step=2),
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
        _choice("LineSelector", "Line0", "Line1", selects=("LineMode", "LineInverter", "LineStatus", "LineSource")),
        _choice("LineMode", "Input", "Output"),
        _flag("LineInverter"),
        _flag("LineStatus", writable=False),
        _fixed_integer("LineStatusAll"),
        _choice("LineSource", *LINE_SOURCES),
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

# GenTL SFNC 1.1: what the modules of the producer itself say about themselves.
MODULES: dict[str, dict[str, tuple[Feature, ...]]] = {
    "TLPort": {
        "SystemInformation": tuple(
            _fixed_text(name) for name in ("TLID", "TLVendorName", "TLModelName", "TLVersion", "TLDisplayName")
        )
    },
    "InterfacePort": {
        "InterfaceInformation": (
            _fixed_text("InterfaceID"),
            _fixed_text("InterfaceDisplayName"),
            _fixed_integer("DeviceCount"),
        )
    },
    "DevicePort": {
        "DeviceInformation": tuple(
            _fixed_text(name)
            for name in (
                "DeviceID",
                "DeviceVendorName",
                "DeviceModelName",
                "DeviceDisplayName",
                "DeviceSerialNumber",
            )
        )
    },
    "StreamPort": {
        "StreamInformation": (
            _fixed_text("StreamID"),
            _fixed_integer("StreamAnnouncedBufferCount"),
            _fixed_integer("StreamInputBufferCount"),
            _fixed_integer("StreamOutputBufferCount"),
            _fixed_integer("StreamStartedFrameCount"),
            _fixed_integer("StreamDeliveredFrameCount"),
            _fixed_integer("StreamLostFrameCount"),
            _flag("StreamIsGrabbing", writable=False),
        )
    },
}


def addressed(table: dict[str, tuple[Feature, ...]]) -> list[tuple[int, Feature]]:
    """Give each feature of a table its register address."""
    rows = []
    address = FIRST_ADDRESS
    for features in table.values():
        for feature in features:
            rows.append((address, feature))
            address += feature.length
    return rows


def _register(address: int, feature: Feature) -> str:
    access = "RW" if feature.writable else "RO"
    if feature.kind == "command":
        access = "WO"
    body = (
        f"<Address>0x{address:X}</Address><Length>{feature.length}</Length><AccessMode>{access}</AccessMode>"
        "<pPort>Device</pPort><Cachable>NoCache</Cachable>"
    )
    if feature.kind == "text":
        return f'<StringReg Name={quoteattr(feature.name)} NameSpace="Standard">{body}</StringReg>'
    if feature.kind == "float":
        return f'<FloatReg Name="{feature.name}Reg">{body}<Endianess>LittleEndian</Endianess></FloatReg>'
    return f'<IntReg Name="{feature.name}Reg">{body}<Sign>Signed</Sign><Endianess>LittleEndian</Endianess></IntReg>'


def _feature(feature: Feature) -> str:
    name = feature.name
    lock = "<pIsLocked>TLParamsLocked</pIsLocked>" if feature.locked else ""
    value = f"<pValue>{name}Reg</pValue>"
    unit = f"<Unit>{escape(feature.unit)}</Unit>" if feature.unit else ""
    selected = "".join(f"<pSelected>{target}</pSelected>" for target in feature.selects)
    head = f'Name="{name}" NameSpace="Standard"'
    if feature.kind == "enumeration":
        entries = "".join(
            f'<EnumEntry Name="{entry}" NameSpace="Standard"><Value>{number}</Value></EnumEntry>'
            for entry, number in feature.choices.items()
        )
        return f"<Enumeration {head}>{lock}{entries}{value}{selected}</Enumeration>"
    if feature.kind == "command":
        return f"<Command {head}>{lock}{value}<CommandValue>1</CommandValue></Command>"
    if feature.kind == "boolean":
        return f"<Boolean {head}>{value}<OnValue>1</OnValue><OffValue>0</OffValue></Boolean>"
    if feature.kind == "float":
        return f"<Float {head}>{value}<Min>{feature.low}</Min><Max>{feature.high}</Max>{unit}</Float>"
    high = feature.high
    limit = f"<pMax>{high}</pMax>" if isinstance(high, str) else f"<Max>{high}</Max>"
    low = f"<Min>{int(feature.low)}</Min>"
    return f"<Integer {head}>{lock}{value}{low}{limit}<Inc>{feature.step}</Inc>{unit}</Integer>"


def description(port: str, model: str, table: dict[str, tuple[Feature, ...]]) -> str:
    """Render the GenApi description file of one port.

    Args:
        port: Name of the port node; consumers match it with PORT_INFO_PORTNAME.
        model: Name of the camera or module.
        table: Categories and their features.

    Returns:
        The XML text.
    """
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<RegisterDescription ModelName="{model}" VendorName="Inspector" ToolTip="Simulated camera" '
        'StandardNameSpace="None" SchemaMajorVersion="1" SchemaMinorVersion="1" SchemaSubMinorVersion="0" '
        'MajorVersion="1" MinorVersion="0" SubMinorVersion="0" '
        'ProductGuid="6E0B0C57-6F0A-4C0C-9C57-5D1C0A2E7701" VersionGuid="6E0B0C57-6F0A-4C0C-9C57-5D1C0A2E7702" '
        'xmlns="http://www.genicam.org/GenApi/Version_1_1" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.genicam.org/GenApi/Version_1_1 GenApiSchema_Version_1_1.xsd">',
        '<Category Name="Root" NameSpace="Standard">'
        + "".join(f"<pFeature>{category}</pFeature>" for category in table)
        + "</Category>",
    ]
    for category, features in table.items():
        members = "".join(f"<pFeature>{feature.name}</pFeature>" for feature in features)
        lines.append(f'<Category Name="{category}" NameSpace="Standard">{members}</Category>')
    for address, feature in addressed(table):
        if feature.kind != "text":
            lines.append(_feature(feature))
        lines.append(_register(address, feature))
    lines.append(f'<Port Name="{port}" NameSpace="Standard"/>')
    lines.append("</RegisterDescription>\n")
    return "\n".join(lines).replace("<pPort>Device</pPort>", f"<pPort>{port}</pPort>")


_C_KINDS = {
    "integer": "REGISTER_INTEGER",
    "float": "REGISTER_FLOAT",
    "boolean": "REGISTER_INTEGER",
    "enumeration": "REGISTER_CHOICE",
    "command": "REGISTER_COMMAND",
    "text": "REGISTER_TEXT",
}


def _c_names(prefix: str, table: dict[str, tuple[Feature, ...]]) -> list[str]:
    rows = addressed(table)
    lines = ["enum {"] + [f"    {prefix}_{feature.name}," for _, feature in rows] + [f"    {prefix}_COUNT", "};"]
    for _, feature in rows:
        for entry, number in feature.choices.items():
            lines.append(f"#define {feature.name}_{entry} INT64_C({number})")
    return lines


def _c_table(prefix: str, table: dict[str, tuple[Feature, ...]]) -> list[str]:
    rows = addressed(table)
    lines = []
    for _, feature in rows:
        if feature.choices:
            values = ", ".join(f"INT64_C({number})" for number in feature.choices.values())
            lines.append(f"static const int64_t choices_{prefix}_{feature.name}[] = {{{values}}};")
    lines.append(f"static const RegisterInfo {prefix.lower()}_table[{prefix}_COUNT] = {{")
    for address, feature in rows:
        high = NO_LIMIT if isinstance(feature.high, str) else feature.high
        if feature.kind == "boolean":
            high = 1
        choices = f"choices_{prefix}_{feature.name}, {len(feature.choices)}" if feature.choices else "NULL, 0"
        lines.append(
            f'    {{"{feature.name}", 0x{address:X}, {feature.length}, {_C_KINDS[feature.kind]}, '
            f"{int(feature.writable)}, {int(feature.locked)}, {float(feature.initial)!r}, {float(feature.low)!r}, "
            f'{float(high)!r}, {feature.step}, {choices}, "{feature.text}"}},'
        )
    lines.append("};")
    return lines


def _c_bytes(name: str, text: str) -> list[str]:
    data = text.encode("utf-8")
    lines = [f"static const unsigned char {name}[] = {{"]
    lines += ["    " + "".join(f"{byte}," for byte in data[at : at + 32]) for at in range(0, len(data), 32)]
    lines.append("};")
    return lines


def _ports() -> dict[str, tuple[str, str, dict[str, tuple[Feature, ...]]]]:
    ports = {"Device": ("REG", "SimCam", DEVICE)}
    for port, table in MODULES.items():
        ports[port] = (port.removesuffix("Port").upper(), port, table)
    return ports


def _guarded(guard: str, lines: list[str]) -> str:
    head = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by features.py; do not edit. */"]
    return "\n".join([*head, f"#ifndef {guard}", f"#define {guard}", *lines, "#endif", ""])


def c_names() -> str:
    """Render `generated.h`: the index of each register and the values of each enumeration."""
    lines = [f"#define XML_ADDRESS UINT64_C(0x{XML_ADDRESS:X})"]
    for prefix, _, table in _ports().values():
        lines += _c_names(prefix, table)
    return _guarded("SIMULATOR_GENERATED_H", lines)


def c_tables() -> str:
    """Render `generated_tables.h`: the register tables and the description files as bytes."""
    lines = []
    for port, (prefix, model, table) in _ports().items():
        lines += _c_table(prefix, table)
        lines += _c_bytes(f"{prefix.lower()}_xml", description(port, model, table))
    return _guarded("SIMULATOR_GENERATED_TABLES_H", lines)
