# SPDX-License-Identifier: AGPL-3.0-or-later
"""A clock that nothing keeps in time is said, recorded with each shift, and stops the line where it has to be right."""

from __future__ import annotations

import argparse
import math
import sys
import threading
from pathlib import Path

import pytest

from inspector.child import Child
from inspector.clock import SimulatedClock
from inspector.config import ClockSettings, Config, load_config
from inspector.errors import ConfigError
from inspector.ipc import RunDirectory
from inspector.station.time_watch import EVERY_NS, TimeWatch
from inspector.time_source import error_of, utc_error_ms
from tests.station_bench import Bench
from tests.store_station import check_chain

UNSYNCHRONISED, OFF = "CLOCK_UNSYNCHRONISED", "CLOCK_OFF"


class Watched:
    """A watch whose clock is off by `error_ms`."""

    def __init__(self, folder: Path, error_ms: float | None, **settings: object) -> None:
        self.clock = SimulatedClock()
        self.error_ms = error_ms
        self.asked = 0
        child = Child(
            folder,
            Config.model_construct(clock=ClockSettings.model_validate(settings)),
            RunDirectory(folder),
            threading.Event(),
            argparse.Namespace(),
            clock=self.clock,
            utc_error_ms=self.answer,
        )
        self.watch = TimeWatch(child)

    def answer(self) -> float | None:
        self.asked += 1
        return self.error_ms

    def later(self, error_ms: float | None) -> str:
        """What a record has to say a minute later."""
        self.error_ms = error_ms
        self.clock.advance_ns(EVERY_NS)
        return self.watch.look()


@pytest.mark.parametrize("synchronised", ["warn", "require", "ignore"])
@pytest.mark.parametrize(
    ("error_ms", "warns", "grave"),
    [
        (0.0, "", False),
        (100.0, "", False),
        (100.5, OFF, False),
        (1_000.0, OFF, False),
        (1_000.5, OFF, True),
        (math.inf, UNSYNCHRONISED, True),
    ],
)
def test_a_clock_that_is_off_warns_and_stops_only_if_it_is_required(
    tmp_path: Path, error_ms: float, warns: str, grave: bool, synchronised: str
) -> None:
    found = Watched(tmp_path, error_ms, synchronised=synchronised)
    texts = found.watch.texts()
    asks = synchronised != "ignore"
    assert [warning.code for warning in found.watch.warnings()] == ([warns] if warns and asks else [])
    assert bool(texts) == bool(warns and asks)
    assert [reason.code for reason in found.watch.reasons()] == ([warns] if grave and synchronised == "require" else [])
    assert found.asked == int(asks)


def test_a_system_that_does_not_say_is_no_trouble_unless_the_clock_must_be_right(tmp_path: Path) -> None:
    assert Watched(tmp_path, None).watch.texts() == []
    strict = Watched(tmp_path, None, synchronised="require")
    assert strict.watch.texts()
    assert [reason.code for reason in strict.watch.reasons()] == [UNSYNCHRONISED]


def test_a_change_is_told_once_and_nobody_asks_more_often_than_once_a_minute(tmp_path: Path) -> None:
    found = Watched(tmp_path, 1.0)
    assert found.watch.look() == ""
    found.error_ms = math.inf
    found.clock.advance_ns(EVERY_NS - 1)
    assert (found.watch.look(), found.watch.warnings(), found.asked) == ("", [], 1)
    assert "nothing keeps" in found.later(math.inf)
    assert found.later(math.inf) == ""
    assert "250 ms off" in found.later(250.0)
    assert found.later(260.0) == ""
    assert found.later(2.0) == "the clock is in time again"
    assert found.later(1.0) == ""


def test_the_answer_of_the_kernel() -> None:
    assert error_of(0, 0x2001, 1_500) == 1.5
    assert error_of(5, 0, 0) == error_of(0, 0x0040, 16_000_000) == math.inf


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is of Linux")
def test_the_real_clock_can_be_asked() -> None:
    found = utc_error_ms()
    assert found is None or found >= 0


def clock_records(directory: Path) -> list[str]:
    found = [record for record in check_chain(directory) if record["type"] == "state" and record["state"] == "clock"]
    return [text for record in found for text in record["reasons"]]


def test_a_shift_says_that_its_times_may_be_off_and_goes_on(tmp_path: Path) -> None:
    clock = SimulatedClock()
    bench = Bench(tmp_path / "station", clock=clock)
    bench.unlock_key()
    try:
        bench.utc_error_ms = math.inf
        bench.everybody_is_here()
        bench.open_shift()
        status = bench.request("status")["result"]
        assert [warning["code"] for warning in status["warnings"]] == [UNSYNCHRONISED]
        assert UNSYNCHRONISED not in {reason["code"] for reason in status["reasons"]}
        bench.utc_error_ms = 1.0
        clock.advance_ns(EVERY_NS)
        bench.until(lambda: bench.request("status")["result"]["warnings"] == [])
    finally:
        bench.close()
    assert [text.split(" - ")[0] for text in clock_records(bench.directory)] == [
        "nothing keeps the computer's clock in time",
        "the clock is in time again",
    ]


def test_where_it_has_to_be_right_no_shift_is_opened(tmp_path: Path) -> None:
    Bench(tmp_path / "station").close()
    settings = tmp_path / "station" / "station.toml"
    settings.write_text(f'{settings.read_text()}\n[clock]\nsynchronised = "require"\n', encoding="utf-8")
    clock = SimulatedClock()
    bench = Bench(tmp_path / "station", clock=clock)
    try:
        bench.utc_error_ms = 1_001.0
        clock.advance_ns(EVERY_NS)
        bench.everybody_is_here()
        bench.until(lambda: bench.request("status")["result"]["warnings"] != [])
        answer = bench.request("shift-open", lot="L-1", operator="op")
        assert not answer["ok"] and "1001 ms off" in answer["error"]["message"]
    finally:
        bench.close()


def test_limits_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.close()
    settings = bench.directory / "station.toml"
    settings.write_text(f"{settings.read_text()}\n[clock]\nwarn_ms = 200\nalarm_ms = 150\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="alarm_ms is below"):
        load_config(bench.directory)
