# SPDX-License-Identifier: AGPL-3.0-or-later
"""One thread for what takes tens of milliseconds on purpose: the main thread has parts to look after."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from inspector.errors import InspectorError, Overloaded
from inspector.ipc import Connections

log = logging.getLogger(__name__)

WAITING_AT_MOST = 8
"""Who tries passwords by program waits for its turn, or is refused."""

Work = Callable[[], object]
Done = Callable[[object], None]


class SlowDesk:
    """Does one thing after the other; its thread starts with the first.

    Args:
        hub: Takes the results into the inbox of the main thread.
    """

    def __init__(self, hub: Connections) -> None:
        self._hub = hub
        self._queue: queue.Queue[tuple[Work, Done] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def ask(self, work: Work, done: Done) -> None:
        """Have something done.

        Args:
            work: Called in the thread of the desk.
            done: Called on the main thread with the result, or with the InspectorError.

        Raises:
            Overloaded: Too much waits.
        """
        if self._queue.qsize() >= WAITING_AT_MOST:
            raise Overloaded("too many log-ins wait", "Try again in a second")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="slow-desk")
            self._thread.start()
        self._queue.put((work, done))

    def close(self) -> None:
        """Finish what was begun; what waits is left undone."""
        if self._thread is not None:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            work, done = job
            try:
                answer: object = work()
            except InspectorError as error:
                answer = error
            self._hub.post({"type": "desk-done", "done": done, "answer": answer})
