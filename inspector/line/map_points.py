# SPDX-License-Identifier: AGPL-3.0-or-later
"""The register map as the points of a monitor: one for each bit, one for each value that people look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from inspector.config import ModbusSettings
from inspector.line.io_monitor import IoPoint
from inspector.line.register_map import PLC_BLOCK, STATION_BLOCK, PlcBit, Register, StationBit, unpack

CONTROL, STATUS = "control", "status"
LAMPS = ("status.WARNING", "status.CHALLENGE_DUE")
"""What may be forced: bits that a PLC only shows. PASS and READY are a handshake's, and are not."""
INPUTS = ("map_version", "part_counter", "trigger_id", "result_ack_id", "lane_seq", "recipe_request")
OUTPUTS = ("offline_reason", "trigger_ack_id", "result_id", "missed_triggers", "recipe_active", "defect_class")


def map_points(settings: ModbusSettings) -> list[IoPoint]:
    """All points, the PLC's first, with their holding registers."""
    found: list[IoPoint] = []
    sides: tuple[tuple[Literal["input", "output"], Sequence[Register], int, Sequence[str]], ...] = (
        ("input", PLC_BLOCK, settings.plc_address, (CONTROL, *INPUTS)),
        ("output", STATION_BLOCK, settings.station_address, (STATUS, *OUTPUTS)),
    )
    for direction, block, first, shown in sides:
        bits = PlcBit if direction == "input" else StationBit
        for register in (one for one in block if one.name in shown):
            address = f"holding register {first + register.offset}"
            if register.name in (CONTROL, STATUS):
                for bit in bits:
                    name, place = f"{register.name}.{bit.name}", f"{address}, bit {int(bit).bit_length() - 1}"
                    found.append(IoPoint(name, direction, place, forceable=name in LAMPS))
            else:
                found.append(IoPoint(register.name, direction, address, "number"))
    return found


def plc_values(words: Sequence[int], high_first: bool) -> dict[str, int]:
    """The PLC's block by the names of its points."""
    values = unpack(PLC_BLOCK, words, high_first)
    bits = {f"{CONTROL}.{bit.name}": int(bool(values[CONTROL] & bit)) for bit in PlcBit}
    return bits | _chosen(values, INPUTS)


def station_values(words: Sequence[int], high_first: bool) -> dict[str, int]:
    """The station's block by the names of its points."""
    values = unpack(STATION_BLOCK, words, high_first)
    bits = {f"{STATUS}.{bit.name}": int(bool(values[STATUS] & bit)) for bit in StationBit}
    return bits | _chosen(values, OUTPUTS)


def _chosen(values: Mapping[str, int], names: Sequence[str]) -> dict[str, int]:
    return {name: values[name] for name in names}
