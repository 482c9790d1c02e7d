# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the writer, the image store and the anchor leave on the disk convinces the independent verifier."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.cli import main as command_line
from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.record import pixel_digest
from inspector.evidence.verify import verify_station
from inspector.part import PixelFormat
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from ledger_anchor.anchor import Anchor, open_ledger
from ledger_anchor.directory_log import Receipt
from tests.store_station import CLOSE, NAME, make_writer, opening, outcome, part
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


class Station:
    """The store of a station and what happens to it, without processes."""

    def __init__(self, path: Path, key: SigningKey, clock: SimulatedClock, *, unlock: bool) -> None:
        self.path, self.clock = path, clock
        self.writer = make_writer(path, key, unlock=unlock, clock=self.clock)
        self.images, self.documents = ImageStore(path), DocumentStore(path)
        self.key = key

    def shift(self, first: int, parts: int) -> None:
        person = self.writer.commit_operator("anna").result(10)
        fields = {**opening(self.writer), "opened_by": person}
        digests = [self.documents.put(name.encode()) for name in ("recipe", "model", "camera")]
        fields["recipe"] = {"name": "disc", "digest": digests[0]}
        fields["model"] = {**fields["model"], "digest": digests[1]}
        fields["cameras"] = [{**fields["cameras"][0], "settings_digest": digests[2]}]
        self.writer.append("shift-open", fields).result(10)
        for number in range(first, first + parts):
            self.clock.advance_ms(100)
            self._part(number, digests)
            self.writer.sign_head() if self.writer.unlocked else None
        close = {**CLOSE, "plc_count": parts, "station": parts, "difference": 0}
        self.writer.seal_shift(person, close).result(10)

    def _part(self, number: int, digests: list[str]) -> None:
        pixels = np.full((8, 9), number % 256, np.uint8)
        digest = pixel_digest("Mono8", pixels.data, 8, 9)
        fields = part(number, "FAIL", image=True)
        image = {**fields["views"][0]["image"], "digest": digest, "width": 9, "height": 8}
        fields["views"] = [{**fields["views"][0], "image": image}]
        fields |= {"recipe_digest": digests[0], "model_digest": digests[1]}
        appended = self.writer.append("part", fields).result(10)
        stored = self.images.submit(digest, PixelFormat.MONO8, pixels).result(10)
        about = {"part": appended.hash, "camera": "top", "image_digest": digest}
        file = {"file_sha256": stored.file_sha256, "size": stored.size, "codec": "png"}
        self.writer.append("image-stored", about | file).result(10)
        self.writer.append("outcome", outcome(number, appended.hash)).result(10)

    def anchor(self) -> list[Receipt]:
        sent: list[Receipt] = []

        def send(receipt: Receipt) -> bool:
            sent.append(receipt)
            ledger = {"kind": "tlog", "origin": receipt.origin}
            fields = {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}
            self.writer.append("receipt", fields).result(10)
            return True

        with RecordReader(self.path) as reader:
            ledger = open_ledger(self.path / "ledger", "inspector.local/log", NAME, self.key.public_key, reader)
            with closing(ledger):
                anchor = Anchor(reader, ledger, NAME, send)
                anchor.work(1.0)
                anchor.work(2.0)
        return sent

    def close(self) -> None:
        self.images.close()
        self.writer.close()


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    (tmp_path / "keys").mkdir()
    (tmp_path / "station.toml").write_text(SETTINGS)
    return create_key(tmp_path / "keys/station.key", "a long passphrase", tmp_path / "keys/station.pub")


@pytest.fixture
def station_path(tmp_path: Path, key: SigningKey) -> Path:
    """Three shifts, one of them closed with a locked key, a step of the clock, a head and receipts."""
    clock = SimulatedClock()
    station = Station(tmp_path, key, clock, unlock=True)
    station.shift(1, 3)
    assert len(station.anchor()) == 1
    station.close()
    station = Station(tmp_path, key, clock, unlock=False)
    station.shift(4, 3)
    assert station.anchor() == []
    station.writer.unlock(key).result(10)
    station.clock.step_utc_ms(-10_000)
    station.shift(7, 2)
    assert [receipt.index for receipt in station.anchor()] == [1, 2]
    station.writer.append("shift-open", opening(station.writer)).result(10)
    for number in (9, 10):
        station.writer.append("part", part(number, "FAIL")).result(10)
        station.writer.sign_head().result(10)
        station.anchor()
    station.close()
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
            anchor = Anchor(reader, ledger, NAME, lambda receipt: sent.append(receipt) is None)
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
