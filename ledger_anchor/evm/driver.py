# SPDX-License-Identifier: AGPL-3.0-or-later
"""A contract as a ledger. It keeps nothing: after a `kill -9` everything is asked from the chain again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from inspector.config.ledger import EvmSettings
from inspector.errors import FormatInvalid, LedgerError, LedgerInconsistent, LedgerUnreachable
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import split_note
from inspector.evidence.rotation import RotationDocument, parse_rotation
from ledger_anchor.evm.artefact import KINDS, station_id
from ledger_anchor.evm.chain import Account, Chain
from ledger_anchor.evm.model import Entry, Event
from ledger_anchor.evm.proof import EvmProof, parse_proof
from ledger_anchor.evm.refusals import ALREADY, refusal
from ledger_anchor.evm.sender import Sender
from ledger_anchor.ledger import Document, Receipt
from ledger_anchor.log.admission import Claim
from ledger_anchor.passphrase import read_secret

KIND = "evm"


class EvmLedger:
    """Submits documents to a contract and waits until their blocks are final. Used by one thread.

    Args:
        settings: Node, contract, account.
        clock: Seconds that only grow; tests have their own.

    Raises:
        ConfigError: A file of the settings is missing.
        PassphraseWrong: The passphrase does not open the keystore.
    """

    def __init__(self, settings: EvmSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        account = Account(Path(settings.keystore_file), read_secret(Path(settings.passphrase_file)))
        self._address = account.address
        self._chain = Chain(settings)
        self._sender = Sender(self._chain, account, settings, clock)
        self._identified = False
        self._waiting: tuple[bytes, float] | None = None

    @property
    def kind(self) -> str:
        """What its receipts are."""
        return KIND

    @property
    def origin(self) -> str:
        """Name of the ledger in the settings."""
        return self._settings.origin

    @property
    def address(self) -> str:
        """Of the account that sends."""
        return self._address

    @property
    def takes_heads(self) -> bool:
        """See `ledger_anchor.ledger.Ledger`."""
        return True

    def head_count(self, station: str) -> int:
        """0: a contract cannot check consistency proofs at a bearable price, and asks for none."""
        return 0

    def submit(self, document: Document, consistency: Sequence[bytes] = ()) -> Receipt | None:
        """See `ledger_anchor.ledger.Ledger`; it waits for no block.

        Raises:
            LedgerRefused: The contract's admission rule forbids it, or this account may not write.
            FormatInvalid: It is no seal, head or rotation.
            LedgerUnreachable: The node does not answer, is behind or does not take the transaction, or gas costs too
                much.
            LedgerInconsistent: The node is of another chain, or there is another contract at the address.
        """
        claim = Claim.of(document)
        leaf = leaf_hash(document.leaf)
        now_s = self._clock()
        if self._waiting is not None and self._waiting[0] == leaf and now_s < self._waiting[1]:
            return None
        try:
            receipt = self._submit(document, claim, leaf)
        except LedgerError:
            self._identified = False  # another node may answer at this address next time
            raise
        self._waiting = None if receipt is not None else (leaf, now_s + self._settings.poll_s)
        return receipt

    def check(self, receipt: Receipt) -> None:
        """See `ledger_anchor.ledger.Ledger`: the block is still the one of the receipt, and the entry in it.

        Raises:
            FormatInvalid: The receipt's proof is none.
        """
        proof = parse_proof(receipt.proof)
        self._chain.check_identity()
        gone = "Ask those who run the chain: it was reorganised or put back further than what it had called final"
        if (proof.chain_id, proof.contract) != (self._settings.chain_id, self._settings.contract):
            raise LedgerInconsistent(
                f"The receipt is of contract {proof.contract} on chain {proof.chain_id}", "Check contract and chain_id"
            )
        latest = self._chain.block("latest")
        if latest is None or latest.number < proof.block_number:
            raise LedgerUnreachable(f"The node {self._chain.host} is behind block {proof.block_number}", "Wait for it")
        block = self._chain.block(proof.block_number)
        if block is None or block.hash != proof.block_hash:
            raise LedgerInconsistent(f"Block {proof.block_number} is not the one of the receipt any more", gone)
        place = proof.transaction, proof.log_index, bytes.fromhex(receipt.digest)
        events = self._chain.events(proof.block_number)
        if place not in [(event.transaction, event.log_index, event.values.get("digest")) for event in events]:
            raise LedgerInconsistent(f"Block {proof.block_number} has no such entry any more", gone)

    def close(self) -> None:
        """Close connections."""
        self._chain.close()

    def _submit(self, document: Document, claim: Claim, leaf: bytes) -> Receipt | None:
        if not self._identified:
            self._chain.check_identity()
            self._identified = True
        station = station_id(claim.station)
        nonce = self._sender.next_nonce()  # before the next line; why: see there
        entry = self._chain.entry(station, leaf)
        if entry is not None:
            return self._receipt(document, station, leaf, entry)
        data = self._call(document, claim, station, leaf)
        revert = self._chain.dry_run(self._address, data)
        if revert is None:
            self._sender.push(data, nonce)
        elif revert.name != ALREADY:  # else it came into a block just now
            raise refusal(revert, claim)
        return None

    def _call(self, document: Document, claim: Claim, station: bytes, leaf: bytes) -> bytes:
        digest = bytes.fromhex(document.digest)
        if isinstance(document, RotationDocument):
            rotation = parse_rotation(split_note(document.data)[0])
            old, new = (bytes.fromhex(key_fingerprint(key)) for key in (rotation.old, rotation.new))
            return self._chain.call_data("rotate", station, claim.shift, old, new, digest, leaf)
        prev_seal = bytes.fromhex(claim.prev_seal)
        kind = KINDS[claim.kind]
        return self._chain.call_data(
            "submit", station, kind, claim.shift, claim.first, claim.count, prev_seal, digest, leaf
        )

    def _receipt(self, document: Document, station: bytes, leaf: bytes, entry: Entry) -> Receipt | None:
        """The receipt of an entry if its block is final; the block's hash is looked at after that."""
        if entry.block > self._chain.final_number():
            return None
        found = [
            event
            for event in self._chain.events(entry.block, station)
            if event.values.get("leaf") == leaf and event.number("index") == entry.index
        ]
        block = self._chain.block(entry.block)
        if len(found) != 1 or block is None or block.hash != found[0].block_hash:
            return None  # the chain has changed between two questions
        event: Event = found[0]
        if event.hash_of("digest").hex() != document.digest:
            raise FormatInvalid("The contract has this document under another hash", "Run `inspector verify`")
        proof = EvmProof(
            self._settings.chain_id,
            self._settings.contract,
            block.number,
            block.hash,
            event.transaction,
            event.log_index,
            entry.index,
        )
        return Receipt(document.digest, KIND, self.origin, entry.index, proof.text())
