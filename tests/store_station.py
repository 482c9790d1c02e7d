# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station directory with a key, and a chain checker of its own for the tests of store and ledger."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from inspector.clock import Clock
from inspector.evidence.keys import SigningKey
from inspector.store.writer import RecordWriter
from tests.unit.evidence_samples import FIELDS, LINE_BOOT

NAME = "demo"
BOOT = "00000000000000b1"
CLOSE = {"plc_count": None, "station": 0, "difference": None, "note": ""}
INDEPENDENT: dict[str, Any] = {
    "counters": [
        {"name": "infeed", "source": "plc", "simulated": True, "since": "", "start": 0, "end": 3},
        {"name": "camera:top", "source": "camera", "simulated": True, "since": "b0-1", "start": 0, "end": None},
    ],
    "bounces": 0,
    "removed_by_hand": 0,
    "differences": [{"between": "infeed-records", "number": 3, "words": "the plant counted 3 parts more"}],
    "established_by": [],
}
"""Counts that are not the station's own, of a shift-close record."""
PERSON = "1" * 64


def make_writer(
    station: Path, key: SigningKey, *, unlock: bool = True, clock: Clock | None = None, reserve_mb: int = 1
) -> RecordWriter:
    """A writer on `station`, by default with its key."""
    writer = RecordWriter(station, NAME, key.public_key, boot=BOOT, clock=clock, reserve_mb=reserve_mb)
    if unlock:
        writer.unlock(key).result(10)
    return writer


def part(number: int, verdict: str = "PASS", *, boot: str = LINE_BOOT, image: bool = False) -> dict[str, Any]:
    """Fields of a part record."""
    fields = {**FIELDS["part"], "key": {"line_boot": boot, "part_seq": number}, "verdict": verdict}
    return {**fields, "plc_count": number} if image else {**fields, "plc_count": number, "views": []}


def outcome(number: int, of: str) -> dict[str, Any]:
    """Fields of an outcome record."""
    return {**FIELDS["outcome"], "key": {"line_boot": LINE_BOOT, "part_seq": number}, "part": of}


def opening(writer: RecordWriter) -> dict[str, Any]:
    """Fields of a shift-open record."""
    return {**FIELDS["shift-open"], "prev_seal": writer.position.prev_seal, "ledger_checkpoint": None}


def run_shift(writer: RecordWriter, parts: int, *, start: int = 1) -> Any:
    """Open a shift, append parts, close it."""
    writer.append("shift-open", opening(writer)).result(10)
    for number in range(start, start + parts):
        writer.append("part", part(number, "FAIL")).result(10)
    return writer.seal_shift(PERSON, CLOSE).result(30)


def check_chain(station: Path) -> list[dict[str, Any]]:
    """The contract of the chain in a few lines that share nothing with the writer; returns the records."""
    connection = sqlite3.connect(f"file:{station / 'records.sqlite'}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT seq, type, shift, bytes, hash FROM record ORDER BY seq").fetchall()
    finally:
        connection.close()
    previous, records = "0" * 64, []
    for number, (seq, kind, shift, data, digest) in enumerate(rows, 1):
        record = json.loads(data)
        assert (seq, record["seq"], record["prev"]) == (number, number, previous)
        assert (record["type"], record["shift"]) == (kind, shift)
        assert hashlib.sha256(b"\0" + data).digest() == digest
        previous = digest.hex()
        records.append(record)
    return records
