# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks a receipt of kind "evm" against a node of the reader's own choice.

The answer is as good as the node: an auditor runs one, or asks one of somebody who is not the plant.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.errors import LedgerInconsistent, LedgerUnreachable, ProofInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import split_note
from inspector.evidence.rotation import RotationDocument, parse_rotation
from inspector.evidence.seal import parse_document
from inspector.evidence.verify.contracts import Entry
from ledger_anchor.evm.artefact import KINDS, station_id
from ledger_anchor.evm.history import History, Reader, read_history
from ledger_anchor.evm.model import Entry as Place
from ledger_anchor.evm.model import Event
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.ledger import Document
from ledger_anchor.log.admission import Claim


@dataclass(frozen=True, slots=True)
class Anchored:
    """What a receipt proves.

    Attributes:
        index: Position in the contract: what revocations of keys name.
        block: Number of its block.
        time_s: The block's time, UTC, seconds since 1970: the document existed then.
        key: Fingerprint of the station's key that the contract had in force for it, 64 hex digits.
        shift: Open shift of the document.
    """

    index: int
    block: int
    time_s: int
    key: str
    shift: int


class View:
    """One look at a contract: what is the same for all receipts is asked once.

    Args:
        reader: A node; its settings name chain and contract that whoever checks trusts.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._final: int | None = None
        self._histories: dict[bytes, History | None] = {}

    def final(self) -> int:
        """Number of the last block that was final at the first call, which looks at chain and contract, too.

        Raises:
            LedgerUnreachable: The node does not answer, is behind, or does not say what is final.
            LedgerInconsistent: It is of another chain, or there is another contract.
        """
        if self._final is None:
            self.reader.check_identity()
            self._final = self.reader.final_number()
        return self._final

    def history(self, station: bytes) -> History | None:
        """Keys and revocation of a station, see `read_history`."""
        if station not in self._histories:
            self._histories[station] = read_history(self.reader, station, self.final())
        return self._histories[station]


def verify_receipt(document: Document, index: int, proof_text: str, reader: Reader) -> Anchored:
    """Whether the contract has this document where the receipt says, in a final block of the node's chain.

    The document's own signature is not checked here.

    Args:
        document: Seal, head or rotation.
        index: What the receipt says.
        proof_text: Its `proof`.
        reader: A node; its settings name chain and contract that the reader trusts.

    Raises:
        FormatInvalid: The proof is none, or the document is no seal, head or rotation.
        ProofInvalid: The contract does not have it, or has something else; the message says what.
        LedgerUnreachable: It cannot be said now: the node does not answer, is behind, or the block is not final yet.
        LedgerInconsistent: The node is of another chain, or there is another contract, or it contradicts itself.
    """
    return verify_entry(entry_of(document), index, proof_text, View(reader))


def verify_entry(entry: Entry, index: int, proof_text: str, view: View) -> Anchored:
    """The same of what a document has to be in the contract; raises the same."""
    reader, proof = view.reader, parse_proof(proof_text)
    settings = reader.settings
    if proof.chain_id != settings.chain_id or proof.contract != settings.contract:
        raise ProofInvalid(f"The receipt is of contract {proof.contract} on chain {proof.chain_id}", "Compare both")
    if proof.index != index:
        raise ProofInvalid(f"The receipt says index {index}, its proof {proof.index}")
    if proof.block_number > view.final():
        raise LedgerUnreachable(
            f"Block {proof.block_number} is not final for this node, which is at {view.final()}", "Check again later"
        )
    block = reader.block(proof.block_number)
    if block is None or block.hash != proof.block_hash:
        raise ProofInvalid(
            f"Block {proof.block_number} of the chain is another one than the receipt's",
            "Either the receipt is false, or the chain was rewritten behind what had been final",
        )
    station = station_id(entry.station)
    events = reader.events(block.number, station)
    place = proof.log_index, proof.transaction, block.hash
    event = next((one for one in events if (one.log_index, one.transaction, one.block_hash) == place), None)
    known = reader.entry(station, entry.leaf) == Place(index, block.number)
    if event is None and not (known and all(one.values.get("leaf") != entry.leaf for one in events)):
        raise ProofInvalid(f"Block {block.number} has no event of {entry.station} where the receipt says")
    if event is not None:
        _compare(event, _expected(entry, index))
    if event is None or not known:
        raise LedgerInconsistent(
            f"The node shows entry {index} only in the events of block {block.number}, or only in the contract's state",
            "Ask another node: this one forgets events or contradicts itself, or its chain has just changed",
        )
    _check_key(entry, index, view.history(station))
    return Anchored(index, block.number, block.time_s, entry.keys[0].hex(), entry.shift)


def _check_key(entry: Entry, index: int, history: History | None) -> None:
    """Whether the station was not revoked there, and the key that the document names was in force."""
    if history is None:
        raise ProofInvalid(f"The contract does not know station {entry.station}")
    if history.revoked_from is not None and index >= history.revoked_from:
        raise ProofInvalid(f"Entry {index} is not before the revocation of {entry.station} ({history.revoked_from})")
    if history.key_at(index) != entry.keys[0].hex():
        raise ProofInvalid(f"The document is not by the key of {entry.station} that was in force at entry {index}")


def entry_of(document: Document) -> Entry:
    """What the contract has to have of a document.

    Raises:
        FormatInvalid: It is no seal, head or rotation.
    """
    claim = Claim.of(document)
    if isinstance(document, RotationDocument):
        rotation = parse_rotation(split_note(document.data)[0])
        keys = tuple(bytes.fromhex(key_fingerprint(key)) for key in (rotation.old, rotation.new))
    else:
        keys = (bytes.fromhex(str(parse_document(document.data)["key"])),)
    return Entry(
        claim.station,
        claim.kind,
        claim.shift,
        claim.first,
        claim.count,
        bytes.fromhex(claim.prev_seal),
        bytes.fromhex(document.digest),
        leaf_hash(document.leaf),
        keys,
    )


def _expected(entry: Entry, index: int) -> dict[str, object]:
    """What the event has to say about a document."""
    common: dict[str, object] = {
        "index": index,
        "shift": entry.shift,
        "leaf": entry.leaf,
        "digest": entry.digest,
    }
    if entry.kind == "rotation":
        return {**common, "oldKey": entry.keys[0], "newKey": entry.keys[1]}
    return {
        **common,
        "kind": KINDS[entry.kind],
        "first": entry.first,
        "count": entry.count,
        "prevSeal": entry.prev_seal,
    }


def _compare(event: Event, expected: dict[str, object]) -> None:
    for name, value in expected.items():
        if name not in event.values or event.values[name] != value:
            raise ProofInvalid(f"The entry in the contract is of another document: its {name} differs")
