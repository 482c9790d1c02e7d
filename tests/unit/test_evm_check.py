# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger evm check`: an auditor holds a station's receipts, or a bundle's, against a node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import main
from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.keys import SigningKey
from inspector.evidence.rotation import RotationDocument
from inspector.store.bundle import everything, export_bundle
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.evidence import Evidence, compare, read_evidence
from ledger_anchor.ledger import Document, Receipt
from tests.evm_node import CHAIN_ID, Node, Registry, running_node
from tests.store_station import NAME, make_writer, run_shift
from tests.unit.evidence_samples import FIELDS


class Plant:
    """A station with two sealed shifts, a rotation between them, and their receipts."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.path, self.key = node, folder / "station", SigningKey.generate()
        self.registry = Registry(node, folder)
        keystore, account = self.registry.account()
        self.registry.register(NAME, self.key.public_key, account)
        self.ledger = EvmLedger(self.registry.settings(keystore))
        self.path.mkdir()
        writer = make_writer(self.path, self.key)
        try:
            run_shift(writer, 2)
            rotated = writer.rotate_key(SigningKey.generate(), "yearly", "1" * 64).result(10)
            run_shift(writer, 1, start=3)
            with RecordReader(self.path) as reader:
                seals = [reader.seal(shift) for shift in (1, 2)]
            rotation = RotationDocument(rotated.document)
            assert DocumentStore(self.path).get(rotation.digest) == rotated.document
            for document in (seals[0], rotation, seals[1]):
                assert document is not None
                self.receipts = writer.append("receipt", self._fields(self._anchor(document))).result(10)
        finally:
            writer.close()
        node.mine()  # so that the newest entry is not in the newest block

    def _anchor(self, document: Document) -> Receipt:
        while (receipt := self.ledger.submit(document)) is None:
            pass
        return receipt

    @staticmethod
    def _fields(receipt: Receipt) -> dict[str, Any]:
        ledger = {"kind": receipt.kind, "origin": receipt.origin}
        return {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}

    def check(self, path: Path, capsys: pytest.CaptureFixture[str], code: int = 0, **changes: object) -> dict[str, Any]:
        values = {"--contract": self.registry.address, "--confirmations": 0, "--chain-id": CHAIN_ID, **changes}
        words = [str(word) for pair in values.items() for word in pair]
        assert main(["ledger", "evm", "check", str(path), "--url", self.node.url, *words, "--json"]) == code
        return dict(json.loads(capsys.readouterr().out))

    def close(self) -> None:
        self.ledger.close()
        self.registry.close()


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    with running_node() as node:
        made = Plant(node, tmp_path_factory.mktemp("plant"))
        yield made
        made.close()


def test_receipts_of_a_station_and_of_its_bundle_are_as_the_contract_says(
    plant: Plant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "all.zip"
    export_bundle(plant.path, everything(), bundle)
    for path in (plant.path, bundle):
        found = plant.check(path, capsys)
        assert (found["result"], found["receipts"], found["proven"], found["seals"]) == ("VERIFIED", 3, 3, 2)
    assert main(["verify", str(bundle), "--key", plant.key.public_key.hex(), "--json"]) == 0
    skipped = json.loads(capsys.readouterr().out)
    assert "receipts of ledger kind evm were not checked" in json.dumps(skipped)


def test_what_is_missing_or_not_final_cannot_be_checked(plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    careful = plant.check(plant.path, capsys, code=1, **{"--confirmations": 1000})
    assert (careful["result"], careful["not_final"], careful["seals_missing"]) == ("COULD NOT CHECK", 3, [1, 2])
    other = plant.registry.deploy()
    elsewhere = plant.check(plant.path, capsys, code=1, **{"--contract": other})
    assert (elsewhere["result"], elsewhere["elsewhere"], elsewhere["proven"]) == ("COULD NOT CHECK", 3, 0)
    wrong = plant.check(plant.path, capsys, code=1, **{"--chain-id": 5})
    assert wrong["error"]["code"] == "LEDGER_INCONSISTENT"


def forged(plant: Plant) -> Iterator[tuple[str, Evidence]]:
    """Evidence with one lie each."""
    honest = read_evidence(plant.path)
    first, rotation, last = honest.receipts
    yield "says index", replace(honest, receipts=[replace(first, index=7), rotation, last])
    yield "no seal, head or rotation", replace(honest, receipts=[replace(first, digest="ab" * 32), rotation, last])
    yield (
        "another document",
        replace(honest, receipts=[replace(first, index=last.index, proof=last.proof), rotation, last]),
    )
    yield "not a proof", replace(honest, receipts=[replace(first, proof='{"v":1}'), rotation, last])
    unsigned = replace(honest.documents[first.digest], signature=bytes(64))  # type: ignore[call-arg]
    yield "leaf differs", replace(honest, documents={**honest.documents, first.digest: unsigned})


def test_each_lie_is_told(plant: Plant) -> None:
    auditor = plant.ledger._chain
    for words, evidence in forged(plant):
        found = compare(evidence, auditor)
        assert [words in message for _, message in found.false] == [True], words
        assert found.missing == [1]


def test_a_lie_ends_with_exit_code_2(plant: Plant, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lying = tmp_path / "lying"
    lying.mkdir()
    writer = make_writer(lying, plant.key)
    try:
        run_shift(writer, 1)
        honest = read_evidence(plant.path).receipts[0]
        with RecordReader(lying) as reader:
            seal = reader.seal(1)
        assert seal is not None
        ledger = {"kind": "evm", "origin": "consortium"}
        stolen = {"seal": seal.digest, "ledger": ledger, "index": honest.index, "proof": honest.proof}
        writer.append("receipt", {**FIELDS["receipt"], **stolen}).result(10)
    finally:
        writer.close()
    found = plant.check(lying, capsys, code=2)
    assert found["result"] == "TAMPERED"
    assert "another document" in found["findings"][0]["message"]


def test_what_is_neither_bundle_nor_station_is_told(tmp_path: Path) -> None:
    (tmp_path / "junk.zip").write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(FormatInvalid):
        read_evidence(tmp_path / "junk.zip")
    for missing in (tmp_path, tmp_path / "missing.zip"):
        with pytest.raises(ConfigError):
            read_evidence(missing)
