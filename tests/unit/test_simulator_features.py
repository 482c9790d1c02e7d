# SPDX-License-Identifier: AGPL-3.0-or-later
"""The description files that are made from the table of features."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from genicam import genapi

from inspector.camera.simulator import features, generate

TABLES = {"Device": features.DEVICE, **features.MODULES}
# GenTL SFNC 1.2, chapter 2: features of level M for all kinds of transport layers.
MANDATORY = {
    "TLPort": (
        *("TLID", "TLVendorName", "TLModelName", "TLVersion", "TLPath", "TLType", "GenTLVersionMajor"),
        *("GenTLVersionMinor", "InterfaceUpdateList", "InterfaceSelector", "InterfaceID"),
    ),
    "InterfacePort": (
        *("InterfaceID", "InterfaceType", "InterfaceTLVersionMajor", "InterfaceTLVersionMinor", "DeviceUpdateList"),
        *("DeviceSelector", "DeviceID", "DeviceVendorName", "DeviceModelName", "DeviceAccessStatus"),
        *("DeviceTLVersionMajor", "DeviceTLVersionMinor"),
    ),
    "DevicePort": (
        *("DeviceID", "DeviceVendorName", "DeviceModelName", "DeviceType", "DeviceAccessStatus"),
        *("StreamSelector", "StreamID"),
    ),
    "StreamPort": (
        *("StreamID", "StreamType", "StreamAnnouncedBufferCount", "StreamBufferHandlingMode"),
        "StreamAnnounceBufferMinimum",
    ),
}


@pytest.mark.parametrize("port", TABLES)
def test_description_is_complete(port: str) -> None:
    table = TABLES[port]
    text = generate.description(port, "model", table)
    root = ElementTree.fromstring(text)
    names = [node.get("Name") for node in root]
    assert len(names) == len(set(names))
    for node in root.iter():
        tag = node.tag.partition("}")[2]
        if tag in ("pFeature", "pValue", "pSelected", "pMax", "pIsLocked", "pPort"):
            assert node.text in names
    nodes = genapi.NodeMap()
    nodes.load_xml_from_string(text)
    for members in table.values():
        for feature in members:
            assert nodes.has_node(feature.name)


@pytest.mark.parametrize("port", MANDATORY)
def test_modules_have_what_the_convention_demands(port: str) -> None:
    there = {feature.name for members in TABLES[port].values() for feature in members}
    assert set(MANDATORY[port]) - there == set()


def test_registers_do_not_overlap() -> None:
    for table in TABLES.values():
        end = generate.FIRST_ADDRESS
        for address, feature in generate.addressed(table):
            assert address == end
            end += feature.length
        assert end < generate.XML_ADDRESS


def test_page_names_every_feature_fault_and_variable() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "simulator.md").read_text(encoding="utf-8")
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (root / "inspector/camera/simulator/src").glob("*.c")
    )
    names = {feature.name for members in features.DEVICE.values() for feature in members}
    names |= {entry for members in features.DEVICE.values() for feature in members for entry in feature.choices}
    faults = re.search(r"no such fault; there are ([^;]*?)\"\);", sources)
    assert faults is not None
    names |= set(re.findall(r"[a-z]+-?[a-z]+", re.sub(r'"\s*"', "", faults[1])))
    names |= set(re.findall(r"INSPECTOR_SIMULATOR_[A-Z_0-9]+", sources))
    names.discard("Areascan")
    assert not [name for name in names if not re.search(rf"\b{name}\b", page)]
