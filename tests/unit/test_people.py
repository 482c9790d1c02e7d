# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with users: who may do what, what is signed, what is recorded, and that names can be forgotten."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from inspector.access import USERS_FILE, UserStore, hashing, login
from inspector.cli import doctor
from inspector.cli.main import main
from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.ipc import Message
from inspector.part import Verdict
from inspector.station import drain
from inspector.station.releases import place
from inspector.store.read import RecordReader
from tests.station_bench import Bench
from tests.station_releases import key_of, signed_release, still_there, trust
from tests.two_products import add_ring
from tests.unit.test_station_challenges import made

ADMIN, OPERATOR, LEAD, OTHER = "kim", "ada", "bob", "eve"
ROLES = {OPERATOR: "operator", LEAD: "team-lead", OTHER: "qa"}


def password(user: str) -> str:
    return f"a sentence of its own, {sum(user.encode())}"


def add(bench: Bench, user: str, role: str, **more: str) -> Message:
    texts = {"name": "", "badge": "", "pin": "", "enable": "", "why": "starts today"} | more
    return bench.request("user-add", user=user, role=role, password=password(user), **texts)


def log_in(bench: Bench, user: str, secret: str = "") -> Message:
    bench.session = None
    answer = bench.request("login", person=user, secret=secret or password(user))
    if answer["ok"]:
        bench.session = answer["result"]["session"]
    return answer


@pytest.fixture(autouse=True, scope="module")
def quick_hashes() -> Iterator[None]:
    """Here it does not matter how long guessing would take; tests/unit/test_access.py has the real ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(hashing, "MEMORY_KIB", 8)
        patch.setattr(hashing, "PASSES", 1)
        patch.setattr(login, "NOBODY", hashing.hashed("nobody has this password"))
        yield


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with an admin and one of each of the roles that work at the line."""
    bench = Bench(tmp_path_factory.mktemp("people") / "station")
    bench.station.start()
    assert add(bench, ADMIN, "admin")["ok"]
    assert log_in(bench, ADMIN)["ok"]
    for user, role in ROLES.items():
        assert add(bench, user, role)["ok"]
    bench.close()
    return bench.directory


