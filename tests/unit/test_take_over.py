# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who comes takes over the shift that was closed last: who may, what is shown and recorded, and when it has to be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from inspector.access import hashing, login
from inspector.api.shift_routes import handover_page
from inspector.cli.main import main
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.ipc import Message
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from tests.station_bench import Bench
from tests.unit.test_people import ADMIN, LEAD, OPERATOR, OTHER, ROLES, add, close_shift, log_in, password


@pytest.fixture(autouse=True, scope="module")
def quick_hashes() -> Iterator[None]:
    """Here it does not matter how long guessing would take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(hashing, "MEMORY_KIB", 8)
        patch.setattr(hashing, "PASSES", 1)
        patch.setattr(login, "NOBODY", hashing.hashed("nobody has this password"))
        yield


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bench = Bench(tmp_path_factory.mktemp("people") / "station")
    bench.station.start()
    add(bench, ADMIN, "admin")
    log_in(bench, ADMIN)
    for user, role in ROLES.items():
        add(bench, user, role)
    bench.close()
    return bench.directory


def started(directory: Path) -> Bench:
    bench = Bench(directory)
    bench.station.start()
    bench.everybody_is_here()
    return bench


@pytest.fixture
def staffed(template: Path, tmp_path: Path) -> Iterator[Bench]:
    bench = started(Path(shutil.copytree(template, tmp_path / "station")))
    yield bench
    bench.close()


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Bench]:
    bench = started(tmp_path / "station")
    yield bench
    bench.close()


def closed_by(bench: Bench, user: str, note: str = "") -> None:
    log_in(bench, user)
    assert bench.request("shift-open", lot="L 7")["ok"]
    answer = close_shift(bench, user, note=note)
    assert answer["ok"], answer


def refused(answer: Message, code: str, words: str) -> None:
    assert not answer["ok"], answer
    assert (answer["error"]["code"], words in answer["error"]["message"]) == (code, True), answer


def take_over(bench: Bench, user: str, secret: str | None = None) -> Message:
    shown = bench.request("take-over-statement")
    if not shown["ok"]:
        return shown
    secret = password(user) if secret is None else secret
    return bench.request("take-over", statement=shown["result"]["statement"], secret=secret)


def signatures(bench: Bench) -> list[dict[str, Any]]:
    with RecordReader(bench.directory) as reader:
        found = reversed(reader.latest(1000, kind="signature"))
        return [dict(one.fields) for one in found if "takes_over" in one.fields]


def test_who_comes_signs_word_for_word_what_is_open(staffed: Bench) -> None:
    staffed.utc_error_ms = None
    closed_by(staffed, OPERATOR, "belt squeaks <b>\nsince ten")
    log_in(staffed, OTHER)
    assert staffed.request("hold", name="complaint 4711", scope={"lot": "L 7"}, reason="ACME")["ok"]
    log_in(staffed, LEAD)
    shown = staffed.request("take-over-statement")["result"]
    lines = shown["text"].splitlines()
    assert {"lot L 7", "parts 0", "rejected 0", "hold complaint 4711", "note belt squeaks <b> since ten"} <= set(lines)
    before = handover_page(staffed.directory, 1)
    assert (before.may_take_over, before.taken_over, before.note) == (True, None, "belt squeaks <b>\nsince ten")
    refused(staffed.request("take-over", statement="0" * 64, secret=password(LEAD)), "SHIFT", "not what you were shown")
    refused(staffed.request("take-over", statement=shown["statement"], secret="wrong"), "LOGIN_REFUSED", "do not fit")
    assert signatures(staffed) == []
    taken = staffed.request("take-over", statement=shown["statement"], secret=password(LEAD))
    assert taken["result"]["shift"] == 1
    (signature,) = signatures(staffed)
    assert (signature["role"], signature["method"], signature["statement"]) == (
        "team-lead",
        "password",
        shown["statement"],
    )
    with RecordReader(staffed.directory) as reader:
        (close,) = reader.latest(1, kind="shift-close")
        assert signature["target"] == close.hash == shown["target"]
        assert signature["takes_over"] == reader.shifts()[0].seal
        assert reader.staff_id(str(signature["signer"])) == LEAD
    assert DocumentStore(staffed.directory).get(shown["statement"]).decode() == shown["text"]
    page = handover_page(staffed.directory, 1)
    assert page.taken_over is not None
    assert (page.may_take_over, page.taken_over.role) == (False, "team-lead")
    refused(take_over(staffed, LEAD), "SHIFT", "was taken over already")
    staffed.close()
    report = verify_station(staffed.directory)
    assert report.of(Severity.TAMPERED) == report.of(Severity.UNCHECKED) == []
    assert report.checked["hand-overs that were taken over"] == 1


def test_who_closed_does_not_take_over_and_not_every_role_does(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    refused(take_over(staffed, OPERATOR), "SHIFT", "no shift to take over")
    closed_by(staffed, OPERATOR)
    refused(take_over(staffed, OPERATOR), "ROLE_REFUSED", "does not take it over")
    log_in(staffed, ADMIN)
    refused(staffed.request("take-over-statement"), "ROLE_REFUSED", "may not do this")


def test_it_may_be_signed_after_the_next_shift_was_opened_and_not_after_its_end(staffed: Bench) -> None:
    closed_by(staffed, OPERATOR)
    log_in(staffed, LEAD)
    shown = staffed.request("take-over-statement")["result"]
    assert staffed.request("shift-open", lot="L 8")["ok"]
    late = staffed.request("take-over", statement=shown["statement"], secret=password(LEAD))
    assert late["ok"], "what was shown before the next shift was opened holds: the shift is the same"
    assert close_shift(staffed, LEAD)["ok"]
    assert handover_page(staffed.directory, 1).taken_over is not None
    log_in(staffed, OPERATOR)
    old = staffed.request("take-over-statement")["result"]
    closed_by(staffed, LEAD)
    log_in(staffed, OPERATOR)
    late = staffed.request("take-over", statement=old["statement"], secret=password(OPERATOR))
    refused(late, "SHIFT", "not what you were shown")
    page = handover_page(staffed.directory, 2)
    assert (page.taken_over, page.may_take_over) == (None, False), "it is over"
    assert handover_page(staffed.directory, 3).may_take_over


def test_where_it_is_required_nobody_else_opens_before(template: Path, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(template, tmp_path / "station"))
    settings = directory / "station.toml"
    settings.write_text(settings.read_text() + '\n[access]\ntake_over = "required"\n')
    bench = started(directory)
    closed_by(bench, OPERATOR)
    log_in(bench, LEAD)
    refused(bench.request("shift-open", lot="L 8"), "TAKE_OVER_NEEDED", "nobody has taken over shift 1")
    log_in(bench, OPERATOR)
    assert bench.request("shift-open", lot="L 8")["ok"], "the same person goes on: nothing is handed over"
    assert close_shift(bench, OPERATOR)["ok"]
    log_in(bench, LEAD)
    assert take_over(bench, LEAD)["ok"]
    assert bench.request("shift-open", lot="L 9")["ok"]
    bench.close()


def test_without_users_it_is_signed_as_typed(typed: Bench) -> None:
    typed.open_shift()
    assert typed.request("shift-close", operator="op")["ok"]
    refused(typed.request("take-over-statement", operator="next"), "SHIFT", "without users")
    refused(typed.request("take-over", operator=" "), "SHIFT", "must be given")
    refused(typed.request("take-over", operator="op"), "ROLE_REFUSED", "does not take it over")
    assert typed.request("take-over", operator="next")["result"]["shift"] == 1
    (signature,) = signatures(typed)
    assert signature["method"].startswith("staff id as typed")
    assert "statement" not in signature
    typed.close()
    assert verify_station(typed.directory).of(Severity.TAMPERED) == []


def test_the_command_line_knows_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["shift", "take-over", "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
