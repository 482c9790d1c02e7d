# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs small stations under strace, which makes one file-system call fail: `python -m tests.fault.call_faults`.

Reads one JSON document per line, `{"station": folder, "inject": [call, error, number] or null, "log": file}`, and
answers with one. For each it forks two children, one after the other: the station, whose calls are traced from before
it opens anything, and the next start on the same directory, which is left alone. A child answers through shared
memory, because its own answer must not be the call that fails. With `{"station": folder, "run": number,
"kill_after_s": seconds}` the first child is not traced but killed.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import mmap
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inspector.errors import InspectorError
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.evidence.verify.station import verify_station
from inspector.part import PixelFormat
from inspector.store.database import migrations
from inspector.store.images import ImageStore, StoredImage
from inspector.store.writer import RecordWriter
from tests.store_station import CLOSE, PERSON, check_chain, make_writer, opening, outcome, part
from tests.unit.evidence_samples import LINE_BOOT, VIEW

CALLS = (
    "openat,pread64,read,pwrite64,write,fdatasync,fsync,ftruncate,fallocate,rename,unlink,mkdir,fcntl,lseek,"
    "newfstatat,getdents64"
)
MARK = "getppid"
"""The call that the station makes before each step."""
PARTS = 2
LONGEST_S = 30
_PR_SET_PTRACER = 0x59616D61
_KEY = SigningKey.generate()
_SIZE = 1 << 22


