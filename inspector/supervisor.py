# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the station's processes, restarts those that die, and ends them in order."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from inspector.child import EXIT_WRONG_SETTINGS
from inspector.config import Config, load_config
from inspector.errors import AlreadyRunning, ConfigError
from inspector.ipc import RunDirectory
from inspector.ipc.rundir import write_private
from inspector.priority import BEHIND, put_behind

log = logging.getLogger(__name__)

RESTART_S = 0.1
RESTART_AT_MOST_S = 5.0
HEALTHY_AFTER_S = 10.0
END_WITHIN_S = 8.0
LOG_BYTES = 5_000_000
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""glibc keeps freed pictures in an arena for each thread, 160 MB of them with a 5 MP camera; ignored elsewhere."""
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


@dataclass(frozen=True)
class Role:
    """One process of a station: its name and the command line of its module; `behind` when no part waits for it."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    behind: bool = False


def roles_of(config: Config) -> list[Role]:
    """The processes that these settings need; the plant first, the station before those that talk to it."""
    roles = [Role("plant", "inspector.line.plant")] if config.line.backend == "plant" else []
    roles += [Role("station", "inspector.station.process"), Role("line", "inspector.line.process")]
    roles += [
        Role(f"camera-{camera.name}", "inspector.camera.process", ("--camera", camera.name))
        for camera in config.cameras
    ]
    roles.append(Role("api", "inspector.api.process", behind=True))
    if config.ledger.origins:
        roles.append(Role("anchor", "ledger_anchor.process", behind=True))
    if config.mqtt.enabled:
        roles.append(Role("mqtt", "inspector.publish.process", behind=True))
    if config.opcua.enabled:
        roles.append(Role("opcua", "inspector.opcua.process", behind=True))
    return roles


class _Supervised:
    """One child: the process, when it began, and how long to wait before the next try."""

    def __init__(self, role: Role, station: Path) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts = -1
        self.refused = False
        self._told = ""
        self._station = station
        self._log = station / "logs" / f"{role.name}.log"
        self._started = 0.0
        self._wait_s = RESTART_S
        self._not_before = 0.0

    def tend(self) -> bool:
        """Start the process if it does not run and its waiting time is over; True when it was started."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return False
            self._bury(code, now)
        if now < self._not_before:
            return False
        try:
            self._start(now)
        except OSError as error:  # no memory, no process, no space for a log: the others go on
            self._not_before = now + RESTART_AT_MOST_S
            log.error("%s cannot be started: %s", self.role.name, error)
            return False
        return True

    def _bury(self, code: int, now: float) -> None:
        process, self.process = self.process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
        healthy = now - self._started > HEALTHY_AFTER_S
        self._wait_s = RESTART_S if healthy else min(self._wait_s * 2, RESTART_AT_MOST_S)
        self.refused = code == EXIT_WRONG_SETTINGS
        if self.refused:
            self._wait_s = RESTART_AT_MOST_S
        self._not_before = now + self._wait_s
        self._tell(code)

    def _tell(self, code: int) -> None:
        """Say why it ended; a refusal that repeats itself is said once."""
        words = self.last_words()
        if not self.refused:
            log.warning("%s ended with code %d: %s", self.role.name, code, words)
        elif words != self._told:
            log.error("%s does not run: %s (it is tried again every few seconds)", self.role.name, plain(words))
        self._told = words if self.refused else ""

    def _start(self, now: float) -> None:
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as stream:
            self.process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
                [sys.executable, "-m", self.role.module, "--station", str(self._station), *self.role.arguments],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=stream,
                env={**FEW_ARENAS, **os.environ},
                creationflags=NEW_GROUP | (BEHIND if self.role.behind else 0),  # Windows
                start_new_session=True,  # elsewhere; both keep Ctrl-C away: the supervisor ends them in order
            )
        if self.role.behind:
            put_behind(self.process)
        self._started = now
        self.restarts += 1
        self.refused = False

    def last_words(self) -> str:
        """The last line of its log: the message for people when it ended by an error of ours."""
        try:
            with self._log.open("rb") as stream:
                stream.seek(max(0, self._log.stat().st_size - 4096))
                lines = stream.read().decode("utf-8", "replace").strip().splitlines()
        except FileNotFoundError:
            return ""
        return lines[-1] if lines else ""

    def ask_to_end(self) -> None:
        """Close its standard input, which every process of ours takes as the order to end."""
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError):  # a process that is gone already has ended
                self.process.stdin.close()

    def wait_or_kill(self, until: float) -> None:
        """Wait for its end; kill it when its time is over."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("%s did not end in time and is killed", self.role.name)
            self.process.kill()
            self.process.wait()


