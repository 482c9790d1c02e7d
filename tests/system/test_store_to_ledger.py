# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the writer, the image store and the anchor leave on the disk convinces the independent verifier."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main as command_line
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.verify.station import verify_station
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt
from tests.history_station import build_history
from tests.store_station import CLOSE, NAME, make_writer, opening, part
from tests.unit.evidence_samples import FIELDS, LINE_BOOT

SETTINGS = """
recipe = "recipe.toml"
[station]
name = "demo"
[[cameras]]
name = "top"
producer = "simulator"
features = "f.toml"
[detector]
package = "model"
[plant]
images = "images"
"""


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    (tmp_path / "keys").mkdir()
    (tmp_path / "station.toml").write_text(SETTINGS)
    return create_key(tmp_path / "keys/station.key", "a long passphrase", tmp_path / "keys/station.pub")


@pytest.fixture
def station_path(tmp_path: Path, key: SigningKey) -> Path:
    build_history(tmp_path, key)
    return tmp_path


def test_everything_verifies(station_path: Path) -> None:
    report = verify_station(station_path)
    assert report.findings == []
    assert report.exit_code == 0


def test_a_flipped_byte_in_each_ledger_file_is_named(station_path: Path) -> None:
    for path in sorted((station_path / "ledger").rglob("*")):
        if not path.is_file() or path.name in ("lock", "log.key", "stations.json"):
            continue
        good = path.read_bytes()
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        path.write_bytes(bad)
        report = verify_station(station_path)
        assert report.exit_code == 2, path
        places = [finding.place for finding in report.findings]
        assert any("ledger/" in place or "log entry" in place for place in places), (path, places)
        path.write_bytes(good)
    assert verify_station(station_path).exit_code == 0


def test_a_twin_seal_with_the_stolen_key_does_not_get_into_the_log(
    station_path: Path, tmp_path_factory: pytest.TempPathFactory, key: SigningKey
) -> None:
    other = tmp_path_factory.mktemp("forged")
    forged: RecordWriter = make_writer(other, key)
    forged.append("shift-open", opening(forged)).result(10)
    forged.append("part", part(1)).result(10)
    forged.seal_shift("1" * 64, CLOSE).result(10)
    forged.close()
    with RecordReader(other) as reader, RecordReader(station_path) as honest:
        ledger = open_ledger(station_path / "ledger", "inspector.local/log", NAME, key.public_key, honest)
        sent: list[Receipt] = []
        with closing(ledger):
            anchor = Anchor(reader, ledger, NAME, DocumentStore(other), lambda receipt: sent.append(receipt) is None)
            size = ledger.size
            anchor.work(1.0)
            assert (sent, ledger.size) == ([], size)
            assert anchor.next_pass_s > 1.0


def test_ledger_show_lists_the_log(station_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["ledger", "show", "--station", str(station_path), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["size"] == 5
    assert [entry["kind"] for entry in document["entries"]] == ["seal", "seal", "seal", "head", "head"]
    assert document["checkpoint"].startswith("inspector.local/log\n5\n")
    assert command_line(["ledger", "show", "--station", str(station_path)]) == 0
    assert "5 entries fit the signed checkpoint" in capsys.readouterr().out


def test_an_erased_operator_changes_nothing_that_was_signed(station_path: Path) -> None:
    with closing(sqlite3.connect(station_path / "records.sqlite")) as connection:
        connection.execute("DELETE FROM operator")
        connection.commit()
    assert verify_station(station_path).exit_code == 0
    with RecordReader(station_path) as reader:
        assert reader.part(LINE_BOOT, 1) is not None
        assert FIELDS["part"]["key"] == {"line_boot": LINE_BOOT, "part_seq": 1}
