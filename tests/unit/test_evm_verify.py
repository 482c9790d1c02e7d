# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an auditor finds with a node of their own: the entry, its key, and each way in which a receipt can lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.errors import LedgerInconsistent, LedgerUnreachable, ProofInvalid
from inspector.evidence.keys import SigningKey, key_fingerprint
from inspector.evidence.rotation import Rotation, RotationDocument, sign_rotation
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.chain import Chain
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.history import read_entries, read_history
from ledger_anchor.evm.model import Event
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.evm.verify import verify_receipt
from ledger_anchor.ledger import Document, Receipt
from tests.evm_node import Node, Registry, running_node
from tests.unit.test_directory_log import KEY, Shop

STATION = "press-7"


class Case:
    """A station with a contract, and an auditor who has a node."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.registry = node, Registry(node, folder)
        keystore, account = self.registry.account()
        self.registry.register(STATION, KEY.public_key, account)
        self.ledger = EvmLedger(self.registry.settings(keystore))
        self.shop = Shop(STATION)
        final = self.registry.node_settings.model_copy(update={"finality": "confirmations", "confirmations": 0})
        self.auditor = Chain(final)

    def anchor(self, document: Document) -> Receipt:
        while (receipt := self.ledger.submit(document)) is None:
            pass
        return receipt

    def rotate(self, shift: int, new: SigningKey) -> tuple[RotationDocument, Receipt]:
        rotation = Rotation(STATION, self.shop.key.public_key, new.public_key, shift, "yearly")
        document = RotationDocument(sign_rotation(rotation, self.shop.key, new))
        self.shop.key = new
        return document, self.anchor(document)

    def close(self) -> None:
        for one in (self.ledger, self.auditor, self.registry):
            one.close()


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    with running_node() as running:
        yield running


@pytest.fixture
def case(node: Node, tmp_path: Path) -> Iterator[Case]:
    made = Case(node, tmp_path)
    yield made
    made.close()


def check(case: Case, document: Document, receipt: Receipt, **changes: object) -> None:
    proof = replace(parse_proof(receipt.proof), **changes)  # type: ignore[arg-type]
    verify_receipt(document, receipt.index, proof.text(), case.auditor)


def test_a_receipt_is_true_and_says_when_and_by_which_key(case: Case) -> None:
    case.shop.grow()
    for document in (case.shop.head(), case.shop.close(), case.shop.close()):
        receipt = case.anchor(document)
        found = verify_receipt(document, receipt.index, receipt.proof, case.auditor)
        block = case.auditor.block(found.block)
        assert block is not None
        assert (found.index, found.time_s) == (receipt.index, block.time_s)
        assert found.key == key_fingerprint(KEY.public_key)


def test_a_receipt_that_lies_is_told(case: Case) -> None:
    first, second = case.shop.close(), case.shop.close()
    receipt, other = case.anchor(first), case.anchor(second)
    place = parse_proof(other.proof)
    forged = Shop(STATION)
    forged.grow()
    twin = forged.seal(t_us=2)
    for document, words, changes in (
        (second, "its shift differs", {}),
        (twin, "its leaf differs", {}),
        (Shop("press-8").close(), "no event of press-8", {}),
        (first, "where the receipt says", {"log_index": 7}),
        (first, "where the receipt says", {"transaction": place.transaction}),
        (first, "is another one than the receipt's", {"block_number": place.block_number}),
        (first, "is another one than the receipt's", {"block_hash": place.block_hash}),
        (first, "on chain 5", {"chain_id": 5}),
        (first, "of contract 0xabab", {"contract": "0x" + "ab" * 20}),
        (first, "says index 0, its proof 1", {"index": 1}),
    ):
        with pytest.raises(ProofInvalid, match=words):
            check(case, document, receipt, **changes)
    moved = replace(place, index=0)
    with pytest.raises(ProofInvalid, match="another document"):
        verify_receipt(second, 0, moved.text(), case.auditor)


def test_a_document_with_another_signature_is_another_document(case: Case) -> None:
    document = case.shop.close()
    receipt = case.anchor(document)
    with pytest.raises(ProofInvalid, match="leaf differs"):
        check(case, replace(document, signature=bytes(64)), receipt)


def test_a_block_that_is_not_final_yet_is_neither_true_nor_false(case: Case) -> None:
    document = case.shop.close()
    receipt = case.anchor(document)
    careful = Chain(case.registry.node_settings.model_copy(update={"finality": "confirmations", "confirmations": 3}))
    with pytest.raises(LedgerUnreachable, match="not final"):
        verify_receipt(document, receipt.index, receipt.proof, careful)
    case.node.mine(3)
    verify_receipt(document, receipt.index, receipt.proof, careful)
    careful.close()


def test_a_block_that_was_reorganised_away_is_told(case: Case) -> None:
    document = case.shop.close()
    receipt = case.anchor(document)
    case.node.mine(2)
    case.node.ask("anvil_reorg", 3, [])
    with pytest.raises(ProofInvalid, match="is another one than the receipt's"):
        check(case, document, receipt)


def test_keys_are_judged_by_their_place_in_the_contract(case: Case) -> None:
    new = SigningKey.generate()
    before = case.shop.close()
    first = case.anchor(before)
    rotation, second = case.rotate(2, new)
    after = case.shop.close()
    third = case.anchor(after)
    keys = [
        verify_receipt(document, receipt.index, receipt.proof, case.auditor).key
        for document, receipt in ((before, first), (rotation, second), (after, third))
    ]
    old = key_fingerprint(KEY.public_key)
    assert keys == [old, old, key_fingerprint(new.public_key)]
    case.shop.key = KEY  # a thief of the old key who has the account too
    stolen = case.shop.close()
    receipt = case.anchor(stolen)  # the contract sees no signature
    with pytest.raises(ProofInvalid, match="not by the key"):
        check(case, stolen, receipt)


def test_the_history_says_what_the_contract_knows_and_entries_are_found_without_a_search(case: Case) -> None:
    station = station_id(STATION)
    assert read_history(case.auditor, station_id("press-9")) is None
    assert list(read_entries(case.auditor, station_id("press-9"))) == []
    receipts = [case.anchor(case.shop.close())]
    case.node.mine(20)
    new = SigningKey.generate()
    receipts.append(case.rotate(2, new)[1])
    receipts.append(case.anchor(case.shop.close()))
    replaced = case.registry.account()[1]
    registry = case.registry
    address = replaced.address
    assert registry.call(registry.owner, "replaceSender", station, address)["status"] == "0x1"
    assert registry.call(registry.owner, "revoke", station)["status"] == "0x1"
    history = read_history(case.auditor, station)
    assert history is not None
    assert history.name == STATION
    assert [(key.after, key.shift, key.fingerprint) for key in history.keys] == [
        (-1, 1, key_fingerprint(KEY.public_key)),
        (1, 2, key_fingerprint(new.public_key)),
    ]
    assert history.revoked_from == 3
    entries = list(read_entries(case.auditor, station))
    assert [entry.number("index") for entry in entries] == [2, 1, 0]
    assert [entry.hash_of("digest").hex() for entry in entries] == [one.digest for one in receipts[::-1]]


def test_a_node_that_hides_entries_is_told(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [parse_proof(case.anchor(case.shop.close()).proof).block_number for _ in range(3)]
    honest = case.auditor.events

    def hiding(block: int, station: bytes | None = None) -> list[Event]:
        return [] if block == blocks[1] else honest(block, station)

    monkeypatch.setattr(case.auditor, "events", hiding)
    with pytest.raises(LedgerInconsistent, match="no event of the station"):
        list(read_entries(case.auditor, station_id(STATION)))


def test_a_node_of_another_chain_says_nothing(case: Case) -> None:
    document = case.shop.close()
    receipt = case.anchor(document)
    wrong = Chain(case.registry.node_settings.model_copy(update={"chain_id": 5}))
    with pytest.raises(LedgerInconsistent, match="is of chain 31337"):
        verify_receipt(document, receipt.index, replace(parse_proof(receipt.proof), chain_id=5).text(), wrong)
    wrong.close()