class Steps:
    """What the station did and how each step ended."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []

    def take(self, name: str, work: Callable[[], Any]) -> Any:
        """Do one step; None if it failed as it may."""
        os.getppid()
        try:
            result = work()
        except InspectorError as error:
            self.done.append({"step": name, "failed": f"{type(error).__name__}: {error.message}"})
            return None
        except Exception as error:  # noqa: BLE001  # the test says which one escaped
            self.done.append({"step": name, "escaped": repr(error)})
            return None
        self.done.append({"step": name, "hash": getattr(result, "hash", None)})
        return result


def _picture(number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(number.to_bytes(8, "little") * 96, np.uint8).reshape(24, 32)


def _with_picture(number: int, boot: str = LINE_BOOT) -> dict[str, Any]:
    """A rejected part with one view."""
    pixels = _picture(number)
    image = {"alg": "pixels-sha256/1", "digest": _digest(number), "width": 32, "height": 24, "pixel_format": "Mono8"}
    assert pixels.shape == (24, 32)
    return {**part(number, "FAIL", boot=boot), "views": [{**VIEW, "image": image}]}


def _digest(number: int) -> str:
    pixels = _picture(number)
    return pixel_digest("Mono8", pixels.data, *pixels.shape)


def _stored(of: str, camera: str, file: StoredImage) -> dict[str, Any]:
    return {
        "part": of,
        "camera": camera,
        "image_digest": file.digest,
        "file_sha256": file.file_sha256,
        "size": file.size,
        "codec": "png",
    }


def _lost(of: str, camera: str, digest: str) -> dict[str, Any]:
    return {"part": of, "camera": camera, "image_digest": digest, "reason": "it could not be written"}


def _wait(future: Future[Any]) -> Any:
    return future.result(LONGEST_S)


def station(folder: Path) -> list[dict[str, Any]]:
    """Open everything, record two parts with their pictures, seal, close; go on after each failure."""
    steps = Steps()
    writer: RecordWriter | None = steps.take("open records", lambda: make_writer(folder, _KEY))
    images: ImageStore | None = steps.take("open images", lambda: ImageStore(folder))
    if writer is not None and images is not None:
        _record(steps, writer, images)
    if images is not None:
        steps.take("close images", images.close)
    if writer is not None:
        steps.take("close records", writer.close)
    return steps.done


def _record(steps: Steps, writer: RecordWriter, images: ImageStore) -> None:
    steps.take("append shift-open", lambda: _wait(writer.append("shift-open", opening(writer))))
    for number in range(1, PARTS + 1):
        appended = steps.take("append part", lambda n=number: _wait(writer.append("part", _with_picture(n))))
        if appended is None:
            continue
        file = steps.take("image", lambda n=number: _wait(images.submit(_digest(n), PixelFormat.MONO8, _picture(n))))
        if file is None:
            lost = _lost(appended.hash, "top", _digest(number))
            steps.take("append image-lost", lambda lost=lost: _wait(writer.append("image-lost", lost)))
        else:
            kept = _stored(appended.hash, "top", file)
            steps.take("append image-stored", lambda kept=kept: _wait(writer.append("image-stored", kept)))
        left = outcome(number, appended.hash)
        steps.take("append outcome", lambda left=left: _wait(writer.append("outcome", left)))
    steps.take("append head", lambda: _wait(writer.sign_head()))
    steps.take("append seal", lambda: _wait(writer.seal_shift(PERSON, CLOSE)))


def without_end(folder: Path, run: int, tell: Callable[[str], None]) -> None:
    """Record shifts of five parts with pictures, heads and seals until somebody kills the process.

    Args:
        folder: Station directory.
        run: Number of this run; its parts have keys and pictures of their own.
        tell: Called with the hash of each record that was answered.
    """
    writer, images = make_writer(folder, _KEY), ImageStore(folder)
    for number in itertools.count(1_000 * run):
        if writer.position.opened is None:
            tell(_wait(writer.append("shift-open", opening(writer))).hash)
        appended = _wait(writer.append("part", _with_picture(number, f"{run:016x}")))
        tell(appended.hash)
        file = _wait(images.submit(_digest(number), PixelFormat.MONO8, _picture(number)))
        tell(_wait(writer.append("image-stored", _stored(appended.hash, "top", file))).hash)
        key = {"line_boot": f"{run:016x}", "part_seq": number}
        tell(_wait(writer.append("outcome", {**outcome(number, appended.hash), "key": key})).hash)
        if number % 5 == 2:
            _wait(writer.sign_head())
        if number % 5 == 4:
            _wait(writer.seal_shift(PERSON, CLOSE))


def next_start(folder: Path) -> dict[str, Any]:
    """What a start does: account for pictures, go on, seal; then verify."""
    writer, images = make_writer(folder, _KEY), ImageStore(folder)
    try:
        for pending in writer.pending_images:
            file = images.find(pending.image_digest, PixelFormat(pending.pixel_format))
            if file is None:
                lost = _lost(pending.part, pending.camera, pending.image_digest)
                _wait(writer.append("image-lost", lost))
            else:
                _wait(writer.append("image-stored", _stored(pending.part, pending.camera, file)))
        if writer.position.opened is None:
            _wait(writer.append("shift-open", opening(writer)))
        appended = _wait(writer.append("part", part(100, "FAIL")))
        _wait(writer.append("outcome", outcome(100, appended.hash)))
        _wait(writer.seal_shift(PERSON, CLOSE))
    finally:
        images.close()
        writer.close()
    report = verify_station(folder, expected_key=_KEY.public_key)
    stored = [record["prev"] for record in check_chain(folder)]  # of all but the last one, which is of this start
    return {"verdict": report.verdict, "findings": [str(found) for found in report.findings], "stored": stored}


def _forked(work: Callable[[], Any], watch: Callable[[int], subprocess.Popen[str] | None]) -> Any:
    """Do the work in a child that waits until it is watched; its answer, or what became of it."""
    with mmap.mmap(-1, _SIZE) as shared:
        child = os.fork()
        if child == 0:
            _answer(work, shared)
        tracer = watch(child)
        shared[0] = 1
        _, status = os.waitpid(child, 0)
        if tracer is not None:
            tracer.communicate(timeout=LONGEST_S)
        length = int.from_bytes(shared[1:9], "little")
        return json.loads(shared[9 : 9 + length]) if length else {"died": status}


def _killed(folder: Path, run: int, after_s: float) -> list[str]:
    """Let a station run for a while, kill it; the hashes that it was answered."""
    with mmap.mmap(-1, _SIZE) as shared:
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST_S)
            told = itertools.count()

            def tell(digest: str) -> None:
                at = next(told) * 32
                shared[at : at + 32] = bytes.fromhex(digest)

            try:
                without_end(folder, run, tell)
            finally:
                os._exit(1)
        while run % 2 and not any(shared[:32]) and os.waitpid(child, os.WNOHANG) == (0, 0):
            time.sleep(0.0005)  # every other run is killed from its first answer on, the others also while they open
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = (shared[at : at + 32].hex() for at in range(0, _SIZE, 32))
        return list(itertools.takewhile(("0" * 64).__ne__, found))


def _answer(work: Callable[[], Any], shared: mmap.mmap) -> None:
    signal.alarm(LONGEST_S)
    with suppress(OSError, AttributeError):  # only where the kernel asks for it
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, -1, 0, 0, 0)
    while not shared[0]:
        time.sleep(0.0005)
    try:
        answer = json.dumps(work()).encode()
    except BaseException as error:  # noqa: BLE001  # as above
        answer = json.dumps({"escaped": repr(error)}).encode()
    shared[9 : 9 + len(answer)] = answer
    shared[1:9] = len(answer).to_bytes(8, "little")
    os._exit(0)


def _tracer(log: str, inject: list[Any] | None) -> Callable[[int], subprocess.Popen[str]]:
    def watch(child: int) -> subprocess.Popen[str]:
        command = ["strace", "-f", "-y", "-o", log, "-e", f"trace={CALLS},{MARK}"]
        if inject is not None:
            call, error, number = inject
            command += ["-e", f"inject={call}:error={error}:when={number}"]
        tracer = subprocess.Popen([*command, "-p", str(child)], stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            raise SystemExit(f"strace cannot watch a child: {said}{tracer.stderr.read()}")
        return tracer

    return watch


def main() -> None:
    """Answer until the end of the input."""
    cv2.setNumThreads(0)  # a child has none of its parent's threads
    migrations()  # what is imported late, or else a failing call of an import would be counted as one of the station
    for line in sys.stdin:
        case = json.loads(line)
        folder = Path(case["station"])
        folder.mkdir(parents=True, exist_ok=True)
        steps: Any
        if "kill_after_s" in case:
            steps = _killed(folder, case["run"], case["kill_after_s"])
        else:
            steps = _forked(lambda folder=folder: station(folder), _tracer(case["log"], case["inject"]))
        after = _forked(lambda folder=folder: next_start(folder), lambda _child: None)
        print(json.dumps({"steps": steps, "after": after}), flush=True)


if __name__ == "__main__":
    main()
