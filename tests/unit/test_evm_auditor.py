# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify` with a node of the auditor's: what a contract on a real chain says of a station's history."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from inspector.cli.main import main
from inspector.evidence.keys import SigningKey, key_fingerprint
from inspector.evidence.seal import SignedDocument
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.contracts import Contract
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.proof import ProofPolicy, verify_proof
from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.store.proofs import part_proof
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.auditor import AuditorNode, open_node
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.ledger import Receipt
from tests.evm_node import CHAIN_ID, Node, Registry, free_port, running_node
from tests.proof_station import TWICE, build_proof_station
from tests.unit.evidence_samples import FIELDS, T0_US
from tests.unit.evidence_station import STATION_KEY, StationBuilder, building
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.changes import change
from tests.unit.verify.test_plant_root import ROOT, revocation

KEY = STATION_KEY.public_key
START_S = T0_US // 1_000_000


class World:
    """A contract, a station that anchors in it, and an auditor who knows both from elsewhere."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.folder = node, folder
        self.registry = Registry(node, folder)
        keystore, self.account = self.registry.account()
        self.registry.register("demo", KEY, self.account)
        self.ledger = EvmLedger(self.registry.settings(keystore))
        self.contract = Contract(CHAIN_ID, self.registry.address, confirmations=0)

    def anchor(self, document: SignedDocument) -> Receipt:
        while (receipt := self.ledger.submit(document)) is None:
            pass
        return receipt

    def tell(
        self,
        name: str = "station",
        *,
        shifts: int = 2,
        anchored: bool = True,
        after: Callable[[int], object] = lambda shift: None,
    ) -> Path:
        """A station with sealed shifts, in the contract or not; something may happen after each."""
        path = self.folder / name
        with building(path) as builder:
            builder.append("station-start", FIELDS["station-start"])
            for shift in range(1, shifts + 1):
                builder.open_shift()
                builder.part("PASS")
                document = builder.close_shift(anchor=False)
                if anchored:
                    note_down(builder, self.anchor(document))
                after(shift)
        return path

    def copy(self, name: str) -> Path:
        """The station as it is now."""
        return Path(shutil.copytree(self.folder / "station", self.folder / name))

    def policy(self, within_s: int | None = None, **more: Any) -> Policy:
        contract = replace(self.contract, within_s=within_s)
        return Policy(station_key=KEY, evm=contract, require=("evm",), **more)

    @contextmanager
    def asked(self, contract: Contract | None = None) -> Iterator[AuditorNode]:
        with open_node(contract or self.contract, self.node.url, str(self.folder / "roots.pem")) as node:
            yield node

    def verify(self, path: Path, **more: Any) -> VerificationReport:
        policy = self.policy(**more)
        assert policy.evm is not None
        with self.asked(policy.evm) as node:
            check = verify_station if path.is_dir() else verify_bundle
            return check(path, policy=policy, node=node)

    def close(self) -> None:
        self.ledger.close()
        self.registry.close()


def note_down(builder: StationBuilder, receipt: Receipt, **changes: object) -> None:
    ledger = {"kind": "evm", "origin": "consortium"}
    fields = {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}
    builder.append("receipt", {**fields, **changes})


def seal_of(station: Path, shift: int) -> SignedDocument:
    with closing(sqlite3.connect(station / "records.sqlite")) as database:
        row = database.execute("SELECT bytes, signature FROM seal WHERE shift = ?", (shift,)).fetchone()
    return SignedDocument(*row)


def last_record(station: Path) -> int:
    with closing(sqlite3.connect(station / "records.sqlite")) as database:
        return int(database.execute("SELECT max(seq) FROM record").fetchone()[0])


def found(report: VerificationReport, severity: Severity = Severity.TAMPERED) -> set[tuple[str, str]]:
    return {(one.rule, one.place) for one in report.of(severity)}


class LyingNode:
    """A node that asks the real one, and changes answers."""

    def __init__(self, node: Node, method: str, lie: Callable[[dict[str, Any], object], object]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = node.http.post(node.url, json=question).json()
                if question["method"] == method:
                    answer = {"jsonrpc": "2.0", "id": question["id"], "result": lie(question, answer.get("result"))}
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def nothing_of_entries(question: dict[str, Any], answer: object) -> object:
    """The contract's state has no entry, its other answers are true."""
    selector = bytes(Web3.keccak(text="entryOf(bytes32,bytes32)"))[:4].hex()
    return "0x" + "0" * 128 if selector in json.dumps(question) else answer


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Its blocks have the times of the records."""
    with running_node("--timestamp", str(START_S)) as running:
        yield running


@pytest.fixture
def world(node: Node, tmp_path: Path) -> Iterator[World]:
    made = World(node, tmp_path)
    yield made
    made.close()


def test_a_station_and_its_bundle_are_as_the_contract_says(world: World) -> None:
    path = world.tell()
    for what in (path, bundle_of(path, world.folder / "all.zip")):
        report = world.verify(what)
        assert (report.exit_code, report.findings) == (0, [])
        assert report.checked["entries in a contract"] == 2
        said = [words for words in report.statements if "contract" in words]
        assert len(said) == 1 and f"entry 1 of contract {world.registry.address} on chain {CHAIN_ID}" in said[0]
        assert "what contract and chain say is as good as the node that you gave" in report.not_checked
    first = world.verify(bundle_of(path, world.folder / "first.zip", 1, 1))
    assert first.exit_code == 0


def test_a_proof_of_a_part_is_held_against_the_contract(tmp_path: Path) -> None:
    made = build_proof_station(tmp_path / "proof")
    document = json.loads(part_proof(made.directory, TWICE, made.key.public_key))
    with running_node() as node, closing(Registry(node, tmp_path)) as registry:
        keystore, account = registry.account()
        registry.register("demo", made.key.public_key, account)
        contract, receipts = Contract(CHAIN_ID, registry.address, confirmations=0), []
        with closing(EvmLedger(registry.settings(keystore))) as ledger:
            for one in document["shifts"]:
                seal = SignedDocument(one["seal"].encode(), bytes.fromhex(one["signature"]))
                while (receipt := ledger.submit(seal)) is None:
                    pass
                receipts.append(receipt.proof)

        def ask(*given: str, node_url: str = node.url) -> VerificationReport:
            for shift, receipt in zip(document["shifts"], given, strict=True):
                shift["receipts"] = [receipt]
            asks = ProofPolicy(made.key.public_key, policy=Policy(evm=contract, require=("evm",)))
            data = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            assert verify_proof(data, asks).report.exit_code == 1, "without a node"
            with open_node(contract, node_url, str(tmp_path / "roots.pem")) as asked:
                return verify_proof(data, replace(asks, node=asked)).report

        report = ask(*receipts)
        assert (report.exit_code, report.checked["entries in a contract"]) == (0, 2), report.findings
        assert any("is entry 1 of contract" in words for words in report.statements)
        assert found(ask(*reversed(receipts))) == {("EVM-01", f"seal of shift {shift}") for shift in (1, 2)}
        report = ask(receipts[0].replace(contract.address, "0x" + "ab" * 20), receipts[1])
        assert (report.exit_code, found(report, Severity.UNCHECKED)) == (1, {("POLICY-01", "seal of shift 1")})
        report = ask(*receipts, node_url=f"http://127.0.0.1:{free_port()}")
        unchecked = {("EVM-02", "your node"), ("POLICY-01", "policy")}
        assert (report.exit_code, found(report, Severity.UNCHECKED)) == (1, unchecked)


def test_the_command_asks_the_node_for_the_contract_of_the_policy(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, policy = world.tell(), tmp_path / "policy.toml"
    evm = f'evm = {{ chain_id = {CHAIN_ID}, contract = "{world.registry.address}", confirmations = 0 }}\n'
    policy.write_text(f'station_key = "{KEY.hex()}"\nrequire = ["evm"]\n{evm}')
    roots = ["--evm-ca-file", str(tmp_path / "roots.pem")]
    command = ["verify", "--station", str(path), "--policy", str(policy), "--json"]
    assert main([*command, "--evm-node", world.node.url, *roots]) == 0
    assert json.loads(capsys.readouterr().out)["checked"]["entries in a contract"] == 2
    assert main(command) == 1
    document = json.loads(capsys.readouterr().out)
    assert [finding["rule"] for finding in document["findings"]] == ["POLICY-01"]
    assert "--evm-node" in document["findings"][0]["message"]
    assert any("receipts of ledger kind evm were not checked" in words for words in document["not_checked"])
    assert main([*command, "--evm-node", f"http://127.0.0.1:{free_port()}/secret", *roots]) == 1
    answer = capsys.readouterr().out
    assert [finding["rule"] for finding in json.loads(answer)["findings"]] == ["EVM-02", "POLICY-01"]
    assert "secret" not in answer
    assert main([*command, "--evm-node", "ftp://nowhere"]) == 3
    assert main([*command, *roots]) == 3
    policy.write_text("")
    assert main([*command, "--evm-node", world.node.url]) == 3
    assert "no policy says which contract counts" in capsys.readouterr().out


def test_what_is_not_final_or_of_another_contract_counts_for_nothing(world: World) -> None:
    path = world.tell()
    seals = {("POLICY-01", "seal of shift 1"), ("POLICY-01", "seal of shift 2")}
    careful = Contract(CHAIN_ID, world.registry.address, confirmations=1000)
    other = Contract(CHAIN_ID, world.registry.deploy(), confirmations=0)
    strange = "the contract knows nothing of this station, in what is final for your node"
    for contract, words in ((careful, "not final"), (other, "of other contracts than yours")):
        with world.asked(contract) as asked:
            report = verify_station(path, policy=Policy(station_key=KEY, evm=contract, require=("evm",)), node=asked)
        assert (report.exit_code, found(report, Severity.UNCHECKED)) == (1, seals)
        assert any(words in sentence for sentence in report.not_checked)
        assert strange in report.not_checked


def test_a_seal_that_was_never_sent_is_missing(world: World) -> None:
    report = world.verify(world.tell(anchored=False))
    assert (report.exit_code, len(report.findings)) == (1, 2)
    assert found(report, Severity.UNCHECKED) == {("POLICY-01", "seal of shift 1"), ("POLICY-01", "seal of shift 2")}


def test_a_history_that_a_thief_of_the_key_tells_with_the_receipts_of_the_old_one(world: World) -> None:
    honest = world.tell(shifts=1)
    receipt = world.anchor(seal_of(honest, 1))
    with building(world.folder / "forged") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        builder.part("PASS")
        twin = builder.close_shift(anchor=False)
        note_down(builder, receipt, seal=twin.digest)
    report = world.verify(world.folder / "forged")
    assert found(report) == {
        ("EVM-01", f"record {last_record(world.folder / 'forged')}"),
        ("EVM-03", "seal of shift 1"),
    }
    stripped = Path(shutil.copytree(world.folder / "forged", world.folder / "stripped"))
    change(stripped, "DELETE FROM record WHERE type = 'receipt'")
    report = world.verify(stripped)
    assert found(report) == {("EVM-03", "seal of shift 1")}


def test_a_receipt_of_another_seal_is_replayed(world: World) -> None:
    with building(world.folder / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        receipts = []
        for _ in range(2):
            builder.open_shift()
            builder.part("PASS")
            receipts.append(world.anchor(builder.close_shift(anchor=False)))
        note_down(builder, receipts[0], seal=receipts[1].digest)
    report = world.verify(world.folder / "station")
    assert found(report) == {("EVM-01", f"record {last_record(world.folder / 'station')}")}
    assert "another document" in report.of(Severity.TAMPERED)[0].message


def test_a_malformed_receipt_is_told(world: World) -> None:
    with building(world.folder / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        receipt = world.anchor(builder.close_shift(anchor=False))
        note_down(builder, receipt, proof=receipt.proof.replace('"v":1', '"v":2'))
        note_down(builder, receipt, proof=receipt.proof + " ")
        note_down(builder, receipt, index=7)
    report = world.verify(world.folder / "station")
    assert [finding.rule for finding in report.of(Severity.TAMPERED)] == ["EVM-01"] * 3


def test_a_database_that_was_put_back_shows_in_the_contract(world: World) -> None:
    world.tell(after=lambda shift: world.copy("older") if shift == 1 else None)
    older = world.folder / "older"
    report = world.verify(older)
    assert found(report) == {("EVM-03", "seal of shift 2")}
    bundle = bundle_of(older, world.folder / "older.zip", 1, 1)
    said = world.verify(bundle)
    assert found(said) == set()
    assert any("seals of this station up to shift 2" in words for words in said.statements)


def test_a_head_that_is_gone_shows_in_the_contract(world: World) -> None:
    with building(world.folder / "station") as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.part("PASS")
        world.copy("cut")
        builder.head()
        ((data, signature),) = builder.db.execute("SELECT bytes, signature FROM head")
    world.anchor(SignedDocument(data, signature))
    assert found(world.verify(world.folder / "station")) == set()
    assert found(world.verify(world.folder / "cut")) == {("EVM-03", "head of shift 1")}


def test_a_key_that_a_plant_root_revoked_is_held_against_the_place_in_the_contract(world: World) -> None:
    path = world.tell()
    for log, below, severity, expected in (
        (world.contract.origin, 2, Severity.TAMPERED, set()),
        (world.contract.origin, 1, Severity.TAMPERED, {("KEY-04", "seal of shift 2")}),
        ("consortium", 2, Severity.UNCHECKED, {("KEY-04", f"seal of shift {shift}") for shift in (1, 2)}),
    ):  # the last: the label of a receipt is nobody's word
        statement = revocation(below, KEY, log)
        report = world.verify(path, plant_root=ROOT.public_key, root_statements=(statement,))
        assert found(report, severity) == expected


def test_a_thief_of_an_old_key_who_has_the_account(world: World) -> None:
    """The contract sees no signatures: it took the rotation, and then a seal by the key before it."""
    other, place = SigningKey.generate().public_key, station_id("demo")

    def rotate(shift: int) -> None:
        keys = (bytes.fromhex(key_fingerprint(key)) for key in (KEY, other))
        if shift == 1:
            made = world.registry.call(world.account, "rotate", place, 2, *keys, b"\5" * 32, b"\6" * 32)
            assert made["status"] == "0x1"

    report = world.verify(world.tell(after=rotate))
    assert found(report) == {("EVM-01", f"record {last_record(world.folder / 'station')}")}
    assert "key of demo that was in force at entry 2" in report.of(Severity.TAMPERED)[0].message


def test_a_block_that_a_reorganisation_took_away(world: World) -> None:
    path = world.tell()
    world.node.ask("anvil_reorg", 1, [])
    world.node.mine()
    report = world.verify(path)
    assert {rule for rule, _ in found(report)} == {"EVM-01"}
    assert "is another one than the receipt's" in report.of(Severity.TAMPERED)[0].message


def test_a_seal_that_was_anchored_too_late_for_its_time(world: World) -> None:
    path = world.tell(shifts=1)
    seal = seal_of(path, 1)
    block = world.registry.chain.block(parse_proof(world.anchor(seal).proof).block_number)
    assert block is not None
    late_s = block.time_s - json.loads(seal.data)["t_us"] // 1_000_000
    assert late_s > 1
    for within_s, expected in ((late_s, set()), (late_s - 1, {("LEDGER-08", "seal of shift 1")})):
        report = world.verify(path, within_s=within_s)
        assert found(report, Severity.UNCHECKED) == expected


def test_a_seal_that_was_prepared_says_a_time_after_its_block(world: World) -> None:
    with building(world.folder / "station") as builder:
        builder.ahead_us = 10 * 365 * 86_400 * 1_000_000
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        note_down(builder, world.anchor(builder.close_shift(anchor=False)))
    report = world.verify(world.folder / "station")
    assert (report.exit_code, found(report, Severity.UNCHECKED)) == (1, {("LEDGER-08", "seal of shift 1")})


@pytest.mark.parametrize(
    ("method", "lie", "words"),
    [
        ("eth_chainId", lambda question, answer: "0x5", "is of chain 5"),
        ("eth_getCode", lambda question, answer: "0x6001", "is not the AnchorRegistry"),
        ("eth_getCode", lambda question, answer: "0x", "knows no contract"),
        ("eth_syncing", lambda question, answer: {"currentBlock": "0x1", "highestBlock": "0x9"}, "catching up"),
        ("eth_getLogs", lambda question, answer: [], "only in the events of block"),
        ("eth_call", nothing_of_entries, "only in the events of block"),
        ("eth_getBlockByNumber", lambda question, answer: "nonsense", "answers nonsense"),
    ],
    ids=["chain", "code", "no-code", "behind", "no-events", "no-state", "nonsense"],
)
def test_a_node_that_lies_or_forgets_proves_nothing_against_anybody(
    world: World, method: str, lie: Callable[[dict[str, Any], object], object], words: str
) -> None:
    path, liar = world.tell(), LyingNode(world.node, method, lie)
    with closing(liar), open_node(world.contract, liar.url, str(world.folder / "roots.pem")) as asked:
        report = verify_station(path, policy=world.policy(), node=asked)
    assert (report.exit_code, found(report)) == (1, set())
    assert found(report, Severity.UNCHECKED) == {("EVM-02", "your node"), ("POLICY-01", "policy")}
    assert words in report.of(Severity.UNCHECKED)[0].message


NONSENSE = (None, True, 7, -1, "", "0x", "nonsense", "0x" + "ff" * 320, [], [[]], {}, [{"x": 1}])
METHODS = ("eth_chainId", "eth_syncing", "eth_getCode", "eth_getBlockByNumber", "eth_getLogs", "eth_call")


@pytest.mark.parametrize("method", METHODS)
def test_no_answer_of_a_node_ends_with_an_error(world: World, method: str) -> None:
    said: list[object] = [None]
    path, liar = world.tell(shifts=1), LyingNode(world.node, method, lambda question, answer: said[0])
    with closing(liar):
        for said[0] in NONSENSE:
            with open_node(world.contract, liar.url, str(world.folder / "roots.pem")) as asked:
                report = verify_station(path, policy=world.policy(), node=asked)
            believed = method == "eth_syncing" and not said[0]
            assert report.exit_code in ((0, 1) if believed else (1, 2)), (said[0], report.findings)
