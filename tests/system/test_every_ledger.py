# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station whose seals go to every kind of ledger at once, each a real one, and an auditor who asks for all."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from inspector.api.shift_routes import handover_page
from inspector.cli import main
from inspector.clock import SimulatedClock
from inspector.config import load_config
from inspector.evidence.keys import create_key
from inspector.store.bundle import everything, export_bundle
from inspector.store.read import RecordReader
from ledger_anchor.evm.artefact import KINDS, station_id
from ledger_anchor.evm.history import read_entries
from tests.evm_node import CHAIN_ID, PASSPHRASE, Registry, running_node
from tests.fault.test_anchor_kill import ORIGIN as OWN
from tests.fault.test_anchor_kill import SETTINGS, FakeStation, anchor
from tests.history_station import Station
from tests.ledger_rig import ORIGIN as SHARED
from tests.ledger_rig import Server, SharedLog
from tests.system.test_anchor_ledgers import kinds
from tests.tsa_server import OpensslTsa, serving

CHAIN, TSA = "consortium.example.com", "tsa.example.com"
TABLES = """
[ledger]
quorum = 3
[[ledger.shared]]
kind = "log"
url = "{log}"
key = "{vkey}"
witnesses = "shared.policy"
token_file = "keys/log.token"
[[ledger.shared]]
kind = "evm"
origin = "{chain}"
url = "{node}"
chain_id = {chain_id}
contract = "{contract}"
keystore_file = "keys/account.json"
passphrase_file = "keys/account.passphrase"
finality = "confirmations"
confirmations = 0
[[ledger.shared]]
kind = "timestamp"
origin = "{tsa}"
url = "{tsa_url}"
roots_file = "tsa.pem"
"""
POLICY = """
station = "demo"
station_key = "{station_key}"
log_key = "{log_key}"
logs = ['''{logs}''']
tsa_roots = ['''{root}''']
evm = {{ chain_id = {chain_id}, contract = "{contract}", confirmations = 0, within_s = 3600 }}
stamped_within_s = 3600
cosigned_within_s = 3600
require = ["log", "witness", "rfc3161", "evm"]
"""


class Plant:
    """A station, and around it what others run: a log with its witness, a chain, a time stamp authority."""

    def __init__(self, folder: Path, undo: ExitStack) -> None:
        self.folder, self.path = folder, folder / "station"
        keys = self.path / "keys"
        keys.mkdir(parents=True)
        self.key = create_key(keys / "station.key", "a long passphrase", keys / "station.pub")
        self.shared = SharedLog(folder, {"demo": self.key}, witnesses=1, quorum=1)
        undo.callback(self._kill_servers)
        self.shared.start()
        self.node = undo.enter_context(running_node())
        (folder / "chain").mkdir()
        self.registry = Registry(self.node, folder / "chain")
        undo.callback(self.registry.close)
        keystore, account = self.registry.account()
        self.registry.register("demo", self.key.public_key, account)
        self.authority = OpensslTsa(folder / "tsa")
        self.stamps = True
        self.tsa = undo.enter_context(serving(self._stamp))
        (keys / "account.json").write_bytes(keystore.read_bytes())
        (keys / "account.passphrase").write_text(PASSPHRASE)
        (keys / "log.token").write_text(self.shared.tokens["demo"])
        (self.path / "shared.policy").write_bytes((self.shared.log_folder / "witnesses.policy").read_bytes())
        (self.path / "tsa.pem").write_bytes(self.authority.root_file.read_bytes())
        names = {"log": self.shared.server.url, "vkey": self.shared.vkey, "chain": CHAIN, "node": self.node.url}
        names |= {"chain_id": CHAIN_ID, "contract": self.registry.address, "tsa": TSA, "tsa_url": self.tsa.url}
        (self.path / "station.toml").write_text(SETTINGS + TABLES.format(**names))
        now_us = time.time_ns() // 1000  # what stamps and blocks say is compared with it
        self.station = Station(self.path, self.key, SimulatedClock(start_us=now_us - 60_000_000), unlock=True)
        self.running = undo.enter_context(ExitStack())
        self.running.callback(self.station.close)
        self.fake = FakeStation(self.path, self.station.writer)
        self.running.callback(self.fake.hub.close)

    def _kill_servers(self) -> None:
        for server in (self.shared.server, *self.shared.witnesses):
            server.kill()

    def stamping(self, on: bool) -> None:
        self.stamps = on

    def _stamp(self, request: bytes) -> tuple[int, bytes]:
        return (200, self.authority.answer(request)) if self.stamps else (503, b"")

    def waits(self, origin: str) -> bool:
        with RecordReader(self.path) as reader:
            return bool(reader.unreceipted_seals(origin))

    def anchored(self, *origins: str) -> None:
        """Until all seals are there."""
        self.fake.until(lambda: not any(self.waits(origin) for origin in origins), acknowledge=True)

    def policy(self) -> Path:
        """What an auditor knows from elsewhere: keys, witnesses, the authority's root, the contract."""
        path = self.folder / "auditor.toml"
        text = POLICY.format(
            station_key=self.key.public_key.hex(),
            log_key=(self.path / "ledger" / "log.vkey").read_text().strip(),
            logs=(self.path / "shared.policy").read_text(),
            root=self.authority.authority.root_pem,
            chain_id=CHAIN_ID,
            contract=self.registry.address,
        )
        path.write_text(text)
        return path


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with ExitStack() as undo:
        yield Plant(tmp_path, undo)


