# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the owner of a contract does, now and then and by hand: make it, register and revoke stations."""

from __future__ import annotations

import time
from collections.abc import Callable

from inspector.errors import LedgerRefused, LedgerUnreachable
from ledger_anchor.evm.artefact import artefact
from ledger_anchor.evm.chain import Account, Chain
from ledger_anchor.evm.fees import suggest, with_reserve
from ledger_anchor.evm.model import Outcome

POLL_S = 0.5

_WORDS = {
    "NotOwner": ("only the owner of the contract may do this", "Use the owner's account"),
    "StationExists": ("the contract knows a station of this name, or did before it was revoked", "Choose another"),
    "SenderTaken": ("this account writes for another station already", "Make an account for each station"),
    "UnknownStation": ("the contract does not know this station", "Check its name"),
    "StationRevoked": ("this station is revoked", "A revocation is for ever"),
}


def deploy_data(owner: str) -> bytes:
    """Data of the transaction that makes a contract.

    Args:
        owner: Address of its first owner, which may be a multi-signature wallet.
    """
    return artefact().bytecode + bytes(12) + bytes.fromhex(owner[2:])


def transact(
    chain: Chain,
    account: Account,
    data: bytes,
    to: str | None,
    *,
    max_fee_wei: int,
    priority_fee_wei: int,
    wait_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str, Outcome]:
    """Send a transaction and wait until it is in a block; its hash, and what became of it.

    Args:
        chain: Where to.
        account: Who pays.
        data: The call.
        to: Address of the contract; None makes one.
        max_fee_wei: Most that a unit of gas may cost.
        priority_fee_wei: What those who make blocks get of it.
        wait_s: So long it is waited for.
        clock: Seconds that only grow.
        sleep: Waits so many seconds.

    Raises:
        LedgerRefused: The contract forbids it.
        LedgerUnreachable: The node does not answer or does not take it, gas costs too much, another transaction of the
            account is under way, or it is in no block yet.
    """
    if to is not None:
        revert = chain.dry_run(account.address, data)
        if revert is not None:
            words, advice = _WORDS.get(revert.name, (f"the contract reverts with {revert.name}", "Check the values"))
            raise LedgerRefused(f"Refused: {words}", advice)
    nonce = chain.nonce(account.address, "latest")
    if chain.nonce(account.address, "pending") > nonce:
        raise LedgerUnreachable(f"A transaction of {account.address} waits for its block", "Wait until it is in one")
    fees = suggest(chain, max_fee_wei, priority_fee_wei)
    gas = with_reserve(chain.gas(account.address, data, to))
    chain_id = chain.settings.chain_id
    raw, name = account.sign(chain_id=chain_id, nonce=nonce, to=to, data=data, gas=gas, fees=fees)
    chain.send(raw)
    until_s = clock() + wait_s
    while (outcome := chain.outcome(name)) is None:
        if clock() > until_s:
            raise LedgerUnreachable(f"Transaction {name} is in no block after {wait_s:g} s", "Look it up later")
        sleep(POLL_S)
    if not outcome.succeeded:
        raise LedgerRefused(f"Transaction {name} failed in block {outcome.block}", "Somebody was faster; look again")
    return name, outcome
