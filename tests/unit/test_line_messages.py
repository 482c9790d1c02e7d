# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages from the station and the plant: what fits is understood, everything else is refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ChannelError
from inspector.ipc import Message
from inspector.line.input_watch import InputsRead
from inspector.line.plant_io import parse_plant_message
from inspector.line.protocol import Edge, LaneSeen, PlantStatus
from inspector.line.raw_plant_io import parse_inputs
from inspector.line.wire import (
    Ack,
    EntryKind,
    Grant,
    Reject,
    StationFacts,
    StationState,
    key_list,
    parse_station_message,
)
from inspector.part import Confirmed, PartKey, Verdict

COUNTS = st.integers(1, 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    "key ready kind plc_count t_edge_ns t_ns lane watchdog_tripped decide_by_ns warning part encoder_count".split()
)


@given(st.text(max_size=16), COUNTS)
def test_what_the_station_says_is_understood(line_boot: str, part_seq: int) -> None:
    key = PartKey(line_boot, part_seq)
    shape = key_list(key)
    assert parse_station_message({"type": "grant", "key": shape, "decide_by_ns": 1}) == Grant(key)
    assert parse_station_message({"type": "reject", "key": shape, "verdict": "FAIL"}) == Reject(key, Verdict.FAIL)
    known: Message = {"type": "reject", "key": shape, "verdict": "FAIL", "defect_class": 4}
    assert parse_station_message(known) == Reject(key, Verdict.FAIL, 4)
    for kind in EntryKind:
        assert parse_station_message({"type": "ack", "kind": str(kind), "key": shape}) == Ack(kind, key)


def test_readiness_is_understood() -> None:
    assert parse_station_message({"type": "station-state", "ready": True, "reasons": []}) == StationState(True)
    facts: Message = {"recipe_number": 7, "challenge_due": True, "warning": True}
    assert parse_station_message({"type": "station-state", "ready": False, **facts}) == StationState(
        False, StationFacts(recipe_number=7, challenge_due=True, warning=True)
    )


@given(COUNTS, st.integers(0, 2**63 - 1), st.sampled_from([Confirmed.GOOD_LANE, Confirmed.REJECT_LANE]))
def test_what_the_plant_says_is_understood(plc_count: int, t_ns: int, lane: Confirmed) -> None:
    edge: Message = {"type": "edge", "plc_count": plc_count, "t_edge_ns": t_ns}
    assert parse_plant_message(edge) == Edge(plc_count, t_ns)
    seen: Message = {"type": "lane", "plc_count": plc_count, "lane": str(lane), "t_ns": t_ns}
    assert parse_plant_message(seen) == LaneSeen(plc_count, lane, t_ns)
    status: Message = {"type": "status", "plc_count": plc_count, "watchdog_tripped": False, "finished": True}
    assert parse_plant_message(status) == PlantStatus(plc_count, watchdog_tripped=False)


INPUTS: Message = {
    "type": "inputs",
    "t_ns": 5,
    "part": True,
    "good_lane": False,
    "reject_lane": False,
    "encoder_count": 7,
    "running": None,
    "emergency_stop": False,
    "bin_full": True,
    "air_low": False,
    "outputs_safe": False,
}


def test_inputs_are_understood_and_half_of_them_are_not() -> None:
    assert parse_inputs(INPUTS) == InputsRead(5, True, False, False, 7, None, bin_full=True)
    for name in INPUTS.keys() - {"encoder_count", "running"}:
        with pytest.raises(ChannelError):
            parse_inputs({key: value for key, value in INPUTS.items() if key != name})
    for name, value in (("encoder_count", -1), ("running", 1), ("part", "yes")):
        with pytest.raises(ChannelError, match=name):
            parse_inputs({**INPUTS, name: value})


@given(
    st.sampled_from(["grant", "reject", "ack", "station-state", "edge", "lane", "status", "inputs", "other"]),
    st.dictionaries(NAMES, JSON, max_size=5),
)
def test_anything_else_is_refused_and_nothing_else_is_raised(kind: str, fields: dict[str, object]) -> None:
    message: Message = {"type": kind, **fields}
    for parse in (parse_station_message, parse_plant_message, parse_inputs):
        try:
            parse(message)
        except ChannelError as error:
            assert error.message


@pytest.mark.parametrize(
    "key", [None, [], ["a"], ["a", 0], ["a", -1], ["a", True], ["a", "1"], ["a", 1, 2], [1, "a"], "a1", ["a", 2**63]]
)
def test_a_malformed_key_is_refused(key: object) -> None:
    with pytest.raises(ChannelError, match="key"):
        parse_station_message({"type": "grant", "key": key})


@pytest.mark.parametrize("plc_count", [0, -1, True, 1.0, "1", None, 2**63])
def test_a_malformed_count_is_refused(plc_count: object) -> None:
    with pytest.raises(ChannelError, match="plc_count"):
        parse_plant_message({"type": "edge", "plc_count": plc_count, "t_edge_ns": 1})
