# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify` on the attack kit: the same answers as `test_verify_bundle` asks of the verifier in one file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from inspector.evidence.verify.report import LAST, Severity, VerificationReport
from tests.assets.attacks.table import ATTACKS, Attack

RULES = sorted({attack.rule for attack in ATTACKS})
HONEST = ["honest", "honest-one-shift", "honest-first-shift"]
HONEST += ["honest-stamped", "honest-erased", "honest-hold-ended", "honest-erased-later", "honest-reviewed"]
HONEST += ["honest-released", "honest-witnessed", "honest-in-both-logs", "honest-before-the-revocation"]
SEVERITIES = {1: Severity.UNCHECKED, 2: Severity.TAMPERED}


def report_on(kit: Path, name: str) -> VerificationReport:
    return verify_bundle(kit / f"{name}.zip", policy=parse_policy((kit / f"{name}.toml").read_bytes()))


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_is_accepted(kit: Path, name: str) -> None:
    report = report_on(kit, name)
    assert (report.verdict, report.findings) == ("VERIFIED", [])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_attack_is_refused_by_its_rule(kit: Path, attack: Attack) -> None:
    report = report_on(kit, attack.name)
    found = {(finding.rule, finding.place) for finding in report.of(SEVERITIES[attack.exit_code])}
    assert any(rule == attack.rule and attack.place in ("", place) for rule, place in found), report.findings
    assert report.exit_code == attack.exit_code


@pytest.mark.parametrize("rule", RULES)
def test_without_a_rule_an_attack_gets_through(kit: Path, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings of one rule are dropped: at least one bundle is accepted that should not be."""
    add = VerificationReport.add

    def add_but(
        self: VerificationReport, of: str, severity: Severity, place: str, message: str, order: int = LAST
    ) -> None:
        if of != rule:
            add(self, of, severity, place, message, order)

    monkeypatch.setattr(VerificationReport, "add", add_but)
    names = [attack.name for attack in ATTACKS if attack.rule == rule]
    assert any(report_on(kit, name).exit_code == 0 for name in names), names


def test_each_rule_that_a_bundle_can_break_has_an_attack() -> None:
    folder = Path(verify_bundle.__code__.co_filename).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    elsewhere = re.compile(
        "STORE-|PERSON-|PROOF-0[1456]|CHAIN-02|LEDGER-0[2346]|EVM-"
    )  # tables, people, proofs, the log's folder, a node (test_evm_auditor)
    warnings = {"PART-05", "PART-06", "SEAL-08", "TIME-01", "TIME-02", "IMAGE-07"}
    rules = {rule for rule in re.findall(r'"([A-Z]+-\d\d)"', source) if not elsewhere.match(rule)}
    assert rules - warnings == set(RULES)
