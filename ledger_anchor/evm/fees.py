# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to pay for gas: enough for the next blocks, more if that was not enough, never more than the settings allow."""

from __future__ import annotations

from typing import Protocol

from inspector.errors import LedgerUnreachable
from ledger_anchor.evm.model import Block, Fees

GAS_RESERVE_PERCENT = 25
"""So much more gas than asked for: the contract's state may be another one when the call is carried out."""

BUMP_PERCENT = 25
"""So much more pays one that replaces another; nodes ask for 10 to 13 %."""


class PricedNode(Protocol):
    """What is asked of the chain."""

    def block(self, which: int | str) -> Block | None:
        """See `ledger_anchor.evm.chain.Chain`."""
        ...

    def gas_price(self) -> int:
        """See `ledger_anchor.evm.chain.Chain`."""
        ...


def with_reserve(gas: int) -> int:
    """Limit of gas for a call that needs so much."""
    return gas + gas * GAS_RESERVE_PERCENT // 100


def suggest(node: PricedNode, limit_wei: int, priority_wei: int) -> Fees:
    """What to pay now.

    Args:
        node: Tells what gas costs.
        limit_wei: Most that a unit may cost.
        priority_wei: What those who make blocks get of it.

    Raises:
        LedgerUnreachable: Gas costs more, or the node does not answer.
    """
    latest = node.block("latest")
    base = None if latest is None else latest.base_fee_wei
    price = node.gas_price() if base is None else base + priority_wei
    if price > limit_wei:
        raise LedgerUnreachable(
            f"A unit of gas costs {price} wei, more than max_fee_wei = {limit_wei}",
            "Wait until it is cheaper, or raise max_fee_wei",
        )
    if base is None:
        return Fees(price, None)
    return Fees(min(limit_wei, 2 * base + priority_wei), priority_wei)


def bump(before: Fees, now: Fees, limit_wei: int) -> Fees:
    """What one pays that replaces another: more than before, and at least what it takes now.

    Raises:
        LedgerUnreachable: That would pass the limit.
    """
    most = max(now.max_wei, before.max_wei + before.max_wei * BUMP_PERCENT // 100 + 1)
    if most > limit_wei:
        raise LedgerUnreachable(
            f"A transaction is stuck, and a higher fee than {before.max_wei} wei would pass max_fee_wei",
            "Raise max_fee_wei, or wait until it is cheaper",
        )
    if now.priority_wei is None:
        return Fees(most, None)
    old = before.priority_wei or 0
    priority = max(now.priority_wei, old + old * BUMP_PERCENT // 100 + 1)
    return Fees(most, min(priority, most))
