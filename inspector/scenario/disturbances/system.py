# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's computer: its disk, its clock, its processes and its power."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inspector.scenario.computer import PLENTY_MB
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance
from inspector.store.database import DATABASE_NAME

POWER_BACK_MS = 4_000.0
TOLD_MS = 900.0


@disturbance(
    "disk-full",
    "system",
    "the disk is full, and has space again after a while",
    Ends(seen=("STORE_FAILED",), deaths=True),
    for_ms=Limits(5_000, 100, 30_000),
)
def _disk_full(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def begin() -> None:
        rig.disk.full = True
        rig.schedule.after_ms(TOLD_MS, lambda: told(0 if rig.disk.full else PLENTY_MB))

    def told(free_mb: int) -> None:
        rig.disk.free_mb = free_mb

    def end() -> None:
        rig.disk.full, rig.disk.free_mb = False, PLENTY_MB

    rig.once_for_ms(hit, values["for_ms"], begin, end)


@disturbance(
    "disk-low", "system", "the disk has little space left", Ends(seen=("DISK_LOW",)), for_ms=Limits(3_000, 100, 30_000)
)
def _disk_low(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def free(mb: int) -> None:
        rig.disk.free_mb = mb

    rig.once_for_ms(hit, values["for_ms"], lambda: free(20), lambda: free(PLENTY_MB))


@disturbance("slow-disk", "system", "every commit takes long", Ends(), parts=0, ms=Limits(100, 1, 1_000))
def _slow_disk(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def slow(ms: float) -> None:
        rig.disk.commit_ms = ms

    rig.once_for_ms(hit, 600_000.0, lambda: slow(values["ms"]), lambda: slow(0.0))


@disturbance(
    "power-cut",
    "system",
    "the station's computer loses power while a part's record is being committed: its log ends at any byte",
    Ends(seen=("CAMERA_AWAY",), deaths=True),
    real_time=False,
)
def _power_cut(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    armed = [False]
    rig.once(hit, lambda: armed.__setitem__(0, True))

    def power(parts: int) -> bool:
        fails = armed[0] and parts > 0 and not rig.calmed
        if fails:
            armed[0] = False
            for process in rig.processes():
                process.unplug()
        return fails

    def after(size: int) -> None:
        rig.schedule.after_ms(0, lambda: _lights_out(rig, size))

    rig.disk.power, rig.disk.after_power = power, after


def _lights_out(rig: Rig, size: int) -> None:
    def torn(files: Path) -> None:
        with (files / f"{DATABASE_NAME}-wal").open("r+b") as log:
            log.truncate(size)
        (files / f"{DATABASE_NAME}-shm").unlink(missing_ok=True)

    rig.station.kill(restart_ms=POWER_BACK_MS, torn=torn)
    rig.line.kill(restart_ms=POWER_BACK_MS)
    rig.camera.kill(restart_ms=POWER_BACK_MS)


@disturbance(
    "clock-step",
    "system",
    "the computer's clock is set by an hour",
    Ends(),
    minutes=Limits(-60, -60, 60),
    real_time=False,
)
def _clock_step(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: rig.schedule.step_utc_ms(values["minutes"] * 60_000))


@disturbance("station-killed", "system", "the station process is killed", Ends(deaths=True, seen=("CAMERA_AWAY",)))
def _station_killed(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, rig.station.kill)


@disturbance(
    "station-hangs",
    "system",
    "the station process stops working for a while",
    Ends(may=("STOP_MISSING_IMAGES", "STOP_REJECTS_IN_ROW", "STOP_LATE"), seen=("STATION_SILENT",)),
    for_ms=Limits(2_000, 50, 15_000),
)
def _station_hangs(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    rig.once_for_ms(hit, values["for_ms"], rig.station.pause, rig.station.resume)


@disturbance("line-killed", "system", "the line process is killed", Ends(deaths=True, seen=("PLANT_AWAY",)))
def _line_killed(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, rig.line.kill)


@disturbance(
    "line-hangs",
    "system",
    "the line process stops working for a while",
    Ends(
        may=("STOP_MISSING_IMAGES", "STOP_REJECTS_IN_ROW", "STOP_REJECT_UNCONFIRMED"),
    ),
    for_ms=Limits(2_000, 50, 15_000),
)
def _line_hangs(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    rig.once_for_ms(hit, values["for_ms"], rig.line.pause, rig.line.resume)


@disturbance(
    "messages-slow", "system", "messages between the processes take long", Ends(), parts=0, ms=Limits(40, 1, 100)
)
def _messages_slow(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    before = rig.network.latency_ms

    def slow(ms: float) -> None:
        rig.network.latency_ms = ms

    rig.once_for_ms(hit, 600_000.0, lambda: slow(values["ms"]), lambda: slow(before))
