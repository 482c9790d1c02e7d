# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs commands of the station one after the other, and remembers which are done."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.errors import ChannelError, ShiftError

ROOT = Path(__file__).resolve().parents[1]
STARTED_WITHIN_S = 60.0
MOVES_WITHIN_S = 60.0
ENDED_WITHIN_S = 60.0
Answer = dict[str, Any]


class Failed(Exception):
    """A command ended with another exit code than it should; what it said has been printed."""


class Walk:
    """Steps in one folder. A step that is done is not repeated: its answer is kept in `steps/NAME.json`.

    Args:
        work: The folder; relative paths of the commands are relative to it.
    """

    def __init__(self, work: Path) -> None:
        self.work = work
        self._steps = work / "steps"
        self._steps.mkdir(parents=True, exist_ok=True)

    def step(self, name: str, act: Callable[[], Answer]) -> Answer:
        """Do something once; returns its answer, with the seconds that it took."""
        path = self._steps / f"{name}.json"
        if path.is_file():
            print(f"== {name}: done before", flush=True)
        else:
            print(f"== {name}", flush=True)
            started = time.monotonic()
            answer = act() | {"seconds": round(time.monotonic() - started, 1)}
            temporary = path.with_suffix(".tmp")
            temporary.write_text(json.dumps(answer, indent=1) + "\n", "utf-8")
            temporary.replace(path)
        done: Answer = json.loads(path.read_bytes())
        return done

    def inspector(self, *words: object, expected: tuple[int, ...] = (0,), words_only: bool = False) -> Answer:
        """Run `inspector WORDS --json` in the folder; its answer, with the exit code as `exit`.

        Args:
            words: As typed.
            expected: Exit codes that are no failure.
            words_only: The command has no `--json`.

        Raises:
            Failed: It ended with another exit code.
        """
        typed = [str(word) for word in words]
        print(f"$ inspector {shlex.join(typed)}", flush=True)
        command = [*program(), *typed, *([] if words_only else ["--json"])]
        done = subprocess.run(command, cwd=self.work, env=environment(), capture_output=True, text=True, check=False)
        if done.returncode not in expected:
            print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr, flush=True)
            raise Failed(f"inspector {shlex.join(typed)}: exit code {done.returncode}")
        answer: Answer = {} if words_only or not done.stdout.strip() else json.loads(done.stdout)
        return answer | {"exit": done.returncode}

    @contextmanager
    def running(self, station: str) -> Iterator[StationControl]:
        """`inspector run` as a process of its own, for as long as the block lasts."""
        print(f"$ inspector run --station {station}", flush=True)
        command = [*program(), "run", "--station", station, "--until-input-ends"]
        log = (self.work / f"{station}.log").open("ab")
        with (
            log,
            subprocess.Popen(
                command, cwd=self.work, env=environment(), stdin=subprocess.PIPE, stdout=log, stderr=log
            ) as process,
        ):
            try:
                with connected(self.work / station, process) as control:
                    yield control
            finally:
                assert process.stdin is not None
                process.stdin.close()
                try:
                    process.wait(ENDED_WITHIN_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise

    def shift(self, station: str, control: StationControl, lot: str, parts: int) -> Answer:
        """A shift of so many more parts; returns the answer of its end."""
        self.inspector("shift", "open", "--lot", lot, "--operator", "O-1", "--station", station)
        wait_parts(control, parts)
        return {"parts": parts}


def program() -> list[str]:
    """The command `inspector` of these sources."""
    return [sys.executable, "-P", "-c", "import sys; from inspector.cli.main import main; sys.exit(main())"]


def environment() -> dict[str, str]:
    """The environment of the commands: these sources before any that are installed."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"}


@contextmanager
def connected(station: Path, process: subprocess.Popen[bytes]) -> Iterator[StationControl]:
    """The station, as soon as nothing but a shift is missing."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            control = StationControl(station, connect_within_s=1)
            break
        except ChannelError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
    with control:
        while reasons := [one for one in control.request("status")["reasons"] if one["code"] != "NO_SHIFT"]:
            if time.monotonic() > deadline:
                raise ShiftError(f"the station does not become ready: {reasons[0]['message']}", reasons[0]["advice"])
            time.sleep(0.1)
        yield control


def wait_parts(control: StationControl, parts: int) -> None:
    """Wait until the shift has so many outcomes."""
    done, moved = -1, time.monotonic()
    while done < parts:
        outcomes = control.request("status")["outcomes"]
        now_done = int(outcomes["accept"]) + int(outcomes["reject"])
        if now_done != done:
            done, moved = now_done, time.monotonic()
        elif time.monotonic() - moved > MOVES_WITHIN_S:
            raise ShiftError(f"only {done} of {parts} parts came through", "Look into the logs folder of the station")
        time.sleep(0.2)