def plain(words: str) -> str:
    """The last words of one of our processes without the code of the error in front of them."""
    return re.sub(r"^[A-Z_]+: ", "", words)


class Supervisor:
    """The processes of one station directory, held together by one lock.

    Args:
        station: The station directory.

    Raises:
        AlreadyRunning: Another supervisor holds the directory.
        ConfigError: The settings or the pictures of the simulated plant cannot be read.
    """

    def __init__(self, station: Path) -> None:
        self.station = station.resolve()
        self.config = load_config(self.station)
        # Taken here and given back by `run`, which may be another thread.
        self._lock = FileLock(self._prepared_run_folder() / "supervisor.lock", thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning(
                f"another `inspector run` works on {self.station}", "Stop that one first, or use another directory"
            ) from None
        self._children: list[_Supervised] = []
        try:
            self._prepare_scenes()
        except ConfigError:
            self._lock.release()
            raise
        # Here, so that who talks to this run from another thread finds its secret.
        RunDirectory(self.station).create_secret()

    def run(self, stop: threading.Event) -> None:
        """Start everything, keep it running until `stop` is set, then end everything."""
        self._children = [_Supervised(role, self.station) for role in roles_of(self.config)]
        try:
            while not stop.is_set():
                started = [child.tend() for child in self._children]
                if any(started):
                    self._publish()
                stop.wait(0.02)
        finally:
            self._end_all()
            self._lock.release()

    def _prepare_scenes(self) -> None:
        """Convert the pictures of the simulated plant, if that was not done since the settings changed.

        A process of its own does it, so that the supervisor stays small.

        Raises:
            ConfigError: The pictures cannot be used; the message says which.
        """
        if self.config.plant is None:
            return
        folder = self.station / "run" / "simulator"
        indexes = [folder / camera.name / "scenes.json" for camera in self.config.cameras]
        sources = (self.station / "station.toml", self.station / self.config.plant.images)
        newest = max((source.stat().st_mtime for source in sources if source.exists()), default=0.0)
        if all(index.exists() and index.stat().st_mtime > newest for index in indexes):
            return
        command = [sys.executable, "-m", "inspector.line.plant.prepare", "--station", str(self.station)]
        with (
            tempfile.TemporaryFile() as errors,
            # Its standard input stays open while it works: the end of it would tell it to end.
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=errors, stderr=errors) as preparation,  # noqa: S603
        ):
            code = preparation.wait()
            errors.seek(0)
            words = errors.read().decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        if code != 0:
            what, _, advice = plain(words[-1]).rpartition(". ")
            message = f"the simulated plant cannot be prepared: {what or advice}"
            raise ConfigError(message, advice if what else "Check [plant] in station.toml")

    def refusals(self) -> dict[str, str]:
        """What each process that refuses its settings or devices said last; it is tried again every few seconds."""
        return {child.role.name: plain(child.last_words()) for child in self._children if child.refused}

    def _prepared_run_folder(self) -> Path:
        try:
            (self.station / "logs").mkdir(exist_ok=True)
            folder = self.station / "run"
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.station} is not writable: {error.strerror}", "Check owner and disk") from error
        return folder

    def _publish(self) -> None:
        """`run/processes.json`: name, process number and restarts, for people and tools that watch the station."""
        table = {
            child.role.name: {"pid": child.process.pid, "restarts": child.restarts}
            for child in self._children
            if child.process is not None
        }
        try:
            write_private(self.station / "run" / "processes.json", json.dumps(table).encode())
        except OSError as error:
            log.error("run/processes.json cannot be written: %s", error)  # a full disk must not end the station

    def _end_all(self) -> None:
        for child in self._children:
            child.ask_to_end()
        until = time.monotonic() + END_WITHIN_S
        for child in self._children:
            child.wait_or_kill(until)
        (self.station / "run" / "processes.json").unlink(missing_ok=True)
        RunDirectory(self.station).remove_secret()
