# SPDX-License-Identifier: AGPL-3.0-or-later
"""The register map between PLC and station, as data: the only place that knows offsets and bits.

Two blocks of 16-bit holding registers in the PLC. Each is moved by one request, so that a verdict, its id and its
valid bit are always of one moment. The table in docs/integrator.md is held to this file by a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

MAP_VERSION = 2
LANE_SLOTS = 8
"""Lane confirmations that the PLC keeps, so that a slow poll or a short reconnect loses none."""
SERIAL_WORDS = 16


@dataclass(frozen=True, slots=True)
class Register:
    """One value of a block.

    Attributes:
        offset: Registers from the start of the block.
        name: Name in code and documents.
        words: 1 (u16), 2 (u32), or more: text, two characters to a register, the first one in the high byte.
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
    ENABLE = 1 << 7
    ESTOP_OK = 1 << 8


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
    CHALLENGE_DUE = 1 << 10
    WARNING = 1 << 11
    BYPASS_ACTIVE = 1 << 12


class LaneCode(IntEnum):
    """Where a lane sensor saw a part."""

    GOOD = 1
    REJECT = 2


# Two tables: bits of the two registers that have the same place are equal as keys.
PLC_BIT_MEANING: dict[PlcBit, str] = {
    PlcBit.HEARTBEAT: "Toggles every 250 ms",
    PlcBit.TRIGGER: "A part is at the sensor and its id is in `trigger_id`; held until TRIGGER_ACK",
    PlcBit.RESULT_ACK: "The result was read and its id is in `result_ack_id`; held until RESULT_VALID falls",
    PlcBit.RESET_FAULT: "The cause of a fault was removed; held until FAULT falls",
    PlcBit.OUTPUTS_SAFE: "The PLC's outputs are in their safe state because it missed the station's heartbeat",
    PlcBit.BIN_FULL: "The reject bin takes no more parts: Ready falls",
    PlcBit.AIR_LOW: "The ejector has no air: Ready falls",
    PlcBit.ENABLE: "The PLC wants parts inspected. Off: Ready falls, and the parts in flight end as usual",
    PlcBit.ESTOP_OK: "No emergency stop of the line is active. Off: Ready falls, and the parts in flight are rejected",
}
STATION_BIT_MEANING: dict[StationBit, str] = {
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
    StationBit.CHALLENGE_DUE: "A challenge is due: the test parts have to be shown",
    StationBit.WARNING: "Somebody should look at the station; it goes on",
    StationBit.BYPASS_ACTIVE: "A signed bypass runs: PASS may be of a part that nobody has found good",
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
    Register(
        34,
        "recipe_request",
        1,
        "Number of the recipe that the PLC expects; another one than `recipe_active`: Ready falls. 0: any",
    ),
    Register(
        35,
        "serial",
        SERIAL_WORDS,
        "Serial of the part that TRIGGER is about: printable ASCII, then zeros or spaces; empty: none",
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
    Register(9, "recipe_active", 1, "Number of the recipe in force (`number` in the recipe); 0: it has none"),
    Register(
        10,
        "defect_class",
        1,
        "With FAIL: the class with the highest score among what counts, as its place in the model package from 1",
    ),
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
        data = (values.get(register.name, 0) % (1 << 16 * register.words)).to_bytes(2 * register.words, "big")
        found = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
        swapped = register.words == 2 and not high_first
        words[register.offset : register.offset + register.words] = found[::-1] if swapped else found
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
        found = words[register.offset : register.offset + register.words]
        swapped = register.words == 2 and not high_first
        value = 0
        for word in reversed(found) if swapped else found:
            value = value << 16 | word
        values[register.name] = value
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
        recipe_request: Number of the recipe that it expects; 0: any.
        serial: Serial of the part that TRIGGER is about.
    """

    bits: PlcBit
    part_counter: int = 0
    trigger_id: int = 0
    result_ack_id: int = 0
    lane_seq: int = 0
    lanes: tuple[tuple[int, int], ...] = ((0, 0),) * LANE_SLOTS
    recipe_request: int = 0
    serial: str | None = None


def serial_value(text: str) -> int:
    """A serial as the value of its registers."""
    return int.from_bytes(text.encode("ascii").ljust(2 * SERIAL_WORDS, b"\0"), "big")


def serial_text(value: int) -> str | None:
    """The serial in its registers; None when there is none, or it is not printable ASCII."""
    data = value.to_bytes(2 * SERIAL_WORDS, "big").rstrip(b"\0 ")
    text = data.decode("ascii", "replace")
    return text if data and text.isascii() and text.isprintable() else None


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
        recipe_request=values["recipe_request"],
        serial=serial_text(values["serial"]),
    )
