# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogue of settings, and how one value of `station.toml` is changed without touching the rest of the file."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.config import Config
from inspector.config.catalogue import CHANGED_HERE, Setting, catalogue
from inspector.config.edit import flat_settings, parse_value, prepare, write
from inspector.errors import ConfigError, InspectorError, SettingRefused, StoreError

FILE = """\
# Settings of this station.   Do not lose this line.
recipe = "recipes/disc.toml"   # the disc

[station]
name = "st1"

[[cameras]]
name = "cam1"
producer = "simulator"       # ours
features = "camera.toml"
ring_slots = 12
[[cameras]]
name = "cam2"
producer = "simulator"
features = 'camera.toml'

[detector]
package = "model"

[stops]            # why five: see the FMEA
rejects_in_row = 5
rejects = 1_0

[line]
decide_by_ms = 0x2BC
[plant]
images = "images"
"""
FULL = {
    "recipe": "r",
    "station": {"name": "a"},
    "cameras": [{"name": "c", "producer": "simulator", "features": "f"}],
    "detector": {"package": "m"},
    "plant": {"images": "i"},
    "scanner": {"host": "h", "port": 1},
    "remote_io": {
        "modules": [{"name": "m", "host": "h"}],
        "points": [{"name": "part", "module": "m", "kind": "coil", "address": 1}],
    },
    "ledger": {
        "shared": [
            {"kind": "log", "url": "https://l", "key": "l+1+2", "token_file": "t"},
            {
                **{"kind": "evm", "origin": "e", "url": "https://n", "chain_id": 1, "contract": "0x" + "0" * 40},
                **{"keystore_file": "a", "passphrase_file": "p"},
            },
            {"kind": "timestamp", "origin": "t", "url": "https://t", "roots_file": "r"},
        ]
    },
}
EVERY = catalogue(flat_settings(Config.model_validate(FULL)))
SIMPLE = [one for one in EVERY if one.kind not in ("list", "other")]


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "station.toml").write_text(FILE)
    return tmp_path


def change(station: Path, name: str, text: str) -> str:
    """Change it; the new file."""
    write(station, prepare(station, name, text))
    return (station / "station.toml").read_text()


def test_every_setting_has_a_meaning() -> None:
    assert [one.name for one in EVERY if not one.meaning.strip().endswith((".", ")"))] == []
    assert len({one.name for one in EVERY}) == len(EVERY)


def test_every_value_of_a_station_is_in_the_catalogue() -> None:
    listed = {one.name for one in EVERY}
    flat = flat_settings(Config.model_validate(FULL))
    assert [name for name in flat if name not in listed and name.rpartition(".")[0] not in listed] == []


def test_what_decides_who_may_do_what_is_not_changed_here() -> None:
    here = {one.name for one in EVERY if one.changeable}
    files = {one.name for one in EVERY if one.key in ("file", "path", "features", "package", "images", "producer")}
    addresses = {one.name for one in EVERY if one.key in ("host", "listen_host", "port", "allow", "unit_id")}
    assert not here & (files | addresses | {one.name for one in EVERY if one.secret})
    assert not {
        name for name in here if name.split(".")[0] in ("access", "key", "bypass", "ledger", "station", "recipe")
    }
    assert {name.split(".")[0] for name in here} == set(CHANGED_HERE), "no table of the list is misspelt"
    named = {f"{table}.{key}" for table, keys in CHANGED_HERE.items() for key in keys if key != "*"}
    assert not named - {name.replace(".0.", ".") for name in here}


def test_units_and_limits_are_those_of_the_types() -> None:
    found = {one.name: one for one in EVERY}
    row = found["stops.rejects_in_row"]
    assert (row.kind, row.low, row.high, row.default, row.unit) == ("number", 2, 1000, 5, "")
    assert (found["tracking.speed_mm_s"].unit, found["line.decide_by_ms"].unit) == ("mm/s", "ms")
    assert found["clock.synchronised"].choices == ("warn", "require", "ignore")
    assert found["access.approve"].default == ("recipe", "threshold", "model")
    assert found["station.name"].required


