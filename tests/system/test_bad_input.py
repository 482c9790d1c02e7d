# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bad input gives one clear error that says what to do, the right exit code, no traceback, and loses nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import camera_configs
import data_samples
from inspector.cli.main import main
from inspector.evidence.verify.station import verify_station
from inspector.station_directory import NewStation, create_station
from tests.rig import StationRig, assert_gone, until

PASSPHRASE = "the right passphrase"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station directory that nothing is wrong with."""
    directory = tmp_path_factory.mktemp("template") / "station"
    new = NewStation(
        name="bad-input",
        model=data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=data_samples.images_dir(),
        passphrase_file="keys/passphrase",
    )
    create_station(directory, new, PASSPHRASE)
    (directory / "keys" / "passphrase").write_text(PASSPHRASE)
    return directory


@pytest.fixture
def station(template: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(template, tmp_path / "station"))


def put(station: Path, old: str, new: str) -> None:
    """Change the settings."""
    path = station / "station.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


class Terminal:
    """`inspector run` in a terminal, whose output is read while it runs."""

    def __init__(self, station: Path) -> None:
        self._station = station
        self._path = station.parent / "terminal.txt"
        with self._path.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "inspector.cli", "run", "--station", str(station)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            assert_gone(family)

    def text(self) -> str:
        return self._path.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until the terminal says this, and check that it says it like a grown-up."""
        until(lambda: words in self.text() or self.process.poll() is not None, words)
        assert words in self.text(), self.text()
        self.check_manners()

    def check_manners(self) -> None:
        """No traceback anywhere, and nothing twice."""
        logs = [path.read_text() for path in (self._station / "logs").glob("*.log")]
        assert not any("Traceback" in text for text in (self.text(), *logs)), (self.text(), logs)
        told = [re.sub(r"^[-0-9]+ [0-9:,]+ ", "", line) for line in self.text().splitlines()]
        assert len(told) == len(set(told)), self.text()


