# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector change` and `inspector shift close` at a station with users, with a scripted station behind them."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from inspector.cli import change, person, shift
from inspector.cli.main import main
from inspector.errors import LoginRefused

SHOWN = {"statement": "cd" * 32, "text": "inspector/statement/v1\nchange 7 threshold min_score: 1 -> 2\n"}


class Control:
    """Stands for the connection to a station."""

    asked: list[tuple[str, dict[str, Any]]]
    required = True
    refused = ""

    def __init__(self, _station: Path) -> None:
        self.session: str | None = None

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        if command == self.refused:
            raise LoginRefused("they do not fit", "Try again")
        if command != "status":
            self.asked.append((command, {**arguments, "session": self.session}))
        return {
            "status": {"access": {"required": self.required}},
            "login": {"session": "token"},
            "change-statement": SHOWN,
            "shift-statement": SHOWN,
            "change-approve": {"seq": 9, "changes": 1},
            "announce": {"seq": 8, "what": "recipe"},
        }.get(command, {})


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Control]:
    made = type("Scripted", (Control,), {"asked": []})
    for module in (change, shift, person):
        monkeypatch.setattr(module, "StationControl", made, raising=False)
    (tmp_path / "password").write_text("a secret sentence\n")
    return made


def who(tmp_path: Path) -> list[str]:
    return ["--operator", "eve", "--password-file", str(tmp_path / "password"), "--station", str(tmp_path)]


def test_quality_sees_what_it_approves(
    control: type[Control], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["change", "approve", *who(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "change 7 threshold min_score: 1 -> 2" in shown
    assert "cd" * 32 in shown
    assert "1 change is approved (record 9)" in shown
    assert [command for command, _ in control.asked] == ["login", "change-statement", "change-approve", "logout"]
    signed = dict(control.asked)["change-approve"]
    assert signed == {"statement": "cd" * 32, "secret": "a secret sentence", "session": "token"}


def test_a_change_is_announced_by_who_is_logged_in(control: type[Control], tmp_path: Path) -> None:
    assert main(["change", "announce", "--what", "recipe", "--why", "trial 31", *who(tmp_path)]) == 0
    announced = dict(control.asked)["announce"]
    assert announced == {"operator": "eve", "what": "recipe", "why": "trial 31", "session": "token"}


def test_without_users_nobody_is_asked_for_a_password(control: type[Control], tmp_path: Path) -> None:
    control.required = False
    absent = ["--operator", "eve", "--station", str(tmp_path)]
    assert main(["change", "announce", "--what", "recipe", "--why", "trial 31", *absent]) == 0
    assert [command for command, _ in control.asked] == ["announce"]
    assert dict(control.asked)["announce"]["session"] is None


def test_who_cannot_sign_lets_the_shift_go_on(
    control: type[Control], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    control.refused = "shift-close"
    assert main(["shift", "close", *who(tmp_path)]) == 1
    assert "they do not fit" in capsys.readouterr().err
    assert [command for command, _ in control.asked] == ["login", "shift-statement", "shift-resume", "logout"]