def test_a_shift_is_anchored_in_every_ledger_and_an_auditor_sees_all_of_it(plant: Plant) -> None:
    settings = load_config(plant.path).ledger
    assert settings.origins == (OWN, SHARED, CHAIN, TSA)
    assert (settings.counting, settings.needed) == ((OWN, SHARED, CHAIN), 3)
    with anchor(plant.path):
        plant.station.shift(1, 3)
        plant.anchored(OWN, SHARED, CHAIN, TSA)
        plant.fake.until(lambda: plant.fake.states == dict.fromkeys(settings.origins, "working"), acknowledge=True)
        the_authority_is_away_for_a_shift(plant)
    seal = handover_page(plant.path, 2).seal
    assert seal is not None and seal.anchored and seal.needed == 3
    places = {one.name: (one.holds, one.counts, one.witnessed, one.witnesses) for one in seal.places}
    assert places[SHARED] == (True, True, True, ("w1",))
    assert [places[name][:3] for name in (OWN, CHAIN, TSA)] == [
        (True, True, None),
        (True, True, None),
        (True, False, None),
    ]
    plant.running.close()
    an_auditor_asks_for_everything(plant)


def the_authority_is_away_for_a_shift(plant: Plant) -> None:
    """It does not count: the seal is anchored without it, and stamped when it is back."""
    plant.stamping(False)
    plant.station.shift(4, 2)
    plant.anchored(OWN, SHARED, CHAIN)
    plant.fake.until(lambda: plant.fake.states[TSA] == "away", acknowledge=True)
    with RecordReader(plant.path) as reader:
        settings = load_config(plant.path).ledger
        assert reader.ledger_state(settings.counting, settings.needed).anchored == 2
        assert reader.ledger_state((TSA,)).anchored == 1
    plant.stamping(True)
    plant.anchored(TSA)
    plant.fake.until(lambda: plant.fake.states[TSA] == "working", acknowledge=True)


def an_auditor_asks_for_everything(plant: Plant) -> None:
    bundle, policy = plant.folder / "shifts.zip", plant.policy()
    node = ["--policy", policy, "--evm-node", plant.node.url, "--evm-ca-file", plant.registry.node_settings.ca_file]
    export_bundle(plant.path, everything(), bundle)
    for what in (["--station", plant.path], [bundle]):
        document = inspector("verify", *what, *node)
        assert document["verdict"] == "VERIFIED", document["findings"]
        skipped = [words for words in document["not_checked"] if "receipts of ledger kind" in words]
        assert skipped == [], document["not_checked"]


@pytest.mark.long
def test_each_ledger_is_away_for_a_shift_and_each_seal_is_in_each_of_them_once(plant: Plant) -> None:
    server, (witness,), first = plant.shared.server, plant.shared.witnesses, 1
    for origin, goes, comes in (
        (SHARED, server.kill, lambda: back(server)),
        (SHARED, witness.kill, lambda: back(witness)),
        (CHAIN, lambda: plant.node.mining(False), lambda: plant.node.mining(True)),
        (TSA, lambda: plant.stamping(False), lambda: plant.stamping(True)),
    ):
        goes()
        with anchor(plant.path):  # and is killed while the seal waits for this one
            plant.station.shift(first, 2)
            plant.anchored(*({OWN, SHARED, CHAIN, TSA} - {origin}))
            assert plant.waits(origin)
        comes()
        with anchor(plant.path):
            plant.anchored(origin)
        first += 2
    shifts = [1, 2, 3, 4]
    for folder in (plant.path / "ledger", plant.shared.log_folder):
        assert [shift for kind, shift in kinds(folder) if kind == "seal"] == shifts
    entries = read_entries(plant.registry.chain, station_id("demo"))
    assert [one.number("shift") for one in entries if one.number("kind") == KINDS["seal"]][::-1] == shifts
    plant.running.close()
    an_auditor_asks_for_everything(plant)


def back(server: Server) -> None:
    server.start()
    server.wait()


def inspector(*arguments: object) -> dict[str, Any]:
    """Run a command with `--json` and give its document."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main([*(str(one) for one in arguments), "--json"])
    document: dict[str, Any] = json.loads(said.getvalue())
    assert code == 0, document
    return document
