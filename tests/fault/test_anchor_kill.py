# SPDX-License-Identifier: AGPL-3.0-or-later
"""The anchor process dies at any moment: no seal is lost, none is in the log twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.note import parse_vkey
from inspector.evidence.proof import verify_proof
from inspector.ipc import EventKind, Hub, RunDirectory
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from ledger_anchor.log.files import read_log
from tests.store_station import make_writer, opening, part, run_shift

ORIGIN = "inspector.local/log"
SETTINGS = """
recipe = "recipe.toml"
[station]
name = "demo"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "f.toml"
[detector]
package = "model"
[plant]
images = "images"
"""


@contextmanager
def anchor(station: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ledger_anchor.process", "--station", str(station)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class FakeStation:
    """The station's side: keeps receipts as records, or drops them on the floor, and what is said of ledgers."""

    def __init__(self, station: Path, writer: RecordWriter) -> None:
        run = RunDirectory(station)
        run.create_secret()
        self.writer = writer
        self.hub = Hub(run, "station")
        self.hub.listen()
        self.receipts: list[dict[str, Any]] = []
        self.states: dict[str, str] = {}

    def until(self, condition: Callable[[], bool], *, acknowledge: bool) -> None:
        for _ in range(600):
            if condition():
                return
            event = self.hub.receive(0.1)
            if event is None or event.kind is not EventKind.MESSAGE:
                continue
            if event.message["type"] == "ledger-state":
                self.states[event.message["origin"]] = event.message["state"]
                continue
            self.receipts.append(event.message)
            if acknowledge:
                self._keep(event.message)
        raise AssertionError("the anchor did not do it within a minute")

    def _keep(self, message: dict[str, Any]) -> None:
        fields = {"seal": message["seal_sha256"]} | {key: message[key] for key in ("ledger", "index", "proof")}
        self.writer.append("receipt", fields).result(10)
        self.hub.send(
            "anchor",
            {"type": "receipt-ack", "seal_sha256": message["seal_sha256"], "origin": message["ledger"]["origin"]},
        )


@pytest.fixture
def station(tmp_path: Path) -> Iterator[FakeStation]:
    (tmp_path / "station.toml").write_text(SETTINGS)
    (tmp_path / "keys").mkdir()
    key = create_key(tmp_path / "keys/station.key", "a long passphrase", tmp_path / "keys/station.pub")
    writer = make_writer(tmp_path, key)
    fake = FakeStation(tmp_path, writer)
    yield fake
    fake.hub.close()
    writer.close()


def waiting(path: Path) -> bool:
    with RecordReader(path) as reader:
        return bool(reader.unreceipted_seals(ORIGIN) or reader.unreceipted_head(ORIGIN))


def entries(path: Path) -> int:
    return len(read_log(path / "ledger").entries)


def test_seals_and_heads_become_receipts(tmp_path: Path, station: FakeStation) -> None:
    writer = station.writer
    with anchor(tmp_path) as process:
        run_shift(writer, 3)
        run_shift(writer, 3, start=4)
        station.until(lambda: not waiting(tmp_path), acknowledge=True)
        writer.append("shift-open", opening(writer)).result(10)
        for number in (7, 8, 9):
            writer.append("part", part(number)).result(10)
            writer.sign_head().result(10)
        station.until(lambda: not waiting(tmp_path), acknowledge=True)
        process.communicate(timeout=30)
        assert process.returncode == 0
    key = parse_vkey((tmp_path / "ledger" / "log.vkey").read_text())
    with RecordReader(tmp_path) as reader:
        seals = {seal.digest: seal for shift in (1, 2) if (seal := reader.seal(shift)) is not None}
        for receipt in reader.latest(10, kind="receipt"):
            digest, proof = str(receipt.fields["seal"]), str(receipt.fields["proof"])
            if digest in seals:
                assert verify_proof(proof, seals.pop(digest).leaf, key)[0] == receipt.fields["index"]
    assert not seals


def test_killed_between_log_and_receipt(tmp_path: Path, station: FakeStation) -> None:
    for start in (1, 4, 7):
        run_shift(station.writer, 3, start=start)
    for _ in range(3):
        with anchor(tmp_path):
            had = len(station.receipts)
            station.until(lambda had=had: len(station.receipts) > had, acknowledge=False)  # type: ignore[misc]
    with anchor(tmp_path):
        station.until(lambda: not waiting(tmp_path), acknowledge=True)
    assert entries(tmp_path) == 3
    indexes = {(receipt["seal_sha256"], receipt["index"]) for receipt in station.receipts}
    assert len(indexes) == 3


@pytest.mark.parametrize("kills", [4, pytest.param(40, marks=pytest.mark.long)])
def test_killed_at_any_moment(tmp_path: Path, station: FakeStation, kills: int) -> None:
    """The log's own files are the clock: each round is killed when one more thing has happened to them."""
    for kill in range(kills):
        before = len(list((tmp_path / "ledger").rglob("*")))
        run_shift(station.writer, 2, start=1 + 2 * kill)
        with anchor(tmp_path):
            station.until(
                lambda before=before: len(list((tmp_path / "ledger").rglob("*"))) > before,  # type: ignore[misc]
                acknowledge=bool(kill % 2),
            )
    with anchor(tmp_path):
        station.until(lambda: not waiting(tmp_path), acknowledge=True)
    assert entries(tmp_path) == kills


@pytest.mark.parametrize(("loss", "words"), [("moved", b"is gone"), ("older", b"does not hold entry 1")])
def test_a_lost_or_rolled_back_log_stops_the_anchor(
    tmp_path: Path, station: FakeStation, loss: str, words: bytes
) -> None:
    ledger = tmp_path / "ledger"
    for start in (1, 2):
        run_shift(station.writer, 1, start=start)
        with anchor(tmp_path):
            station.until(lambda: not waiting(tmp_path), acknowledge=True)
        if loss == "older" and start == 1:
            shutil.copytree(ledger, tmp_path / "older")
    ledger.rename(tmp_path / "moved")
    if loss == "older":
        (tmp_path / "older").rename(ledger)
    with anchor(tmp_path) as process:
        assert process.wait(30) == 3
        assert process.stderr is not None
        last = process.stderr.read().splitlines()[-1]
    assert b"LEDGER_INCONSISTENT" in last
    assert words in last
    assert ledger.exists() == (loss == "older")


def test_another_key_is_refused_and_the_anchor_lives_on(tmp_path: Path, station: FakeStation) -> None:
    run_shift(station.writer, 1)
    with anchor(tmp_path):
        station.until(lambda: not waiting(tmp_path), acknowledge=True)
    (tmp_path / "ledger" / "stations.json").write_text(f'{{"demo": "{SigningKey.generate().public_key.hex()}"}}')
    run_shift(station.writer, 1, start=2)
    with anchor(tmp_path) as process:
        assert process.stderr is not None
        line = next(line for line in process.stderr if b"not anchored" in line)
        assert b"names key" in line
        assert process.poll() is None
    assert entries(tmp_path) == 1
