# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks a receipt of kind "evm" against a node of the reader's own choice.

The answer is as good as the node: an auditor runs one, or asks one of somebody who is not the plant.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.errors import LedgerUnreachable, ProofInvalid
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import split_note
from inspector.evidence.rotation import RotationDocument, parse_rotation
from inspector.evidence.seal import parse_document
from ledger_anchor.evm.artefact import KINDS, station_id
from ledger_anchor.evm.history import Reader, read_history
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
        LedgerInconsistent: The node is of another chain, or there is another contract.
    """
    claim = Claim.of(document)
    proof = parse_proof(proof_text)
    settings = reader.settings
    if proof.chain_id != settings.chain_id or proof.contract != settings.contract:
        raise ProofInvalid(f"The receipt is of contract {proof.contract} on chain {proof.chain_id}", "Compare both")
    if proof.index != index:
        raise ProofInvalid(f"The receipt says index {index}, its proof {proof.index}")
    reader.check_identity()
    final = reader.final_number()
    if proof.block_number > final:
        raise LedgerUnreachable(
            f"Block {proof.block_number} is not final for this node, which is at {final}", "Check again later"
        )
    block = reader.block(proof.block_number)
    if block is None or block.hash != proof.block_hash:
        raise ProofInvalid(f"Block {proof.block_number} of the chain is another one than the receipt's")
    station = station_id(claim.station)
    found = [event for event in reader.events(block.number, station) if event.log_index == proof.log_index]
    if not found or (found[0].block_hash, found[0].transaction) != (block.hash, proof.transaction):
        raise ProofInvalid(f"Block {block.number} has no event of {claim.station} where the receipt says")
    _compare(found[0], _expected(document, claim, index))
    history = read_history(reader, station)
    if history is None:
        raise ProofInvalid(f"The contract does not know station {claim.station}")
    if history.revoked_from is not None and index >= history.revoked_from:
        raise ProofInvalid(f"Entry {index} is not before the revocation of {claim.station} ({history.revoked_from})")
    key = history.key_at(index)
    if key != _key_of(document):
        raise ProofInvalid(f"The document is not by the key of {claim.station} that was in force at entry {index}")
    return Anchored(index, block.number, block.time_s, key, claim.shift)


def _expected(document: Document, claim: Claim, index: int) -> dict[str, object]:
    """What the event has to say about a document, its name included."""
    common: dict[str, object] = {
        "index": index,
        "shift": claim.shift,
        "leaf": leaf_hash(document.leaf),
        "digest": bytes.fromhex(document.digest),
    }
    if isinstance(document, RotationDocument):
        rotation = parse_rotation(split_note(document.data)[0])
        keys = {"oldKey": rotation.old, "newKey": rotation.new}
        return {**common, **{name: bytes.fromhex(key_fingerprint(key)) for name, key in keys.items()}}
    return {
        **common,
        "kind": KINDS[claim.kind],
        "first": claim.first,
        "count": claim.count,
        "prevSeal": bytes.fromhex(claim.prev_seal),
    }


def _compare(event: Event, expected: dict[str, object]) -> None:
    for name, value in expected.items():
        if name not in event.values or event.values[name] != value:
            raise ProofInvalid(f"The entry in the contract is of another document: its {name} differs")


def _key_of(document: Document) -> str:
    if isinstance(document, RotationDocument):
        return key_fingerprint(parse_rotation(split_note(document.data)[0]).old)
    return str(parse_document(document.data)["key"])