def say(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    """Run a command in this process: its exit code, and all that it said."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as wrong_usage:
        code = int(str(wrong_usage.code))
    said = capsys.readouterr()
    return code, said.out + said.err


# What stops `inspector run` before anything starts

REFUSED_AT_ONCE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "broken TOML": (lambda s: append(s / "station.toml", "\n[broken"), "not valid TOML", "Mend the line"),
    "unknown key": (lambda s: append(s / "station.toml", "\nfrob = 1"), "plant.frob: there is no such setting", "docs"),
    "missing key": (lambda s: put(s, "package =", "#"), "detector.package: it is missing", "docs/settings.md"),
    "wrong type": (lambda s: put(s, "rate_ppm = 120", 'rate_ppm = "many"'), "plant.rate_ppm", "docs/settings.md"),
    "no image folder": (
        lambda s: put(s, "images = ", 'images = "nowhere" #'),
        "nowhere does not exist",
        "Name a folder",
    ),
    "unreadable image": (
        lambda s: (
            (s / "pictures").mkdir(),
            (s / "pictures" / "a.png").write_bytes(b"\x89PNG but not really"),
            put(s, "images = ", 'images = "pictures" #'),
        ),
        "a.png is not a readable picture",
        "Replace or remove the file",
    ),
    "broken features": (
        lambda s: append(s / "cameras" / "simulated.toml", "\n[broken"),
        "simulated.toml is not valid TOML",
        "Mend the line",
    ),
    "empty image folder": (
        lambda s: ((s / "pictures").mkdir(), put(s, "images = ", 'images = "pictures" #')),
        "pictures",
        "what to do: ",
    ),
}


@pytest.mark.parametrize("name", REFUSED_AT_ONCE)
def test_run_refuses_at_once(name: str, station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, what, advice = REFUSED_AT_ONCE[name]
    spoil(station)
    code, said = say(capsys, "run", "--station", station)
    assert code == 3
    assert what in said
    assert advice in said
    assert said.count("inspector: ") == 1
    assert "Traceback" not in said


# What a process refuses, and what the station only reports: told once on the terminal while the rest runs

TOLD_WHILE_RUNNING: dict[str, tuple[Callable[[Path], object], str]] = {
    "unknown feature": (
        lambda s: append(s / "cameras" / "simulated.toml", "\n[[features]]\nFrobnicate = 3\n"),
        "camera-cam1 does not run: the camera has no feature Frobnicate. See the camera's manual",
    ),
    "flipped weights": (
        lambda s: flip_a_bit(s / "models" / "model" / "model.onnx"),
        "model.onnx: the bytes do not match the SHA-256 in model.json. Restore the package",
    ),
    "no model.json": (lambda s: (s / "models" / "model" / "model.json").unlink(), "model.json is missing. Restore"),
    "strange class": (
        lambda s: append(s / "recipes" / "disc.toml", "\n[classes.unicorn]\nmin_score = 0.5\n"),
        "unicorn",
    ),
    "no recipe": (lambda s: (s / "recipes" / "disc.toml").unlink(), "disc.toml cannot be read"),
    "no public key": (lambda s: (s / "keys" / "station.pub").unlink(), "station.pub cannot be read"),
    "no producer": (
        lambda s: put(s, 'producer = "simulator"', 'producer = "/nowhere/vendor.cti"'),
        "camera cam1: there is no GenTL producer /nowhere/vendor.cti - Set `producer`",
    ),
    "no such camera": (
        lambda s: put(s, 'serial = ""', 'serial = "XYZ"'),
        "lists no camera with serial XYZ (found: SimCam SIM-0000",
    ),
}


@pytest.mark.parametrize("name", TOLD_WHILE_RUNNING)
def test_run_tells_once_what_does_not_work(name: str, station: Path) -> None:
    spoil, what = TOLD_WHILE_RUNNING[name]
    spoil(station)
    with Terminal(station) as terminal:
        terminal.wait_for(what)


@pytest.mark.long
def test_a_refusal_that_repeats_itself_is_told_once_and_mending_it_is_enough(station: Path) -> None:
    recipe = station / "recipes" / "disc.toml"
    good = recipe.read_bytes()
    recipe.unlink()
    with Terminal(station) as terminal:
        terminal.wait_for("disc.toml cannot be read")
        log = station / "logs" / "station.log"
        until(lambda: log.read_text().count("disc.toml cannot be read") >= 2, "tried again")
        terminal.check_manners()
        recipe.write_bytes(good)
        terminal.wait_for("not ready: no shift is open - open a shift")


def test_a_second_supervisor_is_refused(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal(station) as terminal:
        terminal.wait_for("Station bad-input starts")
        until(lambda: (station / "run" / "processes.json").exists(), "started")
        code, said = say(capsys, "run", "--station", station)
        assert code == 3
        assert "another `inspector run` works on" in said
        assert "Stop that one first" in said
        assert terminal.process.poll() is None


# Commands that meet the wrong thing


def test_verify_of_what_is_not_a_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = say(capsys, "verify", "--station", tmp_path)
    assert code == 1
    assert "it is not a station directory, or nothing was ever recorded" in said
    assert said.count("rule STORE-01") == 1
    code, said = say(capsys, "verify", "--station", tmp_path / "nowhere", "--json")
    assert code == 1
    assert json.loads(said)["findings"][0]["message"] == "there is no such directory"
    assert list(tmp_path.iterdir()) == [], "verify changed what it looked at"


@pytest.mark.parametrize(
    ("arguments", "what", "exit_code"),
    [
        (("run", "--station"), "is not a station directory", 3),
        (("show", "--station"), "records.sqlite does not exist", 3),
        (("shift", "status", "--station"), "no station runs in", 1),
        (("gui", "--station"), "is not a station directory", 3),
        (("ledger", "show", "--station"), "is not a station directory", 3),
    ],
)
def test_commands_on_what_is_not_a_station(
    arguments: tuple[str, ...], what: str, exit_code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = say(capsys, *arguments, tmp_path)
    assert code == exit_code
    assert what in said
    assert "what to do: " in said
    assert list(tmp_path.iterdir()) == []


def test_demo_and_init_never_touch_a_directory_with_something_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("the only copy")
    (tmp_path.parent / "passphrase").write_text(PASSPHRASE)
    for arguments in (
        ("demo", "--headless", "--station", tmp_path),
        ("init", tmp_path, "--passphrase-file", tmp_path.parent / "passphrase"),
    ):
        code, said = say(capsys, *arguments)
        assert code == 3
        assert "is not empty" in said
        assert "Choose a new directory" in said
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--images", "nowhere", "nowhere does not exist"),
        ("--model", "nowhere", "nowhere is not a directory"),
        ("--recipe", "nowhere", "nowhere does not exist"),
    ],
)
def test_demo_with_a_missing_source_makes_nothing(
    option: str, value: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = say(capsys, "demo", "--headless", "--station", tmp_path / "demo", option, tmp_path / value)
    assert code == 3
    assert what in said
    assert not (tmp_path / "demo").exists()


def test_demo_with_a_model_that_is_damaged_says_so_and_ends(tmp_path: Path) -> None:
    package = Path(shutil.copytree(data_samples.model_dir(), tmp_path / "model"))
    flip_a_bit(package / "model.onnx")
    options = ["--headless", "--station", str(tmp_path / "demo"), "--model", str(package)]
    demo = subprocess.run(
        [sys.executable, "-m", "inspector.cli", "demo", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 3
    assert "the bytes do not match the SHA-256 in model.json" in demo.stderr
    assert "Traceback" not in demo.stderr


def test_unknown_commands_and_options_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["frobnicate"], ["verify"], ["demo", "--parts", "0"], ["demo", "--parts", "many"], []):
        code, said = say(capsys, *arguments)
        assert code == 2
        assert "usage: inspector" in said


def test_errors_are_one_json_document_for_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = say(capsys, "show", "--station", tmp_path, "--json")
    assert code == 3
    error = json.loads(said)["error"]
    assert set(error) == {"code", "message", "advice"}
    assert all(error.values())


# The wrong passphrase


@pytest.mark.long
@pytest.mark.timeout(240)
def test_wrong_passphrase_inspection_goes_on_and_the_seal_waits_for_the_right_one(tmp_path: Path) -> None:
    with StationRig(tmp_path / "station", parts=8) as rig:
        credential = rig.directory / "keys" / "passphrase"
        right = credential.read_text()
        rig.stop()
        credential.write_text("not the passphrase")
        rig.start()
        rig.open_shift()
        rig.wait_parts(4)
        assert rig.status()["key"] == "locked"
        assert rig.status()["counts"]["PASS"] + rig.status()["counts"]["FAIL"] > 0
        closed = rig.close_shift()
        assert closed["sealed"] == "not sealed yet: the signing key is locked"
        assert "the signing key stays locked" in (rig.directory / "logs" / "station.log").read_text()
        assert "the signing key is locked" in (rig.directory / "logs" / "supervisor.log").read_text()

        with rig.control() as control:
            with pytest.raises(Exception, match="passphrase"):
                control.request("unlock", passphrase="still not it")
            assert control.request("unlock", passphrase=right)["signed_seals"] == 1
        assert rig.status()["key"] == "unlocked"
        rig.wait_anchored()

        credential.write_text(right)
        rig.stop()
        rig.start()
        until(lambda: rig.status()["key"] == "unlocked", "unlocked by the credential after a restart")
        rig.stop_belt()
        rig.stop()
        report = rig.verify()
        assert report.exit_code == 0, report.findings
        assert report.checked["seals"] == 1


# The full disk


def fill(disk: Path) -> Path:
    """Write until there is no byte left."""
    hog = disk / "hog"
    with hog.open("wb", buffering=0) as stream:
        for chunk in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    stream.write(b"\0" * chunk)
            except OSError:
                continue
    return hog


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 200 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def can_mount() -> bool:
    """Whether this user may mount; otherwise the full disk is tested below the station only (tests/fault)."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return False
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "probe", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


if can_mount():

    @pytest.mark.timeout(300)
    def test_full_disk_rejects_parts_and_recovers_when_there_is_space_again(small_disk: Path) -> None:
        directory = small_disk / "station"
        with StationRig(directory, feed="always", rate_ppm=200) as rig:
            append(directory / "station.toml", "\n[records]\nreserve_mb = 8\nstop_below_mb = 30\nstop_below_min = 0\n")
            rig.stop()
            rig.start()
            rig.open_shift()
            rig.wait_ready()
            rig.wait_parts(4)
            hog = fill(small_disk)

            def codes() -> set[str]:
                return {reason["code"] for reason in rig.status()["reasons"]}

            until(lambda: bool(codes() & {"DISK_LOW", "STORE_FAILED"}), "Ready off because of the disk")
            before = rig.all_records()
            seen = max(part.plc_count for part in rig.truth())
            rig.wait_parts(seen + 8)
            late = [part for part in rig.truth() if part.plc_count > seen + 1 and part.lane]
            assert {part.lane for part in late} == {"reject"}, "let through on a full disk"
            until(lambda: "not ready: " in (directory / "logs" / "supervisor.log").read_text(), "told on the terminal")

            hog.unlink()
            rig.wait_ready()
            rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 4)
            assert rig.all_records()[: len(before)] == before, "a committed record changed or went"
            rig.stop_belt()
            rig.wait_line_quiet()
            rig.close_shift()
            rig.wait_anchored()
            rig.stop()
            verdicts = rig.check_promises()
            assert verdicts["PASS"] > 0


def test_verify_station_never_raises_for_a_file_in_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert verify_station(tmp_path / "file").exit_code == 1
