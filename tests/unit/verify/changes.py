# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ways to change a station directory, and what the verifier must then say."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from inspector.evidence.report import VerificationReport
from inspector.evidence.verify import verify_station
from tests.unit.evidence_station import STATION_KEY

KEY = STATION_KEY.public_key


@contextmanager
def database(station: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(station / "records.sqlite", isolation_level=None)) as db:
        yield db


def change(station: Path, sql: str, *values: object) -> None:
    with database(station) as db:
        assert db.execute(sql, values).rowcount > 0


def tampered(station: Path, rule: str, place: str, **options: bool) -> VerificationReport:
    report = verify_station(station, expected_key=KEY, **options)
    assert report.exit_code == 2, report.not_checked
    assert report.first is not None
    assert (report.first.rule, report.first.place) == (rule, place), [str(found) for found in report.findings]
    return report


def flip(data: bytes, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_file(path: Path, position: int = 0) -> None:
    path.write_bytes(flip(path.read_bytes(), position * 8))
