# SPDX-License-Identifier: AGPL-3.0-or-later
"""Edges on the trigger line against exposures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.camera.edges import EdgeCount, counter_fault, counter_in_chunks
from inspector.camera.features import Access, Kind
from tests.unit.test_camera_features import FakeNodes, Node

REST_NS = 300_000_000
TAKEN, MISSED, LOST, INCOMPLETE, SPURIOUS = "taken", "missed", "lost", "incomplete", "spurious"


def choice(value: str) -> Node:
    return Node(value, Kind.CHOICE, choices=[value])


def counting(**changed: Node) -> FakeNodes:
    nodes = {
        "TriggerMode": choice("On"),
        "TriggerSource": choice("Line1"),
        "TriggerActivation": choice("RisingEdge"),
        "CounterSelector": choice("Counter1"),
        "CounterEventSource": choice("Line1"),
        "CounterEventActivation": choice("RisingEdge"),
        "CounterValue": Node(0, Kind.INTEGER, Access.READ),
    }
    return FakeNodes(**{**nodes, **changed})


def test_a_missed_trigger_shows_with_the_next_frame() -> None:
    count = EdgeCount(REST_NS)
    assert (count.missed, count.text()) == (None, "")
    count.on_frame(1, 11)
    count.on_frame(2, 12)
    assert (count.missed, count.text()) == (0, "")
    count.on_frame(3, 15)
    assert count.missed == 2
    assert count.text() == "missed triggers 2: edges on the trigger line without an exposure"
    count.on_frame(9, 15)
    assert count.text() == "4 exposures without an edge on the trigger line"


def test_without_chunk_data_the_counts_are_compared_at_rest() -> None:
    count = EdgeCount(REST_NS)
    count.on_reading(4, 0)
    count.on_frame(1, None)
    for now_ns, edges, missed in (
        (0, 5, None),
        (REST_NS - 1, 5, None),
        (REST_NS, 5, 0),
        (2 * REST_NS, 7, 0),  # a frame may be under way
        (3 * REST_NS - 1, 7, 0),
        (3 * REST_NS, 7, 2),
    ):
        count.on_reading(edges, now_ns)
        assert count.missed == missed


@given(st.lists(st.sampled_from([TAKEN, MISSED, LOST, INCOMPLETE, SPURIOUS])), st.integers(0, 1000), st.booleans())
def test_only_missed_triggers_and_spurious_exposures_count(events: list[str], before: int, chunks: bool) -> None:
    """Frames that were lost or incomplete on their way say nothing about triggers."""
    count = EdgeCount(REST_NS)
    edges, frame_id, now_ns = before + 1, 1, 0
    count.on_frame(1, edges if chunks else None)
    count.on_reading(edges, 0)
    count.on_reading(edges, REST_NS)
    for event in [*events, TAKEN]:
        now_ns += 10 * REST_NS
        edges += event != SPURIOUS
        frame_id += event != MISSED
        if event not in (MISSED, LOST):
            count.on_frame(frame_id, edges if chunks and event is not INCOMPLETE else None)
        if event == TAKEN:
            count.on_reading(edges, now_ns)
            count.on_reading(edges, now_ns + REST_NS)
    assert count.missed == events.count(MISSED) - events.count(SPURIOUS)


def test_a_counter_that_counts_the_trigger_is_fine() -> None:
    assert counter_fault(counting()) == ""
    assert counter_fault(counting(CounterEventSource=choice("ExternalTrigger"))) == ""
    without = counting()
    del without.nodes["CounterEventActivation"]
    assert counter_fault(without) == ""


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"CounterEventSource": choice("FrameTrigger")}, "FrameTrigger, not a line"),
        ({"CounterEventSource": choice("Line2")}, "counts Line2, and the trigger is Line1"),
        ({"TriggerSource": choice("Software")}, "the trigger is Software"),
        ({"TriggerMode": choice("Off")}, "counts Line1"),
        ({"CounterEventActivation": choice("AnyEdge")}, "counts AnyEdge, and the trigger is RisingEdge"),
    ],
)
def test_any_other_counter_is_named(changed: dict[str, Node], text: str) -> None:
    assert text in counter_fault(counting(**changed))


def test_a_camera_without_counter_says_so() -> None:
    assert counter_fault(FakeNodes()) == "the camera has no counter"


def test_the_count_in_the_frame_is_that_of_the_selected_counter() -> None:
    chunks = {
        "ChunkModeActive": Node(True, Kind.BOOLEAN),
        "ChunkSelector": Node("", Kind.CHOICE, choices=["FrameID", "CounterValue"]),
        "ChunkEnable": Node(True, Kind.BOOLEAN, selected=True),
        "ChunkCounterValue": Node(0, Kind.INTEGER, Access.NONE),
    }
    nodes = counting(**chunks, ChunkCounterSelector=choice("Counter0"))
    assert counter_in_chunks(nodes)
    assert nodes.log == [("ChunkSelector", "CounterValue"), ("ChunkCounterSelector", "Counter1")]
    assert counter_in_chunks(counting(**chunks))
    for name in ("ChunkModeActive", "ChunkEnable"):
        assert not counter_in_chunks(counting(**{**chunks, name: Node(False, Kind.BOOLEAN)}))
    assert not counter_in_chunks(counting(**{**chunks, "ChunkSelector": Node("", Kind.CHOICE, choices=["FrameID"])}))
    assert not counter_in_chunks(counting())