@pytest.fixture
def staffed(template: Path, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(Path(shutil.copytree(template, tmp_path / "station")))
    bench.station.start()
    bench.everybody_is_here()
    yield bench
    bench.close()


def records(bench: Bench, *kinds: str) -> list[dict[str, Any]]:
    with RecordReader(bench.directory) as reader:
        return [one.fields for one in reversed(reader.latest(1000)) if one.kind in kinds]


def code(answer: Message) -> str:
    assert not answer["ok"], answer
    return str(answer["error"]["code"])


def check(bench: Bench) -> None:
    bench.close()
    report = verify_station(bench.directory)
    assert report.of(Severity.TAMPERED) == []
    assert report.of(Severity.UNCHECKED) == []


def close_shift(bench: Bench, user: str, **told: Any) -> Message:
    """Both steps of the end of a shift."""
    shown = bench.request("shift-statement", **told)
    if not shown["ok"]:
        return shown
    return bench.request("shift-close", statement=shown["result"]["statement"], secret=password(user))


def test_without_users_ids_are_as_typed_and_say_so(bench: Bench) -> None:
    assert bench.request("shift-open", lot="L", operator="P-1")["ok"]
    assert bench.request("shift-close", operator="P-1")["ok"]
    (signature,) = records(bench, "signature")
    assert signature["method"] == "staff id as typed, not authenticated"
    assert code(bench.request("login", person="P-1", secret="x")) == "LOGIN_REFUSED"
    check(bench)
    assert any("as typed" in sentence for sentence in verify_station(bench.directory).not_checked)


def test_the_first_user_is_an_admin_and_ends_typing(bench: Bench) -> None:
    assert code(add(bench, OPERATOR, "operator")) == "CONFIG"
    assert add(bench, ADMIN, "admin", name="Kim Ode")["ok"]
    assert code(bench.request("shift-open", lot="L", operator="P-1")) == "LOGIN_NEEDED"
    assert code(add(bench, OPERATOR, "operator")) == "LOGIN_NEEDED"
    (added,) = records(bench, "user-change")
    assert (added["action"], added["new"], added["by"]) == ("added", "admin", None)
    assert bench.request("status")["result"]["access"] == {"required": True, "people": []}


def test_a_role_may_what_the_table_says(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    assert code(staffed.request("shift-open", lot="L")) == "ROLE_REFUSED"
    log_in(staffed, OPERATOR)
    assert code(add(staffed, "joe", "operator")) == "ROLE_REFUSED"
    assert code(staffed.request("shift-open", lot="L", operator=LEAD)) == "ROLE_REFUSED", "somebody else's id"
    assert staffed.request("shift-open", lot="L")["ok"]
    assert code(staffed.request("bypass-start", permit="x")) == "ROLE_REFUSED"
    log_in(staffed, OTHER)
    assert code(staffed.request("bypass-start", permit="x")) == "ROLE_REFUSED", "quality signs permits"
    log_in(staffed, LEAD)
    assert code(staffed.request("bypass-start", permit="x")) == "BYPASS_REFUSED", "the role may"


def test_every_attempt_is_a_record_and_a_row_of_failures_an_alarm(staffed: Bench) -> None:
    before = len(records(staffed, "login"))
    for _ in range(5):
        assert code(log_in(staffed, OPERATOR, "wrong")) == "LOGIN_REFUSED"
    assert code(log_in(staffed, OPERATOR)) == "LOGIN_REFUSED", "locked"
    assert code(log_in(staffed, "nobody", "x")) == "LOGIN_REFUSED"
    attempts = records(staffed, "login")[before:]
    assert [one["result"] for one in attempts] == ["failed"] * 5 + ["locked", "failed"]
    assert [one["person"] is None for one in attempts] == [False] * 6 + [True]
    (alarm,) = records(staffed, "alarm")
    assert alarm["code"] == "LOGIN_FAILURES"
    assert "LOGIN_FAILURES" in {one["code"] for one in staffed.request("status")["result"]["warnings"]}
    log_in(staffed, ADMIN)
    texts = {"user": OPERATOR, "password": "another sentence 9", "why": "forgotten"}
    assert staffed.request("user-password", **texts)["ok"]
    assert log_in(staffed, OPERATOR, "another sentence 9")["ok"], "a new password ends the lock"
    check(staffed)


def test_the_end_of_a_shift_is_signed_by_who_sees_it_with_the_password_again(staffed: Bench) -> None:
    staffed.line_state(0, 0, 0)
    staffed.camera_state(0)
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L-7")["ok"]
    staffed.part(1)
    staffed.until(lambda: staffed.grants() == [1])
    staffed.outcome(1)
    staffed.line_state(1, 1, 0)
    staffed.camera_state(1)
    shown = staffed.request("shift-statement")["result"]
    assert hashlib.sha256(shown["text"].encode()).hexdigest() == shown["statement"]
    for line in ("shift 1", "lot L-7", "parts 1", "PASS 1", "note none"):
        assert line in shown["text"].splitlines()
    assert staffed.request("status")["result"]["state"] == "CLOSING"
    assert code(staffed.request("shift-close", statement="0" * 64, secret=password(OPERATOR))) == "SHIFT"
    wrong = staffed.request("shift-close", statement=shown["statement"], secret="wrong")
    assert code(wrong) == "LOGIN_REFUSED"
    signed = staffed.request("shift-close", statement=shown["statement"], secret=password(OPERATOR))
    assert signed["ok"], signed
    assert signed["result"]["parts"] == 1
    (signature,) = records(staffed, "signature")
    assert (signature["method"], signature["role"]) == ("password", "operator")
    assert (signature["statement"], signature["target"]) == (shown["statement"], shown["target"])
    assert (staffed.directory / "documents" / shown["statement"]).read_text() == shown["text"]
    assert records(staffed, "login")[-1]["result"] == "failed"
    check(staffed)


def test_what_is_not_signed_goes_on(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L")["ok"]
    shown = staffed.request("shift-statement")["result"]
    assert staffed.request("shift-resume")["ok"]
    assert staffed.request("status")["result"]["state"] == "RUNNING"
    assert code(staffed.request("shift-close", statement=shown["statement"], secret=password(OPERATOR))) == "SHIFT"
    again = staffed.request("shift-statement")["result"]
    staffed.station._shifts.shift.close.sign_by_ns = 0  # type: ignore[union-attr]
    staffed.until(lambda: staffed.request("status")["result"]["state"] == "RUNNING")
    assert code(staffed.request("shift-close", statement=again["statement"], secret=password(OPERATOR))) == "SHIFT"
    assert records(staffed, "signature") == []
    assert close_shift(staffed, OPERATOR)["ok"]


def test_counts_that_differ_are_explained_by_a_lead_who_has_not_opened_the_shift(
    staffed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "COUNTS_WITHIN_MS", 0)  # all counters have told here what they will
    staffed.line_state(0, 0, 0)
    staffed.camera_state(0)
    log_in(staffed, LEAD)
    assert staffed.request("shift-open", lot="L")["ok"]
    staffed.part(1)
    staffed.until(lambda: staffed.acks("trigger") == [1])
    staffed.outcome(1)
    staffed.line_state(2, 1, 0)
    staffed.camera_state(1)
    told = {"removed_by_hand": 1, "note": "one fell off"}
    assert code(staffed.request("shift-statement", removed_by_hand=1)) == "COUNTS_DIFFER"
    assert code(staffed.request("shift-statement", **told)) == "ROLE_REFUSED", "has opened it"
    log_in(staffed, OPERATOR)
    assert code(staffed.request("shift-statement", **told)) == "ROLE_REFUSED", "no lead"
    log_in(staffed, OTHER)
    closed = close_shift(staffed, OTHER, **told)
    assert closed["ok"], closed
    (signature,) = records(staffed, "signature")
    assert "explains" in signature["meaning"]
    check(staffed)


def test_nobody_changes_themselves_and_an_admin_is_left(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    for command in ("user-role", "user-disable", "user-password", "user-badge", "user-erase"):
        texts = {"user": ADMIN, "role": "qa", "password": "another sentence 9", "why": "x"}
        assert code(staffed.request(command, **texts)) == "ROLE_REFUSED"
    assert code(staffed.request("user-role", user=LEAD, role="admin")) == "CONFIG", "no reason given"
    assert staffed.request("user-role", user=LEAD, role="admin", why="deputy")["ok"]
    log_in(staffed, LEAD)
    assert staffed.request("user-disable", user=ADMIN, why="has left")["ok"]
    assert code(log_in(staffed, ADMIN)) == "LOGIN_REFUSED"


def test_one_changes_ones_own_password_with_the_old_one(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    new = "another sentence 9"
    assert code(staffed.request("password", secret="wrong", password=new)) == "LOGIN_REFUSED"
    assert staffed.request("password", secret=password(OPERATOR), password=new)["ok"]
    assert log_in(staffed, OPERATOR, new)["ok"]


def test_sessions_end_and_each_end_is_a_record(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    first = staffed.session
    log_in(staffed, OPERATOR)
    second, staffed.session = staffed.session, first
    assert code(staffed.request("shift-open", lot="L")) == "LOGIN_NEEDED"
    staffed.session = second
    assert staffed.request("logout")["ok"]
    assert code(staffed.request("logout")) == "LOGIN_NEEDED"
    log_in(staffed, OPERATOR)
    operator = staffed.session
    log_in(staffed, ADMIN)
    assert staffed.request("user-role", user=OPERATOR, role="qa", why="x")["ok"]
    staffed.session = operator
    assert code(staffed.request("shift-open", lot="L")) == "LOGIN_NEEDED"
    staffed.station._people._sessions._idle_ns = 0
    staffed.until(lambda: [one["why"] for one in records(staffed, "logout")][-1:] == ["idle"])
    assert [one["why"] for one in records(staffed, "logout")][:-1] == ["elsewhere", "logout", "user-changed"]
    check(staffed)


def test_a_badge_is_nothing_without_its_pin_and_in_no_record(staffed: Bench) -> None:
    log_in(staffed, ADMIN)
    badge, pin = "04A1B2C3D4E5F6", "271828"
    assert staffed.request("user-badge", user=OPERATOR, badge=badge, pin=pin, why="new badge")["ok"]
    assert code(log_in(staffed, badge, password(OPERATOR))) == "LOGIN_REFUSED"
    found = log_in(staffed, badge, pin)
    assert found["ok"]
    assert found["result"]["user"] == OPERATOR
    assert staffed.request("shift-open", lot="L")["ok"]
    shown = staffed.request("shift-statement")["result"]
    assert staffed.request("shift-close", statement=shown["statement"], secret=pin)["ok"]
    assert records(staffed, "signature")[0]["method"] == "badge+pin"
    check(staffed)
    everything = b"".join(path.read_bytes() for path in staffed.directory.rglob("*") if path.is_file())
    for secret in (badge, password(OPERATOR)):
        assert secret.encode() not in everything


def test_a_plant_system_may_open_a_shift_and_no_more(staffed: Bench) -> None:
    def ask(command: str, **arguments: object) -> Message:
        before = len(staffed.hub.of("opcua", "response"))
        message = {
            "type": "request",
            "id": "1",
            "command": command,
            "arguments": {**arguments, "operator": "opcua:mes"},
        }
        staffed.hear("opcua", message)
        staffed.until(lambda: len(staffed.hub.of("opcua", "response")) > before)
        return staffed.hub.of("opcua", "response")[-1]

    for result in ("ok", "failed", "locked"):
        assert ask("machine-login", user="mes", result=result)["ok"]
    assert code(ask("machine-login", user="mes", result="perhaps")) == "FORMAT_INVALID"
    expected = [("ok", False), ("failed", True), ("locked", True)]
    staffed.until(
        lambda: (
            expected
            == [
                (one["result"], one["person"] is None) for one in records(staffed, "login") if one["method"] == "opc-ua"
            ]
        )
    )
    assert code(staffed.request("machine-login", user="mes", result="ok")) == "SHIFT", "the api is not the server"
    assert ask("shift-open", lot="L")["ok"]
    assert code(ask("shift-close", note="")) == "ROLE_REFUSED"
    assert code(ask("reset-stop", reason="x")) == "ROLE_REFUSED"


def test_a_name_is_forgotten_and_the_chain_stays(staffed: Bench) -> None:
    log_in(staffed, OPERATOR)
    assert staffed.request("shift-open", lot="L")["ok"]
    assert close_shift(staffed, OPERATOR)["ok"]
    (opened,) = records(staffed, "shift-open")
    with RecordReader(staffed.directory) as reader:
        assert reader.staff_id(opened["opened_by"]) == OPERATOR
        before = [one.data for one in reader.latest(1000)]
    log_in(staffed, ADMIN)
    erased = staffed.request("user-erase", user=OPERATOR, why="left ten years ago")
    assert erased["ok"]
    with RecordReader(staffed.directory) as reader:
        assert reader.staff_id(opened["opened_by"]) is None
        assert [one.data for one in reader.latest(1000)][-len(before) :] == before
    change = records(staffed, "user-change")[-1]
    assert (change["action"], change["new"]) == ("erased", str(erased["result"]["erased"]))
    with RecordReader(staffed.directory) as reader:
        assert reader.staff_id(change["user"]) is None
    check(staffed)
    for path in (staffed.directory / "records.sqlite", staffed.directory / USERS_FILE):
        assert b'"ada"' not in path.read_bytes()
    data = (staffed.directory / "records.sqlite").read_bytes()
    assert opened["opened_by"].encode() in data
    with RecordReader(staffed.directory) as reader:
        assert "ada" not in {name for (name,) in reader._connection.execute("SELECT staff_id FROM operator")}


def test_neither_an_empty_nor_a_damaged_file_ends_the_asking(staffed: Bench) -> None:
    staffed.close()
    (staffed.directory / USERS_FILE).unlink()
    again = Bench(staffed.directory)
    again.station.start()
    again.everybody_is_here()
    assert code(again.request("shift-open", lot="L", operator="P-1")) == "LOGIN_NEEDED"
    assert code(add(again, "eve", "admin")) == "LOGIN_NEEDED"
    again.until(lambda: {one["code"] for one in records(again, "alarm")} == {"USERS_LOST", "USERS_CHANGED"})
    again.close()
    (staffed.directory / USERS_FILE).write_text("{")
    (staffed.directory / USERS_FILE).chmod(0o600)
    third = Bench(staffed.directory)
    third.station.start()
    assert code(third.request("login", person=ADMIN, secret="x")) == "LOGIN_REFUSED"
    assert code(third.request("shift-open", lot="L", operator="P-1")) == "LOGIN_NEEDED"
    third.close()


def test_users_of_a_stopped_station(staffed: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    staffed.close()
    directory = str(staffed.directory)
    own, new = tmp_path / "own", tmp_path / "new"
    own.write_text(password(ADMIN) + "\n")
    new.write_text("another sentence 9\n")
    by = ["--by", ADMIN, "--password-file", str(own), "--why", "starts today", "--station", directory]
    assert main(["user", "add", "joe", "--role", "auditor", "--new-password-file", str(new), *by]) == 0
    assert main(["user", "list", "--by", ADMIN, "--password-file", str(own), "--station", directory]) == 0
    assert "joe" in capsys.readouterr().out
    assert main(["user", "role", "joe", "--role", "qa", *by]) == 0
    assert main(["user", "erase-name", "joe", *by]) == 0
    own.write_text("wrong\n")
    assert main(["user", "add", "max", "--role", "qa", "--new-password-file", str(new), *by]) == 1
    assert main(["change", "list", "--station", directory]) == 0
    shown = capsys.readouterr().out
    assert "user-change" in shown
    assert "joe" not in shown.splitlines()[-1]
    assert verify_station(staffed.directory).of(Severity.TAMPERED) == []
    again = Bench(staffed.directory)
    again.station.start()
    assert "USERS_CHANGED" not in {one["code"] for one in records(again, "alarm")}, "all of it is in the records"
    again.close()


# Changes that wait for quality


def lower_a_threshold(directory: Path, score: str) -> None:
    (recipe,) = (directory / "recipes").iterdir()
    text = recipe.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("min_score"))
    recipe.write_text(text.replace(line, f"min_score = {score}", 1), encoding="utf-8")


def started_again(bench: Bench) -> Bench:
    bench.close()
    again = Bench(bench.directory)
    again.station.start()
    again.everybody_is_here()
    return again


def approve(bench: Bench, user: str) -> Message:
    log_in(bench, user)
    shown = bench.request("change-statement")
    if not shown["ok"]:
        return shown
    return bench.request("change-approve", statement=shown["result"]["statement"], secret=password(user))


def test_a_changed_threshold_waits_for_quality(staffed: Bench) -> None:
    log_in(staffed, OTHER)
    assert code(staffed.request("change-statement")) == "SHIFT", "nothing waits"
    lower_a_threshold(staffed.directory, "0.875")
    bench = started_again(staffed)
    log_in(bench, OPERATOR)
    refused = bench.request("shift-open", lot="L")
    assert "waits for approval" in refused["error"]["message"] or "wait for approval" in refused["error"]["message"]
    assert "CHANGE_UNAPPROVED" in {one["code"] for one in bench.request("status")["result"]["reasons"]}
    assert code(approve(bench, LEAD)) == "ROLE_REFUSED"
    log_in(bench, OTHER)
    shown = bench.request("change-statement")["result"]
    assert "threshold" in shown["text"]
    assert '-> "0.875"' in shown["text"]
    assert code(bench.request("change-approve", statement=shown["statement"], secret="wrong")) == "LOGIN_REFUSED"
    assert code(bench.request("change-approve", statement="0" * 64, secret=password(OTHER))) == "SHIFT"
    assert approve(bench, OTHER)["ok"]
    (signature,) = records(bench, "signature")
    assert (signature["role"], signature["target"]) == ("qa", shown["target"])
    log_in(bench, OPERATOR)
    assert bench.request("shift-open", lot="L")["ok"]
    assert close_shift(bench, OPERATOR)["ok"]
    again = started_again(bench)
    log_in(again, OPERATOR)
    assert again.request("shift-open", lot="L")["ok"], "once approved it stays so"
    check(again)


def test_a_new_product_waits_for_quality_and_the_others_do_not(staffed: Bench) -> None:
    add_ring(staffed.directory)
    bench = started_again(staffed)
    log_in(bench, OPERATOR)
    blocked = {one["product"]: one["blocked"] for one in bench.request("recipe-list")["result"]["recipes"]}
    assert blocked["ring"]["code"] == "CHANGE_UNAPPROVED"
    refused = bench.request("recipe-change", product="ring", looked=True)
    assert (code(refused), "wait for approval" in refused["error"]["message"]) == ("ROLE_REFUSED", True)
    assert bench.request("shift-open", lot="L")["ok"], "what judges now was changed by nobody"
    assert close_shift(bench, OPERATOR)["ok"]
    assert approve(bench, OTHER)["ok"]
    assert code(bench.request("recipe-change", product="ring", looked=True)) == "ROLE_REFUSED", (
        "quality does not run it"
    )
    log_in(bench, OPERATOR)
    assert bench.request("recipe-change", product="ring", looked=True)["result"]["changed"]
    assert bench.request("shift-open", lot="L")["ok"], "changing between what is approved waits for nobody"
    assert close_shift(bench, OPERATOR)["ok"]
    again = started_again(bench)
    log_in(again, OPERATOR)
    assert again.request("recipe-change", product="disc", looked=True)["result"]["changed"]
    assert again.request("shift-open", lot="L")["ok"]
    check(again)


def test_an_edited_product_waits_though_another_one_is_in_force(staffed: Bench) -> None:
    add_ring(staffed.directory)
    bench = started_again(staffed)
    assert approve(bench, OTHER)["ok"]
    recipe = bench.directory / "recipes" / "ring.toml"
    recipe.write_text(recipe.read_text() + "# another comment\n")
    again = started_again(bench)
    log_in(again, OPERATOR)
    assert code(again.request("recipe-change", product="ring")) == "ROLE_REFUSED"
    assert again.request("shift-open", lot="L")["ok"]
    check(again)


def test_who_may_sign_releases_waits_for_quality_whatever_the_settings_say(staffed: Bench) -> None:
    settings, keys = staffed.directory / "station.toml", staffed.directory / "keys"
    settings.write_text(settings.read_text() + "\n[access]\napprove = []\n")
    bench = started_again(staffed)
    assert approve(bench, OTHER)["ok"]
    for change in (
        lambda: trust(staffed.directory),
        lambda: (keys / "anna.pub").write_text(key_of("dora").public_key.hex() + "\n"),
    ):
        change()
        bench = started_again(bench)
        log_in(bench, OPERATOR)
        still_there(bench)
        refused = bench.request("shift-open", lot="L")
        assert "for approval: setting" in refused["error"]["message"]
        assert approve(bench, OTHER)["ok"]
    log_in(bench, OPERATOR)
    still_there(bench)
    assert bench.request("shift-open", lot="L")["ok"]
    assert close_shift(bench, OPERATOR)["ok"]
    check(bench)


def test_quality_activates_a_release_and_goes_back_only_to_files_that_are_approved(
    staffed: Bench, tmp_path: Path
) -> None:
    release = signed_release(tmp_path / "disc-2", product="disc")
    add_ring(staffed.directory)
    trust(staffed.directory)
    bench = started_again(staffed)
    assert approve(bench, OTHER)["ok"]
    place(bench.directory, release)
    back = {"why": "too many rejects", "product": "disc"}
    for who in (ADMIN, OPERATOR, LEAD):
        log_in(bench, who)
        assert code(bench.request("release-activate", digest=release.digest)) == "ROLE_REFUSED"
        assert code(bench.request("release-rollback", **back)) == "ROLE_REFUSED"
    log_in(bench, OTHER)
    assert bench.request("release-activate", digest=release.digest)["result"]["changed"]
    (put,) = [one for one in records(bench, "change") if "release" in one]
    with RecordReader(bench.directory) as reader:
        assert reader.staff_id(put["by"]) == OTHER
    log_in(bench, OPERATOR)
    still_there(bench)
    assert bench.request("shift-open", lot="L")["ok"], "two people have signed it: nothing waits"
    assert close_shift(bench, OPERATOR)["ok"]
    recipe = bench.directory / "recipes" / "disc.toml"
    recipe.write_text(recipe.read_text() + "# another comment\n")
    again = started_again(bench)
    log_in(again, OPERATOR)
    still_there(again)
    assert again.request("shift-open", lot="L")["ok"], "the edited file judges nothing"
    assert close_shift(again, OPERATOR)["ok"]
    log_in(again, OTHER)
    assert code(again.request("release-rollback", **back)) == "ROLE_REFUSED"
    assert approve(again, OTHER)["ok"]
    assert again.request("release-rollback", **back)["result"]["changed"]
    log_in(again, OPERATOR)
    still_there(again)
    assert again.request("shift-open", lot="L")["ok"]
    assert close_shift(again, OPERATOR)["ok"]
    check(again)


def test_who_announced_a_change_does_not_approve_it(staffed: Bench) -> None:
    log_in(staffed, OTHER)
    assert staffed.request("announce", what="recipe", why="fewer false rejects")["ok"]
    lower_a_threshold(staffed.directory, "0.875")
    bench = started_again(staffed)
    assert code(approve(bench, OTHER)) == "ROLE_REFUSED"
    log_in(bench, ADMIN)
    assert add(bench, "zoe", "qa")["ok"]
    assert approve(bench, "zoe")["ok"]
    check(bench)


def test_what_was_changed_before_there_were_users_waits_for_nobody(bench: Bench) -> None:
    lower_a_threshold(bench.directory, "0.875")
    again = started_again(bench)
    assert add(again, ADMIN, "admin")["ok"]
    assert log_in(again, ADMIN)["ok"]
    assert add(again, OPERATOR, "operator")["ok"]
    third = started_again(again)
    log_in(third, OPERATOR)
    assert third.request("shift-open", lot="L")["ok"]
    third.close()


def test_the_doctor_says_whether_people_log_in(staffed: Bench, tmp_path: Path) -> None:
    config = load_config(staffed.directory)
    assert doctor._people(staffed.directory, config) == "4 users, 1 admins, 0 badges; people log in"
    assert "taken as typed" in doctor._people(tmp_path / "other", config)


def test_after_a_failed_challenge_somebody_else_lets_the_line_go_on(template: Path, tmp_path: Path) -> None:
    plain = made(tmp_path / "station")
    plain.close()
    shutil.copytree(template / "access", tmp_path / "station" / "access")
    bench = made(tmp_path / "station")
    log_in(bench, LEAD)
    assert bench.request("shift-open", lot="L-1")["ok"]
    assert bench.request("challenge-start")["ok"]
    bench.show("S7-000003", verdict=Verdict.PASS)
    bench.wait_codes("CHALLENGE_FAILED")
    bench.until(lambda: bool(bench.records("challenge")))
    assert code(bench.request("challenge-start")) == "ROLE_REFUSED", "has started the failed one"
    log_in(bench, OPERATOR)
    assert code(bench.request("challenge-start")) == "ROLE_REFUSED", "no lead"
    bench.close()
    again = made(tmp_path / "station")
    log_in(again, LEAD)
    assert code(again.request("challenge-start")) == "ROLE_REFUSED", "also after a restart"
    log_in(again, OTHER)
    assert again.request("challenge-start")["ok"]
    again.close()


def test_a_crash_between_record_and_file_shows_at_the_next_start(
    staffed: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(staffed, ADMIN)

    def crash(_store: UserStore, _users: object) -> None:
        raise ConfigError("the power is gone", "Start again")

    with monkeypatch.context() as patch:
        patch.setattr(UserStore, "commit", crash)
        assert code(staffed.request("user-role", user=OPERATOR, role="qa", why="x")) == "CONFIG"
    assert records(staffed, "user-change")[-1]["action"] == "role"
    again = started_again(staffed)
    assert [one["code"] for one in records(again, "alarm")] == ["USERS_CHANGED"]
    assert records(again, "change")[-1]["what"] == "user"
    assert log_in(again, OPERATOR)["result"]["role"] == "operator"
    check(again)
