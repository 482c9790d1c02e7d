# SPDX-License-Identifier: AGPL-3.0-or-later
"""Log-ins, signatures and changes that contradict each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS, H1, H2, H3
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

Tale = Callable[[StationBuilder], None]

SETUP = FIELDS["setup"]
CHANGE = FIELDS["change"]
OPEN = FIELDS["shift-open"]


def told(directory: Path, tale: Tale) -> VerificationReport:
    with building(directory) as builder:
        builder.append("station-start", FIELDS["station-start"])
        tale(builder)
    return verify_station(directory, expected_key=KEY)


def login(builder: StationBuilder, result: str = "ok") -> str:
    builder.append("login", {**FIELDS["login"], "result": result})
    return builder.entries[-1].digest.hex()


def logout(builder: StationBuilder, of: str) -> None:
    builder.append("logout", {"login": of, "why": "idle"})


def statement(builder: StationBuilder, **changes: str) -> dict[str, object]:
    """A signature of what was shown; `changes` of the lines of the statement."""
    head = builder.entries[-1].digest.hex()
    lines = {
        "station": "demo",
        "shift": "1",
        "record": f"{builder.chain.seq} {head}",
        "meaning": "closes the shift",
    } | changes
    text = "inspector/statement/v1\n" + "".join(f"{name} {value}\n" for name, value in lines.items()) + "parts 7\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    (builder.directory / "documents").mkdir(exist_ok=True)
    (builder.directory / "documents" / digest).write_text(text, encoding="utf-8")
    return {**FIELDS["signature"], "meaning": "closes the shift", "target": head, "statement": digest}


# What an honest station may write


def true_sessions(builder: StationBuilder) -> None:
    first, second = login(builder), login(builder)
    login(builder, "failed")
    logout(builder, second)
    logout(builder, first)


def true_changes(builder: StationBuilder) -> None:
    builder.append("setup", {**SETUP, "users": H3})
    builder.append("user-change", {**FIELDS["user-change"], "store": H1})
    builder.append("change", CHANGE)
    builder.append("change", {**CHANGE, "what": "threshold"})
    builder.append("change", {**CHANGE, "what": "program"})
    builder.append("setup", {"settings": H2, "program": H3, "recipe": H2, "model": H3, "users": H1})
    builder.append("shift-open", {**OPEN, "recipe": {"name": "disc", "digest": H2}})


@pytest.mark.parametrize("tale", [true_sessions, true_changes])
def test_what_belongs_together_is_valid(tmp_path: Path, tale: Tale) -> None:
    report = told(tmp_path / "station", tale)
    assert report.of(Severity.TAMPERED) == []


def test_a_signature_from_before_the_first_user_stays_valid(tmp_path: Path) -> None:
    def tale(builder: StationBuilder) -> None:
        typed = {name: FIELDS["signature"][name] for name in ("signer", "meaning", "target")}
        builder.append("signature", {**typed, "method": "staff id as typed, not authenticated"})
        builder.append("user-change", FIELDS["user-change"])
        builder.append("signature", statement(builder))

    report = told(tmp_path / "station", tale)
    assert report.of(Severity.TAMPERED) == []
    assert report.checked["signatures of people"] == 2


# What it may not


def lie_logout_of_nothing(builder: StationBuilder) -> None:
    logout(builder, H1)


def lie_logout_of_a_failure(builder: StationBuilder) -> None:
    logout(builder, login(builder, "failed"))


def lie_logout_twice(builder: StationBuilder) -> None:
    session = login(builder)
    logout(builder, session)
    logout(builder, session)


def lie_typed_signature(builder: StationBuilder) -> None:
    builder.append("user-change", FIELDS["user-change"])
    typed = {name: FIELDS["signature"][name] for name in ("signer", "meaning", "target")}
    builder.append("signature", {**typed, "method": "staff id as typed, not authenticated"})


def lie_other_statement(builder: StationBuilder) -> None:
    fields = statement(builder)
    (builder.directory / "documents" / str(fields["statement"])).write_text("other\n")
    builder.append("signature", fields)


def lie_statement_of_another_shift(builder: StationBuilder) -> None:
    builder.append("signature", statement(builder, shift="2"))


def lie_statement_of_another_station(builder: StationBuilder) -> None:
    builder.append("signature", statement(builder, station="other"))


def lie_statement_of_another_record(builder: StationBuilder) -> None:
    builder.append("signature", statement(builder, record=f"7 {H1}"))


def lie_other_meaning(builder: StationBuilder) -> None:
    builder.append("signature", statement(builder, meaning="has seen nothing"))


def lie_malformed_statement(builder: StationBuilder) -> None:
    builder.append("signature", statement(builder, shift="one"))


def lie_silent(field: str) -> Tale:
    def tale(builder: StationBuilder) -> None:
        builder.append("setup", {**SETUP, "users": H3})
        others = {"settings": "setting", "program": "program", "recipe": "recipe", "model": "model", "users": "user"}
        for name, what in others.items():
            if name != field and not (field in ("recipe", "model") and name in ("recipe", "model")):
                builder.append("change", {**CHANGE, "what": what})
        builder.append("change", {**CHANGE, "what": others[field], "name": "announced"})
        builder.append("setup", {**SETUP, "users": H3} | {field: "9" * 64})

    return tale


def lie_change_before_the_last_setup(builder: StationBuilder) -> None:
    builder.append("change", CHANGE)
    builder.append("setup", SETUP)
    builder.append("setup", {**SETUP, "settings": "9" * 64})


def lie_other_recipe(builder: StationBuilder) -> None:
    builder.append("setup", {**SETUP, "recipe": H1, "model": H3})
    builder.append("shift-open", OPEN)


def lie_other_model(builder: StationBuilder) -> None:
    builder.append("setup", {**SETUP, "recipe": H2, "model": H1})
    builder.append("shift-open", OPEN)


@pytest.mark.parametrize(
    ("lie", "rule"),
    [
        (lie_logout_of_nothing, "ACCESS-01"),
        (lie_logout_of_a_failure, "ACCESS-01"),
        (lie_logout_twice, "ACCESS-01"),
        (lie_typed_signature, "ACCESS-02"),
        (lie_other_statement, "ACCESS-03"),
        (lie_statement_of_another_shift, "ACCESS-03"),
        (lie_statement_of_another_station, "ACCESS-03"),
        (lie_statement_of_another_record, "ACCESS-03"),
        (lie_other_meaning, "ACCESS-03"),
        (lie_malformed_statement, "ACCESS-03"),
        *((lie_silent(field), "CHANGE-01") for field in SETUP),
        (lie_change_before_the_last_setup, "CHANGE-01"),
        (lie_other_recipe, "CHANGE-02"),
        (lie_other_model, "CHANGE-02"),
    ],
)
def test_people_and_changes_that_contradict_each_other(tmp_path: Path, lie: Tale, rule: str) -> None:
    report = told(tmp_path / "station", lie)
    assert report.exit_code == 2
    assert rule in {finding.rule for finding in report.of(Severity.TAMPERED)}, report.findings


def test_a_statement_that_is_missing_could_not_be_checked(tmp_path: Path) -> None:
    report = told(tmp_path / "station", lambda builder: _signed_with_nothing(builder))
    assert "ACCESS-03" in {finding.rule for finding in report.of(Severity.UNCHECKED)}
    assert report.of(Severity.TAMPERED) == []


def _signed_with_nothing(builder: StationBuilder) -> None:
    builder.append("signature", {**FIELDS["signature"], "role": "operator", "statement": H3})
