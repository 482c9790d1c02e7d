# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a refusal of the contract means for the station: an alarm, or something to mend at the contract."""

from __future__ import annotations

from inspector.errors import LedgerRefused
from ledger_anchor.evm.model import Revert
from ledger_anchor.log.admission import Claim

ALREADY = "AlreadyAnchored"
_OWNER = "Ask the owner of the contract"
_VERIFY = "Run `inspector verify` on the station"
_COMPARE = "Compare both: one of them is a forgery, or the database was rolled back"
_ROLLED_BACK = "Submit the missing seals first; if there are none, the database was rolled back"

_WORDS = {
    "UnknownStation": ("the contract does not know {station}", _OWNER),
    "StationRevoked": ("{station} was revoked in the contract", _OWNER),
    "WrongSender": ("this account may not write for {station}", "Check keystore_file; " + _OWNER.lower()),
    "Twin": ("there is another {kind} of {station} in its place, shift {shift}; the open shift is {0}", _COMPARE),
    "ShiftSealed": ("the {kind} is of shift {shift} of {station}, which is sealed; the open shift is {0}", _VERIFY),
    "Gap": ("the {kind} is of shift {shift} of {station}; its open shift is {0}", _ROLLED_BACK),
    "Fork": ("the {kind} of shift {shift} of {station} does not follow its last seal: a fork", _VERIFY),
    "CutOff": ("the {kind} of {station} covers {count} records, the last head {0}: the chain was cut off", _VERIFY),
    "HeadBefore": ("shift {shift} of {station} has a head by the key before", _VERIFY),
    "KeyNotInForce": (
        "the rotation is not by the key of {station} that is in force there",
        "Find out who made it: a stolen key that was replaced signs such a one",
    ),
    "Malformed": ("the contract finds the {kind} of {station} malformed", _VERIFY),
}


def refusal(revert: Revert, claim: Claim) -> LedgerRefused:
    """The error for what the contract says to a document.

    Args:
        revert: What it says.
        claim: What the document says.
    """
    words, advice = _WORDS.get(revert.name, (f"the contract reverts with {revert.name}", _OWNER))
    text = words.format(*revert.values, station=claim.station, kind=claim.kind, shift=claim.shift, count=claim.count)
    return LedgerRefused(f"Refused: {text}", advice)
