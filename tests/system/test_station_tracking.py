# SPDX-License-Identifier: AGPL-3.0-or-later
"""Line and plant processes when the station follows the parts itself: the plant has inputs and one output only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.ipc import Message
from tests.system.line_rig import Rig, Station

PATIENCE_S = 60.0


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    rigs: list[Rig] = []

    def make(**settings: object) -> Rig:
        rigs.append(Rig(tmp_path, rate_ppm=58, tracking="station", **settings))  # type: ignore[arg-type]
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.end()


def odd(message: Message) -> bool:
    return bool(message["plc_count"] % 2)


def work(station: Station, until: Callable[[], bool], what: str) -> None:
    station.work(until, what, PATIENCE_S)


def accounted(station: Station) -> tuple[set[int], set[int]]:
    triggers = {message["plc_count"] for message in station.of("trigger")}
    gaps = {message["first_plc_count"] + n for message in station.of("gap") for n in range(message["count"])}
    return triggers, gaps


def test_the_output_lets_granted_parts_through_and_no_other(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station(grants=odd)
    rig.plant()
    rig.line()
    work(
        station,
        lambda: (
            {(m["commanded"], m["confirmed"]) for m in station.of("outcome")}
            >= {("accept", "good"), ("reject", "reject")}
        ),
        "a part in each lane",
    )
    triggers, gaps = accounted(station)
    assert triggers == set(range(1, max(triggers) + 1))
    assert not gaps
    counts = {tuple(message["key"]): message for message in station.of("trigger")}
    for outcome in station.of("outcome"):
        trigger = counts[tuple(outcome["key"])]
        assert outcome["commanded"] == "reject" or odd(trigger)
        assert outcome["commanded"] == "accept" or outcome["confirmed"] != "good"
    granted = {message["t_edge_ns"] for message in counts.values() if odd(message)}
    opened = [part for part in rig.truth().values() if part.lane == "good"]
    assert opened
    assert {part.t_edge_ns for part in opened} <= granted
    assert rig.end() == [0, 0]


def test_after_a_kill_of_the_line_nothing_is_followed_from_memory(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station()
    rig.plant()
    line = rig.line()
    work(station, lambda: len(station.of("outcome")) >= 1, "a running line")
    before = len(station.of("trigger"))
    work(station, lambda: len(station.of("trigger")) > before, "a part in flight")
    line.kill()
    line.wait()
    rig.line()
    work(station, lambda: len({m["key"][0] for m in station.of("trigger") if m["live"]}) == 2, "a live part again")
    assert any("counted by nobody" in message["reason"] for message in station.of("gap") if message["count"] == 0)
    triggers, _ = accounted(station)
    assert triggers == set(range(1, max(triggers) + 1)), "the count goes on from the journal"
    work(
        station,
        lambda: {tuple(m["key"]) for m in station.of("outcome")} >= former(station),
        "the end of each part of the former start",
    )
    assert former(station)


def boot(station: Station) -> str:
    return str(station.of("line-hello")[-1]["line_boot"])


def former(station: Station) -> set[tuple[str, int]]:
    return {(m["key"][0], m["key"][1]) for m in station.of("trigger") if m["key"][0] != boot(station)}


def test_a_dead_plant_purges_and_is_found_again(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    station = rig.station()
    plant = rig.plant()
    rig.line()
    work(station, lambda: len(station.of("trigger")) >= 2, "parts")
    plant.kill()
    plant.wait()
    work(station, lambda: not station.line_ready, "Ready off")
    rig.plant()
    work(station, lambda: station.line_ready, "Ready again")
    before = len(station.of("trigger"))
    work(station, lambda: len(station.of("trigger")) > before, "parts again")
    assert any("the plant was not connected" in message["reason"] for message in station.of("gap"))
    assert "Traceback" not in rig.log_text()
