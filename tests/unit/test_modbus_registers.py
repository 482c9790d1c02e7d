# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station as Modbus server: what is read, what may be written, and what is refused; any bytes at all."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.line.modbus_registers import HEADER, LONGEST, Refusal, Registers, Request, take_request

PLC = [0, 1, 7, 8]
UNIT = 3


def check(words: object) -> None:
    if not isinstance(words, list) or words[1] != 1:
        raise ValueError("map_version is wrong")


def registers() -> Registers:
    return Registers(UNIT, plc_address=0, plc_words=4, station_address=100, station=[11, 12, 13], check=check)


def read(address: int, count: int) -> bytes:
    return struct.pack(">BHH", 3, address, count)


def write(address: int, words: list[int], count: int | None = None) -> bytes:
    head = struct.pack(">BHHB", 16, address, len(words) if count is None else count, 2 * len(words))
    return head + struct.pack(f">{len(words)}H", *words)


def answered(server: Registers, pdu: bytes, unit: int = UNIT) -> bytes:
    answer, _ = server.answer(Request(0x1234, unit, pdu))
    transaction, protocol, length, echoed = HEADER.unpack_from(answer)
    assert (transaction, protocol, length, echoed) == (0x1234, 0, len(answer) - 6, unit)
    return answer[HEADER.size :]


def test_the_stations_block_is_read() -> None:
    server = registers()
    assert answered(server, read(100, 3)) == struct.pack(">BBHHH", 3, 6, 11, 12, 13)
    assert answered(server, read(102, 1)) == struct.pack(">BBH", 3, 2, 13)


def test_the_plcs_block_is_written_whole() -> None:
    server = registers()
    answer, wrote = server.answer(Request(1, UNIT, write(0, PLC)))
    assert (answer[HEADER.size :], wrote, server.plc) == (struct.pack(">BHH", 16, 0, 4), True, PLC)


@pytest.mark.parametrize(
    ("pdu", "refusal"),
    [
        (read(99, 3), Refusal.ADDRESS),
        (read(100, 4), Refusal.ADDRESS),
        (read(103, 1), Refusal.ADDRESS),
        (read(0, 4), Refusal.ADDRESS),
        (read(100, 0), Refusal.VALUE),
        (read(100, 126), Refusal.VALUE),
        (read(100, 1) + b"x", Refusal.VALUE),
        (b"\x03", Refusal.VALUE),
        (write(0, PLC[:3]), Refusal.ADDRESS),
        (write(0, [*PLC, 0]), Refusal.ADDRESS),
        (write(1, PLC), Refusal.ADDRESS),
        (write(100, [1, 2, 3]), Refusal.ADDRESS),
        (write(0, PLC, count=3), Refusal.VALUE),
        (write(0, []), Refusal.VALUE),
        (write(0, [0, 2, 7, 8]), Refusal.VALUE),
        (b"\x10", Refusal.VALUE),
        *((bytes((code,)) + b"\0\0\0\1", Refusal.FUNCTION) for code in (1, 2, 4, 5, 6, 8, 15, 17, 20, 22, 23, 43, 99)),
    ],
)
def test_everything_else_is_refused_and_changes_nothing(pdu: bytes, refusal: Refusal) -> None:
    server = registers()
    server.answer(Request(1, UNIT, write(0, PLC)))
    assert answered(server, pdu) == bytes((pdu[0] | 0x80, refusal))
    assert (server.plc, server.station) == (PLC, [11, 12, 13])


@pytest.mark.parametrize("unit", [0, 1, 255])
def test_another_unit_is_refused(unit: int) -> None:
    server = registers()
    assert answered(server, write(0, PLC), unit) == bytes((0x90, Refusal.UNIT))
    assert answered(server, read(100, 1), unit) == bytes((0x83, Refusal.UNIT))
    assert server.plc is None


def test_a_new_connection_begins_with_nothing() -> None:
    server = registers()
    server.answer(Request(1, UNIT, write(0, PLC)))
    server.show([1, 2, 3])
    server.reset()
    assert (server.plc, server.station, server.unread) == (None, [11, 12, 13], False)


def test_it_knows_whether_the_plc_has_read_what_is_shown() -> None:
    server = registers()
    server.show([1, 2, 3])
    answered(server, read(100, 2))
    assert server.unread
    answered(server, read(100, 3))
    assert not server.unread
    server.show([1, 2, 3])
    assert not server.unread


def test_requests_are_taken_one_by_one_however_they_arrive() -> None:
    stream = HEADER.pack(1, 0, 6, UNIT) + read(100, 1) + HEADER.pack(2, 0, 6, UNIT) + read(101, 2)
    buffer, found = bytearray(), []
    for byte in stream:
        buffer.append(byte)
        request = take_request(buffer)
        if request is not None:
            found.append(request)
    assert found == [Request(1, UNIT, read(100, 1)), Request(2, UNIT, read(101, 2))]
    assert not buffer


@pytest.mark.parametrize("length", [0, 1, LONGEST + 1, 0xFFFF])
def test_what_is_not_modbus_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match="length"):
        take_request(bytearray(HEADER.pack(1, 0, length, UNIT)))
    with pytest.raises(ValueError, match="protocol"):
        take_request(bytearray(HEADER.pack(1, 5, 6, UNIT)))


@given(st.binary(max_size=600))
@example(HEADER.pack(1, 0, 15, UNIT) + write(0, PLC))
def test_any_bytes_are_answered_or_end_the_connection(data: bytes) -> None:
    server, buffer = registers(), bytearray(data)
    try:
        while (request := take_request(buffer)) is not None:
            answer, wrote = server.answer(request)
            assert HEADER.size + 2 <= len(answer) <= 260
            assert answer[HEADER.size] & 0x7F == request.pdu[0] & 0x7F
            assert wrote == (answer[HEADER.size] == 16)
            assert server.station == [11, 12, 13]
    except ValueError:
        pass


@given(st.binary(min_size=1, max_size=253), st.integers(0, 255))
def test_any_request_is_answered_and_only_a_whole_block_is_kept(pdu: bytes, unit: int) -> None:
    server = registers()
    answer, wrote = server.answer(Request(9, unit, pdu))
    assert HEADER.size + 2 <= len(answer)
    assert wrote == (server.plc is not None)
    if wrote:
        assert pdu == write(0, server.plc or [])
