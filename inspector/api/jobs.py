# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work that takes longer than an answer: commands of this program in processes of their own, behind the line.

One job of each kind at a time. They live in memory and end with the api, also when that is killed: each command ends
with its standard input.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from pydantic import ValidationError

from inspector.api.job_schema import Job, JobProgress, JobState
from inspector.api.schema import Problem
from inspector.errors import InspectorError, NotFound, Refused
from inspector.priority import BEHIND, put_behind

log = logging.getLogger(__name__)

Kind = Literal["replay", "verify", "export"]
PROGRAM = (sys.executable, "-m", "inspector.cli")
KEPT = 32
"""Jobs that can be asked about; the oldest that have ended are forgotten."""
LOOK_S = 0.5
ANSWER_BYTES = 16 << 20
LINE_BYTES = 4_096
ANSWERED = (0, 1, 2)
"""Exit codes with which a command has an answer: with `verify` 1 and 2 are answers too."""


@dataclass(frozen=True)
class Work:
    """What a job does.

    Attributes:
        kind: Of it only one at a time.
        about: What it is about, for people.
        commands: Arguments of the program, one command after the other; the last one has the answer.
        limit_s: It is broken off after this time.
        scratch: Folder that is removed at the end, or None.
        finish: Makes the result of the last command's document.
    """

    kind: Kind
    about: str
    commands: Sequence[Sequence[str]]
    limit_s: float
    scratch: Path | None = None
    finish: Callable[[dict[str, object]], dict[str, object]] = lambda document: document


@dataclass
class _Run:
    job: Job
    work: Work
    stopped: bool = False
    wake: threading.Event = field(default_factory=threading.Event)
    why: Problem | None = None
    thread: threading.Thread | None = None

    def end(self) -> None:
        """Have it stopped."""
        self.stopped = True
        self.wake.set()


