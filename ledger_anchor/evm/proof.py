# SPDX-License-Identifier: AGPL-3.0-or-later
"""`proof` of a receipt of kind "evm": where on which chain the event is (docs/formats.md, section 6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from inspector.errors import FormatInvalid
from inspector.evidence.record import MAX_INTEGER, canonical, parse_strict

_HASH = re.compile(r"0x[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class EvmProof:
    """Where an event is.

    Attributes:
        chain_id: Number of the chain.
        contract: Address of the contract, "0x" and 40 hex digits, lower case.
        block_number: Number of the block.
        block_hash: Its hash, "0x" and 64 hex digits.
        transaction: Hash of the transaction that made the event, in the same form.
        log_index: Place of the event in its block, from 0.
        index: Position in the contract, from 0.
    """

    chain_id: int
    contract: str
    block_number: int
    block_hash: str
    transaction: str
    log_index: int
    index: int

    def text(self) -> str:
        """Canonical JSON, as the receipt has it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return canonical({"v": 1, **values}).decode("utf-8")


def parse_proof(text: str) -> EvmProof:
    """Read it strictly.

    Raises:
        FormatInvalid: It is something else, or not in its one spelling.
    """
    values = parse_strict(text.encode("utf-8", "replace"))
    names = {field.name: field.type for field in fields(EvmProof)}
    if set(values) != {"v", *names} or type(values["v"]) is not int or values["v"] != 1:
        raise FormatInvalid("This is not a proof of an entry in a contract")
    for name, kind in names.items():
        value = values[name]
        if kind == "int" and not (type(value) is int and 0 <= value <= MAX_INTEGER):
            raise FormatInvalid(f"{name} of the proof is not a number")
        pattern = _ADDRESS if name == "contract" else _HASH
        if kind == "str" and not (isinstance(value, str) and pattern.fullmatch(value)):
            raise FormatInvalid(f"{name} of the proof is malformed")
    del values["v"]
    return EvmProof(**values)  # type: ignore[arg-type]  # just checked
