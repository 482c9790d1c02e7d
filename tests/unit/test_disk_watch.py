# SPDX-License-Identifier: AGPL-3.0-or-later
"""The disk is never full without a warning: by space, by its part of the disk, and by the minutes that are left."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

import pytest

from inspector.child import Child
from inspector.clock import SimulatedClock
from inspector.config import Config, RecordSettings
from inspector.ipc import RunDirectory
from inspector.station.disk import DiskWatch

GB = 1_000_000_000


class Bench:
    """A disk of 100 GB, of which `free` bytes are free."""

    def __init__(self, folder: Path, **records: int) -> None:
        self.clock = SimulatedClock()
        self.free = 50 * GB
        settings = Config.model_construct(records=RecordSettings.model_validate(records))
        child = Child(
            folder,
            settings,
            RunDirectory(folder),
            threading.Event(),
            argparse.Namespace(),
            clock=self.clock,
            free_bytes=lambda _folder: self.free,
            size_bytes=lambda _folder: 100 * GB,
        )
        self.disk = DiskWatch(child)

    def codes(self) -> list[str]:
        return [reason.code for reason in (*self.disk.reasons(), *self.disk.warnings())]

    def minutes(self, count: int, mb_each: int) -> None:
        for _ in range(count * 6):
            self.disk.stored(mb_each * 1_000_000 // 6)
            self.clock.advance_ms(10_000)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("free", "codes"),
    [
        (50 * GB, []),
        (15 * GB, []),
        (15 * GB - 1, ["DISK_GETTING_FULL"]),
        (2 * GB, ["DISK_GETTING_FULL"]),
        (2 * GB - 1, ["DISK_LOW", "DISK_GETTING_FULL"]),
        (0, ["DISK_LOW", "DISK_GETTING_FULL"]),
    ],
)
def test_a_part_of_the_disk_warns_and_a_smaller_one_stops(bench: Bench, free: int, codes: list[str]) -> None:
    bench.free = free
    assert bench.codes() == codes
    assert bench.disk.free_mb() == free // 1_000_000


def test_the_space_that_is_left_stops_also_on_a_large_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path, stop_below_mb=60_000)
    assert bench.disk.reasons()[0].message == "only 50000 MB are free on the disk"


def test_a_disk_that_is_full_in_ten_minutes_at_this_rate_stops(bench: Bench) -> None:
    bench.minutes(1, 6_000)
    assert bench.codes() == ["DISK_LOW"]
    assert bench.disk.reasons()[0].message == "the disk is full in 8 minutes"
    bench.minutes(9, 1_000)
    assert bench.codes() == [], "by then less is stored"
    bench.free = 14 * GB
    assert "DISK_LOW" in bench.codes()
    bench.clock.advance_ms(11 * 60_000)
    assert bench.codes() == ["DISK_GETTING_FULL"], "nothing is stored any more"


def test_a_burst_of_some_seconds_says_nothing_yet(bench: Bench) -> None:
    bench.disk.stored(20 * GB)
    assert bench.codes() == []


def test_the_minutes_can_be_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, stop_below_min=0)
    bench.minutes(2, 30_000)
    assert bench.codes() == []
