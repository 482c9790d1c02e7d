# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reviews on the real station without its neighbours: who may, of what, and that the part's record stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from inspector.access import hashing, login
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.store.queries.reviews import ReviewReader
from inspector.store.read import StoredRecord
from tests.unit.test_people import ADMIN, LEAD, OPERATOR, OTHER, add, log_in
from tests.unit.test_station_challenges import ChallengeBench, made


@pytest.fixture(autouse=True, scope="module")
def quick_hashes() -> Iterator[None]:
    """Here it does not matter how long guessing would take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(hashing, "MEMORY_KIB", 8)
        patch.setattr(hashing, "PASSES", 1)
        patch.setattr(login, "NOBODY", hashing.hashed("nobody has this password"))
        yield


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ChallengeBench]:
    bench = ChallengeBench(tmp_path / "station")
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


def newest_part(bench: ChallengeBench) -> StoredRecord:
    with ReviewReader(bench.directory) as reader:
        return reader.parts_like(1)[0]


def rejected(bench: ChallengeBench) -> StoredRecord:
    """A production part that failed."""
    bench.show("SN-1", "dent")
    return newest_part(bench)


def refusal(answer: dict[str, Any]) -> str:
    assert not answer["ok"]
    return str(answer["error"]["code"])


def test_a_review_is_one_more_record(bench: ChallengeBench) -> None:
    bench.open_shift()
    part = rejected(bench)
    asked = {"part": part.seq, "operator": "ada"}
    first = bench.request("review", **asked, finding="not-a-defect", note="a hair \u2028 on the glass")
    second = bench.request("review", **asked, finding="unsure", **{"class": "scratch"})
    bench.request("review", **asked | {"operator": "eve"}, finding="agree")
    with ReviewReader(bench.directory) as reader:
        assert reader.record(part.seq) == part
        told = reader.reviews_of(part.seq)
        assert [(one.finding, one.class_name, one.role) for one in told] == [
            ("not-a-defect", None, None),
            ("unsure", "scratch", None),
            ("agree", None, None),
        ]
        assert [one.finding for one in reader.counting(part.seq)] == ["unsure", "agree"]
        assert [told[0].seq, told[1].seq] == [first["result"]["seq"], second["result"]["seq"]]
        assert [one.seq for one in reader.reviewed()] == [part.seq]
        assert {reader.staff_id(one.by) for one in told} == {"ada", "eve"}
    report = verify_station(bench.directory)
    assert report.checked["reviews"] == 3
    assert report.of(Severity.TAMPERED) == []


def test_what_is_no_production_part_is_not_reviewed(bench: ChallengeBench) -> None:
    bench.open_shift()
    part = rejected(bench)
    asked = {"finding": "agree", "operator": "ada"}
    assert refusal(bench.request("review", part=1, **asked)) == "NOT_FOUND"
    assert refusal(bench.request("review", part="1", **asked)) == "NOT_FOUND"
    assert refusal(bench.request("review", part=10**12, **asked)) == "NOT_FOUND"
    assert refusal(bench.request("review", part=part.seq, finding="agree")) == "REVIEW_REFUSED"
    assert refusal(bench.request("review", part=part.seq, finding="whatever", operator="ada")) == "REVIEW_REFUSED"


def test_a_challenge_part_is_not_reviewed(tmp_path: Path) -> None:
    bench = made(tmp_path / "station")
    bench.open_shift()
    bench.request("challenge-start", operator="ada")
    bench.show("S7-000003", "dent")
    part = newest_part(bench)
    assert part.fields["purpose"] == "challenge"
    assert refusal(bench.request("review", part=part.seq, finding="agree", operator="ada")) == "REVIEW_REFUSED"
    bench.close()


def test_at_a_station_with_users_roles_and_sessions_decide(bench: ChallengeBench) -> None:
    bench.open_shift()
    part = rejected(bench)
    assert add(bench, ADMIN, "admin")["ok"]
    assert refusal(bench.request("review", part=part.seq, finding="agree", operator="ada")) == "LOGIN_NEEDED"
    assert log_in(bench, ADMIN)["ok"]
    for user, role in ((OPERATOR, "operator"), (LEAD, "team-lead"), (OTHER, "qa"), ("max", "maintenance")):
        assert add(bench, user, role)["ok"]
    assert add(bench, "ann", "auditor")["ok"]
    for user in (ADMIN, "max", "ann"):
        assert log_in(bench, user)["ok"]
        assert refusal(bench.request("review", part=part.seq, finding="agree")) == "ROLE_REFUSED"
    for user in (OPERATOR, LEAD, OTHER):
        assert log_in(bench, user)["ok"]
        assert bench.request("review", part=part.seq, finding="agree")["ok"]
    bench.request("logout")
    assert refusal(bench.request("review", part=part.seq, finding="agree")) == "LOGIN_NEEDED"
    with ReviewReader(bench.directory) as reader:
        assert [one.role for one in reader.reviews_of(part.seq)] == ["operator", "team-lead", "qa"]
    assert verify_station(bench.directory).of(Severity.TAMPERED) == []
