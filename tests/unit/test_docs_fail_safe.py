# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fail-safe table of docs/line.md: its defaults are those of the code, and each row has tests that are there."""

from __future__ import annotations

import re
import tomllib
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import camera_configs
from inspector import config
from inspector.config import Config, TrackingSettings
from inspector.recipe.challenge_set import ChallengeSet

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "line.md").read_text(encoding="utf-8")
MINIMAL: dict[str, Any] = {
    "station": {"name": "s1"},
    "cameras": [{"name": "cam1", "producer": "p.cti", "features": "f.toml"}],
    "detector": {"package": "models/model"},
    "plant": {"images": "pictures"},
    "recipe": "recipes/disc.toml",
}
DEFAULTS = Config.model_validate(MINIMAL)

WORDS = {
    "verdict later than the deadline": {"stops.late_parts": (3, "3 in 100"), "stops.late_window": (100, "3 in 100")},
    "camera lost, no frame, incomplete frame": {"stops.missing_images": (2, "after 2 in a row")},
    "same frame id or same picture again": {"stops.frozen_images": (1, "stop")},
    "picture too bad to judge": {"stops.gate_failures": (3, "after 3 in a row")},
    "station process dies": {"line.heartbeat_lost_ms": (750, ""), "detector.stuck_ms": (1000, "for 1 s")},
    "PLC's heartbeat lost": {"modbus.heartbeat_ms": (250, ""), "modbus.heartbeat_lost_ms": (750, "750 ms")},
    "plant's I/O lost": {
        "tracking.output_hold_ms": (500, ""),
        "tracking.inputs_lost_ms": (100, ""),
        "plant.watchdog_ms": (750, ""),
    },
    "records cannot be written": {},
    "disk": {
        "records.stop_below_mb": (256, "256 MB"),
        "records.stop_below_percent": (2, "2 %"),
        "records.stop_below_min": (10, "10 minutes"),
        "records.warn_below_percent": (15, "15 %"),
    },
    "ledger, network or broker away": {},
    "clock of the computer": {
        "clock.synchronised": ("warn", "warning"),
        "clock.warn_ms": (100, "100 ms"),
        "clock.alarm_ms": (1000, "1 s"),
    },
    "recipe or model exchanged": {},
    "challenge overdue": {"challenge.interval_min": (0, ""), "challenge.grace_min": (15, "")},
    "reject not confirmed": {"stops.unconfirmed_rejects": (1, "stop")},
    "bin full or no air": {"tracking.bin_full_ms": (4000, "for 4 s"), "tracking.air_low_ms": (4000, "for 4 s")},
}
"""Row, by how it begins: its settings with the default that is specified, and how the row writes it."""

ALSO = {
    "stops.rejects_in_row": 5,
    "stops.rejects": 10,
    "stops.rejects_window": 100,
    "modbus.phase_ms": 500,
    "modbus.results": 16,
    "line.tracking": "plc",
    "challenge.required": True,
    "tracking.on_delay_ms": 2.0,
    "tracking.off_delay_ms": 2.0,
    "tracking.stall_ms": 500,
    "tracking.max_rate_ppm": 60,
    "remote_io.timeout_ms": 50,
}
"""Other defaults that plants are told of."""


TESTS = {
    (path.name, name)
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def rows() -> list[list[str]]:
    section = PAGE.split("## Fail-safe defaults\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def value_of(setting: str) -> object:
    return reduce(getattr, setting.split("."), DEFAULTS)


def row_of(begin: str) -> list[str]:
    (row,) = [row for row in rows() if row[0].startswith(begin)]
    return row


def test_the_page_has_these_rows_and_no_other() -> None:
    assert [row_of(begin) for begin in WORDS] == rows()


@pytest.mark.parametrize("begin", WORDS)
def test_a_row_says_the_defaults_of_its_settings(begin: str) -> None:
    condition, default, settings, _ = row_of(begin)
    for setting, (value, words) in WORDS[begin].items():
        assert value_of(setting) == value, setting
        assert words in f"{condition} {default}"
        assert f"`{setting}`" in settings or f"`{setting.split('.')[1]}`" in settings


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_settings_that_exist_and_are_looked_at_here(row: list[str]) -> None:
    """A key without its table belongs to the table of the one before."""
    table, found = "", set()
    for name in re.findall(r"`([\w.]+)`", row[2]):
        table = name.split(".")[0] if "." in name else table
        found.add(name if "." in name else f"{table}.{name}")
    looked_at = next(settings for begin, settings in WORDS.items() if row[0].startswith(begin))
    not_here = {"line.decide_by_ms", "cameras.frame_timeout_ms"}  # times of the line, without a number in the table
    assert found - not_here == set(looked_at)
    for name in found & not_here:
        model = {"line": config.LineSettings, "cameras": config.CameraSettings}[name.split(".")[0]]
        assert name.split(".")[1] in model.model_fields


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_tests_that_exist(row: list[str]) -> None:
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", row[3]))
    assert named
    assert named - TESTS == set()


@pytest.mark.parametrize("setting", ALSO)
def test_a_default_is_the_specified_one(setting: str) -> None:
    assert value_of(setting) == ALSO[setting]


def test_debounce_and_presentations_are_the_specified_ones() -> None:
    for file in Path(str(camera_configs.__file__)).parent.glob("*.toml"):
        steps = tomllib.loads(file.read_text(encoding="utf-8"))["features"]
        assert [step["LineDebouncerTime"] for step in steps if "LineDebouncerTime" in step] == [100.0], file.name
    assert ChallengeSet.model_fields["presentations"].default == 3
    for delay in ("on_delay_ms", "off_delay_ms"):
        for value in (0.05, 51):
            with pytest.raises(ValueError, match=delay):
                TrackingSettings.model_validate({delay: value})


def test_every_default_of_these_tables_is_a_setting() -> None:
    assert all(issubclass(type(value_of(name.split(".")[0])), BaseModel) for name in ALSO)
