# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line: what it says, to people and to scripts, and its exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import camera_configs
import data_samples
from inspector.cli import main as run_main
from inspector.cli.main import EXIT_CODES, build_parser, exit_code
from inspector.cli.watch import LASTING_S, LOCKED, Announcer
from inspector.config import load_config
from inspector.errors import ChannelError, ConfigError, InspectorError, ModelRefused, PassphraseWrong, ShiftError
from inspector.evidence.keys import load_key
from inspector.recipe import Recipe
from inspector.recipe.challenge_set import ChallengeSet
from inspector.station_directory import NewStation, create_station
from inspector.store.writer import RecordWriter
from tests.store_station import run_shift

PASSPHRASE = "a passphrase"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station directory with one sealed shift of three parts."""
    directory = tmp_path_factory.mktemp("cli") / "station"
    new = NewStation(
        name="cli",
        model=data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=data_samples.images_dir(),
        passphrase_file="keys/passphrase",
    )
    create_station(directory, new, PASSPHRASE)
    (directory / "keys" / "passphrase").write_text(PASSPHRASE)
    key = load_key(directory / "keys" / "station.key", PASSPHRASE)
    writer = RecordWriter(directory, "cli", key.public_key, boot="00000000000000b1", reserve_mb=0)
    writer.unlock(key).result(10)
    run_shift(writer, 3)
    writer.close()
    return directory


Said = tuple[int, str]


class Terminal:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Said:
        code = run_main([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def document(self, *arguments: object) -> tuple[int, dict[str, Any]]:
        """With `--json`: standard output is one document and nothing else."""
        code = run_main([*map(str, arguments), "--json"])
        return code, json.loads(self._capsys.readouterr().out)


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    yield Terminal(capsys)


# show


def test_show_lists_the_last_records(station: Path, terminal: Terminal) -> None:
    code, said = terminal("show", "--station", station, "--type", "part")
    assert code == 0
    assert said.count("FAIL") == 3
    code, document = terminal.document("show", "--station", station, "--last", 2)
    assert code == 0
    assert [entry["record"]["seq"] for entry in document["records"]] == [4, 5]


def test_show_one_record_whole(station: Path, terminal: Terminal) -> None:
    code, document = terminal.document("show", "--station", station, "--record", 1)
    assert code == 0
    assert document["record"]["type"] == "shift-open"
    assert len(document["hash"]) == 64
    assert document["hash"] in terminal("show", "--station", station, "--record", 1)[1]
    code, said = terminal("show", "--station", station, "--record", 99)
    assert code == 3
    assert "there is no record 99" in said


def test_show_shifts(station: Path, terminal: Terminal) -> None:
    code, document = terminal.document("show", "--station", station, "--shifts")
    assert code == 0
    (shift,) = [entry for entry in document["shifts"] if entry["seal"]]
    assert (shift["shift"], shift["first"], shift["count"]) == (1, 1, 5)
    assert shift["signed"]
    assert not shift["anchored"]


def test_show_says_by_its_exit_code_that_nothing_fits(station: Path, terminal: Terminal) -> None:
    assert terminal("show", "--station", station, "--serial", "nobody")[0] == 1
    assert terminal.document("show", "--station", station, "--serial", "nobody") == (1, {"records": []})


# verify


def test_verify_for_scripts(station: Path, terminal: Terminal) -> None:
    _, document = terminal.document("verify", "--station", station)
    assert set(document) >= {"verdict", "exit_code", "findings", "checked", "not_checked", "first", "station", "key"}
    assert document["checked"]["records"] == 5


@pytest.mark.skipif(sys.platform == "win32", reason="asks the system in its own way")
@pytest.mark.parametrize("command", [["verify"], ["show", "--last", "1"]])
def test_who_looks_at_the_records_lets_the_line_go_first(station: Path, command: list[str]) -> None:
    program = "import os, sys; from inspector.cli import main; main(); print(os.getpriority(os.PRIO_PROCESS, 0))"
    arguments = [sys.executable, "-c", program, *command, "--station", str(station)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) > os.getpriority(os.PRIO_PROCESS, 0)


def test_verify_with_a_key_that_the_auditor_brings(station: Path, terminal: Terminal) -> None:
    public = station / "keys" / "station.pub"
    given = terminal.document("verify", "--station", station, "--key", public)[1]
    assert "the station key was taken from the directory itself, not from you" not in given["not_checked"]
    typed = terminal.document("verify", "--station", station, "--key", public.read_text().strip())[1]
    assert typed["findings"] == given["findings"]
    code, other = terminal.document("verify", "--station", station, "--key", "ab" * 32)
    assert code == 2
    assert "KEY-01" in {finding["rule"] for finding in other["findings"]}
    code, said = terminal("verify", "--station", station, "--key", "not a key")
    assert code == 3
    assert "is not a public key" in said


# doctor


def test_doctor_finds_what_is_wrong_before_the_station_does(station: Path, terminal: Terminal, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(station, tmp_path / "station"))
    (broken / "keys" / "passphrase").write_text("another one")
    (broken / "models" / "model" / "model.json").unlink()
    code, document = terminal.document("doctor", "--station", broken)
    assert code == 1
    assert not document["fine"]
    wrong = {check["what"]: check for check in document["checks"] if not check["fine"]}
    assert {"model and recipe", "signing key"} <= set(wrong)
    assert all(check["advice"] for check in wrong.values())


# simulate --unplug


def test_there_is_no_cable_to_pull_at_a_station_that_does_not_run(
    terminal: Terminal, station: Path, tmp_path: Path
) -> None:
    code, said = terminal("simulate", "--unplug", station)
    assert code == 1
    assert "camera cam1 does not run" in said
    real = tmp_path / "real"
    shutil.copytree(station, real)
    settings = real / "station.toml"
    settings.write_text(settings.read_text().replace('producer = "simulator"', 'producer = "vendor.cti"'))
    code, said = terminal("simulate", "--unplug", real)
    assert code == 3
    assert "is a real one" in said


# init


def test_init_to_try_it_out(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "station"
    code, document = terminal.document("init", folder, "--simulated", "--name", "simulated")
    assert (code, document["name"]) == (0, "simulated")
    passphrase = folder / "keys" / "passphrase"
    assert load_key(folder / "keys" / "station.key", passphrase.read_text())
    config = load_config(folder)
    assert config.key.passphrase_file == "keys/passphrase"
    registered = ChallengeSet.load(folder / config.challenge.file, Recipe.load(folder / config.recipe))
    truth = {label.serial: [defect.class_name for defect in label.defects] for label in data_samples.labels()}
    assert {serial: truth[serial] for serial in registered.by_serial} == {
        serial: [] if defect is None else [defect] for serial, defect in registered.by_serial.items()
    }
    assert passphrase.stat().st_mode & 0o77 == 0 or os.name == "nt"
    code, said = terminal("init", folder, "--simulated")
    assert code == 3
    assert "never overwritten" in said
    assert [path.name for path in folder.parent.iterdir()] == ["station"]
    code, said = terminal("init", tmp_path / "real", "--simulated", "--producer", "vendor.cti")
    assert code == 3
    assert "--passphrase-file" in said


def test_init_for_scripts(terminal: Terminal, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short\n")
    code, said = terminal("init", tmp_path / "new", "--passphrase-file", secret)
    assert code == 3
    assert "fewer than 8 characters" in said
    assert not (tmp_path / "new").exists()
    secret.write_text("long enough\n")
    code, document = terminal.document("init", tmp_path / "new", "--name", "s7", "--passphrase-file", secret)
    assert (code, document["name"]) == (0, "s7")
    assert load_key(tmp_path / "new" / "keys" / "station.key", "long enough")


# Exit codes and help


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 3),
        (ModelRefused("x"), 3),
        (ShiftError("x"), 1),
        (ChannelError("x"), 1),
        (PassphraseWrong("x"), 1),
    ],
)
def test_exit_codes(error: InspectorError, code: int) -> None:
    assert exit_code(error) == code


def test_every_command_has_help_and_the_exit_codes_are_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    whole = build_parser().format_help()
    assert EXIT_CODES in whole
    for command in ("init", "run", "shift", "verify", "show", "doctor", "demo", "gui", "ledger", "train"):
        assert f"\n    {command} " in whole
        with pytest.raises(SystemExit) as caught:
            run_main([command, "--help"])
        assert caught.value.code == 0
        assert f"usage: inspector {command}" in capsys.readouterr().out


# What `inspector run` says


def status(*codes: str, ready: bool = False, key: str = "unlocked") -> dict[str, Any]:
    reasons = [{"code": code, "message": f"{code} is wrong", "advice": "mend it"} for code in codes]
    return {"reasons": reasons, "ready": ready, "key": key, "shift": {"number": 4}}


def test_a_reason_is_told_once_when_it_lasts() -> None:
    told: list[str] = []
    announcer = Announcer(told.append)
    announcer.see(status("A", "B"), 0.0)
    announcer.see(status("A"), LASTING_S - 0.1)
    assert told == []
    announcer.see(status("A"), LASTING_S)
    announcer.see(status("A"), LASTING_S + 60)
    assert told == ["not ready: A is wrong - mend it"]


def test_a_reason_that_comes_back_is_told_again() -> None:
    told: list[str] = []
    announcer = Announcer(told.append)
    for now_s, codes in ((0.0, ["A"]), (10.0, ["A"]), (20.0, []), (30.0, ["A"]), (40.0, ["A"])):
        announcer.see(status(*codes), now_s)
    assert told == ["not ready: A is wrong - mend it"] * 2


def test_ready_and_a_locked_key_are_told() -> None:
    told: list[str] = []
    announcer = Announcer(told.append)
    for now_s in (0.0, 10.0, 20.0):
        announcer.see(status(ready=True, key="locked"), now_s)
    assert told == ["READY: shift 4 is open", LOCKED]
