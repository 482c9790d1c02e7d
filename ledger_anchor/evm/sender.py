# SPDX-License-Identifier: AGPL-3.0-or-later
"""Gets one call at a time into a block: nonces, fees, and what to do with a transaction that is stuck.

The account has one transaction under way at most, always with the number (nonce) that follows those in blocks. So there
is never a gap; a second transaction for the same document, also of another process or from before a restart, has the
same nonce, and the chain takes one of them only. Nothing has to be remembered for this: what is kept here is only
since when something has been under way and what it offered to pay.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from inspector.config.ledger import EvmSettings
from inspector.errors import LedgerUnreachable, TransactionRefused
from ledger_anchor.evm.chain import Account
from ledger_anchor.evm.fees import PricedNode, bump, suggest, with_reserve
from ledger_anchor.evm.model import Fees, Outcome

log = logging.getLogger(__name__)

_KNOWN = ("already known", "already imported", "known transaction")


class Node(PricedNode, Protocol):
    """What is asked of the chain."""

    def nonce(self, address: str, tag: str) -> int:
        """See `Chain`."""
        ...

    def gas(self, sender: str, data: bytes, to: str | None) -> int:
        """See `Chain`."""
        ...

    def outcome(self, transaction: str) -> Outcome | None:
        """See `Chain`."""
        ...

    def send(self, raw: bytes) -> None:
        """See `Chain`."""
        ...


_NOTHING = Fees(0, None)


@dataclass(slots=True)
class _UnderWay:
    """What is known of the transaction with a nonce; `data` is empty if another process sent it."""

    nonce: int
    since_s: float
    data: bytes = b""
    raw: bytes = b""
    hash: str = ""
    fees: Fees = _NOTHING


class Sender:
    """Sends calls to the contract from one account. Used by one thread.

    Args:
        node: The chain.
        account: Who sends; nobody else sends from it but other processes of the same station.
        settings: Fees and times.
        clock: Seconds that only grow.
    """

    def __init__(self, node: Node, account: Account, settings: EvmSettings, clock: Callable[[], float]) -> None:
        self._node, self._account, self._settings, self._clock = node, account, settings, clock
        self._way: _UnderWay | None = None

    def next_nonce(self) -> int:
        """Nonce of the next transaction; ask it before asking whether the document is there, never after.

        If the document gets into a block in between, either it is seen, or what is sent has a nonce that is taken.
        """
        return self._node.nonce(self._account.address, "latest")

    def push(self, data: bytes, nonce: int) -> None:
        """Send a call unless one is under way that has not waited long enough.

        Args:
            data: The call.
            nonce: From `next_nonce`.

        Raises:
            LedgerUnreachable: The node does not answer or does not take it, gas costs more than the settings allow,
                or the call failed in its block.
        """
        way = self._way
        if way is not None and way.nonce < nonce:
            self._way = None
            outcome = self._node.outcome(way.hash) if way.hash else None
            if outcome is not None and not outcome.succeeded:
                raise LedgerUnreachable(
                    f"Transaction {way.hash} is in a block but failed there",
                    "It is tried again; look it up if it stays so",
                )
        way = self._way if self._way is not None and self._way.nonce == nonce else None
        pending = self._node.nonce(self._account.address, "pending") > nonce
        now_s = self._clock()
        if way is None and pending:  # of a process before this one, or beside it
            self._way = _UnderWay(nonce, now_s)
            return
        if way is not None and pending and now_s - way.since_s < self._settings.bump_after_s:
            return
        if way is not None and not pending and way.data == data:
            self._send(way)  # the node has lost it: the very same again
            return
        limit = self._settings.max_fee_wei
        fees = suggest(self._node, limit, self._settings.priority_fee_wei)
        if way is not None:
            fees = bump(way.fees, fees, limit)
            log.warning("transaction %d of %s is replaced by one that pays more", nonce, self._account.address)
        self._send(self._sign(data, nonce, fees, now_s))

    def _sign(self, data: bytes, nonce: int, fees: Fees, now_s: float) -> _UnderWay:
        settings = self._settings
        gas = with_reserve(self._node.gas(self._account.address, data, settings.contract))
        raw, name = self._account.sign(
            chain_id=settings.chain_id, nonce=nonce, to=settings.contract, data=data, gas=gas, fees=fees
        )
        return _UnderWay(nonce, now_s, data, raw, name, fees)

    def _send(self, way: _UnderWay) -> None:
        self._way = way  # before: if no answer comes, it may be there all the same
        try:
            self._node.send(way.raw)
        except TransactionRefused as error:
            if any(words in error.reason for words in _KNOWN) or "nonce too low" in error.reason:
                return  # it is there; or another one with its nonce is in a block: the next call sees what became of it
            if "underpriced" in error.reason or "replacement" in error.reason:
                # Another process pays more than was thought; the next one pays more again.
                log.info("the transaction under way pays more than %d wei", way.fees.max_wei)
                return
            self._way = None
            raise
