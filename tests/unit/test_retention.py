# SPDX-License-Identifier: AGPL-3.0-or-later
"""Retention files and documents, and what store and station may let go by them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.config import read_retention
from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.retention import DAY_US, HoldScope, Retention, RetentionRule, parse_retention
from tests.unit.evidence_samples import FIELDS, T0_US

FILE = """
format = "inspector-retention/1"
name = "plant 3"

[[rules]]
keep_days = 30
class = "pass"

[[rules]]
keep_days = 400
recipe = "disc"
customer = "ACME"

[[rules]]
keep_days = "for ever"
class = "challenge"
"""


@pytest.fixture
def found(tmp_path: Path) -> Retention:
    (tmp_path / "plant-3.toml").write_text(FILE)
    return read_retention(tmp_path / "plant-3.toml")


def test_a_file_becomes_a_document_that_says_the_same(found: Retention) -> None:
    again = parse_retention(found.data)
    assert again == found
    assert again.digest == found.digest
    assert found.rules[1] == RetentionRule(400, None, "disc", "ACME")
    assert b'"keep_days":null' in found.data


@pytest.mark.parametrize(
    ("record_class", "recipe", "customer", "days"),
    [
        ("pass", "disc", "Other", 30),
        ("pass", "disc", "ACME", 400),
        ("pass", "cube", "ACME", 30),
        ("pass", "disc", None, 400),
        ("not-pass", "disc", "ACME", 400),
        ("not-pass", "disc", "Other", None),
        ("challenge", "disc", "ACME", None),
    ],
)
def test_the_longest_promise_counts(
    found: Retention, record_class: str, recipe: str, customer: str | None, days: int | None
) -> None:
    assert found.keep_us(record_class, recipe, customer) == (None if days is None else days * DAY_US)


def test_without_a_rule_everything_is_kept() -> None:
    assert Retention("nothing").keep_us("pass", "disc", None) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("keep_days = 30", "keep_days = 0", "keep_days"),
        ("keep_days = 30", "keep_days = 36501", "keep_days"),
        ("keep_days = 30", "", "it is missing"),
        ('class = "pass"', 'class = "good"', "class"),
        ('class = "pass"', 'clas = "pass"', "there is no such setting"),
        ('name = "plant 3"', 'name = ""', "name"),
        ("/1", "/2", "format"),
        ('recipe = "disc"', 'recipe = "e\u0301"', "normal form"),
        ("[[rules]]", "[rules", "not valid TOML"),
    ],
)
def test_a_broken_file_is_refused_in_words(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "file.toml").write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        read_retention(tmp_path / "file.toml")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":"inspector-retention/1","name":"x"}'])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(FormatInvalid):
        parse_retention(data)


def test_a_hold_covers_what_fits_all_of_it() -> None:
    part = {**FIELDS["part"], "t_us": T0_US}
    assert HoldScope(lot="L-1").covers(part, "L-1")
    assert not HoldScope(lot="L-1").covers(part, None)
    assert HoldScope(serial="SN-000184", defect="scratch").covers(part, "L-1")
    assert not HoldScope(serial="SN-000184", defect="dent").covers(part, "L-1")
    assert not HoldScope(serial="SN-000184").covers({**part, "serial": None}, "L-1")
    assert HoldScope(from_us=T0_US, to_us=T0_US).covers(part, "L-1")
    assert not HoldScope(from_us=T0_US + 1).covers(part, "L-1")
    assert not HoldScope(to_us=T0_US - 1).covers(part, "L-1")
