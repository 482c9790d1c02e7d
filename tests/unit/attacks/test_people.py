# SPDX-License-Identifier: Apache-2.0
"""People and changes in a bundle: what an honest station writes is accepted, also when the bundle begins later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inspector.auditor import verify_bundle
from inspector.evidence.verify.bundle import verify_bundle as our_own
from tests.assets.attacks.history import History, Json
from tests.assets.attacks.insider_procedures import taken_over
from tests.assets.attacks.table import changed

USER: Json = {"user": "1" * 64, "action": "added", "old": None, "new": "admin", "by": None, "why": "first admin"}


def work(history: History) -> None:
    """Log-ins, a signature of what was shown, a change that says what it is."""
    login: Json = {"person": "1" * 64, "method": "badge+pin", "source": "api"}
    first = history.record("login", **login, result="ok")
    history.record("login", **{**login, "person": None}, result="failed")
    history.record("logout", login=first, why="idle")
    target = history.record("alarm", code="LOGIN_FAILURES", cause="five wrong ones", action="ask who tried")
    lines = f"station line-4\nshift 1\nrecord 9 {target}\nmeaning shift closed\nparts 1\n"
    statement = history.document(f"inspector/statement/v1\n{lines}".encode())
    signed: Json = {"signer": "1" * 64, "meaning": "shift closed", "method": "badge+pin", "target": target}
    history.record("signature", **signed, role="operator", statement=statement)
    opened = json.loads(next(data for data in history.records if b'"type":"shift-open"' in data))
    setup: Json = {name: history.document(name.encode()) for name in ("settings", "program")}
    setup |= {name: opened[name]["digest"] for name in ("recipe", "model")}
    history.record("setup", **setup, users=None)
    history.record("user-change", **USER, store="2" * 64)
    change: Json = {"what": "setting", "name": "stops.rejects", "old": "5", "new": "8", "by": None, "why": "unknown"}
    history.record("change", **change)
    history.record("setup", **{**setup, "settings": history.document(b"others")}, users="2" * 64)


def answer(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "bundle.zip"
    path.write_bytes(data)
    return verify_bundle.verify(str(path))


def test_what_an_honest_station_writes_is_accepted(tmp_path: Path) -> None:
    found = answer(changed(steps={"before close": work}), tmp_path)
    assert (found["exit_code"], found["lines"]) == (0, [])
    assert our_own(tmp_path / "bundle.zip").findings == []
    counted = {name: found["checked"][name] for name in ("log-ins", "changes", "changes of users")}
    assert counted == {"log-ins": 2, "changes": 1, "changes of users": 1}


def test_who_comes_may_take_over_before_and_after_the_next_shift_is_opened(tmp_path: Path) -> None:
    def late(history: History) -> None:
        history.open_shift("L-3")
        taken_over(history)

    for number, steps in enumerate(({"shift 2": taken_over, "shift 3": taken_over}, {"shift 3": late})):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = answer(changed(steps=steps), folder)
        assert (found["exit_code"], found["lines"]) == (0, [])
        assert found["checked"]["hand-overs that were taken over"] == len(steps)
        ours = our_own(folder / "bundle.zip")
        assert (ours.findings, ours.checked["hand-overs that were taken over"]) == ([], len(steps))


def test_a_statement_that_is_missing_could_not_be_checked(tmp_path: Path) -> None:
    def sign(history: History) -> None:
        fields: Json = {"signer": "1" * 64, "meaning": "shift closed", "method": "password", "target": "3" * 64}
        history.record("signature", **fields, role="operator", statement="4" * 64)

    found = answer(changed(steps={"before close": sign}), tmp_path)
    assert found["exit_code"] == 1
    assert {one.rule for one in our_own(tmp_path / "bundle.zip").findings} == {"ACCESS-03"}
    assert [one["rule"] for one in found["findings"]] == ["ACCESS-03"]
