# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every process of a station shares: how it starts, when it ends, what its exit code says."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from inspector.clock import Clock, SystemClock
from inspector.config import Config, load_config
from inspector.errors import InspectorError
from inspector.ipc import Connections, Hub, RunDirectory
from inspector.time_source import utc_error_ms

log = logging.getLogger(__name__)

EXIT_OK = 0
EXIT_THREAD_DIED = 1
"""Also that of a process whose loop has hung for `STUCK_S`."""
EXIT_WRONG_SETTINGS = 3
"""Settings or devices are wrong: a restart at once would fail again."""
EXIT_STUCK = 5
"""Did not end in order; nobody is left who could kill us."""
ORPHAN_ENDS_WITHIN_S = 12.0
STUCK_S = 20
"""No turn of any loop takes this long; what does is stuck in a driver or on a dead disk."""


class StuckGuard:
    """Ends the process, with the tracebacks of all its threads in the log, when its loop does not turn any more.

    It is a thread of the C runtime, so that a driver that never gives Python's lock back does not hold it up.
    """

    def __init__(self) -> None:
        self._again_s = 0.0

    def turns(self) -> None:
        """The loop turns."""
        now_s = time.monotonic()
        if now_s >= self._again_s:
            self._again_s = now_s + 1
            faulthandler.dump_traceback_later(STUCK_S, exit=True)

    def cancel(self) -> None:
        """There is no loop any more."""
        faulthandler.cancel_dump_traceback_later()


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _size_bytes(folder: Path) -> int:
    """What can be used of the disk; less than its size where the system keeps some for itself."""
    usage = shutil.disk_usage(folder)
    return usage.used + usage.free


@dataclass(frozen=True)
class Child:
    """The surroundings of one process.

    Attributes:
        station: The station directory.
        config: Its settings.
        run: Its run folder.
        stop: Set when the supervisor closes our standard input, or on SIGTERM.
        arguments: What else was on the command line.
        clock: Time.
        new_hub: Makes its connections.
        free_bytes: Free space on the disk that a folder is on.
        size_bytes: Size of that disk.
        utc_error_ms: How far UTC may be off, milliseconds; None when nobody says.
        guard: Watches over the loop, in a process of its own.
    """

    station: Path
    config: Config
    run: RunDirectory
    stop: threading.Event
    arguments: argparse.Namespace
    clock: Clock = field(default_factory=SystemClock)
    new_hub: Callable[[RunDirectory, str], Connections] = Hub
    free_bytes: Callable[[Path], int] = _free_bytes
    size_bytes: Callable[[Path], int] = _size_bytes
    utc_error_ms: Callable[[], float | None] = utc_error_ms
    guard: StuckGuard | None = None

    def goes_on(self) -> bool:
        """Whether to work on; the loop of the process asks at each turn, which also shows that it turns."""
        if self.guard is None:
            return not self.stop.is_set()
        if self.stop.is_set():
            self.guard.cancel()
            return False
        self.guard.turns()
        return True

    def hub(self, name: str) -> Connections:
        """Connections that introduce themselves as `name`."""
        return self.new_hub(self.run, name)


def run_child(
    body: Callable[[Child], None],
    description: str,
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = None,
) -> int:
    """Run `body` until it returns.

    Returns:
        0 after an orderly end; 3 when an error of ours ended it, whose text is then the last line of the log; 1 when
        one of its threads died of something unforeseen: then the whole process ends, as it would of the same in its
        main thread, because a process that has lost a thread looks alive and is not. The same goes for a loop that
        does not turn for `STUCK_S`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--station", type=Path, required=True, help="station directory")
    if add_arguments is not None:
        add_arguments(parser)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    _stop_on_signals(stop)
    _stop_when_orphaned(stop)
    died = _stop_when_a_thread_dies(stop)
    guard = StuckGuard()
    try:
        config, folder = load_config(arguments.station), RunDirectory(arguments.station)
        body(Child(arguments.station, config, folder, stop, arguments, guard=guard))
    except InspectorError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return EXIT_WRONG_SETTINGS
    finally:
        guard.cancel()
    return EXIT_THREAD_DIED if died.is_set() else EXIT_OK


def _stop_on_signals(stop: threading.Event) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the supervisor, which ends us in order


def _stop_when_orphaned(stop: threading.Event) -> None:
    """The supervisor holds the other end of our standard input; when it is gone, so are we."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop.set()
        time.sleep(ORPHAN_ENDS_WITHIN_S)
        logging.getLogger(__name__).error("did not end in order after the supervisor went; ends at once")
        os._exit(EXIT_STUCK)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()


def _stop_when_a_thread_dies(stop: threading.Event) -> threading.Event:
    died = threading.Event()

    def hook(arguments: threading.ExceptHookArgs) -> None:
        name = arguments.thread.name if arguments.thread is not None else "unknown"
        threading.__excepthook__(arguments)
        log.critical("the thread %s died; the process ends", name)
        died.set()
        stop.set()

    threading.excepthook = hook
    return died
