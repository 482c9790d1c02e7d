# SPDX-License-Identifier: AGPL-3.0-or-later
"""Files that are missing, unreadable, endless or no files at all: an answer each time, never a traceback or a hang."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.evidence.verify import files as verify_files
from inspector.evidence.verify.report import MAX_FINDINGS, Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.evidence.verify.tiles import LogDamaged, LogTiles
from tests.unit.evidence_station import ORIGIN, building
from tests.unit.verify.changes import KEY, change, flip_file, tampered


def unreadable(names: tuple[str, ...]) -> Callable[[Path, str], object]:
    """`Path.open` on a disk that fails for some files."""
    real = Path.open

    def fail(path: Path, mode: str = "r") -> object:
        if path.name.endswith(names):
            raise OSError(5, "Input/output error", str(path))
        return real(path, mode)

    return fail


@pytest.mark.parametrize(
    ("names", "rules"),
    [
        ((".png",), {"IMAGE-01"}),
        (("log.vkey",), {"LEDGER-02", "LEDGER-01"}),
        (("checkpoint",), {"LEDGER-02"}),
        (("4",), {"LEDGER-04"}),
        (("station.pub",), {"KEY-01"}),
    ],
)
def test_disk_that_fails_is_no_tampering(
    station: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], rules: set[str]
) -> None:
    (station / "ledger" / "tile" / "0" / "000.p" / "3").unlink()
    monkeypatch.setattr(Path, "open", unreadable(names))
    report = verify_station(station)
    assert report.exit_code == 1
    assert {finding.rule for finding in report.findings} == rules


def test_unreadable_document(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = next((station / "documents").iterdir()).name
    (station / "documents" / "README").write_text("not named by a hash")
    (station / "documents" / ("0" * 64)).mkdir()
    monkeypatch.setattr(Path, "open", unreadable((name,)))
    report = verify_station(station, expected_key=KEY)
    assert [finding.rule for finding in report.of(Severity.UNCHECKED)] == ["DOC-01"]


def test_only_regular_files_are_opened(station: Path) -> None:
    image = next(iter(sorted((station / "images").rglob("*.png"))))
    image.unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(image)
    report = verify_station(station, expected_key=KEY)
    assert [finding.rule for finding in report.of(Severity.TAMPERED)] == ["IMAGE-02"]
    assert verify_files.read_file(image, 10) is None
    assert verify_files.digest_file(image) is None


def test_no_more_is_read_than_makes_sense(station: Path) -> None:
    path = station / "ledger" / "checkpoint"
    path.write_bytes(path.read_bytes() + b"x" * 1_000_000)
    tampered(station, "LEDGER-02", "ledger/checkpoint")
    assert len(verify_files.read_file(path, 100) or b"") == 101


def test_findings_are_limited_but_tampering_is_never_left_out() -> None:
    report = VerificationReport()
    for number in range(MAX_FINDINGS + 10):
        report.warn("TIME-01", f"record {number}", "", number)
    report.tamper("CHAIN-02", "record 5000", "changed", 5000)
    report.sort()
    assert (report.total, len(report.findings), report.exit_code) == (MAX_FINDINGS + 11, MAX_FINDINGS + 1, 2)
    assert str(report.first) == "TAMPERED record 5000, rule CHAIN-02: changed"


def read_entries(ledger: Path, size: int) -> VerificationReport:
    report = VerificationReport()
    list(LogTiles(ledger, size, report).entries())
    return report


def test_bundles_and_tiles_that_are_too_short(station: Path) -> None:
    ledger = station / "ledger"
    bundle, tile = ledger / "tile" / "entries" / "000.p" / "4", ledger / "tile" / "0" / "000.p" / "4"
    good = bundle.read_bytes()
    for size in (len(good) - 1, 1):
        bundle.write_bytes(good[:size])
        with pytest.raises(LogDamaged, match="cut off"):
            read_entries(ledger, 4)
    bundle.write_bytes(b"")
    with pytest.raises(LogDamaged, match="holds 0 entries"):
        read_entries(ledger, 4)
    bundle.write_bytes(good)
    (ledger / "tile" / "0" / "000.p" / "0").write_bytes(b"stray")
    assert read_entries(ledger, 4).findings == []
    flip_file(ledger / "tile" / "0" / "000.p" / "2")
    tile.unlink()
    places = [finding.place for finding in read_entries(ledger, 4).findings]
    assert places == ["ledger/tile/0/000"]


def test_full_tile_with_a_tail(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        builder.log.entries += [b"entry"] * 255
        builder.close_shift()
    tile = tmp_path / "station" / "ledger" / "tile" / "0" / "000"
    tile.write_bytes(tile.read_bytes() + b"tail")
    tampered(tmp_path / "station", "LEDGER-04", "ledger/tile/0/000")


def test_receipts_of_other_kinds_and_wrong_indices(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        builder.open_shift()
        document = builder.close_shift()
        index, proof = builder.log.add(document.leaf)
        receipt = {"seal": document.digest, "ledger": {"kind": "tlog", "origin": ORIGIN}, "index": 7, "proof": proof}
        builder.append("receipt", receipt)
        builder.append("receipt", {**receipt, "ledger": {"kind": "evm", "origin": "chain"}, "proof": "0xabc"})
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert index == 1
    assert {finding.rule for finding in report.findings} == {"LEDGER-01", "LEDGER-06"}
    assert any("receipts of ledger kind evm were not checked" in words for words in report.not_checked)


def test_log_that_shrank(station: Path) -> None:
    """An older copy of the log, valid in itself, behind receipts that saw more of it."""
    shutil.rmtree(station / "ledger")
    with building(station.parent / "other") as builder:
        builder.open_shift()
        builder.close_shift()
    shutil.copytree(station.parent / "other" / "ledger", station / "ledger")
    report = verify_station(station, expected_key=KEY)
    assert "LEDGER-05" in {finding.rule for finding in report.of(Severity.TAMPERED)}


def test_columns_that_hold_no_bytes(station: Path) -> None:
    change(station, "UPDATE seal SET bytes = 7 WHERE shift = 2")
    change(station, "UPDATE head SET signature = 7 WHERE shift = 3")
    report = verify_station(station, expected_key=KEY)
    assert [finding.rule for finding in report.of(Severity.TAMPERED)].count("STORE-02") == 2


def test_seal_of_a_shift_without_records(station: Path) -> None:
    change(station, "UPDATE seal SET bytes = replace(bytes, '\"shift\":2', '\"shift\":9') WHERE shift = 2")
    rules = {finding.rule for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)}
    assert {"SEAL-01", "SEAL-03", "SEAL-06", "STORE-02"} <= rules
