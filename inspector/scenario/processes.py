# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's processes inside one process: their real bodies, started, stepped, killed and started again.

A killed process leaves what the operating system would leave: its files as they were at that moment. They are copied
before its object is put away in order, and the next start goes on from the copy; whatever the old object still writes
goes to files that nobody reads any more.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from inspector.camera.process import Capture
from inspector.child import Child
from inspector.clock import Clock
from inspector.config import Config
from inspector.errors import InspectorError
from inspector.ipc import Event, RunDirectory
from inspector.line.process import LineProcess, NewIO
from inspector.scenario.camera import DrawnCamera, Head
from inspector.scenario.io_thread import SleepingThread
from inspector.scenario.network import Network, SimulatedHub
from inspector.scenario.schedule import Schedule

log = logging.getLogger(__name__)

Result = TypeVar("Result")

RECHECK_MS = 20.0
RESTART_MS = 300.0
"""What the supervisor and the start of a Python program take, at least; loading a model takes longer."""
CAMERA_TICK_MS = 50.0


class ProcessClock:
    """The clock of one run of a process, which goes on alone while its world stands still for it to end in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_ns = 0

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return self._clock.monotonic_ns() + self.ahead_ns

    def utc_us(self) -> int:
        """See `Clock`."""
        return self._clock.utc_us() + self.ahead_ns // 1000

    def wait(self, seconds: float) -> None:
        """The process has waited for nothing."""
        self.ahead_ns += int(seconds * 1e9)


@dataclass(frozen=True)
class World:
    """What all processes share.

    Attributes:
        schedule: Time.
        network: Connections.
        folder: Where the files of all runs are.
        config: Settings of the station.
        free_bytes: Free space of the disk.
    """

    schedule: Schedule
    network: Network
    folder: Path
    config: Config
    free_bytes: Callable[[Path], int]


class MainThread:
    """The main thread of one run of a process: what it opens is stepped and closed by the same thread.

    On simulated time that is the thread which moves everything. On real time it is one of its own, so that the others
    do not wait until a killed process is put away; a database connection is closed by the thread that opened it.

    Args:
        name: Its name, on real time.
        real: Real time.
    """

    def __init__(self, name: str, *, real: bool) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name) if real else None
        self._ended: Future[None] = Future()

    def call(self, work: Callable[[], Result]) -> Result:
        """Do something there and wait for it."""
        return work() if self._thread is None else self._thread.submit(work).result()

    def end(self, close: Callable[[], None]) -> None:
        """Put away what was opened, as the last thing; on real time this does not wait, see `join`."""
        if self._thread is None:
            close()
            self._ended.set_result(None)
            return
        self._ended = self._thread.submit(close)
        self._thread.shutdown(wait=False)

    @property
    def ended(self) -> bool:
        """Whether everything is put away."""
        return self._ended.done()

    def join(self) -> None:
        """Wait until everything is put away; raises what went wrong with that."""
        self._ended.result()


class Process(ABC):
    """One process of the composition.

    Args:
        world: What all share.
        name: Its name on the network.
        files: Folder with the files that it has at first.
    """

    def __init__(self, world: World, name: str, files: Path) -> None:
        self.name = name
        self.files = files
        self.paused = False
        self.deaths: list[str] = []
        self.starts = 0
        self._world = world
        self._runs = itertools.count(2)
        self._hub: SimulatedHub | None = None
        self._step: Callable[[Event | None], None] | None = None
        self._close: Callable[[], None] = lambda: None
        self._drain_due = False
        self._may_start = True
        self._thread: MainThread | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._step is not None

    def start(self) -> None:
        """Start it; when that fails, try again."""
        if self.alive or not self._may_start:
            return
        if self._thread is not None and not self._thread.ended:
            self._world.schedule.after_ms(RECHECK_MS, self.start)
            return
        clock = ProcessClock(self._world.schedule.clock)
        hub = self._world.network.hub(self.name, self._news, clock.wait)
        child = Child(
            self.files,
            self._world.config,
            RunDirectory(self.files),
            threading.Event(),
            argparse.Namespace(),
            clock=clock,
            new_hub=lambda _run, _name: hub,
            free_bytes=self._world.free_bytes,
            utc_error_ms=lambda: 0.0,
        )
        self.starts += 1
        thread = MainThread(f"main-{self.name}", real=self._world.schedule.real)
        try:
            step, close = thread.call(partial(self._open, child, hub))
        except InspectorError as error:
            thread.end(lambda: None)
            self._died(hub, f"{error.code}: {error}")
            return
        self._thread = thread
        self._hub, self._step, self._close = hub, step, close
        self._tick(hub)

    @abstractmethod
    def _open(self, child: Child, hub: SimulatedHub) -> tuple[Callable[[Event | None], None], Callable[[], None]]:
        """Make and start the body; what steps it, and what ends it in order."""

    @abstractmethod
    def _tick_ms(self) -> float:
        """How soon it wants to be stepped without an event."""

    def abandon(self) -> None:  # noqa: B027 - most have nothing that waits
        """Nothing of it waits for simulated time any more: it is put away."""

    def kill(self, *, restart_ms: float = RESTART_MS, torn: Callable[[Path], None] | None = None) -> None:
        """End it as kill -9 does, or the loss of power.

        Args:
            restart_ms: When the supervisor starts it again.
            torn: What the loss of power does to the copy of its files.
        """
        if not self.alive:
            return
        self._leave_files(torn)
        self._put_away("killed", restart_ms)

    def _leave_files(self, torn: Callable[[Path], None] | None) -> None:
        old = self.files
        self.files = self._world.folder / f"{self.name.replace(':', '-')}-{next(self._runs)}"
        shutil.copytree(old, self.files)
        if torn is not None:
            torn(self.files)

    def unplug(self) -> None:
        """Nothing that it still does reaches anybody; from any thread."""
        if self._hub is not None:
            self._hub.dead = True

    def stop(self) -> None:
        """The supervisor ends it in order, for good."""
        self._may_start = False
        if self.alive:
            self._end()
        if self._thread is not None:
            self._thread.join()

    def pause(self) -> None:
        """It hangs: connected, and silent."""
        self.paused = True

    def resume(self) -> None:
        """It goes on where it was."""
        self.paused = False
        self._news()

    def _put_away(self, why: str, restart_ms: float) -> None:
        hub = self._hub
        if hub is not None:
            hub.close()
        self._end()
        self.deaths.append(why)
        self._world.schedule.after_ms(restart_ms, self.start)

    def _end(self) -> None:
        close, self._step = self._close, None
        self.abandon()
        if self._thread is not None:
            self._thread.end(close)
        if self._hub is not None:
            self._hub.close()
            self._hub = None

    def _died(self, hub: SimulatedHub, why: str) -> None:
        log.warning("%s ends: %s", self.name, why)
        hub.close()
        self.deaths.append(why)
        self._world.schedule.after_ms(RESTART_MS, self.start)

    def _news(self) -> None:
        if not self._drain_due:
            self._drain_due = True
            self._world.schedule.after_ms(0, self._drain)

    def _drain(self) -> None:
        self._drain_due = False
        hub = self._hub
        while hub is not None and hub is self._hub and not self.paused and self.alive:
            event = hub.receive(0)
            if event is None:
                return
            self._guarded(event)

    def _tick(self, hub: SimulatedHub) -> None:
        if hub is not self._hub:
            return
        if not self.paused:
            self._guarded(None)
        working = self.alive and not self.paused
        self._world.schedule.after_ms(self._tick_ms() if working else RECHECK_MS, lambda: self._tick(hub))

    def _guarded(self, event: Event | None) -> None:
        if self._step is None or self._thread is None:
            return
        try:
            self._thread.call(partial(self._step, event))
        except InspectorError as error:
            log.warning("%s ends: %s", self.name, error)
            self._put_away(f"{error.code}: {error.message}", RESTART_MS)


Backend = Callable[[SleepingThread], NewIO]
"""Makes the line process' way to devices that are not on the network of messages, used from this thread."""


