# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a Modbus TCP server says to each request: two functions, two blocks, and a refusal of everything else.

Written here and not taken from pymodbus, whose server also answers diagnostics, file records, masks and device
identification: whoever reaches the port must be able to do nothing but what a PLC has to do. Source: MODBUS
Application Protocol V1.1b3 (6.3, 6.12, 7) and MODBUS Messaging on TCP/IP V1.0b (3.1.3).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

READ, WRITE = 3, 16
HEADER = struct.Struct(">HHHB")
LONGEST = 254
"""Unit identifier and longest PDU."""
MOST_READ, MOST_WRITTEN = 125, 123


class Refusal(IntEnum):
    """Modbus exception codes."""

    FUNCTION = 1
    ADDRESS = 2
    VALUE = 3
    UNIT = 11


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        transaction: Comes back in the answer.
        unit: Whom it is for.
        pdu: Function code and what belongs to it; at least one byte.
    """

    transaction: int
    unit: int
    pdu: bytes


def take_request(buffer: bytearray) -> Request | None:
    """Take the first request out of what was received; None while it is not complete.

    Raises:
        ValueError: This is not Modbus TCP.
    """
    if len(buffer) < HEADER.size:
        return None
    transaction, protocol, length, unit = HEADER.unpack_from(buffer)
    if protocol != 0 or not 2 <= length <= LONGEST:
        raise ValueError(f"protocol {protocol}, length {length}")
    end = HEADER.size + length - 1
    if len(buffer) < end:
        return None
    request = Request(transaction, unit, bytes(buffer[HEADER.size : end]))
    del buffer[:end]
    return request


class Registers:
    """The station's side of the register map as a Modbus server.

    The PLC writes the whole of its block with one request, and nothing else: its parts are of one moment.

    Args:
        unit_id: The only unit identifier that is answered.
        plc_address: First register of the PLC's block.
        plc_words: Its length.
        station_address: First register of the station's block.
        station: The station's block at rest.
        check: Raises ValueError for a block that is not of this map.
    """

    def __init__(
        self,
        unit_id: int,
        plc_address: int,
        plc_words: int,
        station_address: int,
        station: Sequence[int],
        check: Callable[[Sequence[int]], object],
    ) -> None:
        self._unit_id = unit_id
        self._plc_range = (plc_address, plc_words)
        self._station_address = station_address
        self._rest = list(station)
        self._check = check
        self.reset()

    def reset(self) -> None:
        """A new connection: nothing of the former one is left."""
        self.plc: list[int] | None = None
        self.station = list(self._rest)
        self.complaint = ""
        self.unread = False

    def show(self, words: list[int]) -> None:
        """The station's block from now on."""
        self.unread = self.unread or words != self.station
        self.station = words

    def answer(self, request: Request) -> tuple[bytes, bool]:
        """The answer to a request, and whether it has written the PLC's block."""
        wrote = False
        if request.unit != self._unit_id:
            pdu = self._refuse(request, Refusal.UNIT)
        elif request.pdu[0] == READ:
            pdu = self._read(request)
        elif request.pdu[0] == WRITE:
            pdu = self._write(request)
            wrote = pdu[0] == WRITE
        else:
            pdu = self._refuse(request, Refusal.FUNCTION)
        return HEADER.pack(request.transaction, 0, len(pdu) + 1, request.unit) + pdu, wrote

    def _read(self, request: Request) -> bytes:
        if len(request.pdu) != 5:
            return self._refuse(request, Refusal.VALUE)
        address, count = struct.unpack_from(">HH", request.pdu, 1)
        if not 1 <= count <= MOST_READ:
            return self._refuse(request, Refusal.VALUE)
        first = address - self._station_address
        words = self.station[first : first + count] if first >= 0 else []
        if len(words) != count:
            return self._refuse(request, Refusal.ADDRESS)
        if count == len(self.station):
            self.unread = False
        return struct.pack(f">BB{count}H", READ, 2 * count, *words)

    def _write(self, request: Request) -> bytes:
        if len(request.pdu) < 6:
            return self._refuse(request, Refusal.VALUE)
        address, count, size = struct.unpack_from(">HHB", request.pdu, 1)
        if not 1 <= count <= MOST_WRITTEN or size != 2 * count or len(request.pdu) != 6 + size:
            return self._refuse(request, Refusal.VALUE)
        if (address, count) != self._plc_range:
            return self._refuse(request, Refusal.ADDRESS)
        words = list(struct.unpack_from(f">{count}H", request.pdu, 6))
        try:
            self._check(words)
        except ValueError as error:
            self.complaint = str(error)
            return self._refuse(request, Refusal.VALUE)
        self.plc = words
        return request.pdu[:5]

    @staticmethod
    def _refuse(request: Request, refusal: Refusal) -> bytes:
        return bytes((request.pdu[0] & 0x7F | 0x80, refusal))
