# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real processes at a station with users: log-in over the api, roles, lock-out, a signed shift, and a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.api.client import ApiClient
from inspector.api.schema import Status
from inspector.cli.main import main
from inspector.errors import ApiError, LoginNeeded, LoginRefused, RoleRefused
from tests.rig import StationRig, until

ADMIN, OPERATOR = "a sentence for the admin", "a sentence at the line"


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


def status_of(client: ApiClient) -> Status | None:
    """The status, or None while nobody answers."""
    try:
        return client.status()
    except ApiError:
        return None
