# SPDX-License-Identifier: AGPL-3.0-or-later
"""The register map: its bytes, its limits, and the tables that integrators work from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.config import MODBUS_BLOCK
from inspector.line.offline import WORDS, Offline
from inspector.line.register_map import (
    MAP_VERSION,
    PLC_BIT_MEANING,
    PLC_BLOCK,
    STATION_BIT_MEANING,
    STATION_BLOCK,
    PlcBit,
    Register,
    StationBit,
    block_words,
    pack,
    plc_image,
    serial_text,
    serial_value,
    unpack,
)

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "integrator.md").read_text(encoding="utf-8")
KINDS = {1: "u16", 2: "u32"}
BLOCKS = [PLC_BLOCK, STATION_BLOCK]


@pytest.mark.parametrize("block", BLOCKS)
def test_no_two_registers_overlap_and_one_request_moves_a_block(block: tuple[Register, ...]) -> None:
    taken = [offset for register in block for offset in range(register.offset, register.offset + register.words)]
    assert taken == list(range(block_words(block)))
    assert len({register.name for register in block}) == len(block)
    assert len(taken) <= MODBUS_BLOCK <= 120  # a request carries 123 registers


def test_the_words_of_a_verdict() -> None:
    status = StationBit.READY | StationBit.RESULT_VALID | StationBit.PASS
    values = {"status": status, "result_id": 0x0001_0002, "missed_triggers": 3, "map_version": 2, "defect_class": 4}
    assert pack(STATION_BLOCK, values, high_first=True) == [0b11_0010, 0, 0, 0, 1, 2, 0, 3, 2, 0, 4]
    assert pack(STATION_BLOCK, values, high_first=False) == [0b11_0010, 0, 0, 0, 2, 1, 3, 0, 2, 0, 4]


@pytest.mark.parametrize("high_first", [True, False])
def test_the_words_of_a_serial(high_first: bool) -> None:
    words = pack(PLC_BLOCK, {"map_version": 2, "serial": serial_value("SN 7")}, high_first)
    assert words[35:38] == [0x534E, 0x2037, 0]
    assert plc_image(words, high_first).serial == "SN 7"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", None),
        (b"  ", None),
        (b"ABC   ", "ABC"),
        (b"\0ABC", None),
        (b"A\nB", None),
        (b"\xc4BC", None),
        (b"x" * 32, "x" * 32),
    ],
)
def test_a_serial_is_printable_or_there_is_none(data: bytes, text: str | None) -> None:
    assert serial_text(int.from_bytes(data.ljust(32, b"\0"), "big")) == text


@given(st.booleans(), st.data())
def test_what_was_packed_is_unpacked(high_first: bool, data: st.DataObject) -> None:
    for block in BLOCKS:
        values = {r.name: data.draw(st.integers(0, 2 ** (16 * r.words) - 1), label=r.name) for r in block}
        assert unpack(block, pack(block, values, high_first), high_first) == values


@given(st.lists(st.integers(0, 0xFFFF), max_size=60), st.booleans())
def test_any_answer_is_an_image_or_refused(words: list[int], high_first: bool) -> None:
    try:
        image = plc_image(words, high_first)
    except ValueError:
        assert len(words) < block_words(PLC_BLOCK) or words[1] != MAP_VERSION
    else:
        assert image.bits & ~sum(PlcBit) == 0
        assert 0 <= image.part_counter < 2**32


def rows(title: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = re.split(r"^#+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(("title", "block"), [("PLC to station", PLC_BLOCK), ("Station to PLC", STATION_BLOCK)])
def test_the_page_has_every_register(title: str, block: tuple[Register, ...]) -> None:
    expected = [[str(r.offset), f"`{r.name}`", KINDS.get(r.words, "text"), r.meaning] for r in block]
    assert rows(title) == expected


def bit_rows(bits: type[PlcBit] | type[StationBit], meaning: Mapping[Any, str]) -> list[list[str]]:
    return [[str(bit.bit_length() - 1), f"`{bit.name}`", meaning[bit]] for bit in bits]


def test_the_page_has_every_bit() -> None:
    assert rows("Bits of `control`") == bit_rows(PlcBit, PLC_BIT_MEANING)
    assert rows("Bits of `status`") == bit_rows(StationBit, STATION_BIT_MEANING)
    assert rows("Bits of `control`")[1][2].startswith("A part is at the sensor")


def test_the_page_has_every_offline_reason() -> None:
    expected = [[str(int(o)), f"`{o.name}`", WORDS[o][0], WORDS[o][1]] for o in Offline if o is not Offline.NONE]
    assert rows("`offline_reason`") == expected
