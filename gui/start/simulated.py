# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated station as a child of the window: made when it is not there yet, ended with the window.

Its standard input is a pipe whose other end only this process holds: it ends in order when that is closed, and the
operating system closes it also when this process is killed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from gui.start.known import is_station

TAIL = 4096
END_WITHIN_MS = 15_000
"""Longer than the supervisor gives its processes."""


class SimulatedStation(QObject):
    """`inspector init --simulated` if there is none yet, then `inspector run`.

    Args:
        folder: The station directory.
    """

    making = Signal()
    """It is being made, which takes some seconds, once."""
    starting = Signal()
    """It is there and starts."""
    failed = Signal(str)
    """It has ended or could not be made: the words of the command, with what to do."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._tail = ""
        self._process: QProcess | None = None

    def start(self) -> None:
        """Make it if need be, and run it."""
        if is_station(self.folder):
            self._run()
            return
        self.making.emit()
        self._spawn(["init", str(self.folder), "--simulated", "--name", "simulated"], self._made)

    def end(self) -> None:
        """End it in order, and wait for that."""
        process, self._process = self._process, None
        if process is None:
            return
        process.closeWriteChannel()
        if not process.waitForFinished(END_WITHIN_MS) and process.state() is not QProcess.ProcessState.NotRunning:
            process.kill()  # its processes see their standard input closed and end by themselves
            process.waitForFinished(END_WITHIN_MS)

    def _run(self) -> None:
        self.starting.emit()
        self._spawn(["run", "--station", str(self.folder), "--until-input-ends"], self._ended)

    def _spawn(self, words: list[str], done: object) -> None:
        self._tail = ""
        process = QProcess(self)
        process.setStandardOutputFile(QProcess.nullDevice())
        process.readyReadStandardError.connect(self._listen)
        process.finished.connect(done)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(sys.executable, ["-m", "inspector.cli", *words])

    def _listen(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self._tail = (self._tail + text)[-TAIL:]

    def _made(self, code: int, _status: QProcess.ExitStatus) -> None:
        if self._process is None:
            return
        if code == 0:
            self._run()
        else:
            self._ended(code, _status)

    def _ended(self, _code: int, _status: QProcess.ExitStatus) -> None:
        if self._process is not None:
            self._listen()
            self._process = None
            self.failed.emit(plain(self._tail))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            words, self._process = self._process.errorString(), None
            self.failed.emit(words)


def plain(text: str) -> str:
    """What a command said last, as one sentence with what to do: `inspector: WORDS` and `what to do: WORDS`."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    told = [number for number, line in enumerate(lines) if line.startswith("inspector: ")]
    last = lines[told[-1] :] if told else lines[-1:]
    return ". ".join(re.sub(r"^(inspector|what to do): ", "", line) for line in last)
