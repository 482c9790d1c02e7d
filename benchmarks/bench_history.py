# SPDX-License-Identifier: AGPL-3.0-or-later
"""Years of records: `python -m benchmarks.bench_history [--records 10000000] [--folder DIR] [--json]`.

Stores of ten thousand records and ten times as many each up to `--records` are built (`plant_history`), or taken from
`--folder` if they are there. On the largest one every question of `inspector recall` and `inspector audit` is asked as
a command of its own, from its start to its last byte: once after the file was taken out of the operating system's cache
(`first`), then five times; the median counts. `start` is a command that asks nothing.

Then the same appends and look-ups by serial run on all stores in turn, in many short rounds: appends must not become
slower with the number of records, and look-ups only by the pages that a deeper tree has. The ratio of two stores is the
median of the ratios of their rounds, so that what else the machine does meanwhile cancels out; the aim is one of
processor time.

Last, what the screens ask (`GET /v1/history`, `/v1/parts/{seq}`, `/v1/trends`), with a reader opened for each as the
api does; `--screens` asks only these, of the largest store.

Ten million records need 11 GB of disk and are built in about ten minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from benchmarks.plant_history import NAME, build, what_follows
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import parse_strict
from inspector.store.database import open_for_writing
from inspector.store.index import EVENT
from inspector.store.queries.find import MOST, PartQuery, find_parts
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.serial import everything_about
from inspector.store.queries.trends import TrendQuery, positions_of, trend_of
from inspector.store.read import RecordReader
from inspector.store.writer import Appended, RecordWriter

SMALLEST = 10_000
ROUNDS = 5
GROW_ROUNDS = 25
PARTS = 200
"""Appended and looked up in each of these rounds."""
IN_FLIGHT = 32
GROWN = ("append_us", "append_worked_us", "lookup_us", "lookup_worked_us")
"""Microseconds for a part: passed, and worked by a processor; aims are about the latter, which no neighbour changes."""
AIM_S = 10.0
AIM_RATIO = 1.3
"""Of an append in the largest store to one in the smallest."""
AIM_LOOKUP_US = 1_000.0
"""In the largest store, where three pages more have to be read than in the smallest."""


def sizes_up_to(records: int) -> list[int]:
    """Ten thousand, a hundred thousand, ... up to `records`."""
    sizes = [SMALLEST]
    while sizes[-1] * 10 <= records:
        sizes.append(sizes[-1] * 10)
    return sizes


def questions(station: Path, scratch: Path) -> dict[str, list[str]]:
    """Each question as the arguments of its command; the busiest lot and shift, and a part in the middle."""
    with AuditReader(station) as reader:
        middle = reader.ranges[len(reader.ranges) // 2 - 1]
        lot = str(reader.lot_of(middle.shift))
        part = next(reader.parts(middle.first + middle.count // 2, middle.first + middle.count)).fields
        day = reader.openings[middle.shift].fields["t_us"]
    serial, since = str(part["serial"]["text"]), time.strftime("%Y-%m-%d", time.gmtime(int(str(day)) / 1e6))  # type: ignore[index]
    return {
        "start": [],
        "recall --model NAME": ["recall", "--model", "disc-n"],
        "recall --model DIGEST": ["recall", "--model", str(part["model_digest"])],
        "recall --recipe": ["recall", "--recipe", str(part["recipe_digest"])],
        "recall --camera": ["recall", "--camera", "CAM-1"],
        "recall --from --to": ["recall", "--from", f"{since}T01:00", "--to", f"{since}T23:00"],
        "recall --lot, list": ["recall", "--lot", lot, "--csv", str(scratch / "lot.csv")],
        "audit serial": ["audit", "serial", serial],
        "audit lot": ["audit", "lot", lot],
        "audit shift": ["audit", "shift", str(middle.shift)],
        "audit defect": ["audit", "defect", "scratch"],
        "audit changes": ["audit", "changes"],
        "audit challenges": ["audit", "challenges", "--failed"],
        "audit bypasses": ["audit", "bypasses"],
        "audit clock": ["audit", "clock"],
        "audit missing": ["audit", "missing"],
    }


def ask(words: Sequence[str], station: Path) -> tuple[float, float]:
    """Run one command; seconds from its start to its end, and those in which a processor worked for it."""
    asked = ["--station", str(station), "--json"] if words else ["--version"]
    command = [sys.executable, "-m", "inspector.cli", *words, *asked]
    started, before = time.perf_counter(), os.times()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    seconds, after = time.perf_counter() - started, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    if code not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {code}")
    return seconds, worked


def forget(station: Path) -> None:
    """Take the database out of the operating system's cache, where that can be asked for."""
    if hasattr(os, "posix_fadvise"):
        with (station / "records.sqlite").open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def ask_all(station: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Every question: `first_s` without the cache, `median_s`, `longest_s` and `worked_s` (median) of the rounds."""
    answers = {}
    with tempfile.TemporaryDirectory(dir=station.parent) as scratch:
        for name, words in questions(station, Path(scratch)).items():
            forget(station)
            first, _ = ask(words, station)
            seconds, worked = zip(*(ask(words, station) for _ in range(rounds)), strict=True)
            answers[name] = {
                "first_s": first,
                "median_s": statistics.median(seconds),
                "longest_s": max(seconds),
                "worked_s": statistics.median(worked),
            }
    return answers


def screen_questions(station: Path) -> dict[str, Callable[[AuditReader], object]]:
    """What the screens of history and trends ask: pages that are full, that are empty, and that end at their bound."""
    with AuditReader(station) as reader:
        middle = reader.ranges[len(reader.ranges) // 2 - 1]
        lot = str(reader.lot_of(middle.shift))
        part = next(reader.parts(middle.first + middle.count // 2, middle.first + middle.count))
    serial, day_s = str(part.fields["serial"]["text"]), int(str(part.fields["t_us"])) // 1_000_000  # type: ignore[index]

    def page(**asked: object) -> Callable[[AuditReader], object]:
        return lambda reader: find_parts(reader, PartQuery(**asked), limit=MOST)  # type: ignore[arg-type]

    return {
        "page": page(),
        "page serial": page(serial=serial),
        "page verdict": page(verdict="FAIL"),
        "page defect of a lot": page(defect="burr", lot=lot),
        "page of an hour": page(from_s=day_s, to_s=day_s + 3_600),
        "page that nothing fits": page(verdict="UNTRACKED"),
        "part": lambda reader: everything_about(reader, part),
        "trend by hour": lambda reader: trend_of(reader, TrendQuery(), "hour"),
        "trend of a lot": lambda reader: trend_of(reader, TrendQuery(lot=lot), "shift"),
        "positions": lambda reader: positions_of(reader, TrendQuery()),
    }


def ask_screens(station: Path, rounds: int) -> dict[str, dict[str, float]]:
    """What the screens ask: `first_s` without the cache, `median_s`, `longest_s` and `worked_s` (median)."""
    answers = {}
    for name, question in screen_questions(station).items():
        forget(station)
        taken = []
        for _ in range(rounds + 1):
            started = time.perf_counter(), time.process_time()
            with AuditReader(station) as reader:
                question(reader)
            taken.append((time.perf_counter() - started[0], time.process_time() - started[1]))
        seconds, worked = zip(*taken[1:], strict=True)
        answers[name] = {
            "first_s": taken[0][0],
            "median_s": statistics.median(seconds),
            "longest_s": max(seconds),
            "worked_s": statistics.median(worked),
        }
    return answers


class Store:
    """A store to append to and to look up in.

    Args:
        station: Its directory.
        parts: Part records of it, see `sample`; what is appended are parts like these.
    """

    def __init__(self, station: Path, parts: Sequence[dict[str, object]]) -> None:
        self._parts = parts
        self._serials = [str(one["serial"]["text"]) for one in parts]  # type: ignore[index]
        self._boot, self._number = f"{time.time_ns():016x}", 0
        self._writer = RecordWriter(station, NAME, SigningKey.generate().public_key, boot="1" * 16, reserve_mb=0)
        self._reader = RecordReader(station)

    def append(self) -> tuple[float, float]:
        """Append parts, many under way, each with its picture's record and its outcome: see `_since`, for a part."""
        numbered = [self._next(one) for one in self._parts]
        parts: deque[tuple[dict[str, object], Future[Appended]]] = deque()
        rest: list[Future[Appended]] = []
        started = time.perf_counter(), time.process_time()
        for fields in numbered:
            parts.append((fields, self._writer.append("part", fields)))
            if len(parts) >= IN_FLIGHT:
                rest += self._follow(*parts.popleft())
        for part in parts:
            rest += self._follow(*part)
        for future in rest:
            future.result()
        return _since(started, len(numbered))

    def _next(self, one: dict[str, object]) -> dict[str, object]:
        """A part like this one, with a key, a serial and a picture of its own."""
        self._number += 1
        (view,) = one["views"]  # type: ignore[misc]
        image = {**view["image"], "digest": secrets.token_hex(32)}
        key = {"line_boot": self._boot, "part_seq": self._number}
        serial = {"text": f"SN-{self._boot}-{self._number:06d}", "source": "image"}
        return {**one, "key": key, "serial": serial, "views": [{**view, "image": image}]}

    def _follow(self, fields: dict[str, object], part: Future[Appended]) -> list[Future[Appended]]:
        follow = what_follows(fields, part.result().hash)
        return [self._writer.append(kind, more) for kind, more in follow]

    def look_up(self) -> tuple[float, float]:
        """Look parts up by serial, each with its record decoded: see `_since`."""
        started = time.perf_counter(), time.process_time()
        for serial in self._serials:
            _ = next(self._reader.by_serial_newest_first(serial, from_seq=1)).fields
        return _since(started, len(self._serials))

    def close(self) -> None:
        """Close reader and writer."""
        self._reader.close()
        self._writer.close()


def _since(started: tuple[float, float], times: int) -> tuple[float, float]:
    """Microseconds for each of so many times: passed, and worked by a processor."""
    passed, worked = time.perf_counter() - started[0], time.process_time() - started[1]
    return passed * 1e6 / times, worked * 1e6 / times


def sample(station: Path, count: int) -> list[dict[str, object]]:
    """Part records from all over the store, without their envelopes; serials are theirs."""
    chosen = random.Random(11)
    with contextlib.closing(open_for_writing(station)) as connection:
        (last,) = connection.execute("SELECT max(seq) FROM record WHERE type = 'shift-open' AND " + EVENT).fetchone()
        found = []
        while len(found) < count:
            query = "SELECT bytes FROM record WHERE seq = (SELECT min(seq) FROM part_index WHERE seq >= ?)"
            fields = parse_strict(connection.execute(query, (chosen.randint(1, last),)).fetchone()[0])
            if fields["purpose"] == "production":
                found.append({name: value for name, value in fields.items() if name not in ENVELOPE})
    return found


ENVELOPE = ("v", "type", "station", "seq", "shift", "salt", "prev", "t_us", "mono_us", "boot")


def grow(stations: dict[int, Path], rounds: int, parts: int) -> dict[str, dict[int, list[float]]]:
    """Appends and look-ups on all stores in turn: microseconds of each round, by number of records."""
    taken: dict[str, dict[int, list[float]]] = {name: {size: [] for size in stations} for name in GROWN}
    with contextlib.ExitStack() as stack:
        opened = {}
        for size, station in stations.items():
            opened[size] = Store(station, sample(station, parts))
            stack.callback(opened[size].close)
        for round_number in range(rounds + 1):
            for size, store in sorted(opened.items(), reverse=round_number % 2 == 1):
                for name, value in zip(GROWN, (*store.append(), *store.look_up()), strict=True):
                    if round_number:  # the first one brings the pages into the cache
                        taken[name][size].append(value)
    return taken


def ratio(sizes: dict[int, list[float]]) -> float:
    """How much slower the largest store is than the smallest: the median over the rounds."""
    small, large = sizes[min(sizes)], sizes[max(sizes)]
    return statistics.median(one / other for one, other in zip(large, small, strict=True))


@contextlib.contextmanager
def stores(folder: Path | None, sizes: Sequence[int], *, tell: bool = True) -> Iterator[dict[int, Path]]:
    """A store of each size, below `folder` and kept, or made for this run."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="inspector-bench-", dir=Path.cwd()))
        )
        found = {}
        for size in sizes:
            found[size] = place / f"history-{size}"
            if not (found[size] / "records.sqlite").is_file():
                build(found[size], size, tell=tell)
        yield found


def measure(
    stations: dict[int, Path], *, rounds: int = ROUNDS, grow_rounds: int = GROW_ROUNDS, parts: int = PARTS
) -> dict[str, object]:
    """The whole result as a document."""
    largest = max(stations)
    answers = ask_all(stations[largest], rounds)
    grown = grow(stations, grow_rounds, parts)
    return {
        "records": largest,
        "megabytes": round((stations[largest] / "records.sqlite").stat().st_size / 1e6),
        "questions": answers,
        "screens": ask_screens(stations[largest], rounds),
        "slowest_s": max(answer["longest_s"] for answer in answers.values()),
        "slowest_first_s": max(answer["first_s"] for answer in answers.values()),
        "aim_s": AIM_S,
        **{name: {size: statistics.median(all_) for size, all_ in sizes.items()} for name, sizes in grown.items()},
        "ratio": {name: ratio(sizes) for name, sizes in grown.items()},
        "aim_append_ratio": AIM_RATIO,
        "aim_lookup_us": AIM_LOOKUP_US,
    }


def main() -> int:
    """Measure and show; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the largest store")
    parser.add_argument("--folder", type=Path, help="where stores are kept, and taken from if they are there")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    parser.add_argument("--screens", action="store_true", help="ask only what the screens ask")
    arguments = parser.parse_args()
    if arguments.screens:
        with stores(arguments.folder, [arguments.records]) as stations:
            answers = ask_screens(stations[arguments.records], ROUNDS)
        print(json.dumps(answers, indent=2)) if arguments.json else _say_answers(answers)
        return 0
    with stores(arguments.folder, sizes_up_to(arguments.records)) as stations:
        result = measure(stations)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        _say(result)
    slowest = max(float(str(result["slowest_s"])), float(str(result["slowest_first_s"])))
    ratios = result["ratio"]
    assert isinstance(ratios, dict)
    looked_up = result["lookup_worked_us"]
    assert isinstance(looked_up, dict)
    flat = ratios["append_worked_us"] <= AIM_RATIO and max(looked_up.values()) <= AIM_LOOKUP_US
    return 0 if slowest <= AIM_S and flat else 1


def _say(result: dict[str, object]) -> None:
    answers, ratios = result["questions"], result["ratio"]
    assert isinstance(answers, dict) and isinstance(ratios, dict)
    print(
        f"{result['records']} records, {result['megabytes']} MB; seconds: first, median of {ROUNDS}, longest, processor"
    )
    screens = result["screens"]
    assert isinstance(screens, dict)
    _say_answers(answers)
    _say_answers(screens)
    for name in GROWN:
        sizes = result[name]
        assert isinstance(sizes, dict)
        row = "  ".join(f"{size}: {microseconds:.0f}" for size, microseconds in sizes.items())
        print(f"{name:16} {row}  ratio {ratios[name]:.2f}")


def _say_answers(answers: dict[str, dict[str, float]]) -> None:
    for name, answer in answers.items():
        print(
            f"  {name:24}" + "".join(f" {answer[key]:6.2f}" for key in ("first_s", "median_s", "longest_s", "worked_s"))
        )


if __name__ == "__main__":
    raise SystemExit(main())
