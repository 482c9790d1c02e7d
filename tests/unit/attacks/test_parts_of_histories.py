# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an insider did, seen in bundles of some shifts only: whatever can be known there, both verifiers know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspector.auditor import verify_bundle as single_file
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from tests.assets.attacks import insider, insider_procedures, insider_seals, keeping, releases, reviews, table
from tests.assets.attacks.build import policy_text
from tests.assets.attacks.history import Changes, History
from tests.assets.attacks.outsider import part_of

MODULES = (insider, insider_procedures, insider_seals, reviews, releases, keeping)
FORGED = [one for one in table.ATTACKS if one.build.__module__ in {module.__name__ for module in MODULES}]


@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 2), (2, 3)])
def test_both_verifiers_agree(first: int, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(**changes: Any) -> bytes:
        return part_of(History(Changes(**changes)).tell(), first, last).zip()

    for module in (table, *MODULES):
        monkeypatch.setattr(module, "changed", changed)
    bundle, policy = tmp_path / "bundle.zip", tmp_path / "policy.toml"
    refused = 0
    for name, build, known in [("honest", changed, table.POLICY), *((a.name, a.build, a.policy) for a in FORGED)]:
        try:
            bundle.write_bytes(build())
        except (ValueError, RecursionError):  # such a record has no JSON that a shift could be read from
            continue
        policy.write_text(policy_text(known), encoding="utf-8")
        answer = single_file.verify(str(bundle), str(policy))
        report = verify_bundle(bundle, policy=parse_policy(policy.read_bytes()))
        assert answer["exit_code"] == report.exit_code, (name, answer["lines"], report.findings)
        assert name != "honest" or report.verdict == "VERIFIED"
        refused += report.exit_code > 0
    assert refused > 20
