# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work that another processor core does while the detector looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Runs a function in a thread of its own from the start of the block to its end.

    A thread for each use costs a tenth of a millisecond and leaves nothing to close. Leaving the block waits for it,
    also after an error.

    Args:
        work: Releases the interpreter lock for what takes long, as OpenCV, zxing-cpp and hashlib do.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self._error: BaseException | None = None
        # A function that hangs must not keep the process alive: the supervisor could not start another one.
        self._thread = threading.Thread(target=self._run, name="beside-judge", daemon=True)

    def __enter__(self) -> Beside[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()

    def result(self) -> T:
        """What the function returned; what it raised is raised here. After the block only."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - `result` raises it
            self._error = error
