# SPDX-License-Identifier: AGPL-3.0-or-later
"""The thread in which a backend talks to devices, and how it waits between two turns."""

from __future__ import annotations

import threading
from collections.abc import Callable


class IoThread:
    """One thread that works until it is closed. A scenario gives another one, which waits on simulated time.

    Args:
        name: Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._closing = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Let it work; `work` returns soon after `closing` is true."""
        self._thread = threading.Thread(target=work, name=self._name, daemon=True)
        self._thread.start()

    @property
    def closing(self) -> bool:
        """Whether it has to end."""
        return self._closing

    @property
    def alive(self) -> bool:
        """Whether it works or waits."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Called in the thread: wait, but no longer than until somebody calls `nudge` or `close`."""
        self._wake.wait(seconds)
        if not self._closing:
            self._wake.clear()

    def nudge(self) -> None:
        """There is something to do: the wait ends; from any thread."""
        self._wake.set()

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
