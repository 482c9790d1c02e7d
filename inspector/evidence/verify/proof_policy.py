# SPDX-License-Identifier: AGPL-3.0-or-later
"""The policy of whoever checks, held against a proof of a part or a lot: what of it a proof can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.policy import Policy, PolicyChecker
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.shift_proof import Ledgers


def check_policy(
    policy: Policy,
    report: VerificationReport,
    seals: Sequence[Statement],
    ledgers: Ledgers,
) -> None:
    """Compare with station and required ledgers.

    Args:
        policy: The policy; its keys and statements have been used already.
        report: Takes the findings.
        seals: Those of the proof.
        ledgers: What the receipts of the proof have shown.
    """
    statements = Statements(report, Begin())
    statements.seals = {seal.shift: seal for seal in seals}
    latest = policy.latest
    here = None if latest is None else statements.seals.get(latest[0])
    if latest is not None and here is None:
        report.skip(f"the seal of shift {latest[0]} that you know: a proof shows the seals that it needs")
    elif latest is not None and here is not None and here.digest != latest[1]:
        report.tamper("POLICY-02", here.place, "it is another one than the policy knows")
    if policy.bypass_authorities:
        report.skip("permits of a bypass: a proof does not hold them")
    if policy.release_authorities:
        report.skip("releases: a proof does not hold them")
    held = ledgers.contracts.held if ledgers.contracts.asked else None
    checker = PolicyChecker(replace(policy, latest=None), report, statements, Begin())
    checker.finish(ledgers.logs, ledgers.stamps.before_us, held)
