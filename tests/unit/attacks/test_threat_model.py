# SPDX-License-Identifier: AGPL-3.0-or-later
"""docs/threat-model.md lists the attacks that there are, with the rules that refuse them."""

from __future__ import annotations

from pathlib import Path

from tests.assets.attacks.build import FAMILIES, family_table
from tests.unit.attacks.contract_attacks import ATTACKS, contract_table

PAGE = (Path(__file__).parents[3] / "docs" / "threat-model.md").read_text(encoding="utf-8")


def test_each_family_is_listed_as_it_is() -> None:
    for family in FAMILIES:
        assert family_table(family) in PAGE, f"docs/threat-model.md: paste the table of {family} again (family_table)"


def test_attacks_on_a_contract_are_listed_and_made_by_tests() -> None:
    assert contract_table() in PAGE, "docs/threat-model.md: paste contract_table() again"
    for what, _, module, name in ATTACKS:
        source = (Path(__file__).parents[1] / f"{module}.py").read_text(encoding="utf-8")
        assert f"\ndef {name}(" in source, what
