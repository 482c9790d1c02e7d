# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each file-system call of the append path fails once: what was answered is durable, and the next start goes on.

strace makes the call fail (`-e inject`), the first, the second and so on of each kind, in a small station that
records two parts with pictures and seals the shift. It counts in each thread by itself, so one case may hit the record
writer, an image encoder and the main thread.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ERRORS = {
    "openat": ("EIO", "EMFILE", "ENOSPC", "EROFS"),
    "pwrite64": ("EIO", "ENOSPC", "EROFS"),
    "write": ("EIO", "ENOSPC"),
    "fallocate": ("EIO", "ENOSPC", "EINTR"),
    "mkdir": ("ENOSPC",),
    "rename": ("EIO", "ENOSPC"),
}
"""What a call fails with; EIO where nothing is said."""
SLOW = ("fcntl",)
"""Locks: SQLite tries again for ten seconds. Only in the long run."""
FAST = 36
"""Cases of the short run, spread over all calls."""
DURABLE = ("fdatasync", "pwrite64")
"""The calls that make an append durable: one that fails must make the append fail."""

Ask = Any


@contextmanager
def server() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """`tests.fault.call_faults`; a call is a question."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fault.call_faults"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(case: dict[str, Any]) -> dict[str, Any]:
            print(json.dumps(case), file=process.stdin, flush=True)
            line = process.stdout.readline()  # type: ignore[union-attr]
            assert line, process.communicate()[1]
            answer: dict[str, Any] = json.loads(line)
            return answer

        yield ask
        process.stdin.close()


@contextmanager
def small_station(folder: Path) -> Iterator[Ask]:
    """A fresh station for each question, with one failing call; the answer and what strace has seen."""
    assert shutil.which("strace"), "strace is missing: apt-get install strace"
    numbers = itertools.count()
    with server() as question:

        def ask(inject: list[Any] | None) -> tuple[dict[str, Any], str]:
            place = folder / str(next(numbers))
            answer = question({"station": str(place), "inject": inject, "log": f"{place}.log"})
            log = Path(f"{place}.log").read_text(encoding="utf-8", errors="replace")
            shutil.rmtree(place)
            Path(f"{place}.log").unlink()
            return answer, log

        yield ask


def cases(log: str) -> list[list[Any]]:
    """Every call of the good run by kind and number in its thread, with each error."""
    counted = Counter(re.findall(r"^(\d+)\s+(\w+)\(", log, re.M))
    longest: Counter[str] = Counter()
    for (_, call), count in counted.items():
        longest[call] = max(longest[call], count)
    return [
        [call, error, number]
        for call, count in sorted(longest.items())
        if call != "getppid"
        for error in ERRORS.get(call, ("EIO",))
        for number in range(1, count + 1)
    ]


def calls(log: str) -> Iterator[tuple[int, str, str, str]]:
    """Step (from 0), name, path and end of each call, of one that another thread interrupted in the log too."""
    step, begun = -1, {}
    for line in log.splitlines():
        found = re.match(r"(\d+)\s+(?:<\.\.\. \w+ resumed>|(\w+)\((?:\d+<([^>]*)>)?)", line)
        if found is None:
            continue
        thread, call, path = found.groups()
        if call is not None:
            step += call == "getppid"
            begun[thread] = step, call, path or ""
        if not line.endswith("<unfinished ...>"):
            yield *begun[thread], line


def hit_steps(log: str) -> list[tuple[int, str, str]]:
    """Step, name and path of each call that was made to fail."""
    return [(step, call, path) for step, call, path, end in calls(log) if end.endswith("(INJECTED)")]


def steps_without_sync(steps: list[dict[str, Any]], log: str) -> list[str]:
    """Appends that were answered though the write-ahead log was not synced meanwhile."""
    synced = {step for step, call, path, _ in calls(log) if call == "fdatasync" and path.endswith("-wal")}
    return [one["step"] for at, one in enumerate(steps) if one["step"].startswith("append") and at not in synced]


def complaints(inject: list[Any], answer: dict[str, Any], log: str) -> list[str]:
    """What is wrong after a fault; nothing if the station kept its promises."""
    steps, after = answer["steps"], answer["after"]
    if not isinstance(steps, list):
        return [f"{inject}: the station did not answer: {steps}"]
    escaped = [step for step in steps if "escaped" in step]
    found = [f"{inject}: {step['step']}: {step['escaped']} is none of our errors" for step in escaped]
    if after.get("verdict") != "VERIFIED":
        found.append(f"{inject}: afterwards {after}")
    answered = {step["hash"] for step in steps if step.get("hash")}
    if not answered <= set(after.get("stored", ())):
        found.append(f"{inject}: a record that was answered is not there")
    for number, call, path in hit_steps(log):
        step = steps[number] if 0 <= number < len(steps) else {}
        is_append = str(step.get("step", "")).startswith("append")
        if call in DURABLE and inject[1] == "EIO" and path.endswith("-wal") and is_append and "failed" not in step:
            found.append(f"{inject}: {step} though {call} of {path} failed")
    return found


def check(folder: Path, every: int | None) -> int:
    """Run cases; with `every` only each so-manieth. Returns how many calls were made to fail."""
    hits = 0
    with small_station(folder) as ask:
        answer, log = ask(None)
        assert complaints(["nothing", "", 0], answer, log) == []
        assert all("failed" not in step for step in answer["steps"])
        assert steps_without_sync(answer["steps"], log) == []
        chosen = cases(log)
        wrong = []
        if every is not None:
            quick = [inject for inject in chosen if inject[0] not in SLOW]
            chosen = quick[:: max(1, len(quick) // every)]
        for inject in chosen:
            answer, log = ask(inject)
            hits += len(hit_steps(log))
            wrong += complaints(inject, answer, log)
    assert wrong == []
    return hits


if sys.platform == "linux":

    def test_calls_of_every_kind_fail_once(tmp_path: Path) -> None:
        assert check(tmp_path, FAST) >= FAST // 2

    @pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.long)])
    def test_kills_over_pictures_heads_and_seals(tmp_path: Path, kills: int) -> None:
        answered: set[str] = set()
        moments = random.Random(7)
        with server() as question:
            for run in range(1, kills + 1):
                case = {"station": str(tmp_path / "station"), "run": run, "kill_after_s": moments.uniform(0.02, 0.25)}
                answer = question(case)
                after = answer["after"]
                answered.update(answer["steps"])
                assert after.get("verdict") == "VERIFIED", after
                assert answered <= set(after["stored"])
        assert len(answered) >= kills // 2
        assert not list((tmp_path / "station" / "images" / "incoming").iterdir())

    @pytest.mark.long
    def test_every_call_of_the_append_path_fails_once(tmp_path: Path) -> None:
        assert check(tmp_path, None) > 300
