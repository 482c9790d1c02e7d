# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real processes at a station with users: log-in over the api, roles, lock-out, a signed shift, and a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.api.client import ApiClient
from inspector.api.people_schema import (
    Announcement,
    HoldBegin,
    HoldEnd,
    HoldScope,
    UserAdd,
    UserBadge,
    UserDisable,
    UserErase,
    UserPassword,
    UserRole,
)
from inspector.api.schema import Status
from inspector.cli.main import main
from inspector.errors import ApiError, ConfigError, LoginNeeded, LoginRefused, RoleRefused, ShiftError
from tests.rig import StationRig, until

ADMIN, OPERATOR, QUALITY = "a sentence for the admin", "a sentence at the line", "a sentence for quality"


@pytest.mark.long
def test_people_at_a_running_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rig = StationRig(tmp_path / "station", parts=4)
    station = ["--station", str(rig.directory)]
    secrets = {name: tmp_path / name for name in ("admin", "operator")}
    secrets["admin"].write_text(ADMIN)
    secrets["operator"].write_text(OPERATOR)
    new = ["--new-password-file"]
    assert main(["user", "add", "kim", "--role", "admin", "--why", "first", *new, str(secrets["admin"]), *station]) == 0
    with rig:
        rig.wait_ready_to_open()
        by = ["--by", "kim", "--password-file", str(secrets["admin"]), "--why", "early shift"]
        assert main(["user", "add", "ada", "--role", "operator", *new, str(secrets["operator"]), *by, *station]) == 0
        with ApiClient(rig.directory) as client:
            until(lambda: status_of(client) is not None, "an api that answers")
            with pytest.raises(LoginNeeded):
                client.open_shift("L1", "ada")
            with pytest.raises(LoginNeeded):
                client.export(shift=1)
            client.login("kim", ADMIN)
            rig.kill("station")
            rig.wait_ready_to_open()
            until(lambda: status_of(client) is not None, "an api that has found the station")
            with pytest.raises(LoginNeeded):
                client.open_shift("L1")
            client.login("kim", ADMIN)
            with pytest.raises(RoleRefused):
                client.open_shift("L1")
            client.login("ada", OPERATOR)
            assert client.open_shift("L1").shift == 1
            with pytest.raises(RoleRefused):
                client.verify(1)
            access = client.status().access
            assert {(one.user, one.role) for one in access.people} == {("kim", "admin"), ("ada", "operator")}
            rig.wait_parts(4)
            rig.wait_line_quiet()
        asked = ["shift", "close", "--operator", "ada", "--password-file", str(secrets["operator"]), *station]
        assert main(asked) == 0
        assert "You sign this, word for word" in capsys.readouterr().out
        with ApiClient(rig.directory) as client:
            for _ in range(5):
                with pytest.raises(LoginRefused, match="do not fit"):
                    client.login("ada", "wrong")
            with pytest.raises(LoginRefused, match="too many"):
                client.login("ada", OPERATOR)
            assert "LOGIN_FAILURES" in {warning.code for warning in client.status().warnings}
    (signature,) = rig.records("signature")
    assert (signature["method"], signature["role"]) == ("password", "operator")
    assert [one["result"] for one in rig.records("login")][-6:] == ["failed"] * 5 + ["locked"]
    report = rig.verify()
    assert report.exit_code == 0, report.findings
    everything = b"".join(path.read_bytes() for path in rig.directory.rglob("*") if path.is_file())
    for secret in (ADMIN, OPERATOR):
        assert secret.encode() not in everything, "a password lies somewhere in the station directory"


def test_users_changes_and_holds_over_the_api(tmp_path: Path) -> None:
    rig = StationRig(tmp_path / "station", parts=2)
    with rig:
        rig.wait_ready_to_open()
        with ApiClient(rig.directory) as client:
            until(lambda: status_of(client) is not None, "an api that answers")
            with pytest.raises(ConfigError, match="first user has to be an admin"):
                client.add_user(UserAdd(user="ada", role="operator", password=OPERATOR, why="no admin yet"))
            client.add_user(UserAdd(user="kim", role="admin", password=ADMIN, why="first"))
            with pytest.raises(LoginNeeded):
                client.users()
            client.login("kim", ADMIN)
            client.add_user(UserAdd(user="ada", role="operator", password=OPERATOR, why="early shift"))
            client.add_user(UserAdd(user="eve", role="operator", password=QUALITY, why="quality"))
            assert client.set_role(UserRole(user="eve", role="qa", why="by mistake an operator")).role == "qa"
            client.set_badge(UserBadge(user="ada", badge="B-100244", pin="481516", why="has lost the old one"))
            assert client.disable_user(UserDisable(user="ada", why="on leave")).disabled
            assert [(one.user, one.role, one.badge, one.disabled) for one in client.users()] == [
                ("ada", "operator", True, True),
                ("eve", "qa", False, False),
                ("kim", "admin", False, False),
            ]
            with pytest.raises(LoginRefused):
                client.login("B-100244", "481516")
            assert client.disable_user(UserDisable(user="ada", enable=True, why="is back")).disabled is False
            hold = HoldBegin(name="complaint 4711", scope=HoldScope(lot="L1"), reason="complaint of ACME")
            with pytest.raises(RoleRefused):
                client.begin_hold(hold)
            client.login("B-100244", "481516")
            with pytest.raises(RoleRefused):
                client.set_password(UserPassword(user="kim", password="another sentence", why="curious"))
            client.open_shift("L1")
            client.login("eve", QUALITY)
            client.begin_hold(hold)
            (held,) = client.holds()
            assert (held.name, held.scope) == ("complaint 4711", HoldScope(lot="L1"))
            client.end_hold(HoldEnd(name="complaint 4711", reason="settled"))
            assert client.holds() == ()
            client.announce(Announcement(what="recipe", why="wider grey band"))
            with pytest.raises(ShiftError, match="no change waits"):
                client.changes_statement()
            client.login("kim", ADMIN)
            assert client.erase_name(UserErase(user="ada", why="has left")).erased
            assert [one.user for one in client.users()] == ["eve", "kim"]
        rig.wait_parts(2)
    assert [one["action"] for one in rig.records("user-change")][-1] == "erased"
    assert len(rig.records("hold")) == len(rig.records("hold-end")) == 1
    assert rig.verify().exit_code == 0


def status_of(client: ApiClient) -> Status | None:
    """The status, or None while nobody answers."""
    try:
        return client.status()
    except ApiError:
        return None