class Line(Process):
    """The line process.

    Args:
        world: What all share.
        name: Its name on the network.
        files: Its folder.
        backend: Its way to the plant; not given: messages.
    """

    body: LineProcess | None = None

    def __init__(self, world: World, name: str, files: Path, backend: Backend | None = None) -> None:
        super().__init__(world, name, files)
        self._backend = backend
        self._io_thread: SleepingThread | None = None
        world.schedule.busy.append(self.threads_at_work)

    def threads_at_work(self) -> int:
        """Threads of its own that work, or sleep on the schedule's clock."""
        return int(self._io_thread is not None and self._io_thread.alive)

    def abandon(self) -> None:
        """See `Process`."""
        if self._io_thread is not None:
            self._io_thread.end()

    def _open(self, child: Child, hub: SimulatedHub) -> tuple[Callable[[Event | None], None], Callable[[], None]]:
        new_io = None
        if self._backend is not None:
            self._io_thread = SleepingThread("line-io", self._world.schedule)
            new_io = self._backend(self._io_thread)
        body = self.body = LineProcess(child, new_io)
        body.start()
        return body.step, body.close

    def _tick_ms(self) -> float:
        return 1000.0 * self.body.wait_s() + 0.001 if self.body is not None else RESTART_MS


class CameraProcess(Process):
    """The capture process of one camera.

    Args:
        world: What all share.
        name: Name of the camera in the settings.
        files: Its folder, with the features file.
        head: The camera.
    """

    def __init__(self, world: World, name: str, files: Path, head: Head) -> None:
        super().__init__(world, f"camera:{name}", files)
        self._head = head
        head.news = self._news_of_head

    def _open(self, child: Child, hub: SimulatedHub) -> tuple[Callable[[Event | None], None], Callable[[], None]]:
        settings = child.config.cameras[0]
        features = self.files / settings.features
        capture = Capture(settings, features, hub, lambda: DrawnCamera(self._head), child.clock)
        hub.connect("station")

        def step(event: Event | None) -> None:
            while capture.step(event) and capture.acquiring:
                event = None

        return step, capture.end

    def _tick_ms(self) -> float:
        return CAMERA_TICK_MS

    def _news_of_head(self) -> None:
        self._world.schedule.after_ms(0, lambda: None if self.paused else self._guarded(None))