@pytest.mark.parametrize(
    ("name", "text", "old", "new"),
    [
        ("stops.rejects_in_row", " 8 ", "rejects_in_row = 5", "rejects_in_row = 8"),
        ("cameras.0.ring_slots", "16", "ring_slots = 12", "ring_slots = 16"),
        ("line.decide_by_ms", "650", "decide_by_ms = 0x2BC", "decide_by_ms = 650"),
    ],
)
def test_one_value_is_changed_and_nothing_else(station: Path, name: str, text: str, old: str, new: str) -> None:
    assert change(station, name, text) == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("stops.late_parts", "2", 2),
        ("challenge.required", "off", False),
        ("cameras.1.dark_below", "9.5", 9.5),
        ("clock.synchronised", "require", "require"),
        ("tracking.encoder_bits", "16", 16),
        ("challenge.reaction_plan", 'call "quality" \\ #1', 'call "quality" \\ #1'),
    ],
)
def test_a_value_that_was_not_there_is_added(station: Path, name: str, text: str, value: object) -> None:
    written = change(station, name, text)
    found = tomllib.loads(written)
    for step in name.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == value
    lines = iter(written.splitlines())
    assert all(line in lines for line in FILE.splitlines()), "every line is still there, in this order"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("stops.rejects_in_row", "1", "stops.rejects_in_row: Input should be greater than or equal to 2"),
        ("stops.rejects_in_row", "5.5", "not a whole number"),
        ("stops.rejects_in_row", "", "not a whole number"),
        ("stops.rejects_in_row", "٥", "not a whole number"),
        ("stops.rejects", "101", "stops.rejects (101) is above its window (100)"),
        ("stops.rejects_in_row", "5", "has this value already"),
        ("challenge.required", "maybe", "not true or false"),
        ("clock.synchronised", "never", "not one of: warn, require, ignore"),
        ("cameras.0.dark_below", "nan", "not a number such as"),
        ("challenge.reaction_plan", "", "at least 1 character"),
        ("challenge.reaction_plan", "a\nb = 1", "not one line"),
        ("cameras.2.ring_slots", "9", "there is no setting"),
        ("stops", "9", "there is no setting"),
        ("stops.nothing", "9", "there is no setting"),
        ("access.approve", "setting", "not changed this way"),
        ("access.lock_after", "10", "not changed this way"),
        ("api.host", "0.0.0.0", "not changed this way"),
        ("key.file", "other.key", "not changed this way"),
        ("recipe", "other.toml", "not changed this way"),
        ("detector.package", "other", "not changed this way"),
    ],
)
def test_what_is_not_allowed_is_refused_and_the_file_stays(station: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        prepare(station, name, text)
    assert words in refused.value.message
    assert (station / "station.toml").read_text() == FILE


def test_a_file_that_is_written_otherwise_is_understood_or_refused(station: Path) -> None:
    path = station / "station.toml"
    inline = FILE.replace("[stops]            # why five: see the FMEA\nrejects_in_row = 5\nrejects = 1_0\n", "")
    path.write_text("stops = { rejects_in_row = 5 }\n" + inline)
    assert tomllib.loads(change(station, "stops.rejects_in_row", "8"))["stops"] == {"rejects_in_row": 8}
    path.write_text("stops.rejects_in_row = 5\n" + inline)
    assert tomllib.loads(change(station, "stops.rejects_in_row", "8"))["stops"] == {"rejects_in_row": 8}
    path.write_bytes(FILE.replace("\n", "\r\n").encode())
    write(station, prepare(station, "stops.rejects_in_row", "8"))
    assert path.read_bytes() == FILE.replace("rejects_in_row = 5", "rejects_in_row = 8").replace("\n", "\r\n").encode()
    path.write_text("stops = 5")
    with pytest.raises(ConfigError):
        prepare(station, "stops.rejects_in_row", "8")
    path.unlink()
    with pytest.raises(ConfigError):
        prepare(station, "stops.rejects_in_row", "8")


def test_a_disk_that_refuses_is_told_and_the_file_stays(station: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = prepare(station, "stops.rejects_in_row", "8")

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match="No space left"):
        write(station, edit)
    assert (station / "station.toml").read_text() == FILE
    assert [path.name for path in station.iterdir()] == ["station.toml"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_the_file_keeps_its_rights(station: Path) -> None:
    path = station / "station.toml"
    path.chmod(0o640)
    change(station, "stops.rejects_in_row", "8")
    assert path.stat().st_mode & 0o777 == 0o640


@given(st.sampled_from(SIMPLE), st.text(max_size=40) | st.integers().map(str) | st.floats().map(str))
def test_whatever_is_typed_is_of_the_type_or_refused(setting: Setting, text: str) -> None:
    wanted = {"flag": bool, "number": int, "decimal": float, "choice": str, "text": str}
    try:
        value = parse_value(setting, text)
    except SettingRefused:
        return
    expected = int if setting.kind == "choice" and isinstance(setting.default, int) else wanted[setting.kind]
    assert type(value) is expected
    assert json.loads(json.dumps(value)) == value


@given(st.sampled_from(SIMPLE), st.text(max_size=12) | st.integers(-10, 10**6).map(str))
def test_the_file_is_right_after_any_change_that_is_not_refused(
    tmp_path_factory: pytest.TempPathFactory, setting: Setting, text: str
) -> None:
    station = tmp_path_factory.getbasetemp() / "any"
    station.mkdir(exist_ok=True)
    (station / "station.toml").write_text(FILE)
    try:
        edit = prepare(station, setting.name, text)
    except InspectorError:
        return
    flat = flat_settings(Config.model_validate(tomllib.loads(edit.data.decode())))
    before = flat_settings(Config.model_validate(tomllib.loads(FILE)))
    assert {key for key in flat if flat[key] != before.get(key)} == {setting.name}
    lines = iter(edit.data.decode().splitlines())
    kept = [line for line in FILE.splitlines() if not line.strip().startswith(f"{setting.key} =")]
    assert all(line in lines for line in kept)
