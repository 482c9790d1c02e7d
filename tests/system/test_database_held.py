# SPDX-License-Identifier: AGPL-3.0-or-later
"""A program that holds the record database: Ready off, nothing passes unrecorded, and it goes on by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.rig import StationRig, until


@pytest.mark.long
def test_a_held_database_rejects_parts_and_the_station_recovers(tmp_path: Path) -> None:
    directory = tmp_path / "station"
    with StationRig(directory, feed="always", rate_ppm=200) as rig:
        rig.open_shift()
        rig.wait_ready()
        rig.wait_parts(4)
        with closing(sqlite3.connect(directory / "records.sqlite", isolation_level=None, timeout=30)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            before = rig.all_records()
            told = directory / "logs" / "supervisor.log"
            until(lambda: "holds the record database" in told.read_text(), "told on the terminal")
            seen = max(part.plc_count for part in rig.truth())
            rig.wait_parts(seen + 4)
            late = [part for part in rig.truth() if part.plc_count > seen + 1 and part.lane]
            assert {part.lane for part in late} == {"reject"}, "let through without a record"
            holder.execute("ROLLBACK")
        rig.wait_ready()
        rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 4)
        assert rig.all_records()[: len(before)] == before, "a committed record changed or went"
        rig.stop_belt()
        rig.wait_line_quiet()
        rig.close_shift()
        rig.wait_anchored()
        rig.stop()
        verdicts = rig.check_promises()
        assert verdicts["PASS"] > 0
