# SPDX-License-Identifier: AGPL-3.0-or-later
"""A node of whoever checks, for `inspector verify`: the way in is the entry point `inspector.contract_nodes`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from inspector.config.base import explain
from inspector.config.ledger import NodeSettings
from inspector.errors import ConfigError
from inspector.evidence.verify.contracts import Contract, Entry, Held, Newest
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.extra import open_chain
from ledger_anchor.evm.history import Reader
from ledger_anchor.evm.proof import parse_proof
from ledger_anchor.evm.verify import View, verify_entry


class AuditorNode:
    """Answers what `inspector.evidence.verify.contracts.ContractNode` asks.

    Args:
        reader: The node; its settings name chain and contract that whoever checks trusts.
    """

    def __init__(self, reader: Reader) -> None:
        self._view = View(reader)

    def begin(self) -> None:
        """See `ContractNode`."""
        self._view.final()

    def held(self, entry: Entry, index: int, proof: str) -> Held | None:
        """See `ContractNode`."""
        if parse_proof(proof).block_number > self._view.final():
            return None
        found = verify_entry(entry, index, proof, self._view)
        return Held(found.index, found.block, found.time_s)

    def newest(self, station: str) -> Newest | None:
        """See `ContractNode`."""
        final = self._view.final()
        state = self._view.reader.state(station_id(station), final) if final >= 0 else None
        if state is None:
            return None
        return Newest(state.shift, state.prev_seal.hex(), state.head_count, state.revoked)


@contextmanager
def open_node(contract: Contract, url: str, ca_file: str = "", token_file: str = "") -> Iterator[AuditorNode]:
    """A node by its address, until the end of the block; nothing is asked yet.

    Args:
        contract: What the policy names.
        url: JSON-RPC address.
        ca_file: Certificates (PEM) that the node's must lead to; empty: those of the system.
        token_file: Holds a token that the node asks for; empty without.

    Raises:
        ConfigError: The address is none, a file is missing, or the extra `evm` is not installed.
    """
    values: dict[str, Any] = {
        "url": url,
        "chain_id": contract.chain_id,
        "contract": contract.address,
        "ca_file": ca_file,
        "token_file": token_file,
    }
    if contract.confirmations is not None:
        values |= {"finality": "confirmations", "confirmations": contract.confirmations}
    try:
        settings = NodeSettings(**values)
    except ValidationError as error:
        raise ConfigError(f"--evm-node names no node: {explain(error)}", "Give an http or https address") from error
    chain = open_chain(settings)
    try:
        yield AuditorNode(chain)
    finally:
        chain.close()
