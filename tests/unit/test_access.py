# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles, passwords, users and their file, lock-out and sessions, on simulated time."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from inspector.access import (
    COMMANDS,
    LoginDesk,
    NewUser,
    Proof,
    Role,
    Session,
    Sessions,
    UserStore,
    hashing,
    login,
)
from inspector.access.hashing import check_password, check_pin, hashed, matches
from inspector.access.users import USERS_FILE, parse_users
from inspector.clock import SimulatedClock
from inspector.errors import ConfigError, LoginNeeded

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long sentence 7"
MINUTE_MS = 60_000


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserStore:
    """Two users, with hashes that are quick: how long guessing takes is asked where the hashes are tested."""
    monkeypatch.setattr(hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(hashing, "MEMORY_KIB", 8)
    monkeypatch.setattr(hashing, "PASSES", 1)
    monkeypatch.setattr(login, "NOBODY", hashing.hashed("nobody has this password"))
    store = UserStore(tmp_path)
    store.commit(store.adding(NewUser("kim", "Kim Ode", Role.ADMIN, PASSWORD, "04A1B2C3", "271828")))
    store.commit(store.adding(NewUser("ada", "Ada", Role.OPERATOR, PASSWORD + "!")))
    return store


# Roles


def test_the_page_says_who_may_do_what() -> None:
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8").split("## Roles\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    roles = [Role(cell.strip()) for cell in lines[0][1:]]
    written = {
        cells[0].strip(" `"): frozenset(
            role for role, cell in zip(roles, cells[1:], strict=True) if cell.strip() == "yes"
        )
        for cells in lines[2:]
    }
    assert set(roles) == set(Role)
    assert written == {command: who for command, who in COMMANDS.items() if who is not None}
    free = set(re.findall(r"`([a-z-]+)`", text.split("|\n\n")[1].split("asks")[0]))
    assert free == {command for command, who in COMMANDS.items() if who is None}


def test_every_command_of_the_station_is_in_the_table() -> None:
    source = (ROOT / "inspector" / "station" / "commands.py").read_text(encoding="utf-8")
    known = set(re.findall(r'command == "([a-z-]+)"', source))
    known |= set(re.findall(r'"([a-z-]+)"', source.split("USER_COMMANDS = (")[1].split(")")[0]))
    assert known == set(COMMANDS)


# Passwords


@pytest.mark.parametrize("password", ["short", "kim is my name 1", "aaaaaaaaaaaa", "My Password 99", "x" * 201])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(ConfigError):
        check_password(password, "kim", 10)


@pytest.mark.parametrize("pin", ["12345", "000000", "123456", "987654", "12345a", "1" * 13, "\u0661" * 6])
def test_a_weak_pin_is_refused(pin: str) -> None:
    with pytest.raises(ConfigError):
        check_pin(pin)


def test_hashes_are_salted_argon2id_and_a_damaged_one_matches_nothing() -> None:
    first, second = hashed(PASSWORD), hashed(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matches(first, PASSWORD)
    assert not matches(first, PASSWORD + " ")
    assert not matches("$argon2id$v=19$m=19456,t=2,p=1$", PASSWORD)
    assert not matches("", PASSWORD)


# Users


def test_users_come_back_from_their_file_which_holds_no_secret(store: UserStore, tmp_path: Path) -> None:
    path = tmp_path / USERS_FILE
    text = path.read_text(encoding="utf-8")
    for secret in (PASSWORD, "04A1B2C3", "271828"):
        assert secret not in text
    again = UserStore(tmp_path)
    assert [(one.user, one.role) for one in again.all()] == [("ada", Role.OPERATOR), ("kim", Role.ADMIN)]
    assert again.digest() == store.digest()
    owner = again.by_badge("04A1B2C3")
    assert owner is not None
    assert owner.user == "kim"
    assert again.by_badge("04A1B2C4") is None


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_file_that_others_can_read_is_refused(store: UserStore, tmp_path: Path) -> None:
    path = tmp_path / USERS_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="others can read"):
        UserStore(tmp_path)


def test_the_digest_tells_of_every_change_but_failures(store: UserStore) -> None:
    before = store.digest()
    store.count_failure("ada")
    assert store.digest() == before
    for change in ({"role": Role.QA}, {"disabled": True}, {"name": "Eve"}, {"password": hashed("another sentence")}):
        users = store.changing("ada", lambda one, change=change: one.model_copy(update=change))  # type: ignore[misc]
        assert store.digest_of(users) != before


def test_what_cannot_be_added_changes_nothing(store: UserStore, tmp_path: Path) -> None:
    before = (tmp_path / USERS_FILE).read_bytes()
    bad = [
        NewUser("kim", "", Role.QA, PASSWORD),
        NewUser("no space", "", Role.QA, PASSWORD),
        NewUser("bob", "line\nbreak", Role.QA, PASSWORD),
        NewUser("bob", "", Role.QA, "short"),
        NewUser("bob", "", Role.QA, PASSWORD, "04A1B2C3", "314159"),
        NewUser("bob", "", Role.QA, PASSWORD, "0000111122", ""),
        NewUser("bob", "", Role.QA, PASSWORD, "", "314159"),
    ]
    for new in bad:
        with pytest.raises(ConfigError):
            store.adding(new)
    assert (tmp_path / USERS_FILE).read_bytes() == before


@given(st.binary(max_size=200))
def test_any_bytes_are_users_or_our_error(data: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_users(data)


GOOD = {
    "v": 1,
    "badge_salt": "0" * 32,
    "users": [{"user": "kim", "role": "admin", "password": hashed(PASSWORD)}],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["v", "badge_salt", "users", "extra"]), JSON)
def test_a_changed_file_is_read_or_refused_with_our_error(field: str, value: object) -> None:
    text = json.dumps({**GOOD, field: value})
    try:
        _salt, users = parse_users(text.encode("utf-8", "surrogatepass"))
    except ConfigError as error:
        assert "users cannot be read" in error.message
    else:
        assert {user for user, one in users.items() if one.user == user} == set(users)


@given(st.sampled_from(["user", "name", "role", "password", "badge", "pin", "disabled", "failures"]), JSON)
def test_a_changed_user_is_read_or_refused_with_our_error(field: str, value: object) -> None:
    user = {**GOOD["users"][0], field: value}  # type: ignore[index]
    text = json.dumps({**GOOD, "users": [user]})
    try:
        _salt, users = parse_users(text.encode("utf-8", "surrogatepass"))
    except ConfigError:
        return
    assert len(users) == 1


def test_two_of_one_id_or_badge_are_refused() -> None:
    user = GOOD["users"][0]  # type: ignore[index]
    badge = {"badge": "a" * 64, "pin": hashed("271828")}
    for users in ([user, user], [{**user, **badge}, {**user, **badge, "user": "eve"}]):
        with pytest.raises(ConfigError, match="one staff id or one badge"):
            parse_users(json.dumps({**GOOD, "users": users}).encode())


# Log-in


def test_password_or_badge_with_pin(store: UserStore) -> None:
    desk = LoginDesk(store, SimulatedClock(), 5, 15)
    found = desk.attempt(Proof("kim", PASSWORD))
    assert (found.result, found.method, found.user and found.user.user) == ("ok", "password", "kim")
    found = desk.attempt(Proof("04A1B2C3", "271828"))
    assert (found.result, found.method, found.user and found.user.user) == ("ok", "badge+pin", "kim")
    for proof in (Proof("kim", "271828"), Proof("04A1B2C3", PASSWORD), Proof("04A1B2C3", ""), Proof("", "")):
        assert desk.attempt(proof).result == "failed", "a badge alone, or the secret of the other way, is nothing"


def test_after_five_failures_an_account_is_locked_for_its_time(store: UserStore) -> None:
    clock = SimulatedClock()
    desk = LoginDesk(store, clock, 5, 15)
    results = [desk.attempt(Proof("ada", "wrong")) for _ in range(5)]
    assert [one.locked_now for one in results] == [False] * 4 + [True]
    assert desk.attempt(Proof("ada", PASSWORD + "!")).result == "locked", "also with the right one"
    assert desk.attempt(Proof("kim", PASSWORD)).result == "ok", "others are not"
    clock.advance_ms(15 * MINUTE_MS - 1)
    clock.step_utc_ms(3_600_000)
    assert desk.attempt(Proof("ada", PASSWORD + "!")).result == "locked", "the wall clock wins nothing"
    clock.advance_ms(1)
    assert desk.attempt(Proof("ada", PASSWORD + "!")).result == "ok"


def test_a_right_one_ends_the_row(store: UserStore) -> None:
    desk = LoginDesk(store, SimulatedClock(), 3, 15)
    for _ in range(4):
        desk.attempt(Proof("ada", "wrong"))
        desk.attempt(Proof("ada", "wrong"))
        assert desk.attempt(Proof("ada", PASSWORD + "!")).result == "ok"


def test_a_restart_does_not_shorten_a_lock(store: UserStore, tmp_path: Path) -> None:
    clock = SimulatedClock()
    desk = LoginDesk(store, clock, 3, 15)
    for _ in range(3):
        desk.attempt(Proof("ada", "wrong"))
    clock.advance_ms(14 * MINUTE_MS)
    again = LoginDesk(UserStore(tmp_path), clock, 3, 15)
    clock.advance_ms(14 * MINUTE_MS)
    assert again.attempt(Proof("ada", PASSWORD + "!")).result == "locked"
    clock.advance_ms(MINUTE_MS)
    assert again.attempt(Proof("ada", PASSWORD + "!")).result == "ok"


def test_ids_that_do_not_exist_share_one_account(store: UserStore) -> None:
    clock = SimulatedClock()
    desk = LoginDesk(store, clock, 3, 15)
    results = [desk.attempt(Proof(f"guess-{number}", PASSWORD)).result for number in range(5)]
    assert results == ["failed"] * 3 + ["locked"] * 2
    assert desk.any_locked()
    clock.advance_ms(15 * MINUTE_MS)
    assert not desk.any_locked()
    assert desk.attempt(Proof("guess-9", PASSWORD)).result == "failed"


def test_who_is_disabled_cannot_log_in(store: UserStore) -> None:
    store.commit(store.changing("ada", lambda one: one.model_copy(update={"disabled": True})))
    assert LoginDesk(store, SimulatedClock(), 3, 15).attempt(Proof("ada", PASSWORD + "!")).result == "failed"


# Sessions


def session(user: str, clock: SimulatedClock) -> Session:
    return Session(user, Role.OPERATOR, "password", "api", "1" * 64, clock.monotonic_ns())


def test_a_session_ends_when_it_is_idle_and_is_told_of_once() -> None:
    clock = SimulatedClock()
    sessions = Sessions(clock, 5)
    token, other = sessions.begin(session("ada", clock)), sessions.begin(session("bob", clock))
    assert token != other
    clock.advance_ms(4 * MINUTE_MS)
    assert sessions.use(token).user == "ada"
    clock.advance_ms(2 * MINUTE_MS)
    with pytest.raises(LoginNeeded):
        sessions.use(other)
    assert [one.user for one in sessions.take_idle()] == ["bob"]
    assert sessions.take_idle() == []
    assert sessions.people() == [("ada", Role.OPERATOR)]
    clock.advance_ms(3 * MINUTE_MS)
    with pytest.raises(LoginNeeded):
        sessions.use(token)


@pytest.mark.parametrize("token", [None, "", "x", 7, ["a"]])
def test_no_token_is_no_session(token: object) -> None:
    sessions = Sessions(SimulatedClock(), 5)
    with pytest.raises(LoginNeeded):
        sessions.use(token)
    assert sessions.end(token) is None
