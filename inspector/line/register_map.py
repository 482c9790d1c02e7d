# SPDX-License-Identifier: AGPL-3.0-or-later
"""The register map between PLC and station, as data: the only place that knows offsets and bits.

Two blocks of 16-bit holding registers in the PLC. Each is moved by one request, so that a verdict, its id and its
valid bit are always of one moment. The table in docs/integrator.md is held to this file by a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

MAP_VERSION = 1
LANE_SLOTS = 8
"""Lane confirmations that the PLC keeps, so that a slow poll or a short reconnect loses none."""


@dataclass(frozen=True, slots=True)
class Register:
    """One value of a block.

    Attributes:
        offset: Registers from the start of the block.
        name: Name in code and documents.
        words: 1 (u16) or 2 (u32).
        meaning: For the integrator.
    """

    offset: int
    name: str
    words: int
    meaning: str


class PlcBit(IntFlag):
    """Bits of the PLC's `control` register."""

    HEARTBEAT = 1 << 0
    TRIGGER = 1 << 1
    RESULT_ACK = 1 << 2
    RESET_FAULT = 1 << 3
    OUTPUTS_SAFE = 1 << 4
    BIN_FULL = 1 << 5
    AIR_LOW = 1 << 6


class StationBit(IntFlag):
    """Bits of the station's `status` register."""

    HEARTBEAT = 1 << 0
    READY = 1 << 1
    BUSY = 1 << 2
    TRIGGER_ACK = 1 << 3
    RESULT_VALID = 1 << 4
    PASS = 1 << 5
    FAIL = 1 << 6
    NO_DECISION = 1 << 7
    FAULT = 1 << 8
    RESULT_OVERRUN = 1 << 9


class LaneCode(IntEnum):
    """Where a lane sensor saw a part."""

    GOOD = 1
    REJECT = 2


BIT_MEANING: dict[PlcBit | StationBit, str] = {
    PlcBit.HEARTBEAT: "Toggles every 250 ms",
    PlcBit.TRIGGER: "A part is at the sensor and its id is in `trigger_id`; held until TRIGGER_ACK",
    PlcBit.RESULT_ACK: "The result was read and its id is in `result_ack_id`; held until RESULT_VALID falls",
    PlcBit.RESET_FAULT: "The cause of a fault was removed; held until FAULT falls",
    PlcBit.OUTPUTS_SAFE: "The PLC's outputs are in their safe state because it missed the station's heartbeat",
    PlcBit.BIN_FULL: "The reject bin takes no more parts: Ready falls",
    PlcBit.AIR_LOW: "The ejector has no air: Ready falls",
    StationBit.HEARTBEAT: "Toggles every 250 ms while the line process works",
    StationBit.READY: "Triggers are taken",
    StationBit.BUSY: "At least one part waits for its verdict, or its result for the PLC",
    StationBit.TRIGGER_ACK: "The trigger was taken; its id is in `trigger_ack_id`",
    StationBit.RESULT_VALID: "`result_id` and exactly one of PASS, FAIL, NO_DECISION are a result",
    StationBit.PASS: "Accept this part; the PLC checks that it is the only verdict bit",
    StationBit.FAIL: "Judged and bad",
    StationBit.NO_DECISION: "Not judged, or not in time: reject",
    StationBit.FAULT: "The handshake was broken; `offline_reason` says how; everything in flight is rejected",
    StationBit.RESULT_OVERRUN: "With FAULT: more results waited than the station keeps",
}