class Jobs:
    """All jobs of this process. May be used from any thread.

    Args:
        enough_space: Whether the disk has room to go on; exports end when it has not.
        program: What is run.
    """

    def __init__(self, enough_space: Callable[[], bool] = lambda: True, program: Sequence[str] = PROGRAM) -> None:
        self._enough_space = enough_space
        self._program = tuple(program)
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._closed = False

    def start(self, work: Work) -> Job:
        """Begin; the work's scratch folder is this object's to remove from now on.

        Raises:
            Refused: One of this kind is under way.
        """
        try:
            with self._lock:
                if self._closed or any(self._goes(run, work.kind) for run in self._runs.values()):
                    advice = "Wait for it, or stop it: DELETE /v1/jobs/{number}"
                    raise Refused("JOB_UNDER_WAY", f"a job of this kind is under way: {work.kind}", advice)
                number = secrets.token_hex(8)
                job = Job(id=number, kind=work.kind, about=work.about, state=JobState.RUNNING, started_us=_now_us())
                run = _Run(job, work)
                self._runs[number] = run
                self._forget()
                run.thread = threading.Thread(target=self._carry_out, args=(run,), name=f"job-{work.kind}")
                run.thread.start()
        except Refused:
            _remove(work.scratch)
            raise
        return job

    def get(self, number: str) -> Job:
        """A job as it is now.

        Raises:
            NotFound: There is none.
        """
        return self._run(number).job

    def known(self) -> tuple[Job, ...]:
        """All that are known, newest first."""
        with self._lock:
            return tuple(run.job for run in reversed(self._runs.values()))

    def stop(self, number: str) -> Job:
        """End a job; it is over within a second or so. Raises NotFound as `get`."""
        run = self._run(number)
        run.end()
        return run.job

    def close(self) -> None:
        """End all jobs, and wait until they are over."""
        with self._lock:
            self._closed = True
            runs = list(self._runs.values())
        for run in runs:
            run.end()
        for run in runs:
            if run.thread is not None:
                run.thread.join()

    def _run(self, number: str) -> _Run:
        with self._lock:
            found = self._runs.get(number)
        if found is None:
            raise NotFound(f"there is no job {number!r}", "Jobs end with the api process: begin it again")
        return found

    @staticmethod
    def _goes(run: _Run, kind: Kind) -> bool:
        return run.work.kind == kind and run.job.state is JobState.RUNNING

    def _forget(self) -> None:
        ended = [number for number, run in self._runs.items() if run.job.state is not JobState.RUNNING]
        for number in ended[: max(0, len(self._runs) - KEPT)]:
            del self._runs[number]

    # In the thread of the job

    def _carry_out(self, run: _Run) -> None:
        try:
            document: dict[str, object] = {}
            for command in run.work.commands:
                document = self._command(run, command)
            result, state, error = run.work.finish(document), JobState.DONE, None
        except _Ended as ended:
            result, state, error = None, ended.state, ended.problem
        except InspectorError as failed:
            problem = Problem(code=failed.code, message=failed.message, advice=failed.advice)
            result, state, error = None, JobState.FAILED, problem
        except OSError as failed:
            log.error("a job could not be run", exc_info=failed)
            problem = Problem(
                code="INTERNAL", message=f"it could not be run: {failed.strerror}", advice="See logs/api.log"
            )
            result, state, error = None, JobState.FAILED, problem
        finally:
            _remove(run.work.scratch)
        change = {"state": state, "result": result, "error": error, "ended_us": _now_us()}
        run.job = run.job.model_copy(update=change)

    def _command(self, run: _Run, command: Sequence[str]) -> dict[str, object]:
        with tempfile.TemporaryFile() as answer:
            process = subprocess.Popen(  # noqa: S603 - our own program; nothing of a caller is an option
                [*self._program, *command],
                stdin=subprocess.PIPE,
                stdout=answer,
                stderr=subprocess.PIPE,
                creationflags=BEHIND,
            )
            put_behind(process)
            run.wake.clear()
            guard = threading.Thread(target=self._guard, args=(run, process), name="job-guard")
            guard.start()
            try:
                assert process.stderr is not None  # noqa: S101 - a pipe was asked for
                last = self._listen(run, process.stderr)
                code = process.wait()
            finally:
                run.wake.set()
                guard.join()
                for pipe in (process.stdin, process.stderr):
                    if pipe is not None:
                        pipe.close()
            return _answer(run, answer, code, last)

    @staticmethod
    def _listen(run: _Run, lines: IO[bytes]) -> str:
        """Take in progress until the command ends; returns the last line that was none."""
        last = ""
        while line := lines.readline(LINE_BYTES):
            try:
                run.job = run.job.model_copy(update={"progress": JobProgress.model_validate_json(line)})
            except ValidationError:
                last = line.decode("utf-8", "replace").strip() or last
        return last

    def _guard(self, run: _Run, process: subprocess.Popen[bytes]) -> None:
        """Kill the command when it takes too long, is told to stop, or the disk has no room for it."""
        end_s = time.monotonic() + run.work.limit_s
        while process.poll() is None:
            if time.monotonic() >= end_s:
                words = f"it was broken off after {run.work.limit_s:.0f} s"
                run.why = Problem(code="JOB_TOO_LONG", message=words, advice="Use the command line")
            elif run.work.scratch is not None and not self._enough_space():
                words = "the disk has no room for it: inspection would stop"
                run.why = Problem(code="DISK_FULL", message=words, advice="Free space, or export to another disk")
            if run.why is not None or run.stopped:
                process.kill()
                return
            run.wake.wait(LOOK_S)


class _Ended(Exception):
    """A command ended without an answer."""

    def __init__(self, state: JobState, problem: Problem | None) -> None:
        super().__init__(state)
        self.state = state
        self.problem = problem


def _answer(run: _Run, answer: IO[bytes], code: int, last: str) -> dict[str, object]:
    if run.stopped:
        raise _Ended(JobState.STOPPED, None)
    if run.why is not None:
        raise _Ended(JobState.FAILED, run.why)
    answer.seek(0)
    document: object = None
    with contextlib.suppress(ValueError):
        document = json.loads(answer.read(ANSWER_BYTES))
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        raise _Ended(JobState.FAILED, Problem.model_validate(error))
    if not isinstance(document, dict) or code not in ANSWERED:
        words = f"the command ended with code {code}: {last}" if last else f"the command ended with code {code}"
        raise _Ended(JobState.FAILED, Problem(code="INTERNAL", message=words, advice="Use the command line"))
    return {**document, "exit_code": code}


def _remove(folder: Path | None) -> None:
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _now_us() -> int:
    return time.time_ns() // 1000
