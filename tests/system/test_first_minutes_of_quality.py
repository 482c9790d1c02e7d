# SPDX-License-Identifier: AGPL-3.0-or-later
"""A QA engineer's first ten minutes: the commands of docs/qa-engineer.md, as they stand there and in that order."""

from __future__ import annotations

import json
import re
import shlex
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector.cli.control import StationControl
from inspector.cli.main import build_parser
from inspector.config.station import ReleaseSettings
from inspector.errors import ChannelError
from inspector.store.read import RecordReader
from tests.rig import until
from training.release.rules import parse_rules

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "qa-engineer.md"
PASSPHRASE = "a passphrase for the test\n"
ASKS_TWICE, ASKS_ONCE = "release keygen", ("release propose", "release approve")


def blocks() -> Iterator[tuple[str, str]]:
    """Kind and text of each block of the section: commands, or a file."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Your first ten minutes\n")[1].split("\n## ")[0]
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
        yield match.group(1), match.group(2)


def commands() -> list[str]:
    return [line for kind, text in blocks() if not kind for line in text.splitlines()]


def files() -> list[str]:
    return [text for kind, text in blocks() if kind == "toml"]


def test_the_commands_are_the_whole_way_and_can_be_typed() -> None:
    parser, done = build_parser(), []
    for line in commands():
        program, *words = shlex.split(line)
        assert program in ("inspector", "cp"), line
        if program == "inspector":
            parser.parse_args(words)
            done.append(" ".join(words[:2]) if words[0] in ("dataset", "release") else words[0])
    way = ["demo", "dataset import", "dataset split", "train", "evaluate", "release propose", "release approve", "run"]
    way += ["release activate", "release rollback", "verify"]
    assert [one for number, one in enumerate(done) if one in way and one not in done[:number]] == way


def test_the_files_are_what_station_and_gate_read() -> None:
    station, rules = files()
    assert ReleaseSettings.model_validate(tomllib.loads(station)["release"]).authority == [
        "keys/anna.key.pub",
        "keys/ben.key.pub",
    ]
    assert parse_rules(rules.encode(), "gate.toml").rules.misses.max_upper == 0.15


class Desk:
    """What the engineer has before them: a folder, a terminal, and a second one for the station."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.station = folder / "demo-station"
        self.said: dict[str, str] = {}
        self._stack = stack
        self._terminal: subprocess.Popen[bytes] | None = None
        self._program = folder / "inspector"
        words = "import sys; from inspector.cli.main import main; sys.exit(main())"
        self._program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "{words}" "$@"\n', encoding="utf-8")
        self._program.chmod(self._program.stat().st_mode | stat.S_IXUSR)
        (folder / "training").mkdir()
        (folder / "training" / "weights").symlink_to(ROOT / "training" / "weights")

    def type(self, line: str) -> None:
        """Type a line, and wait for what a person would wait for."""
        program, *words = shlex.split(line)
        if words[:1] == ["run"]:
            self._start(words)
            return
        answers = PASSPHRASE * (2 if ASKS_TWICE in line else 1 if any(one in line for one in ASKS_ONCE) else 0)
        done = subprocess.run(
            [str(self._program) if program == "inspector" else program, *words],
            cwd=self.folder,
            input=answers,
            capture_output=True,
            text=True,
            start_new_session=True,  # no terminal: the passphrase comes as it is typed
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        self.said[line] = done.stdout
        if words[:2] == ["shift", "open"]:
            with StationControl(self.station) as control:
                until(lambda: _judged(control) >= 5, "five parts")

    def _start(self, words: list[str]) -> None:
        log = self._stack.enter_context((self.folder / "run.log").open("wb"))
        self._terminal = subprocess.Popen(
            [str(self._program), *words, "--until-input-ends"],
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        self._stack.callback(self.end)
        until(self._ready, "the station is ready")

    def _ready(self) -> bool:
        try:
            with StationControl(self.station, connect_within_s=1) as control:
                return {one["code"] for one in control.request("status")["reasons"]} == {"NO_SHIFT"}
        except ChannelError:
            return False

    def end(self) -> None:
        """Ctrl-C in the second terminal."""
        if self._terminal is not None and self._terminal.stdin is not None:
            self._terminal.stdin.close()
            self._terminal.wait(60)
            self._terminal = None

    def answer(self, beginning: str) -> str:
        """What the first command that begins so said."""
        return next(said for line, said in self.said.items() if line.startswith(f"inspector {beginning}"))


def _judged(control: StationControl) -> int:
    outcomes = control.request("status")["outcomes"]
    return int(outcomes["accept"]) + int(outcomes["reject"])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_first_ten_minutes(tmp_path: Path) -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack)
        for kind, text in blocks():
            if kind == "toml" and "[release]" in text:
                settings = desk.station / "station.toml"
                old = settings.read_text(encoding="utf-8")
                assert "\nparts = 100\n" in old
                settings.write_text(old.replace("\nparts = 100\n", "\nparts = 0\n") + "\n" + text, encoding="utf-8")
            elif kind == "toml":
                (tmp_path / "gate.toml").write_text(text, encoding="utf-8")
            else:
                for line in text.splitlines():
                    desk.type(line)
        desk.end()
    print(f"all of it took {(time.monotonic() - started) / 60:.1f} minutes")
    assert "2 images unlabelled" in desk.answer("dataset import --station demo")
    assert (tmp_path / "mine" / "sheet.jpg").is_file()
    assert re.search(r"bad parts: \d+ of 60 missed: below [\d.]+ % at 95 %", desk.answer("evaluate"))
    assert "VERIFIED" in desk.answer("verify")
    release = json.loads((tmp_path / "release-1" / "release.json").read_bytes())
    judged = [part["model_digest"] for part in _records(desk.station, "part")]
    first = judged[0]
    assert judged[-1] == release["model"]["digest"] != first
    in_force = [one.get("release") for one in _records(desk.station, "change") if one["what"] == "recipe"]
    assert [one is not None for one in in_force[-2:]] == [True, False]  # the release, and the settings' files again


def _records(station: Path, kind: str) -> list[dict[str, object]]:
    with RecordReader(station) as reader:
        return [one.fields for one in reversed(reader.latest(10_000, kind=kind))]
