# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station process, and what of its computer can fail: the disk and the detector."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from inspector.child import Child
from inspector.clock import Clock
from inspector.config import products
from inspector.errors import EvidenceError
from inspector.evidence.keys import SigningKey
from inspector.ipc import Event
from inspector.part import Detection, ImageArray
from inspector.scenario.network import SimulatedHub
from inspector.scenario.pictures import find_spots, package, recipe
from inspector.scenario.processes import Process, World
from inspector.scenario.schedule import Schedule
from inspector.station.judge import Judge
from inspector.station.model import Rules
from inspector.station.station import TICK_S, Station
from inspector.store.book import RecordBook
from inspector.store.database import DATABASE_NAME
from inspector.store.results import Appended, Fields, SealedShift
from inspector.store.writer import RESERVE_NAME, RecordWriter

PLENTY_MB = 100_000
RESERVE_MB = 1
RESERVE_PAGES = 256
NO_LIMIT = 1 << 30

T = TypeVar("T")


class Disk:
    """The disk of the station's records.

    Attributes:
        commit_ms: What a commit takes beyond what it takes here.
        free_mb: What the operating system says is free.
        full: Nothing can be added, until the reserve is given back.
        power: Called before a commit with the number of part records in it; True: power fails during this commit.
        after_power: Called, in the writer's thread, when it has failed; with the bytes of the log that are on the disk.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - where power fails, not a secret
        self.commit_ms = 0.0
        self.free_mb = PLENTY_MB
        self.full = False
        self.power: Callable[[int], bool] = lambda _parts: False
        self.after_power: Callable[[int], None] = lambda _bytes: None

    def free_bytes(self, _folder: Path) -> int:
        """Free space, bytes."""
        return self.free_mb * 1_000_000


class DiskBook(RecordBook):
    """The record book on a disk that can be slow or full, or lose its power.

    SQLite's own page limit stands for the end of the disk, so that its error is the real one.
    """

    def __init__(
        self, arguments: tuple[Path, str, bytes, str, Clock], disk: Disk, wait: Callable[[float], bool]
    ) -> None:
        self._disk = disk
        self._wait = wait
        self._folder = arguments[0]
        self._pages = NO_LIMIT
        super().__init__(*arguments)

    def append(self, records: Sequence[tuple[str, Fields]]) -> list[Appended | EvidenceError]:
        """See `RecordBook`."""
        self._limit_pages()
        if self._disk.commit_ms:
            self._wait(self._disk.commit_ms / 2)
        wal = self._folder / f"{DATABASE_NAME}-wal"
        before = wal.stat().st_size
        fails = self._disk.power(sum(kind == "part" for kind, _ in records))
        results = super().append(records)
        if fails:
            self._disk.after_power(self._disk.random.randrange(before, wal.stat().st_size))
        if self._disk.commit_ms:
            self._wait(self._disk.commit_ms / 2)
        return results

    def _limit_pages(self) -> None:
        if not self._disk.full:
            self._pages = NO_LIMIT
        elif self._pages == NO_LIMIT:
            self._pages = int(self._connection.execute("PRAGMA page_count").fetchone()[0])
        room = RESERVE_PAGES if self._disk.full and not (self._folder / RESERVE_NAME).exists() else 0
        self._connection.execute(f"PRAGMA max_page_count = {min(NO_LIMIT, self._pages + room)}")


class Inference:
    """What the detector does beside finding spots.

    Attributes:
        latency_ms: How long the next picture takes.
        fails: Raises what goes wrong with the next picture, or does nothing.
        version: Version of the loaded model.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible latencies, not a secret
        self.latency_ms: Callable[[], float] = self.usual_ms
        self.fails: Callable[[], None] = lambda: None
        self.version = "1"

    def usual_ms(self) -> float:
        """A detector on its own processor."""
        return 22.0 + 6.0 * self._random.random()


class Ended(Exception):
    """The process was killed while its detector worked."""


class SpotDetector:
    """`FindsDefects` over plain image processing, as slow as a model.

    Args:
        inference: What goes wrong.
        wait: Sleeps on the schedule's clock; False when the process was killed.
    """

    def __init__(self, inference: Inference, wait: Callable[[float], bool]) -> None:
        self._inference = inference
        self._wait = wait

    def infer(self, image: ImageArray) -> tuple[Detection, ...]:
        """See `FindsDefects`."""
        if not self._wait(self._inference.latency_ms()):
            raise Ended
        self._inference.fails()
        return find_spots(image)


