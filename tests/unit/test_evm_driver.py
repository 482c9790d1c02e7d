# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract as a ledger, on a real node: finality, reorganisations, nonces, a node that dies, two drivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector.errors import LedgerInconsistent, LedgerRefused, LedgerUnreachable
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.rotation import Rotation, RotationDocument, sign_rotation
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.chain import Chain
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.model import Fees
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.ledger import Document, Receipt
from ledger_anchor.log.admission import Claim
from tests.evm_node import Node, Registry, running_node
from tests.unit.test_directory_log import KEY, Shop

BUMP_AFTER_S = 100
STATION = "press-7"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Plant:
    """A contract, a station registered in it, and drivers for the station."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node, self.registry, self.clock = node, Registry(node, folder), Clock()
        self.keystore, self.account = self.registry.account()
        self.registry.register(STATION, KEY.public_key, self.account)
        self.shop = Shop(STATION)
        self._stack = ExitStack()
        self._stack.callback(self.registry.close)
        self.ledger = self.driver()

    def driver(self, keystore: Path | None = None, **changes: object) -> EvmLedger:
        settings = self.registry.settings(keystore or self.keystore, **{"bump_after_s": BUMP_AFTER_S, **changes})
        ledger = EvmLedger(settings, self.clock)
        self._stack.callback(ledger.close)
        return ledger

    def close(self) -> None:
        self._stack.close()

    def head(self) -> Document:
        self.shop.grow()
        return self.shop.head()

    def waiting(self) -> list[tuple[int, int]]:
        """Nonce and highest fee of each transaction of the station that waits for a block."""
        sent = [one for one in self.node.waiting() if one["from"] == self.account.address]
        return sorted((int(one["nonce"], 16), int(one["maxFeePerGas"], 16)) for one in sent)

    def entries(self) -> int:
        return self.registry.chain.size()

    def nonce(self) -> int:
        return self.registry.chain.nonce(self.account.address, "latest")

    def anchor(self, document: Document, ledger: EvmLedger | None = None) -> Receipt:
        """Submit with blocks being made in between."""
        for _ in range(3):
            receipt = (ledger or self.ledger).submit(document)
            if receipt is not None:
                return receipt
            self.node.mine()
        raise AssertionError("no receipt after three blocks")


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """Makes blocks when it is told to; setting up is faster without."""
    with running_node() as running:
        yield running


@pytest.fixture
def plant(node: Node, tmp_path: Path) -> Iterator[Plant]:
    node.mining(True)
    made = Plant(node, tmp_path)
    node.mining(False)
    yield made
    made.close()


def test_documents_go_in_without_waiting_and_give_receipts_when_they_are_in_a_block(plant: Plant) -> None:
    documents = [plant.head(), plant.shop.close(), plant.shop.close()]
    for number, document in enumerate(documents):
        assert plant.ledger.submit(document) is None
        assert plant.ledger.submit(document) is None
        assert len(plant.waiting()) == 1
        plant.node.mine()
        receipt = plant.ledger.submit(document)
        assert receipt is not None
        assert (receipt.kind, receipt.origin, receipt.digest, receipt.index) == (
            "evm",
            "consortium",
            document.digest,
            number,
        )
        proof = parse_proof(receipt.proof)
        block = plant.registry.chain.block("latest")
        assert block is not None
        assert (proof.block_number, proof.block_hash, proof.index) == (block.number, block.hash, number)
        assert proof.contract == plant.registry.address
        plant.ledger.check(receipt)
        assert plant.ledger.submit(document) == receipt
        assert plant.driver().submit(document) == receipt  # after a restart that remembers nothing
    assert plant.entries() == len(documents)


def test_a_rotation_is_an_entry_too(plant: Plant) -> None:
    new = SigningKey.generate()
    plant.anchor(plant.shop.close())
    rotation = Rotation(STATION, KEY.public_key, new.public_key, 2, "the old one was copied")
    document = RotationDocument(sign_rotation(rotation, KEY, new))
    receipt = plant.anchor(document)
    assert (receipt.index, receipt.digest) == (1, document.digest)
    plant.ledger.check(receipt)
    again = Rotation(STATION, KEY.public_key, SigningKey.generate().public_key, 2, "by a thief")
    with pytest.raises(LedgerRefused, match="another rotation"):
        plant.ledger.submit(RotationDocument(sign_rotation(again, KEY, KEY)))


def test_a_receipt_waits_for_confirmations(plant: Plant) -> None:
    ledger, document = plant.driver(confirmations=3), plant.head()
    assert ledger.submit(document) is None
    plant.node.mine()
    for _ in range(3):
        assert ledger.submit(document) is None
        assert plant.waiting() == []
        plant.node.mine()
    assert ledger.submit(document) is not None


def test_a_receipt_waits_for_what_the_chain_calls_final(plant: Plant) -> None:
    plant.node.mine(70)  # before that the first block is what this node calls final
    ledger, document = plant.driver(finality="finalized"), plant.head()
    assert ledger.submit(document) is None
    plant.node.mine()
    lag = plant.node.height - int(plant.node.ask("eth_getBlockByNumber", "finalized", False)["number"], 16)
    assert lag > 1
    plant.node.mine(lag - 1)
    assert ledger.submit(document) is None
    plant.node.mine()
    assert ledger.submit(document) is not None


def test_an_entry_that_a_reorganisation_takes_away_goes_in_again_once(plant: Plant) -> None:
    ledger, document = plant.driver(confirmations=5), plant.head()
    ledger.submit(document)
    plant.node.mine(2)
    assert ledger.submit(document) is None
    before = plant.registry.chain.block(plant.node.height - 1)
    plant.node.ask("anvil_reorg", 2, [])
    assert plant.entries() == 0
    assert ledger.submit(document) is None
    plant.node.mine(6)
    receipt = ledger.submit(document)
    assert receipt is not None
    assert before is not None
    assert parse_proof(receipt.proof).block_hash != before.hash
    assert plant.entries() == 1
    ledger.check(receipt)


def test_a_reorganisation_beyond_what_was_final_is_told(plant: Plant) -> None:
    receipt = plant.anchor(plant.head())
    plant.node.mine(2)
    plant.node.ask("anvil_reorg", 3, [])
    with pytest.raises(LedgerInconsistent, match="not the one of the receipt any more"):
        plant.ledger.check(receipt)


def test_the_same_block_with_another_entry_is_told(plant: Plant) -> None:
    first, second = plant.anchor(plant.head()), plant.anchor(plant.head())
    moved = Receipt(first.digest, first.kind, first.origin, first.index, second.proof)
    with pytest.raises(LedgerInconsistent, match="no such entry"):
        plant.ledger.check(moved)


def test_two_drivers_of_one_station_make_one_entry(plant: Plant) -> None:
    drivers = [plant.ledger, plant.driver(max_fee_wei=10**12)]
    for document in (plant.head(), plant.shop.close()):
        for _ in range(2):
            for driver in drivers:
                assert driver.submit(document) is None
        assert len(plant.waiting()) == 1
        plant.node.mine()
        receipts = [driver.submit(document) for driver in drivers]
        assert receipts[0] is not None
        assert receipts[0] == receipts[1]
    assert plant.entries() == 2
    assert plant.nonce() == 2


def test_the_same_document_of_two_drivers_at_the_same_moment_is_refused_by_the_chain_once(plant: Plant) -> None:
    document, drivers = plant.head(), (plant.ledger, plant.driver(priority_fee_wei=2 * 10**9))
    nonces = [driver._sender.next_nonce() for driver in drivers]
    call = plant.ledger._call(document, Claim.of(document), station_id(STATION), leaf_hash(document.leaf))
    for driver, nonce in zip(drivers, nonces, strict=True):  # both have looked and found nothing; now both send
        driver._sender.push(call, nonce)
    assert len(plant.waiting()) == 1
    plant.node.mine()
    assert plant.entries() == 1
    assert drivers[0].submit(document) == drivers[1].submit(document)
    assert plant.nonce() == 1


def test_a_stuck_transaction_is_replaced_by_one_with_its_nonce_that_pays_more(plant: Plant) -> None:
    document = plant.head()
    plant.ledger.submit(document)
    ((nonce, fee),) = plant.waiting()
    plant.clock.now_s += BUMP_AFTER_S - 1
    plant.ledger.submit(document)
    assert plant.waiting() == [(nonce, fee)]
    plant.clock.now_s += 1
    plant.ledger.submit(document)
    ((again, more),) = plant.waiting()
    assert again == nonce
    assert more > fee * 1.1
    plant.node.mine()
    assert plant.ledger.submit(document) is not None
    assert plant.entries() == 1


def test_after_a_restart_a_stuck_transaction_is_waited_for_and_then_replaced(plant: Plant) -> None:
    old, document = plant.head(), plant.head()
    plant.ledger.submit(old)
    ((nonce, fee),) = plant.waiting()
    ledger = plant.driver()
    ledger.submit(document)  # the newest head: the older one is not wanted any more
    plant.clock.now_s += BUMP_AFTER_S - 1
    ledger.submit(document)
    assert plant.waiting() == [(nonce, fee)]
    for _ in range(4):  # it does not know what the one before pays, and offers more each time
        plant.clock.now_s += BUMP_AFTER_S
        ledger.submit(document)
    ((again, more),) = plant.waiting()
    assert again == nonce
    assert more > fee
    plant.node.mine()
    assert ledger.submit(document) is not None
    assert plant.entries() == 1


def test_what_the_node_has_lost_is_sent_again_as_it_was(plant: Plant) -> None:
    document = plant.head()
    plant.ledger.submit(document)
    (sent,) = plant.node.waiting()
    plant.node.ask("anvil_dropTransaction", sent["hash"])
    assert plant.node.waiting() == []
    plant.ledger.submit(document)
    assert [one["hash"] for one in plant.node.waiting()] == [sent["hash"]]


def test_a_gap_of_nonces_that_somebody_left_is_no_obstacle(plant: Plant) -> None:
    stray = plant.registry.chain.call_data("size")
    for nonce in (2, 3):
        raw, _ = plant.account.sign(
            chain_id=plant.registry.node_settings.chain_id,
            nonce=nonce,
            to=plant.registry.address,
            data=stray,
            gas=100_000,
            fees=Fees(10**10, 10**9),
        )
        plant.node.ask("eth_sendRawTransaction", "0x" + raw.hex())
    documents = [plant.head(), plant.shop.close(), plant.shop.close()]
    assert [plant.anchor(document).index for document in documents] == [0, 1, 2]
    assert plant.nonce() == 5


def test_nothing_is_sent_while_gas_costs_too_much(plant: Plant) -> None:
    document, ledger = plant.head(), plant.driver(max_fee_wei=10**9)
    plant.node.ask("anvil_setNextBlockBaseFeePerGas", hex(2 * 10**9))
    plant.node.mine()
    with pytest.raises(LedgerUnreachable, match="more than max_fee_wei"):
        ledger.submit(document)
    assert plant.waiting() == []


def test_a_stuck_transaction_whose_limit_is_reached_is_told(plant: Plant) -> None:
    document, ledger = plant.head(), plant.driver(max_fee_wei=5 * 10**9, priority_fee_wei=10**9)
    plant.node.ask("anvil_setNextBlockBaseFeePerGas", hex(3 * 10**9))
    plant.node.mine()
    ledger.submit(document)
    plant.clock.now_s += BUMP_AFTER_S
    with pytest.raises(LedgerUnreachable, match="is stuck"):
        ledger.submit(document)
    assert len(plant.waiting()) == 1


def test_an_account_without_money_is_told(plant: Plant) -> None:
    plant.node.ask("anvil_setBalance", plant.account.address, "0x0")
    with pytest.raises(LedgerUnreachable) as refused:
        plant.ledger.submit(plant.head())
    assert "nsufficient" in refused.value.message
    assert plant.waiting() == []


def test_a_call_that_failed_in_its_block_is_told_and_tried_again(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    document = plant.head()
    with monkeypatch.context() as patch:
        patch.setattr(Chain, "gas", lambda *_: 30_000)
        plant.ledger.submit(document)
    plant.node.mine()
    with pytest.raises(LedgerUnreachable, match="failed there"):
        plant.ledger.submit(document)
    assert plant.anchor(document).index == 0


def test_what_the_contract_forbids_is_refused_and_costs_nothing(plant: Plant) -> None:
    fork = Shop(STATION)
    fork.grow(2)
    plant.anchor(fork.seal())
    fork.next_shift(fork.seal())
    nonce = plant.nonce()
    with pytest.raises(LedgerRefused, match="another seal of press-7"):
        plant.ledger.submit(fork_seal(1))
    ahead = Shop(STATION)
    ahead.close()
    ahead.close()
    with pytest.raises(LedgerRefused, match="open shift is 2"):
        plant.ledger.submit(ahead.close())
    other = Shop(STATION)
    other.close()
    other.grow()
    with pytest.raises(LedgerRefused, match="fork"):
        plant.ledger.submit(other.head())
    with pytest.raises(LedgerRefused, match="does not know press-8"):
        plant.ledger.submit(Shop("press-8").close())
    assert plant.nonce() == nonce
    assert plant.waiting() == []


def fork_seal(t_us: int) -> Document:
    shop = Shop(STATION)
    shop.grow()
    return shop.seal(t_us)


def test_a_chain_that_was_cut_off_is_refused(plant: Plant) -> None:
    plant.shop.grow(3)
    plant.anchor(plant.shop.head())
    with pytest.raises(LedgerRefused, match="covers 1 records, the last head 3"):
        plant.ledger.submit(fork_seal(1))


def test_a_wrong_account_and_a_revoked_station_are_refused(plant: Plant) -> None:
    keystore, _ = plant.registry.account()
    with pytest.raises(LedgerRefused, match="this account may not write for press-7"):
        plant.driver(keystore).submit(plant.head())
    plant.node.mining(True)
    assert plant.registry.call(plant.registry.owner, "revoke", station_id(STATION))["status"] == "0x1"
    with pytest.raises(LedgerRefused, match="was revoked"):
        plant.ledger.submit(plant.head())


def test_another_chain_and_another_contract_are_refused(plant: Plant) -> None:
    with pytest.raises(LedgerInconsistent, match="is of chain 31337, not 1"):
        plant.driver(chain_id=1).submit(plant.head())
    with pytest.raises(LedgerUnreachable, match="knows no contract"):
        plant.driver(contract="0x" + "ab" * 20).submit(plant.head())
    other = "0x" + "cd" * 20
    plant.node.ask("anvil_setCode", other, "0x6000")
    with pytest.raises(LedgerInconsistent, match="is not the AnchorRegistry"):
        plant.driver(contract=other).submit(plant.head())


def test_it_asks_again_for_the_same_document_only_after_a_while(plant: Plant) -> None:
    ledger, document = plant.driver(poll_s=5.0), plant.head()
    assert ledger.submit(document) is None
    plant.node.mine()
    assert ledger.submit(document) is None
    plant.clock.now_s += 5
    assert ledger.submit(document) is not None


def test_a_node_that_is_killed_and_comes_back_with_its_state_goes_on(tmp_path: Path) -> None:
    state = str(tmp_path / "chain.json")
    with running_node("--state", state) as node:
        plant = Plant(node, tmp_path)
        try:
            receipt, next_one = plant.anchor(plant.head()), plant.shop.close()
            node.stop()
            for _ in range(2):
                with pytest.raises(LedgerUnreachable, match="does not answer"):
                    plant.ledger.submit(next_one)
            node.start()
            plant.ledger.check(receipt)
            assert plant.anchor(next_one).index == 1
            node.stop(kill=True)  # without writing its state: it is back where it was before
            node.start()
            assert plant.entries() == 1
            assert plant.anchor(next_one).index == 1
        finally:
            plant.close()


def test_a_node_that_is_behind_is_no_alarm(plant: Plant, tmp_path: Path) -> None:
    receipt = plant.anchor(plant.head())
    proof = parse_proof(receipt.proof)
    ahead = Receipt(
        receipt.digest,
        receipt.kind,
        receipt.origin,
        receipt.index,
        receipt.proof.replace(f'"block_number":{proof.block_number}', f'"block_number":{proof.block_number + 9}'),
    )
    with pytest.raises(LedgerUnreachable, match="is behind"):
        plant.ledger.check(ahead)


def test_a_receipt_of_another_contract_is_told(plant: Plant) -> None:
    receipt = plant.anchor(plant.head())
    moved = receipt.proof.replace(plant.registry.address, "0x" + "ab" * 20)
    with pytest.raises(LedgerInconsistent, match="of contract 0xabab"):
        plant.ledger.check(Receipt(receipt.digest, receipt.kind, receipt.origin, receipt.index, moved))


def test_it_asks_for_no_consistency_proof(plant: Plant) -> None:
    plant.anchor(plant.head())
    assert plant.ledger.head_count(STATION) == 0
