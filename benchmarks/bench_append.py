# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole append path against bare SQLite: `python benchmarks/bench_append.py [--json]`.

Bare is what the path cannot do without: the rows of a part (record, key, serial) in the same tables of the same kind of
file (WAL, synchronous=FULL), one transaction per part, in a loop, nothing else. Ours adds what makes a record of it:
envelope, schema, canonical bytes, hash, chain, tree, the queue and the other thread. Measured twice: with one append
after the other (`one by one`: what a part waits for its grant) and with many under way (`in flight`: how fast the
station can record when there is much to record, as after a restart or at the highest rates; waiting records share
commits). On a disk with a dear fsync both come close to bare, or pass it: what ours adds is processor time. Rounds are
interleaved; the median of five counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections import deque
from concurrent.futures import Future
from pathlib import Path

from inspector.evidence.keys import SigningKey
from inspector.store.database import open_for_writing
from inspector.store.writer import Appended, RecordWriter

ROUNDS = 5
RECORDS = 1_000
IN_FLIGHT = 32
AIM = 0.8


def fields(number: int) -> dict[str, object]:
    """A part record of usual size: one view, three findings, about 1.3 kB."""
    detection = {"class": "scratch", "score_ppm": 830_000, "box_16": [160, 320, 480, 400]}
    image = {
        "alg": "pixels-sha256/1",
        "digest": secrets.token_hex(32),
        "width": 2448,
        "height": 2048,
        "pixel_format": "Mono8",
    }
    view = {
        "camera": "cam1",
        "frame_id": number,
        "t_camera_us": number * 1_000,
        "image": image,
        "gate": {"brightness_milli": 120_500, "sharpness_milli": 90_100, "failed": []},
        "verdict": "FAIL",
        "reason": "scratch 0.83 in zone face",
        "detections": [detection] * 3,
    }
    return {
        "key": {"line_boot": "00000000000000a1", "part_seq": number},
        "plc_count": number,
        "purpose": "production",
        "verdict": "FAIL",
        "reason": "scratch 0.83 in zone face",
        "t_edge_us": 1_790_000_000_000_000,
        "serial": {"text": f"SN-{number:06d}", "source": "image"},
        "views": [view],
        "model_digest": "2" * 64,
        "recipe_digest": "3" * 64,
        "latency_us": 34_000,
    }


class Bare:
    """The same rows in the same tables, one transaction each; the bytes are the same ones every time."""

    def __init__(self, folder: Path, *, lookups: bool) -> None:
        folder.mkdir()
        self._connection = open_for_writing(folder)
        self._lookups = lookups
        self._number = 0
        self._data, self._digest = secrets.token_bytes(1_300), secrets.token_bytes(32)

    def run(self) -> None:
        """Insert one round."""
        execute = self._connection.execute
        for number in range(self._number + 1, self._number + RECORDS + 1):
            execute("BEGIN IMMEDIATE")
            execute("INSERT INTO record VALUES (?, 'part', 1, ?, ?)", (number, self._data, self._digest))
            if self._lookups:
                execute("INSERT INTO part_key VALUES ('00000000000000a1', ?, ?)", (number, number))
                execute("INSERT INTO serial VALUES (?, ?)", (f"SN-{number:06d}", number))
            execute("COMMIT")
        self._number += RECORDS

    def prepare(self) -> None:
        """Nothing: the bytes are always the same."""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Ours:
    """The record writer."""

    def __init__(self, folder: Path, in_flight: int) -> None:
        folder.mkdir()
        key = SigningKey.generate()
        self._writer = RecordWriter(folder, "bench", key.public_key, boot="0" * 16, reserve_mb=0)
        self._in_flight = in_flight
        self._number = 0
        self.prepare()

    def prepare(self) -> None:
        """Make the fields of one round: what the judge hands over is there already."""
        self._next = [fields(self._number + offset) for offset in range(1, RECORDS + 1)]
        self._number += RECORDS

    def run(self) -> None:
        """Append one round, never with more than `in_flight` unanswered."""
        waiting: deque[Future[Appended]] = deque()
        for one in self._next:
            waiting.append(self._writer.append("part", one))
            if len(waiting) >= self._in_flight:
                waiting.popleft().result()
        for future in waiting:
            future.result()

    def close(self) -> None:
        """Close the writer."""
        self._writer.close()


def measure() -> dict[str, object]:
    """Run all rounds; the result as a document."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        subjects = {
            "bare": Bare(folder / "bare", lookups=True),
            "bare, one row": Bare(folder / "row", lookups=False),
            "one by one": Ours(folder / "one", 1),
            "in flight": Ours(folder / "flight", IN_FLIGHT),
        }
        seconds: dict[str, list[float]] = {name: [] for name in subjects}
        for _ in range(ROUNDS):
            for name, subject in subjects.items():
                started = time.perf_counter()
                subject.run()
                seconds[name].append(time.perf_counter() - started)
                subject.prepare()
        for subject in subjects.values():
            subject.close()
    rates = {name: RECORDS / statistics.median(values) for name, values in seconds.items()}
    return {
        "records_per_round": RECORDS,
        "rounds": ROUNDS,
        "in_flight": IN_FLIGHT,
        "sqlite": sqlite3.sqlite_version,
        "python": platform.python_version(),
        "per_second": {name: round(rate) for name, rate in rates.items()},
        "of_bare": {name: round(rates[name] / rates["bare"], 2) for name in ("one by one", "in flight")},
        "aim": AIM,
    }


def main() -> None:
    """Print words or one JSON document."""
    parser = argparse.ArgumentParser(description="append path against bare SQLite")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    as_json = parser.parse_args().json
    result = measure()
    if as_json:
        print(json.dumps(result, indent=2))
        return
    for name, rate in result["per_second"].items():  # type: ignore[attr-defined]
        share = result["of_bare"].get(name)  # type: ignore[attr-defined]
        print(f"{name:12} {rate:7} records/s" + ("" if share is None else f"  {share:.2f} of bare (aim {AIM})"))


if __name__ == "__main__":
    main()
