# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shift has a "not before": its shift-open record carries the newest checkpoint of the log, which must agree."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.keys import read_public_key
from inspector.evidence.note import parse_checkpoint, split_note
from inspector.evidence.verify.station import verify_station
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt
from tests.station_bench import Bench

ORIGIN = "inspector.local/log"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


def anchor(bench: Bench) -> None:
    def send(receipt: Receipt) -> bool:
        bench.hear(
            "anchor",
            {
                "type": "receipt",
                "seal_sha256": receipt.digest,
                "ledger": {"kind": "tlog", "origin": receipt.origin},
                "index": receipt.index,
                "proof": receipt.proof,
            },
        )
        return True

    key = read_public_key(bench.directory / "keys" / "station.pub")
    with RecordReader(bench.directory) as reader:
        ledger = open_ledger(bench.directory / "ledger", ORIGIN, "bench", key, reader)
        with closing(ledger):
            Anchor(reader, ledger, "bench", DocumentStore(bench.directory), send).work(1.0)
    bench.until(lambda: bench.writer.idle)


def shift(bench: Bench) -> dict[str, Any]:
    """Open and close a shift; returns its shift-open record."""
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    assert bench.request("shift-close", operator="op", note="none came", removed_by_hand=0)["ok"]
    with RecordReader(bench.directory) as reader:
        return dict(reader.latest(1, kind="shift-open")[0].fields)


def test_each_shift_names_the_newest_checkpoint(bench: Bench) -> None:
    assert shift(bench)["ledger_checkpoint"] is None, "there is no log yet"
    seen = []
    for size in (1, 2):
        anchor(bench)
        opened = shift(bench)
        text, _ = split_note((bench.directory / "ledger" / "checkpoint").read_bytes())
        known = parse_checkpoint(text)
        assert opened["ledger_checkpoint"] == {"origin": ORIGIN, "size": size, "root": known.root.hex()}
        seen.append(opened)
    anchor(bench)
    report = verify_station(bench.directory)
    assert report.exit_code == 0, [str(found) for found in report.findings]


def test_a_log_that_never_had_that_checkpoint_is_another_log(bench: Bench, tmp_path: Path) -> None:
    """Shifts cannot be made up for a log that comes later, nor a log for shifts that were there."""
    shift(bench)
    anchor(bench)
    shift(bench)
    anchor(bench)
    ledger = bench.directory / "ledger"
    shutil.move(ledger, tmp_path / "true")
    other = Bench(tmp_path / "other")
    try:
        other.station.start()
        other.everybody_is_here()
        for _ in range(2):
            shift(other)
            anchor(other)
    finally:
        other.close()
    shutil.copytree(tmp_path / "other" / "ledger", ledger)
    rules = {finding.rule for finding in verify_station(bench.directory).findings}
    assert "LEDGER-05" in rules


def test_each_record_has_utc_monotonic_time_and_its_run(bench: Bench) -> None:
    shift(bench)
    with RecordReader(bench.directory) as reader:
        records = [record.fields for record in reader.following(0, 1000)]
    assert {record["boot"] for record in records} == {"00000000000000b1"}
    for name in ("t_us", "mono_us"):
        times = [record[name] for record in records]
        assert times == sorted(times)
