# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ways to change a station directory, and what the verifier must then say."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_station import STATION_KEY
from tests.unit.verify.bundling import bundle_of

KEY = STATION_KEY.public_key


@contextmanager
def database(station: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(station / "records.sqlite", isolation_level=None)) as db:
        yield db


def change(station: Path, sql: str, *values: object) -> None:
    with database(station) as db:
        assert db.execute(sql, values).rowcount > 0


APART = re.compile("(STORE|PERSON)-..|CHAIN-02|LEDGER-0[^1]")
"""Rules about tables and the log's folder, which a bundle does not have."""


def tampered(station: Path, rule: str, place: str, **options: bool) -> VerificationReport:
    """The directory breaks a rule at a place, and so does the bundle of it."""
    report = verify_station(station, expected_key=KEY, **options)
    assert report.exit_code == 2, report.not_checked
    assert report.first is not None
    assert (report.first.rule, report.first.place) == (rule, place), [str(found) for found in report.findings]
    if not APART.fullmatch(rule):
        bundle = bundle_of(station, station.parent / f"{station.name}.zip")
        found = verify_bundle(bundle, expected_key=KEY, **options).of(Severity.TAMPERED)
        numbers = rule == "CHAIN-03"  # a row has a number beside its bytes, a line has its place
        assert found if numbers else (rule, place) in [(one.rule, one.place) for one in found], found
    return report


def flip(data: bytes, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_file(path: Path, position: int = 0) -> None:
    path.write_bytes(flip(path.read_bytes(), position * 8))
