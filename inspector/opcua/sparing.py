# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that a hostile peer cannot fill."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

LINES = 20
PER_S = 60.0


class SparingLog:
    """Warnings that others can provoke: at most 20 a minute; what was left out is counted in the next line.

    Args:
        log: Where they go.
        now_s: A clock that never goes back.
    """

    def __init__(self, log: logging.Logger, now_s: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now_s = now_s
        self._began_s = now_s()
        self._lines = 0

    def warning(self, message: str, *arguments: object) -> None:
        """Write a line, or count it."""
        if self._now_s() - self._began_s >= PER_S:
            left_out, self._lines, self._began_s = self._lines - LINES, 0, self._now_s()
            if left_out > 0:
                self._log.warning("%d more such lines were left out", left_out)
        self._lines += 1
        if self._lines <= LINES:
            self._log.warning(message, *arguments)
