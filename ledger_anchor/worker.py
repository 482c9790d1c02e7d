# SPDX-License-Identifier: AGPL-3.0-or-later
"""One ledger and its thread: a ledger that hangs holds up no other one."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import ConfigError, InspectorError, LedgerError, LedgerInconsistent, LedgerRefused, StoreError
from inspector.evidence.record import clean_text
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import Backend
from ledger_anchor.ledger import Receipt

log = logging.getLogger(__name__)

WAIT_S = 0.2
MOST_WORDS = 300
OPEN_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class WorkerState:
    """How it stands with one ledger.

    Attributes:
        state: "working"; "away": it does not answer, and is asked again; "refused": it does not take a document, and is
            asked again; "stopped": nothing goes there any more until somebody has looked.
        words: Why; empty while it works.
    """

    state: str
    words: str = ""


class Worker:
    """Anchors to one ledger until told to stop, or until the ledger can never be used as it is.

    Args:
        backend: The ledger.
        station: Station directory.
        name: Name of the station.
        send: Sends a receipt; False when the station is not connected. Called on the thread of the worker.
        stop: Ends it.

    Attributes:
        failure: Why it gave up for good, or None.
    """

    def __init__(
        self, backend: Backend, station: Path, name: str, send: Callable[[Receipt], bool], stop: threading.Event
    ) -> None:
        self.origin = backend.origin
        self.failure: InspectorError | None = None
        self._backend = backend
        self._station = station
        self._name = name
        self._send = send
        self._stop = stop
        self._trouble: InspectorError | None = None
        self._opened = False
        self._told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"ledger {backend.origin}"[:60])
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    @property
    def state(self) -> WorkerState | None:
        """How it stands with the ledger; None while that is not known yet."""
        if self.failure is not None:
            return WorkerState("stopped", _words(self.failure))
        trouble = self._trouble
        if trouble is not None:
            return WorkerState("refused" if isinstance(trouble, LedgerRefused) else "away", _words(trouble))
        return WorkerState("working") if self._opened else None

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def connected(self) -> None:
        """The station is there (again)."""
        self._told.put(None)

    def acknowledged(self, digest: str) -> None:
        """The station has made a record of a receipt."""
        self._told.put(digest)

    def _run(self) -> None:
        try:
            with ExitStack() as undo:
                reader = self._reader()
                if reader is None:
                    return
                undo.callback(reader.close)
                self._open_and_work(reader)
        except (LedgerInconsistent, ConfigError) as error:
            self.failure = error
        except InspectorError as error:
            log.exception("anchoring to %s ended", self.origin)
            self.failure = error

    def _reader(self) -> RecordReader | None:
        """The station makes the database at its first start; until then there is nothing to anchor."""
        while not self._stop.is_set():
            try:
                return RecordReader(self._station)
            except StoreError as error:
                log.info("waiting for the station: %s", error)
                self._stop.wait(WAIT_S)
        return None

    def _open_and_work(self, reader: RecordReader) -> None:
        while not self._stop.is_set():
            with ExitStack() as undo:
                try:
                    ledger = self._backend.open(reader, undo)
                except LedgerInconsistent:
                    raise
                except LedgerError as error:
                    # Jitter: many stations must not come back to a shared ledger all at once.
                    wait_s = OPEN_AGAIN_S * (0.5 + secrets.randbelow(1000) / 1000)
                    log.error("%s cannot be used, again in %.1f s: %s", self.origin, wait_s, error)
                    self._trouble = error
                    self._stop.wait(wait_s)
                    continue
                anchor = Anchor(reader, ledger, self._name, DocumentStore(self._station), self._send)
                while not self._stop.is_set():
                    self._listen(anchor)
                    anchor.work(time.monotonic())
                    self._trouble, self._opened = anchor.trouble, True

    def _listen(self, anchor: Anchor) -> None:
        try:
            told = self._told.get(timeout=WAIT_S)
        except queue.Empty:
            return
        if told is None:
            anchor.connected()
        else:
            anchor.acknowledged(told)


def _words(error: InspectorError) -> str:
    """What an error says, for people."""
    return clean_text(f"{error.message}. {error.advice}" if error.advice else error.message)[:MOST_WORDS]