@dataclass(frozen=True)
class ScenarioRules(Rules):
    """The rules for drawn parts, with a `SpotDetector`."""

    detector: SpotDetector

    def make_judge(self) -> Judge:
        """See `Rules`."""
        return Judge(self.detector, self.recipe)


class StationProcess(Process):
    """The station process.

    Args:
        world: What all share.
        files: Its station directory.
        key: The station's signing key.
        disk: Its disk.
        inference: Its detector.
    """

    def __init__(self, world: World, files: Path, key: SigningKey, disk: Disk, inference: Inference) -> None:
        super().__init__(world, "station", files)
        self._key = key
        self._disk = disk
        self._inference = inference
        self._body: Station | None = None
        world.schedule.busy.append(self._busy)

    def _busy(self) -> int:
        return 0 if self._body is None else self._body.threads_at_work()

    def _open(self, child: Child, hub: SimulatedHub) -> tuple[Callable[[Event | None], None], Callable[[], None]]:
        detector, disk = _Owner(self._world.schedule), _Owner(self._world.schedule)
        self._owners = (detector, disk)
        config = child.config
        rules = ScenarioRules(
            package(self._inference.version),
            recipe(),
            config,
            SpotDetector(self._inference, detector.wait),
            product=next(iter(products(config).values())),
        )
        writer = PromptWriter(
            disk,
            child.station,
            config.station.name,
            self._key.public_key,
            boot=secrets.token_hex(8),
            clock=child.clock,
            reserve_mb=RESERVE_MB,
            make_book=lambda *arguments: DiskBook(arguments, self._disk, disk.wait),
        )
        try:
            writer.unlock(self._key)
            body = self._body = Station(child, writer, rules)
            body.start()
        except BaseException:
            self.abandon()
            writer.close()
            raise
        return body.step, body.close

    def _tick_ms(self) -> float:
        return 1000.0 * TICK_S

    def abandon(self) -> None:
        """See `Process`."""
        for owner in self._owners:
            owner.end()


class _Owner:
    """One run of the station, whose threads may sleep."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def wait(self, ms: float) -> bool:
        """Sleep on the schedule's clock; False when the run is over."""
        return self._schedule.sleep_ms(ms, self)

    def hurried(self) -> AbstractContextManager[None]:
        """Meanwhile nothing sleeps here."""
        return self._schedule.awake(self)

    def end(self) -> None:
        """The run is over."""
        self._schedule.end(self)


class _Awaited(Future[T]):
    """A commit for which the station's main thread may wait, while it holds up the clock on which the disk sleeps."""

    def __init__(self, commit: Future[T], disk: _Owner) -> None:
        super().__init__()
        self._disk = disk
        self.set_running_or_notify_cancel()
        commit.add_done_callback(self._copy)

    def _copy(self, commit: Future[T]) -> None:
        error = commit.exception()
        if error is not None:
            self.set_exception(error)
        else:
            self.set_result(commit.result())

    def result(self, timeout: float | None = None) -> T:
        """See `Future`. What the main thread waits for takes none of the scenario's time."""
        if self.done():
            return super().result(timeout)
        with self._disk.hurried():
            return super().result(timeout)


class PromptWriter(RecordWriter):
    """The record writer on a disk that is only slow while nobody waits for it.

    Args:
        disk: Where the disk sleeps.
        arguments: See `RecordWriter`.
        options: See `RecordWriter`.
    """

    def __init__(self, disk: _Owner, *arguments: Any, **options: Any) -> None:
        self._disk = disk
        super().__init__(*arguments, **options)

    def append(self, kind: str, fields: Fields) -> Future[Appended]:
        """See `RecordWriter`."""
        return _Awaited(super().append(kind, fields), self._disk)

    def seal_shift(self, closed_by: str, reconciliation: Fields) -> Future[SealedShift]:
        """See `RecordWriter`."""
        return _Awaited(super().seal_shift(closed_by, reconciliation), self._disk)

    def commit_operator(self, staff_id: str) -> Future[str]:
        """See `RecordWriter`."""
        return _Awaited(super().commit_operator(staff_id), self._disk)
