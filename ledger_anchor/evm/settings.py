# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of a ledger that is a contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from inspector.config.base import Settings

WEI_PER_GWEI = 1_000_000_000


def _node_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("name an http or https address without user, query or fragment")
    return text


def _address(text: str) -> str:
    return text.lower()


NodeUrl = Annotated[str, Field(max_length=500), AfterValidator(_node_url)]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$"), AfterValidator(_address)]
Wei = Annotated[int, Field(ge=0, le=10**18)]


class NodeSettings(Settings):
    """How to reach a node and the contract behind it; what an auditor needs, too.

    Attributes:
        url: JSON-RPC address of the node.
        chain_id: Number of the chain; a node of another one is refused.
        contract: Address of the contract; another contract at this address is refused.
        ca_file: Certificates (PEM) that the node's TLS certificate must lead to; empty: those of the system.
        token_file: Holds a token that the node asks for (`Authorization: Bearer`); empty without.
        timeout_s: A whole answer must be there in this time.
        finality: What is final: blocks that the chain calls `finalized`, or those with so many `confirmations`. On a
            chain whose blocks are final at once, such as QBFT: `confirmations` with 0 or 1.
        confirmations: So many blocks must stand upon one.
    """

    url: NodeUrl
    chain_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    contract: Address
    ca_file: str = ""
    token_file: str = ""
    timeout_s: Annotated[int, Field(ge=1, le=300)] = 10
    finality: Literal["finalized", "confirmations"] = "finalized"
    confirmations: Annotated[int, Field(ge=0, le=100_000)] = 12


class EvmSettings(NodeSettings):
    """A contract as the ledger of a station.

    Attributes:
        origin: Name of the ledger, as receipts give it.
        keystore_file: The station's account: an encrypted keystore file.
        passphrase_file: Holds its passphrase; readable by nobody but the owner.
        max_fee_wei: Most that a unit of gas may cost; above it nothing is sent.
        priority_fee_wei: What those who make blocks get of it; 0 where gas is free.
        bump_after_s: A transaction that is not in a block after this time is replaced by one that pays more.
        poll_s: The node is asked again for the same document after this time at the earliest.
    """

    origin: Annotated[str, Field(min_length=1, max_length=100)]
    keystore_file: Annotated[str, Field(min_length=1)]
    passphrase_file: Annotated[str, Field(min_length=1)]
    max_fee_wei: Wei = 100 * WEI_PER_GWEI
    priority_fee_wei: Wei = WEI_PER_GWEI
    bump_after_s: Annotated[int, Field(ge=1, le=86_400)] = 120
    poll_s: Annotated[float, Field(ge=0, le=3600)] = 1.0

    def beside(self, folder: Path) -> EvmSettings:
        """The same with its files taken relative to a folder."""
        names = ("ca_file", "token_file", "keystore_file", "passphrase_file")
        return self.model_copy(
            update={name: str(folder / getattr(self, name)) for name in names if getattr(self, name)}
        )
