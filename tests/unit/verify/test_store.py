# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the store writes is what the verifier reads: two readings of docs/formats.md meet here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.evidence.seal import SignedDocument
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.part import PixelFormat
from inspector.store.images import ImageStore
from inspector.store.writer import RecordWriter
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import create_log
from tests.store_station import NAME, make_writer, opening, outcome, part, run_shift
from tests.unit.evidence_samples import FIELDS, VIEW

KEY = SigningKey.generate()


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "station.pub").write_text(KEY.public_key.hex())
    return tmp_path


def part_with_image(writer: RecordWriter, station: Path) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    digest = pixel_digest("Mono8", pixels.data, 6, 8)
    image = {"alg": "pixels-sha256/1", "digest": digest, "width": 8, "height": 6, "pixel_format": "Mono8"}
    appended = writer.append("part", {**part(10), "views": [{**VIEW, "verdict": "PASS", "image": image}]}).result(10)
    store = ImageStore(station)
    stored = store.submit(digest, PixelFormat.MONO8, pixels).result(10)
    store.close()
    about = {"part": appended.hash, "camera": "top", "image_digest": digest}
    file = {"file_sha256": stored.file_sha256, "size": stored.size, "codec": "png"}
    writer.append("image-stored", {**about, **file}).result(10)
    writer.append("outcome", outcome(10, appended.hash)).result(10)


def test_running_and_closed_station(station: Path) -> None:
    writer = make_writer(station, KEY)
    writer.append("station-start", FIELDS["station-start"]).result(10)
    run_shift(writer, 3)
    writer.append("shift-open", opening(writer)).result(10)
    part_with_image(writer, station)
    writer.append("gap", FIELDS["gap"]).result(10)
    assert writer.sign_head().result(10) is not None
    running = verify_station(station, expected_key=KEY.public_key)
    writer.close()
    closed = verify_station(station, expected_key=KEY.public_key)
    for report in (running, closed):
        assert report.of(Severity.TAMPERED) == report.of(Severity.UNCHECKED) == []
        assert {finding.rule for finding in report.findings} <= {"PART-05", "PART-06"}
        checked = report.checked
        assert (checked["seals"], checked["heads"], checked["images"], checked["parts"]) == (1, 1, 1, 4)


def test_locked_key(station: Path) -> None:
    writer = make_writer(station, KEY, unlock=False)
    run_shift(writer, 1)
    run_shift(writer, 1, start=2)
    locked = verify_station(station, expected_key=KEY.public_key)
    assert (locked.exit_code, len(locked.of(Severity.UNCHECKED))) == (1, 2)
    writer.unlock(KEY).result(10)
    writer.close()
    assert verify_station(station, expected_key=KEY.public_key).exit_code == 0


def test_clock_step(station: Path) -> None:
    clock = SimulatedClock()
    writer = make_writer(station, KEY, clock=clock)
    writer.append("state", FIELDS["state"]).result(10)
    clock.step_utc_ms(-5000)
    run_shift(writer, 1)
    writer.close()
    report = verify_station(station, expected_key=KEY.public_key)
    assert (report.exit_code, report.checked["clock steps, recorded"]) == (0, 1)
    assert "TIME-01" not in {finding.rule for finding in report.findings}


def receipt_fields(receipt: Receipt) -> dict[str, object]:
    ledger = {"kind": "directory", "origin": receipt.origin}
    return {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}


def test_log_of_a_running_station(station: Path) -> None:
    """Seals in the real log, receipts in the chain; then one entry more than the database has."""
    create_log(station / "ledger", "example.com/log", {NAME: KEY.public_key})
    log = DirectoryLog(station / "ledger")
    writer = make_writer(station, KEY)
    for shift in range(3):
        sealed = run_shift(writer, 1, start=shift + 1)
        receipt = log.submit(SignedDocument(sealed.data, sealed.signature))
        writer.append("receipt", receipt_fields(receipt)).result(10)
    writer.close()
    report = verify_station(station, expected_key=KEY.public_key)
    assert (report.exit_code, report.checked["receipts"], report.checked["log entries"]) == (0, 3, 3)
    assert not [sentence for sentence in report.not_checked if "without a receipt" in sentence]
    log.close()
    tile = station / "ledger" / "tile" / "0" / "000.p" / "3"
    tile.write_bytes(tile.read_bytes()[:-1] + bytes([tile.read_bytes()[-1] ^ 1]))
    report = verify_station(station, expected_key=KEY.public_key)
    assert str(report.first).startswith("TAMPERED log entry 2, rule LEDGER-04")


def test_damaged_schema(station: Path) -> None:
    """Triggers and tables are text in the file; damaged letters come back in SQLite's messages."""
    writer = make_writer(station, KEY)
    run_shift(writer, 1)
    writer.close()
    path = station / "records.sqlite"
    data = path.read_bytes()
    for word in (b"BEFORE INSERT", b"SELECT RAISE", b"CREATE TABLE record", b"PRIMARY KEY"):
        at = data.index(word) + 3
        for bit in range(8):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :])
            report = verify_station(station, expected_key=KEY.public_key)
            assert report.exit_code in (0, 2)
    path.write_bytes(data.replace(b"BEGIN", b"BEG\xc9N", 1))
    assert verify_station(station, expected_key=KEY.public_key).exit_code == 2
