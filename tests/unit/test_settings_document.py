# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the api and the command line tell of settings: values, who changed them, what waits, and never a secret."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from inspector.api import settings_document as module
from inspector.api.settings_document import settings_document
from inspector.api.settings_schema import SettingInfo, SettingList
from inspector.cli import person
from inspector.cli import settings as command
from inspector.cli.main import main
from inspector.config import Config
from inspector.config.catalogue import catalogue
from inspector.config.edit import flat_settings
from inspector.config.flat import Flat
from inspector.store.queries.settings import SettingsInForce
from tests.station_bench import Bench
from tests.unit import test_people
from tests.unit.test_people import ADMIN, log_in, started_again
from tests.unit.test_setting_files import FULL

quick_hashes, template, staffed = test_people.quick_hashes, test_people.template, test_people.staffed


def told(station: Path, *, names: bool = True) -> dict[str, SettingInfo]:
    return {one.name: one for one in settings_document(station, names=names).settings}


def test_values_changes_and_what_waits(staffed: Bench) -> None:
    first = settings_document(staffed.directory, names=True)
    assert (first.waiting, first.trouble, first.first_us is not None) == (0, "", True)
    row = told(staffed.directory)["stops.rejects_in_row"]
    assert (row.value, row.default, row.differs, row.waits, row.since) == (5, 5, False, False, None)
    log_in(staffed, ADMIN)
    change = {"name": "stops.rejects_in_row", "value": "8", "why": "the new feeder bounces"}
    assert staffed.request("setting-set", **change)["ok"]
    row = told(staffed.directory)["stops.rejects_in_row"]
    assert (row.value, row.in_file, row.waits, row.differs) == (5, 8, True, False)
    bench = started_again(staffed)
    row = told(bench.directory)["stops.rejects_in_row"]
    assert (row.value, row.in_file, row.waits, row.differs) == (8, 8, False, True)
    assert row.since is not None and row.since.by == ADMIN and "the new feeder bounces" in row.since.why
    nameless = told(bench.directory, names=False)["stops.rejects_in_row"]
    assert nameless.since is not None and nameless.since.by is None and nameless.since.t_us == row.since.t_us
    (bench.directory / "station.toml").write_text("recipe = ")
    broken = settings_document(bench.directory, names=True)
    assert broken.trouble.startswith("station.toml is not valid TOML") or "station.toml" in broken.trouble
    assert str(bench.directory) not in broken.trouble.replace("station settings ", "")
    assert {one.name: one.value for one in broken.settings}["stops.rejects_in_row"] == 8
    bench.close()


def test_no_answer_tells_where_a_secret_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each hidden setting, and each whose name or meaning speaks of a secret, has a value that must not come out."""
    flat = flat_settings(Config.model_validate(FULL))
    listed = catalogue(flat)
    speaks = ("password", "passphrase", "private key", "credential", "token", "pin ")
    about = [one for one in listed if any(word in f"{one.key} {one.meaning}".lower() for word in speaks)]
    harmless = {"key.backend", "key.answer_within_ms", "access.lock_after", "access.password_least"}
    assert {one.name for one in about} - {one.name for one in listed if one.secret} == harmless
    hidden = [one for one in listed if one.secret]
    assert {one.name.partition(".")[0] for one in hidden} == {"key", "bypass", "release", "ledger", "mqtt"}
    marked: Flat = dict(flat)
    for one in hidden:
        marked[f"{one.name}.0" if one.kind == "list" else one.name] = json.dumps(f"canary-{one.name}")
    told = SettingsInForce(marked, 1, {})

    class Reader:
        def __init__(self, _station: Path) -> None: ...
        def __enter__(self) -> None: ...
        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None: ...

    monkeypatch.setattr(module, "AuditReader", Reader)
    monkeypatch.setattr(module, "in_force", lambda _reader: told)
    monkeypatch.setattr(module, "_in_file", lambda _station: (flat, ""))
    found = settings_document(tmp_path, names=True)
    assert "canary" not in found.model_dump_json()
    shown = {one.name: one for one in found.settings}
    for one in hidden:
        row = shown[one.name]
        assert (row.value, row.in_file, row.default, row.hidden, row.changeable) == (None, None, None, True, False)
        assert row.differs != one.required and row.waits, "that it is another one may be known"
    marked["station.name"] = json.dumps("canary-name")
    assert "canary-name" in settings_document(tmp_path, names=True).model_dump_json(), "the test sees what comes out"


class Control:
    """Stands for the connection to a station."""

    asked: list[tuple[str, dict[str, Any]]]

    def __init__(self, _station: Path) -> None:
        self.session: str | None = None

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def request(self, asked: str, **arguments: Any) -> dict[str, Any]:
        self.asked.append((asked, arguments))
        answers = {"status": {"access": {"required": True}}, "login": {"session": "token"}}
        changed = {"seq": 9, "name": "stops.rejects_in_row", "old": "5", "new": "8", "waiting": 1}
        return answers.get(asked, changed if asked == "setting-set" else {})


def test_the_command_line_shows_and_changes(
    staffed: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    station = ["--station", str(staffed.directory)]
    assert main(["settings", "show", "stops", *station, "--json"]) == 0
    found = SettingList.model_validate_json(capsys.readouterr().out)
    assert {one.table for one in found.settings} == {"stops"} and len(found.settings) == 9
    assert main(["settings", "show", "key", *station]) == 0
    assert "not shown" in capsys.readouterr().out
    made = type("Scripted", (Control,), {"asked": []})
    for where in (command, person):
        monkeypatch.setattr(where, "StationControl", made, raising=False)
    (tmp_path / "password").write_text("a secret sentence\n")
    who = ["--operator", "kim", "--password-file", str(tmp_path / "password")]
    assert main(["settings", "set", "stops.rejects_in_row", "8", "--why", "feeder", *who, *station]) == 0
    assert "5 -> 8 (record 9)" in capsys.readouterr().out
    asked = {"operator": "kim", "name": "stops.rejects_in_row", "value": "8", "why": "feeder"}
    assert dict(made.asked)["setting-set"] == asked
