# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens next, on simulated or on real time.

Everything that the composition does runs on one thread, from one heap of timers. The station's own threads (judge,
record writer, image encoder) work beside it: on simulated time the clock stands still until each of them waits for
work or sleeps on this clock, so that a result depends on the seed and not on the computer.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inspector.clock import Clock, SimulatedClock, SystemClock

Action = Callable[[], None]

LOOK_AGAIN_S = 0.00002
HUNG_S = 30.0
"""Real time after which threads that neither work nor wait are taken for hung: the simulation itself is broken."""


class SimulationStuck(Exception):
    """A thread did not come to rest."""


@dataclass(order=True, slots=True)
class Timer:
    """One thing that is due.

    Attributes:
        t_ns: When.
        number: Order of equal times.
        action: What.
    """

    t_ns: int
    number: int
    action: Action | None = field(compare=False)

    def cancel(self) -> None:
        """Forget it."""
        self.action = None


@dataclass(slots=True, eq=False)
class _Sleeper:
    owner: object
    wake: threading.Event = field(default_factory=threading.Event)


class Schedule:
    """Timers on one clock.

    Args:
        real: Real time instead of simulated time.

    Attributes:
        clock: The clock.
        busy: Each says how many threads of a process work or sleep now; set by the processes.
    """

    def __init__(self, *, real: bool = False) -> None:
        self._simulated = None if real else SimulatedClock()
        self.clock: Clock = self._simulated or SystemClock()
        self.busy: list[Callable[[], int]] = []
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._sleepers: list[_Sleeper] = []
        self._ended: dict[int, object] = {}
        self._awake: Counter[int] = Counter()
        self._runs_in: int | None = None
        self._due_ns = 0

    @property
    def real(self) -> bool:
        """Whether this is real time."""
        return self._simulated is None

    def now_ns(self) -> int:
        """Time of what happens now.

        On real time a busy computer comes to a timer late; what belongs to the plant happened when it was due, as it
        does on a belt, whose controller does not wait for this computer.
        """
        if self.real and self._runs_in == threading.get_ident():
            return self._due_ns
        return self.clock.monotonic_ns()

    def at(self, t_ns: int, action: Action) -> Timer:
        """Do something at a time; from any thread."""
        timer = Timer(t_ns, next(self._numbers), action)
        with self._lock:
            heapq.heappush(self._timers, timer)
        self._news.set()
        return timer

    def after_ms(self, ms: float, action: Action) -> Timer:
        """Do something later; from any thread."""
        return self.at(self.now_ns() + int(ms * 1_000_000), action)

    def step_utc_ms(self, ms: float) -> None:
        """Step the wall clock of simulated time; real time is left alone."""
        if self._simulated is not None:
            self._simulated.step_utc_ms(ms)

    def sleep_ms(self, ms: float, owner: object) -> bool:
        """Let a thread of the station sleep on this clock.

        Args:
            ms: How long.
            owner: Whose thread it is; see `end`.

        Returns:
            False when the owner has ended: then it sleeps no more.
        """
        sleeper = _Sleeper(owner)
        with self._lock:
            if id(owner) in self._ended:
                return False
            if self._awake[id(owner)]:
                return True
            # With its timer at once: as soon as it counts as asleep, time may go on.
            due_ns = self.now_ns() + int(ms * 1_000_000)
            heapq.heappush(self._timers, Timer(due_ns, next(self._numbers), lambda: self._wake(sleeper)))
            self._sleepers.append(sleeper)
        self._news.set()
        sleeper.wake.wait()
        return id(owner) not in self._ended

    def end(self, owner: object) -> None:
        """No thread of this process sleeps any more."""
        with self._lock:
            self._ended[id(owner)] = owner
            asleep = [sleeper for sleeper in self._sleepers if sleeper.owner is owner]
        for sleeper in asleep:
            self._wake(sleeper)

    @contextmanager
    def awake(self, owner: object) -> Iterator[None]:
        """No thread of this owner sleeps meanwhile: the thread that moves everything waits for it."""
        with self._lock:
            self._awake[id(owner)] += 1
            asleep = [sleeper for sleeper in self._sleepers if sleeper.owner is owner]
        for sleeper in asleep:
            self._wake(sleeper)
        try:
            yield
        finally:
            with self._lock:
                self._awake[id(owner)] -= 1

    @property
    def asleep(self) -> int:
        """Threads that sleep on this clock."""
        with self._lock:
            return len(self._sleepers)

    def settle(self) -> None:
        """On simulated time: wait until every thread waits for work or sleeps.

        Raises:
            SimulationStuck: One does neither.
        """
        if self.real:
            return
        give_up_s = time.monotonic() + HUNG_S
        while sum(busy() for busy in self.busy) > self.asleep:
            if time.monotonic() > give_up_s:
                raise SimulationStuck("a thread of the station neither works nor waits")
            time.sleep(LOOK_AGAIN_S)

    def run(self, until: Callable[[], bool], within_ms: float) -> bool:
        """Let time pass until a condition holds.

        Args:
            until: Looked at after everything that happens, when no thread works.
            within_ms: Give up after so much of this clock's time.

        Returns:
            Whether it holds.
        """
        give_up_ns = self.clock.monotonic_ns() + int(within_ms * 1_000_000)
        while True:
            self.settle()
            if until():
                return True
            if self.clock.monotonic_ns() >= give_up_ns:
                return False
            self._next(give_up_ns)

    def _next(self, give_up_ns: int) -> None:
        self._news.clear()
        with self._lock:
            due_ns = min(self._timers[0].t_ns if self._timers else give_up_ns, give_up_ns)
        now_ns = self.clock.monotonic_ns()
        if due_ns > now_ns:
            if self._simulated is None:
                self._news.wait((due_ns - now_ns) / 1e9)
                if self.clock.monotonic_ns() < due_ns:
                    return
            else:
                self._simulated.advance_ns(due_ns - now_ns)
        with self._lock:
            timer = heapq.heappop(self._timers) if self._timers and self._timers[0].t_ns <= due_ns else None
        if timer is not None and timer.action is not None:
            self._runs_in, self._due_ns = threading.get_ident(), timer.t_ns
            try:
                timer.action()
            finally:
                self._runs_in = None

    def _wake(self, sleeper: _Sleeper) -> None:
        with self._lock:
            if sleeper not in self._sleepers:
                return
            self._sleepers.remove(sleeper)
        sleeper.wake.set()
