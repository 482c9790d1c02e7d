# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify` on the attack kit: the same rule at the same place, and no rule that is there for show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli import main
from inspector.evidence.report import Severity, VerificationReport
from inspector.evidence.verify_bundle import verify_bundle
from inspector.evidence.verify_policy import parse_policy
from tests.assets.attacks.table import ATTACKS, Attack

HONEST = ("honest", "honest-one-shift", "honest-first-shift")


def report_on(kit: Path, name: str) -> VerificationReport:
    return verify_bundle(kit / f"{name}.zip", policy=parse_policy((kit / f"{name}.toml").read_bytes()))


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_is_accepted(kit: Path, name: str) -> None:
    report = report_on(kit, name)
    assert (report.exit_code, report.findings) == (0, [])
    assert report.checked["records"] > 10


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_each_attack_is_refused_by_its_rule(kit: Path, attack: Attack) -> None:
    report = report_on(kit, attack.name)
    assert report.exit_code == attack.exit_code
    severity = Severity.TAMPERED if attack.exit_code == 2 else Severity.UNCHECKED
    found = {(finding.rule, finding.place) for finding in report.of(severity)}
    assert any(rule == attack.rule and attack.place in ("", place) for rule, place in found), report.findings


def test_without_a_rule_an_attack_gets_through(kit: Path) -> None:
    """Each rule alone refuses at least one bundle: without it, that one would be accepted."""
    alone: set[str] = set()
    for attack in ATTACKS:
        findings = report_on(kit, attack.name).findings
        rules = {finding.rule for finding in findings if finding.severity is not Severity.WARNING}
        alone |= rules if len(rules) == 1 else set()
    assert {attack.rule for attack in ATTACKS} <= alone


def test_the_command(kit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = ["--policy", str(kit / "honest.toml")]
    assert main(["verify", str(kit / "honest.zip"), *policy]) == 0
    assert "VERIFIED: " in capsys.readouterr().out
    assert main(["verify", str(kit / "edited-verdict.zip"), *policy, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["first"].startswith("TAMPERED record 12, rule ")
