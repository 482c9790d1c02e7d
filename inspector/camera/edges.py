# SPDX-License-Identifier: AGPL-3.0-or-later
"""Edges on the trigger line against exposures: the proof that no trigger was missed.

The camera counts both: the edges with a counter on its trigger line, the exposures with the frame id. Their
difference stays as it was at the first frame; when it grows, there was an edge that the camera did not take, and
when it shrinks, an exposure without an edge.
"""

from __future__ import annotations

from inspector.camera.features import Access, NodeMap
from inspector.errors import FeatureError


class EdgeCount:
    """The comparison for one acquisition.

    A count that came with a frame as chunk data belongs to that frame. One that was read from the camera may be
    ahead of a frame under way: it says something only when neither has changed for a while.

    Args:
        rest_ns: How long nothing must have changed.

    Attributes:
        missed: Edges without an exposure since the first frame; negative: exposures without an edge. None as long as
            nothing could be compared.
    """

    def __init__(self, rest_ns: int) -> None:
        self.missed: int | None = None
        self._rest_ns = rest_ns
        self._base: int | None = None
        self._frame_id: int | None = None
        self._seen: tuple[int, int] | None = None
        self._since_ns = 0

    def on_frame(self, frame_id: int, edges: int | None) -> None:
        """A frame, and the count of edges at its exposure; None when it carries none."""
        self._frame_id = frame_id
        if edges is not None:
            self._compare(edges, frame_id)

    def on_reading(self, edges: int, now_ns: int) -> None:
        """The count as the camera gives it now (`perf_counter_ns`)."""
        if self._frame_id is None:
            return
        if (edges, self._frame_id) != self._seen:
            self._seen = (edges, self._frame_id)
            self._since_ns = now_ns
        elif now_ns - self._since_ns >= self._rest_ns:
            self._compare(edges, self._frame_id)

    def _compare(self, edges: int, frame_id: int) -> None:
        difference = edges - frame_id
        if self._base is None:
            self._base = difference
        self.missed = difference - self._base

    def text(self) -> str:
        """What people should know; empty when edges and exposures agree."""
        if self.missed is None or self.missed == 0:
            return ""
        if self.missed > 0:
            return f"missed triggers {self.missed}: edges on the trigger line without an exposure"
        return f"{-self.missed} exposures without an edge on the trigger line"


def counter_fault(nodes: NodeMap) -> str:
    """Why the selected counter does not count the edges that trigger the camera; empty when it does."""
    try:
        if not {"CounterSelector", "CounterEventSource", "CounterValue"} <= set(nodes.names()):
            return "the camera has no counter"
        counted, trigger = str(nodes.read("CounterEventSource")), str(_read(nodes, "TriggerSource"))
        if not counted.startswith("Line") and counted != "ExternalTrigger":
            return f"the counter counts {counted}, not a line"
        if _read(nodes, "TriggerMode") != "On" or counted not in (trigger, "ExternalTrigger"):
            return f"the counter counts {counted}, and the trigger is {trigger}"
        edge, wanted = _read(nodes, "CounterEventActivation"), _read(nodes, "TriggerActivation")
        if edge is not None and wanted is not None and edge != wanted:
            return f"the counter counts {edge}, and the trigger is {wanted}"
    except FeatureError as error:
        return error.message
    return ""


def counter_in_chunks(nodes: NodeMap) -> bool:
    """Whether each frame carries the count of the selected counter; makes `ChunkCounterValue` that counter's."""
    names = nodes.names()
    if not {"ChunkModeActive", "ChunkSelector", "ChunkEnable", "ChunkCounterValue"} <= set(names):
        return False
    try:
        if nodes.read("ChunkModeActive") is not True or "CounterValue" not in nodes.choices("ChunkSelector"):
            return False
        nodes.write("ChunkSelector", "CounterValue")
        if "ChunkCounterSelector" in names:
            nodes.write("ChunkCounterSelector", nodes.read("CounterSelector"))
        return nodes.read("ChunkEnable") is True
    except FeatureError:
        return False


def _read(nodes: NodeMap, name: str) -> object:
    if name not in nodes.names() or nodes.access(name) not in (Access.READ, Access.BOTH):
        return None
    return nodes.read(name)
