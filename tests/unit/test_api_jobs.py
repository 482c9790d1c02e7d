# SPDX-License-Identifier: AGPL-3.0-or-later
"""Jobs of the api: one of a kind, bounded, told how far they are, and gone with the api."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from inspector.api.exports import KEPT, Exports, file_name
from inspector.api.job_schema import Job, JobState
from inspector.api.jobs import KEPT as JOBS_KEPT
from inspector.api.jobs import Jobs, Work
from inspector.errors import NotFound, Refused
from tests.rig import until

ANSWER = "import sys; print('{\"answer\": 42}')"
WAITS = (
    'import sys; print(\'{"stage": "parts", "done": 3, "total": 9}\', file=sys.stderr, flush=True); sys.stdin.read()'
)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    before = threading.active_count()
    made = Jobs(program=(sys.executable, "-c"))
    yield made
    made.close()
    assert threading.active_count() == before


def work(*commands: str, kind: str = "verify", limit_s: float = 60.0, scratch: Path | None = None) -> Work:
    return Work(kind, "a test", [(one,) for one in commands], limit_s, scratch)  # type: ignore[arg-type]


def ended(jobs: Jobs, job: Job) -> Job:
    until(lambda: jobs.get(job.id).state is not JobState.RUNNING, "the end of a job")
    return jobs.get(job.id)


def test_an_answer_is_the_result_of_the_last_command(jobs: Jobs, tmp_path: Path) -> None:
    scratch = tmp_path / "work"
    scratch.mkdir()
    done = ended(jobs, jobs.start(work("print('{}')", ANSWER, scratch=scratch)))
    assert (done.state, done.result, done.error) == (JobState.DONE, {"answer": 42, "exit_code": 0}, None)
    assert done.ended_us is not None and done.ended_us >= done.started_us
    assert not scratch.exists()


def test_a_verification_that_finds_tampering_is_done(jobs: Jobs) -> None:
    done = ended(jobs, jobs.start(work(f"{ANSWER}; sys.exit(2)")))
    assert done.result == {"answer": 42, "exit_code": 2}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('print(\'{"error": {"code": "SHIFT", "message": "not sealed", "advice": "wait"}}\')', "not sealed"),
        ("import sys; print('out of luck', file=sys.stderr); sys.exit(7)", "out of luck"),
        ("print('no document')", "code 0"),
        ("import os; os.abort()", "code"),
    ],
)
def test_a_command_without_an_answer_has_failed(jobs: Jobs, code: str, said: str) -> None:
    failed = ended(jobs, jobs.start(work(code)))
    assert (failed.state, failed.result) == (JobState.FAILED, None)
    assert failed.error is not None and said in failed.error.message


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    jobs = Jobs(program=(str(tmp_path / "nothing"),))
    failed = ended(jobs, jobs.start(work("")))
    assert failed.state is JobState.FAILED
    jobs.close()


def test_one_of_a_kind_at_a_time(jobs: Jobs, tmp_path: Path) -> None:
    running = jobs.start(work(WAITS))
    scratch = tmp_path / "work"
    scratch.mkdir()
    with pytest.raises(Refused):
        jobs.start(work(ANSWER, scratch=scratch))
    assert not scratch.exists()
    other = jobs.start(work(ANSWER, kind="export"))
    assert ended(jobs, other).state is JobState.DONE
    jobs.stop(running.id)
    assert ended(jobs, running).state is JobState.STOPPED
    assert ended(jobs, jobs.start(work(ANSWER))).state is JobState.DONE


def test_progress_is_told(jobs: Jobs) -> None:
    job = jobs.start(work(WAITS))
    until(lambda: jobs.get(job.id).progress is not None, "progress")
    progress = jobs.get(job.id).progress
    assert progress is not None and (progress.stage, progress.done, progress.total) == ("parts", 3, 9)


def test_what_takes_too_long_is_broken_off(jobs: Jobs) -> None:
    failed = ended(jobs, jobs.start(work(WAITS, limit_s=0.1)))
    assert failed.error is not None and failed.error.code == "JOB_TOO_LONG"


def test_an_export_ends_before_the_disk_is_so_full_that_inspection_stops(tmp_path: Path) -> None:
    jobs = Jobs(lambda: False, program=(sys.executable, "-c"))
    (tmp_path / "work").mkdir()
    failed = ended(jobs, jobs.start(work(WAITS, kind="export", scratch=tmp_path / "work")))
    assert failed.error is not None and failed.error.code == "DISK_FULL"
    jobs.close()


def test_jobs_end_with_the_api(jobs: Jobs) -> None:
    job = jobs.start(work(WAITS))
    until(lambda: jobs.get(job.id).progress is not None, "progress")
    children = psutil.Process().children(recursive=True)
    assert children
    jobs.close()
    assert not [one for one in children if one.is_running()]
    with pytest.raises(Refused):
        jobs.start(work(ANSWER))


def test_only_so_many_are_remembered() -> None:
    jobs = Jobs(program=("/nowhere/at/all",))
    first = jobs.start(work(""))
    ended(jobs, first)
    for _ in range(JOBS_KEPT + 3):
        ended(jobs, jobs.start(work("")))
    assert len(jobs.known()) <= JOBS_KEPT
    with pytest.raises(NotFound):
        jobs.get(first.id)
    jobs.close()


def exported(exports: Exports, name: str, clock: Callable[[], float] = time.time) -> None:
    scratch = exports.scratch()
    (scratch / name).write_bytes(b"x")
    exports.keep(scratch / name)
    scratch.rmdir()


def test_exports_are_files_of_their_folder_and_no_others(tmp_path: Path) -> None:
    exports = Exports(tmp_path)
    exported(exports, "shift-7.zip")
    (tmp_path / "station.toml").write_text("secret")
    (tmp_path / "exports" / "link.zip").symlink_to(tmp_path / "station.toml")
    assert [one.name for one in exports.files()] == ["shift-7.zip"]
    assert exports.file("shift-7.zip").read_bytes() == b"x"
    for name in ("..", "../station.toml", "link.zip", ".work-1", "", "a/b", "shift-7.zip\n"):
        with pytest.raises(NotFound):
            exports.file(name)


def test_the_oldest_exports_go(tmp_path: Path) -> None:
    exports = Exports(tmp_path)
    for number in range(KEPT + 2):
        exported(exports, f"{number}.zip")
    assert len(exports.files()) == KEPT
    assert f"{KEPT + 1}.zip" in {one.name for one in exports.files()}


def test_what_an_api_that_was_killed_left_behind_goes(tmp_path: Path) -> None:
    exports = Exports(tmp_path)
    left = exports.scratch()
    (left / "half.zip").write_bytes(b"x")
    exports.clear_scratch()
    assert not left.exists()


@pytest.mark.parametrize("about", ["../../etc/passwd", "-o", "L 1/2", "日本", "a" * 300, "\x1d01"])
def test_names_are_safe(about: str) -> None:
    name = file_name("lot", about, ".zip")
    assert name.isascii() and len(name) <= 120 and name.startswith("lot-") and "/" not in name and "\\" not in name
