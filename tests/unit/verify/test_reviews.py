# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reviews in a station's records: of a part that is there, by somebody who is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.evidence.verify.report import Severity, VerificationReport
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS, H1
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

AS_TYPED = {"role": None, "login": None}


def part(builder: StationBuilder, number: int = 1, **changes: object) -> dict[str, object]:
    """A part, and what a review has to say to be of it."""
    key = {"line_boot": "00000000000000a1", "part_seq": number}
    builder.append("part", {**FIELDS["part"], "key": key, "views": [], **changes})
    return {"part": builder.entries[-1].digest.hex(), "record": builder.chain.seq}


def login(builder: StationBuilder, **changes: object) -> str:
    builder.append("login", {**FIELDS["login"], **changes})
    return builder.entries[-1].digest.hex()


def review(builder: StationBuilder, **fields: object) -> None:
    builder.append("review", {**FIELDS["review"], **fields})


def told(directory: Path, tale: Callable[[StationBuilder], None]) -> VerificationReport:
    with building(directory) as builder:
        builder.append("station-start", FIELDS["station-start"])
        tale(builder)
    return verify_station(directory, expected_key=KEY)


def as_typed(builder: StationBuilder) -> None:
    of = part(builder)
    login(builder, method="opc-ua")  # a plant system is nobody who could review
    review(builder, **of, **AS_TYPED)
    review(builder, **of, **AS_TYPED, finding="unsure")


def in_sessions(builder: StationBuilder) -> None:
    first, second = part(builder), part(builder, 2)
    one, other = login(builder), login(builder)
    review(builder, **second, login=one, role="operator")
    review(builder, **first, login=other, role="qa", finding="agree")
    builder.append("logout", {"login": one, "why": "idle"})
    review(builder, **first, login=other, role="qa")


@pytest.mark.parametrize("tale", [as_typed, in_sessions])
def test_what_an_honest_station_writes_is_valid(tmp_path: Path, tale: Callable[[StationBuilder], None]) -> None:
    report = told(tmp_path / "station", tale)
    assert report.of(Severity.TAMPERED) == []
    assert report.checked["reviews"] >= 2


def after_logout(builder: StationBuilder) -> None:
    of, one = part(builder), login(builder)
    builder.append("logout", {"login": one, "why": "logout"})
    review(builder, **of, login=one, role="operator")


def after_a_failed_login(builder: StationBuilder) -> None:
    of = part(builder)
    review(builder, **of, login=login(builder, result="failed"), role="operator")


def typed_although_people_log_in(builder: StationBuilder) -> None:
    of = part(builder)
    login(builder, result="failed")
    review(builder, **of, **AS_TYPED)


def role_without_session(builder: StationBuilder) -> None:
    review(builder, **part(builder), role="qa", login=None)


def session_without_role(builder: StationBuilder) -> None:
    review(builder, **part(builder), login=login(builder), role=None)


def of_nothing(builder: StationBuilder) -> None:
    review(builder, **{**part(builder), "part": H1}, **AS_TYPED)


def of_itself(builder: StationBuilder) -> None:
    of = part(builder)
    review(builder, **{**of, "record": builder.chain.seq + 1}, **AS_TYPED)


def of_a_test_part(builder: StationBuilder) -> None:
    review(builder, **part(builder, purpose="challenge"), **AS_TYPED)


LIES = {
    after_logout: "REVIEW-02",
    after_a_failed_login: "REVIEW-02",
    typed_although_people_log_in: "REVIEW-02",
    role_without_session: "REVIEW-02",
    session_without_role: "REVIEW-02",
    of_nothing: "REVIEW-01",
    of_itself: "REVIEW-01",
    of_a_test_part: "REVIEW-01",
}


@pytest.mark.parametrize("tale", LIES, ids=lambda tale: tale.__name__)
def test_what_it_cannot_write_is_found(tmp_path: Path, tale: Callable[[StationBuilder], None]) -> None:
    report = told(tmp_path / "station", tale)
    assert {finding.rule for finding in report.of(Severity.TAMPERED)} == {LIES[tale]}
