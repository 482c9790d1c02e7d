# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant's controller and the wire to it."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance


@disturbance(
    "plc-silent",
    "plc",
    "the controller's heartbeat stops for a while; it goes on counting parts",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), seen=("PLANT_SILENT",), gap=True),
    for_ms=Limits(2_000, 50, 20_000),
)
def _plc_silent(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def silent(value: bool) -> None:
        rig.plant.sensors.silent = value

    rig.switch_for_ms(hit, values["for_ms"], silent)


@disturbance(
    "slow-scan",
    "plc",
    "the controller's cycle is slow: what it hears and says comes late",
    Ends(),
    parts=0,
    ms=Limits(50, 1, 100),
)
def _slow_scan(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def scan(ms: float) -> None:
        rig.plant.sensors.scan_ms = ms

    rig.once_for_ms(hit, 600_000.0, lambda: scan(values["ms"]), lambda: scan(0.0))


@disturbance(
    "plc-disconnect",
    "plc",
    "the connection to the controller breaks, and comes back",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), seen=("PLANT_AWAY",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _plc_disconnect(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    cut = lambda: rig.network.cut("line", "plant")  # noqa: E731
    rig.once_for_ms(hit, values["for_ms"], cut, lambda: rig.network.mend("line", "plant"))


@disturbance("id-jump", "plc", "the controller's count jumps ahead", Ends(gap=True), by=Limits(3, 1, 1000))
def _id_jump(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.count
    jump = [0]
    rig.when_fed(hit, lambda _part: jump.__setitem__(0, int(values["by"])))

    def count(last: int) -> int:
        by, jump[0] = jump[0], 0
        return inner(last) + (0 if rig.calmed else by)

    rig.plant.sensors.count = count


@disturbance("id-repeat", "plc", "the controller gives the same count to two parts", Ends(codes=("STOP_TRACKING",)))
def _id_repeat(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.count
    again = [False]
    rig.when_fed(hit, lambda _part: again.__setitem__(0, True))

    def count(last: int) -> int:
        repeated, again[0] = again[0], False
        return last if repeated and last and not rig.calmed else inner(last)

    rig.plant.sensors.count = count


@disturbance("edge-lost", "plc", "the line does not hear of an edge", Ends(gap=True))
def _edge_lost(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.tells_edge
    lost: list[int] = []
    rig.when_fed(hit, lambda _part: lost.append(rig.plant.plc_count + 1))
    rig.plant.sensors.tells_edge = lambda count: inner(count) and count not in lost


@disturbance(
    "count-reset",
    "plc",
    "the controller is exchanged: it counts from 1 again",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), gap=True),
)
def _count_reset(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.count
    reset = [False]
    rig.once(hit, lambda: reset.__setitem__(0, True))

    def count(last: int) -> int:
        anew, reset[0] = reset[0] and not rig.calmed, False
        rig.counter_unknown = rig.counter_unknown or anew
        return inner(0 if anew else last)

    rig.plant.sensors.count = count


@disturbance(
    "feeds-always",
    "plc",
    "the controller puts parts on the belt although the line is not Ready, and the station's shift is not judged",
    Ends(verdicts=("ERROR",), seen=("CAMERA_AWAY",)),
    for_ms=Limits(3_000, 100, 20_000),
)
def _feeds_always(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def feeds(value: bool) -> None:
        rig.plant.feeds_always = value

    def begin() -> None:
        feeds(True)
        rig.station.kill(restart_ms=values["for_ms"] / 2)

    rig.once_for_ms(hit, values["for_ms"], begin, lambda: feeds(False))
