# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one thread that writes to the log: what arrives while it writes goes into its next batch."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from inspector.errors import FormatInvalid, InspectorError, LedgerRefused
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.directory import DirectoryLog, Submission

MOST_WAITING = 1_000
MOST_IN_BATCH = 2_048

Answers = list[Receipt | LedgerRefused | FormatInvalid]


@dataclass(frozen=True, slots=True)
class _Job:
    submissions: list[Submission]
    answers: Future[Answers] = field(default_factory=Future)


class BatchWriter:
    """Owns a log.

    Args:
        ledger: The log; nobody else uses it from now on.
        before_batch: Called before each batch.
    """

    def __init__(self, ledger: DirectoryLog, before_batch: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._before_batch = before_batch
        self._waiting: queue.Queue[_Job | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="log-writer")
        self._thread.start()

    def submit(self, submissions: list[Submission]) -> Future[Answers]:
        """Have documents added.

        Returns:
            The answers, or the error that holds for all of them.

        Raises:
            queue.Full: Too many wait already.
        """
        job = _Job(submissions)
        self._waiting.put_nowait(job)
        return job.answers

    def close(self) -> None:
        """Finish what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            jobs, ended = self._more(first)
            self._add(jobs)
            if ended:
                return

    def _more(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs, count = [first], len(first.submissions)
        while count < MOST_IN_BATCH:
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
            count += len(job.submissions)
        return jobs, False

    def _add(self, jobs: list[_Job]) -> None:
        try:
            self._before_batch()
            answers = self._ledger.submit_all([one for job in jobs for one in job.submissions])
        except InspectorError as error:
            for job in jobs:
                job.answers.set_exception(error)
            return
        start = 0
        for job in jobs:
            job.answers.set_result(answers[start : start + len(job.submissions)])
            start += len(job.submissions)
