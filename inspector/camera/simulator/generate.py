# SPDX-License-Identifier: Apache-2.0
"""Makes the GenApi description files and the C register tables out of the table of features.

Run by `build.py`, without the rest of the package.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from .features import DEVICE, MODULES, NO_LIMIT, NUMBER_LENGTH, Feature

FIRST_ADDRESS = 0x1000
XML_ADDRESS = 0x100000

Table = dict[str, tuple[Feature, ...]]
"""Categories and their features."""


def addressed(table: Table) -> list[tuple[int, Feature]]:
    """Give each feature of a table its register address; values that come with frames or events have none."""
    rows = []
    address = FIRST_ADDRESS
    for features in table.values():
        for feature in features:
            if not feature.delivered:
                rows.append((address, feature))
                address += feature.length
    return rows


def _delivered(table: Table) -> list[Feature]:
    return [feature for features in table.values() for feature in features if feature.delivered]


def _delivery(feature: Feature) -> str:
    kind, number = ("ChunkID", feature.chunk) if feature.chunk else ("EventID", feature.event)
    port = f"{feature.name}Port"
    register = _register(feature.offset, feature, port)
    return f'{_feature(feature)}\n{register}\n<Port Name="{port}"><{kind}>{number:08X}</{kind}></Port>'


def _register(address: int, feature: Feature, port: str) -> str:
    access = "RW" if feature.writable else "RO"
    if feature.kind == "command":
        access = "WO"
    index = f'<pIndex Offset="{NUMBER_LENGTH}">{feature.index}Reg</pIndex>' if feature.index else ""
    body = (
        f"<Address>0x{address:X}</Address>{index}<Length>{feature.length}</Length><AccessMode>{access}</AccessMode>"
        f"<pPort>{port}</pPort><Cachable>NoCache</Cachable>"
    )
    if feature.kind == "text":
        return f'<StringReg Name={quoteattr(feature.name)} NameSpace="Standard">{body}</StringReg>'
    if feature.kind == "float":
        return f'<FloatReg Name="{feature.name}Reg">{body}<Endianess>LittleEndian</Endianess></FloatReg>'
    return f'<IntReg Name="{feature.name}Reg">{body}<Sign>Signed</Sign><Endianess>LittleEndian</Endianess></IntReg>'


def _feature(feature: Feature) -> str:
    name = feature.name
    lock = "<pIsLocked>TLParamsLocked</pIsLocked>" if feature.locked else ""
    when, extra = _availability(feature)
    lock = when + lock
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
        return f"<Boolean {head}>{lock}{value}<OnValue>1</OnValue><OffValue>0</OffValue></Boolean>"
    if feature.kind == "float":
        return f"<Float {head}>{lock}{value}<Min>{feature.low}</Min><Max>{feature.high}</Max>{unit}</Float>{extra}"
    limit, extra = _limit(feature)
    low = f"<Min>{int(feature.low)}</Min>"
    return f"<Integer {head}>{lock}{value}{low}{limit}<Inc>{feature.step}</Inc>{unit}{selected}</Integer>{extra}"


def _availability(feature: Feature) -> tuple[str, str]:
    """The element that names what makes a feature available, and the node that computes it, if one must."""
    negation, _, name = feature.available.rpartition(" ")
    if not negation:
        return f"<pIsAvailable>{name}Reg</pIsAvailable>" if name else "", ""
    computed = (
        f'<IntSwissKnife Name="{feature.name}Available"><pVariable Name="OTHER">{name}Reg</pVariable>'
        "<Formula>OTHER = 0</Formula></IntSwissKnife>"
    )
    return f"<pIsAvailable>{feature.name}Available</pIsAvailable>", computed


def _limit(feature: Feature) -> tuple[str, str]:
    """The element with an integer's largest value, and the node that computes it, if one must."""
    if not isinstance(feature.high, str):
        return f"<Max>{feature.high}</Max>", ""
    whole, _, part = feature.high.partition(" - ")
    if not part:
        return f"<pMax>{whole}</pMax>", ""
    # Registers, not features: the limits of two features may depend on each other's values.
    computed = (
        f'<IntSwissKnife Name="{feature.name}Limit"><pVariable Name="WHOLE">{whole}Reg</pVariable>'
        f'<pVariable Name="PART">{part}Reg</pVariable><Formula>WHOLE - PART</Formula></IntSwissKnife>'
    )
    return f"<pMax>{feature.name}Limit</pMax>", computed


def description(port: str, model: str, table: Table) -> str:
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
        lines.append(_register(address, feature, port))
    lines += [_delivery(feature) for feature in _delivered(table)]
    lines.append(f'<Port Name="{port}" NameSpace="Standard"/>')
    lines.append("</RegisterDescription>\n")
    return "\n".join(lines)


_C_KINDS = {
    "integer": "REGISTER_INTEGER",
    "float": "REGISTER_FLOAT",
    "boolean": "REGISTER_INTEGER",
    "enumeration": "REGISTER_CHOICE",
    "command": "REGISTER_COMMAND",
    "text": "REGISTER_TEXT",
}


def _c_names(prefix: str, table: Table) -> list[str]:
    rows = addressed(table)
    lines = ["enum {"] + [f"    {prefix}_{feature.name}," for _, feature in rows] + [f"    {prefix}_COUNT", "};"]
    for _, feature in rows:
        for entry, number in feature.choices.items():
            lines.append(f"#define {feature.name}_{entry} INT64_C({number})")
    for feature in _delivered(table):
        kind, number = ("ChunkID", feature.chunk) if feature.chunk else ("EventID", feature.event)
        lines.append(f"#define {kind}_{feature.name} UINT64_C({number})")
    return lines


def _c_table(prefix: str, table: Table) -> list[str]:
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


def _ports() -> dict[str, tuple[str, str, Table]]:
    ports = {"Device": ("REG", "SimCam", DEVICE)}
    for port, table in MODULES.items():
        ports[port] = (port.removesuffix("Port").upper(), port, table)
    return ports


def _guarded(guard: str, lines: list[str]) -> str:
    head = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by generate.py; do not edit. */"]
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
