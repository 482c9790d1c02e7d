# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements of the plant root: their one spelling, and which of them a station records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.keys import SigningKey, read_public_key
from inspector.evidence.root import (
    Certificate,
    Revocation,
    RootStatement,
    open_root_statement,
    parse_root_statement,
    sign_root_statement,
)
from inspector.evidence.verify.station import verify_station
from tests.station_bench import Bench

ROOT, OTHER = SigningKey.generate(), SigningKey.generate()
KEY = SigningKey.generate().public_key
REVOKED = Revocation("line-4", KEY, "example.com/log", 41, "Kim, QA", "laptop stolen")


@pytest.mark.parametrize("statement", [REVOKED, Certificate("line-4", KEY, "Kim, QA")])
def test_a_statement_reads_as_it_was_written(statement: RootStatement) -> None:
    assert parse_root_statement(statement.text()) == statement
    document = sign_root_statement(statement, ROOT.public_key, ROOT).encode()
    assert open_root_statement(document, ROOT.public_key) == statement
    with pytest.raises(EvidenceError):
        open_root_statement(document, OTHER.public_key)
    with pytest.raises(FormatInvalid, match="too long"):
        open_root_statement(document + b" " * 8000, ROOT.public_key)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"by": ""}, "no 'by'"),
        ({"reason": "a\nb"}, "neither"),
        ({"reason": "x" * 501}, "one line"),
        ({"log": "two words"}, "no name"),
        ({"below": -1}, "not a decimal"),
        ({"station": "line 4"}, "station of the statement"),
        ({"key": b"short"}, "public key"),
    ],
)
def test_what_cannot_be_stated(changed: dict[str, Any], words: str) -> None:
    names = ("station", "key", "log", "below", "by", "reason")
    with pytest.raises(FormatInvalid, match=words):
        Revocation(**{name: getattr(REVOKED, name) for name in names} | changed).text()


def give_it_a_root(station: Path) -> None:
    settings = station / "station.toml"
    settings.write_text(settings.read_text().replace("[key]", '[key]\nroot = "keys/root.pub"'))
    (station / "keys" / "root.pub").write_text(ROOT.public_key.hex())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station", prepare=give_it_a_root)
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


def tell(bench: Bench, statement: RootStatement, root: SigningKey = ROOT, operator: str = "ops-7") -> dict[str, Any]:
    note = sign_root_statement(statement, root.public_key, root)
    return dict(bench.request("key-statement", statement=note, operator=operator))


def own_key(bench: Bench) -> bytes:
    return read_public_key(bench.directory / "keys" / "station.pub")


def warnings(bench: Bench) -> list[str]:
    return [one["code"] for one in bench.request("status")["result"]["warnings"]]


def test_a_station_records_what_its_root_says(bench: Bench) -> None:
    answer = tell(bench, Certificate("bench", own_key(bench), "Kim"))
    assert answer["ok"], answer
    assert answer["result"]["says"] == "certificate"
    assert warnings(bench) == []
    report = verify_station(bench.directory, root=ROOT.public_key)
    assert report.exit_code == 0, [str(found) for found in report.findings]


def test_a_revoked_key_in_force_is_an_alarm_until_it_is_rotated(bench: Bench) -> None:
    old = own_key(bench)
    assert tell(bench, Revocation("bench", old, "log", 1, "Kim", "stolen"))["ok"]
    assert warnings(bench) == ["KEY_REVOKED"]
    bench.close()
    bench._start()
    bench.station.start()
    bench.everybody_is_here()
    assert warnings(bench) == ["KEY_REVOKED"]
    assert bench.request("key-rotate", operator="ops-7", reason="revoked", passphrase="")["ok"]
    assert warnings(bench) == []
    assert tell(bench, Certificate("bench", old, "Kim"))["ok"], "also an earlier key is the station's"


@pytest.mark.parametrize(
    ("statement", "root", "operator", "code"),
    [
        (Certificate("bench", KEY, "Kim"), ROOT, "ops-7", "STATEMENT_REFUSED"),
        (Certificate("other", KEY, "Kim"), ROOT, "ops-7", "STATEMENT_REFUSED"),
        (Certificate("bench", KEY, "Kim"), OTHER, "ops-7", "STATEMENT_REFUSED"),
        (Certificate("bench", KEY, "Kim"), ROOT, " ", "SHIFT"),
    ],
)
def test_what_a_station_does_not_record(
    bench: Bench, statement: RootStatement, root: SigningKey, operator: str, code: str
) -> None:
    before = bench.writer.position.seq
    assert tell(bench, statement, root, operator)["error"]["code"] == code
    assert bench.writer.position.seq == before


def test_a_station_without_a_root_takes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    try:
        bench.station.start()
        error = tell(bench, Certificate("bench", own_key(bench), "Kim"))["error"]
        assert (error["code"], error["advice"]) == ("STATEMENT_REFUSED", "Name its public key in key.root")
    finally:
        bench.close()


def test_a_locked_key_is_an_alarm(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    try:
        assert "KEY_LOCKED" in warnings(bench)
        bench.station.start()
        assert "KEY_LOCKED" not in warnings(bench)
    finally:
        bench.close()
