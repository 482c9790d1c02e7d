# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/threat-model.md lists the attacks that there are, with the rules that refuse them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.assets.attacks.build import FAMILIES, family_table
from tests.unit.attacks.contract_attacks import ATTACKS, contract_table

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_each_family_is_listed_as_it_is() -> None:
    for family in FAMILIES:
        assert family_table(family) in PAGE, f"docs/threat-model.md: paste the table of {family} again (family_table)"


def test_attacks_on_a_contract_are_listed_and_made_by_tests() -> None:
    assert contract_table() in PAGE, "docs/threat-model.md: paste contract_table() again"
    for what, _, module, name in ATTACKS:
        source = (Path(__file__).parents[1] / f"{module}.py").read_text(encoding="utf-8")
        assert f"\ndef {name}(" in source, what


def test_what_ledgers_refuse_themselves_is_tested_where_the_page_says() -> None:
    """The attacks of the shared ledger that no bundle shows: each with who refuses it, and a test that there is."""
    section = PAGE.split("\n## At the doors of the ledgers\n")[1].split("\n## ")[0]
    named = re.findall(r"`(test_\w+)`", section)
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
    there = set(re.findall(r"^def (test_\w+)\(", tests, re.MULTILINE))
    assert len(named) > 15
    assert not set(named) - there
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert all("`test_" in row.rsplit("|", 2)[1] for row in rows)
