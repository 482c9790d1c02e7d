# SPDX-License-Identifier: AGPL-3.0-or-later
"""The thread that judges: takes a frame out of the ring, looks, and hands the result on."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from inspector.clock import Clock
from inspector.errors import InspectorError, Overloaded
from inspector.part import Frame, PartKey, Trigger, Verdict
from inspector.station.judge import Judge, PartResult, not_seen, unjudged

log = logging.getLogger(__name__)

JUDGE_THREAD = "judge"
QUEUE_SIZE = 64
END_WITHIN_S = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Task:
    """One view of a part to judge.

    Attributes:
        trigger: The part.
        camera: Name of the camera whose frame was paired with it.
        take: Copies the frame out of the ring; None when it was overwritten meanwhile.
    """

    trigger: Trigger
    camera: str
    take: Callable[[], Frame | None]


@dataclass(frozen=True, slots=True)
class Order:
    """Something else to do in the judge's thread, in its turn; it gives back the judge to go on with."""

    carry_out: Callable[[Judge], Judge]


class JudgeWorker:
    """Judges views one after the other.

    The queue holds 64 views. Full means that the detector is far behind: `submit` refuses and the view becomes
    LATE, which rejects its part. A view whose deadline has passed while it waited is not shown to the model any more.

    Args:
        load: Makes the judge, in the worker's own thread.
        clock: The time of the deadlines.
        done: Called in the worker's thread with every result, its part and its camera.
    """

    def __init__(
        self, load: Callable[[], Judge], clock: Clock, done: Callable[[PartKey, str, PartResult], None]
    ) -> None:
        self._load = load
        self._clock = clock
        self._done = done
        self._queue: queue.Queue[Task | Order | None] = queue.Queue(QUEUE_SIZE)
        self._busy_since_ns = 0
        self.ready = threading.Event()
        self.failure: BaseException | None = None
        # A detector that hangs must not keep the process alive: the supervisor could not start another one.
        self._thread = threading.Thread(target=self._run, name=JUDGE_THREAD, daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> bool:
        """Queue a view; False when the queue is full."""
        try:
            self._queue.put_nowait(task)
        except queue.Full:
            return False
        return True

    def load(self, make: Callable[[], T], done: Callable[[T | InspectorError], None]) -> None:
        """Make something in the worker's thread that takes seconds; meanwhile it is not ready, and judges nothing.

        Args:
            make: What to do.
            done: Called in the worker's thread with what came of it, or with the InspectorError.

        Raises:
            Overloaded: Too much waits for the judge.
        """

        def carry_out(judge: Judge) -> Judge:
            self.ready.clear()
            try:
                found: T | InspectorError = make()
            except InspectorError as error:
                found = error
            self.ready.set()
            done(found)
            return judge

        self._order(carry_out)

    def exchange(self, judge: Judge) -> None:
        """Another judge looks at whatever is submitted from now on.

        Raises:
            Overloaded: As `load`.
        """
        self._order(lambda _before: judge)

    def _order(self, carry_out: Callable[[Judge], Judge]) -> None:
        try:
            self._queue.put_nowait(Order(carry_out))
        except queue.Full:
            raise Overloaded("too many parts wait for the detector", "Try again in a second") from None

    def stuck_ms(self) -> float:
        """How long the view in work has been in work."""
        since = self._busy_since_ns
        return 0.0 if since == 0 else (self._clock.monotonic_ns() - since) / 1e6

    def alive(self) -> bool:
        """False when the thread has died; `failure` then says of what."""
        return self._thread.is_alive()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in work."""
        if not self._thread.is_alive():
            return True
        return self.ready.is_set() and self._queue.unfinished_tasks == 0

    def close(self) -> None:
        """Judge what waits, then end; a thread that is dead or hangs is not waited for."""
        until_s = time.monotonic() + END_WITHIN_S
        while self._thread.is_alive() and time.monotonic() < until_s:
            try:
                self._queue.put(None, timeout=0.05)
                break
            except queue.Full:
                continue  # the judge has not taken any of the 64 yet, or never will
        self._thread.join(max(0.0, until_s - time.monotonic()))

    def _run(self) -> None:
        try:
            judge = self._load()
            self.ready.set()
            while (task := self._queue.get()) is not None:
                if isinstance(task, Order):
                    judge = task.carry_out(judge)
                    self._queue.task_done()
                    continue
                self._busy_since_ns = self._clock.monotonic_ns()
                self._done(task.trigger.key, task.camera, self._judge(judge, task))
                self._busy_since_ns = 0
                self._queue.task_done()
        except BaseException as error:
            self.failure = error
            self.ready.clear()
            log.exception("the judge's thread ends")  # the station sees it at its next heartbeat, and says why

    def _judge(self, judge: Judge, task: Task) -> PartResult:
        frame = task.take()
        if frame is None:
            return not_seen(Verdict.MISSING_IMAGE, "the image was overwritten before it was judged", task.camera)
        if self._clock.monotonic_ns() >= task.trigger.decide_by_ns:
            return unjudged(frame, Verdict.LATE, "waited too long for the detector")
        result = judge.look(frame)
        if result.verdict is Verdict.PASS and self._clock.monotonic_ns() >= task.trigger.decide_by_ns:
            return late(result, "judged after the deadline")
        return result


def late(result: PartResult, why: str) -> PartResult:
    """The same views, but too late to let the part through."""
    return PartResult(Verdict.LATE, why, result.views, result.serial)