PLC_BLOCK: tuple[Register, ...] = (
    Register(0, "control", 1, "Bits, see below"),
    Register(1, "map_version", 1, f"Always {MAP_VERSION}; with anything else the station does not connect"),
    Register(2, "part_counter", 2, "Parts at the sensor, never reset; counts triggered and given-up parts"),
    Register(4, "trigger_id", 2, "`part_counter` of the part that TRIGGER is about"),
    Register(6, "result_ack_id", 2, "`result_id` that RESULT_ACK is about"),
    Register(8, "lane_seq", 2, "Lane confirmations ever written; the n-th is in slot (n - 1) mod 8"),
    *(
        register
        for slot in range(LANE_SLOTS)
        for register in (
            Register(10 + 3 * slot, f"lane_{slot}_id", 2, f"Slot {slot}: `part_counter` of the part"),
            Register(12 + 3 * slot, f"lane_{slot}_code", 1, f"Slot {slot}: 1 good lane, 2 reject lane"),
        )
    ),
)
"""PLC to station; the station reads it with function 3."""

STATION_BLOCK: tuple[Register, ...] = (
    Register(0, "status", 1, "Bits, see below"),
    Register(1, "offline_reason", 1, "Why READY is off, see below; 0 while it is on"),
    Register(2, "trigger_ack_id", 2, "Id that TRIGGER_ACK is about"),
    Register(4, "result_id", 2, "Id that RESULT_VALID is about"),
    Register(6, "missed_triggers", 2, "Triggers that came while READY was off, since the start of the line process"),
    Register(8, "map_version", 1, f"Always {MAP_VERSION}"),
)
"""Station to PLC; the station writes all of it with one request of function 16."""


def block_words(block: Sequence[Register]) -> int:
    """Number of registers in a block."""
    return max(register.offset + register.words for register in block)


def pack(block: Sequence[Register], values: Mapping[str, int], high_first: bool) -> list[int]:
    """The registers of a block.

    Args:
        block: Its layout.
        values: Value by name; a name that is missing is 0, and values wrap at their size.
        high_first: Whether the high word of a 32-bit value comes first.
    """
    words = [0] * block_words(block)
    for register in block:
        value = values.get(register.name, 0)
        if register.words == 1:
            words[register.offset] = value & 0xFFFF
        else:
            pair = [(value >> 16) & 0xFFFF, value & 0xFFFF]
            words[register.offset : register.offset + 2] = pair if high_first else pair[::-1]
    return words


def unpack(block: Sequence[Register], words: Sequence[int], high_first: bool) -> dict[str, int]:
    """The values of a block by name; `words` are its registers from the start of the block.

    Raises:
        ValueError: There are fewer words than the block has.
    """
    if len(words) < block_words(block):
        raise ValueError(f"{len(words)} registers, not {block_words(block)}")
    values = {}
    for register in block:
        first = words[register.offset]
        if register.words == 2:
            second = words[register.offset + 1]
            first = (first << 16 | second) if high_first else (second << 16 | first)
        values[register.name] = first
    return values


@dataclass(frozen=True, slots=True)
class PlcImage:
    """What the PLC says, at one moment.

    Attributes:
        bits: Its control bits.
        part_counter: Parts at the sensor.
        trigger_id: Part that TRIGGER is about.
        result_ack_id: Part that RESULT_ACK is about.
        lane_seq: Lane confirmations ever written.
        lanes: (id, code) of each slot.
    """

    bits: PlcBit
    part_counter: int = 0
    trigger_id: int = 0
    result_ack_id: int = 0
    lane_seq: int = 0
    lanes: tuple[tuple[int, int], ...] = ((0, 0),) * LANE_SLOTS


def plc_image(words: Sequence[int], high_first: bool) -> PlcImage:
    """The PLC's block; bits that have no name are ignored.

    Raises:
        ValueError: The answer is too short, or is not of this map.
    """
    values = unpack(PLC_BLOCK, words, high_first)
    if values["map_version"] != MAP_VERSION:
        raise ValueError(f"map_version is {values['map_version']}, not {MAP_VERSION}")
    return PlcImage(
        bits=PlcBit(values["control"] & sum(PlcBit)),
        part_counter=values["part_counter"],
        trigger_id=values["trigger_id"],
        result_ack_id=values["result_ack_id"],
        lane_seq=values["lane_seq"],
        lanes=tuple((values[f"lane_{slot}_id"], values[f"lane_{slot}_code"]) for slot in range(LANE_SLOTS)),
    )
