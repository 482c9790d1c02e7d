# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the records of years of inspection: `python -m benchmarks.plant_history DIR --records 10000000`.

Records, chain, trees, seals, key and lookup tables are made by the station's own code (`RecordBook`) on simulated time;
`inspector verify --no-images` says VERIFIED. For speed, while building only: nothing is synced to the disk, the records
of twenty parts share a transaction, and a shift is not read back before it is sealed. There are no image files, heads
or receipts.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey
from inspector.store.book import RecordBook
from inspector.store.results import Appended, Fields

NAME = "line-4"
START_US = 1_750_000_000_000_000
LINE_BOOT = "00000000000000a1"
SHIFT_PARTS = 8 * 60 * 300
"""Parts of a shift of eight hours at 300 parts per minute."""
PART_MS = 200
BREAK_MS = 16 * 3_600_000
"""One shift a day."""
RECORDS_PER_PART = 3
BATCH_PARTS = 20
"""Parts under way at the same time: about what a line has between camera and ejector."""
CLASSES = ("scratch", "scratch", "scratch", "dent", "burr", "stain")
FAIL_SHARE = 0.02
TOLERATED_SHARE = 0.05
"""Parts that pass with a finding below its limit."""
MODELS = ("a1" * 32, "b2" * 32, "c3" * 32)
"""Before and after the first third of the shifts; the last one for the last tenth of the second shift."""
RECIPES = ("d4" * 32, "e5" * 32)


class BuildBook(RecordBook):
    """The station's book, in a hurry."""

    def hurry(self) -> None:
        """Let the operating system write when it likes."""
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA wal_autocheckpoint = 20000")

    def _check_stored(self) -> None:
        """What was just written is not read back."""


@dataclass
class History:
    """What was built.

    Attributes:
        records: Records, all together.
        parts: Part records.
        shifts: Closed shifts.
        shift_parts: Parts of each.
        key: The station's key.
        verdicts: Production parts by verdict.
        scratches: Parts with a finding of class scratch.
    """

    shift_parts: int
    key: SigningKey
    records: int = 0
    parts: int = 0
    shifts: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    scratches: int = 0


class Builder:
    """Writes shift after shift.

    Args:
        station: Directory; it must not exist.
        records: At least so many records; the last shift is always whole.
        shift_parts: Parts of a shift.
    """

    def __init__(self, station: Path, records: int, shift_parts: int) -> None:
        station.mkdir(parents=True)
        (station / "keys").mkdir()
        self._wanted = records
        self._random = random.Random(7)
        self._clock = SimulatedClock(start_us=START_US)
        self.history = History(shift_parts, SigningKey.generate())
        key = self.history.key
        (station / "keys" / "station.pub").write_text(key.public_key.hex() + "\n", encoding="ascii")
        self._book = BuildBook(station, NAME, key.public_key, "0" * 16, self._clock)
        self._book.hurry()
        self._book.unlock(key)
        self._shifts = max(1, -(-records // (shift_parts * RECORDS_PER_PART)))

    def build(self) -> Iterator[int]:
        """Write; yields the number of records now and then."""
        with closing(self._book):
            self._one("station-start", {"software": {"version": "bench", "python": "3"}, "reason": "start"})
            for number in range(self._shifts):
                yield from self._shift(number)
                self._clock.advance_ms(BREAK_MS)

    def _shift(self, number: int) -> Iterator[int]:
        history = self.history
        person = self._book.commit_operator(f"operator-{number % 7}")
        self._one("shift-open", _opening(number, self._shifts, person, self._book.position.prev_seal))
        self._challenge("passed")
        done = 0
        while done < history.shift_parts:
            count = min(BATCH_PARTS, history.shift_parts - done)
            self._parts(number, done, count)
            done += count
            yield self._book.position.seq
        self._one("state", {"state": "stopped", "reasons": ["REJECTS_IN_ROW: 5 rejects in a row"]})
        self._challenge("failed" if number % 3 == 2 else "passed")
        self._one(
            "signature",
            {
                "signer": person,
                "meaning": "closes the shift; has seen its counts",
                "method": "as typed",
                "target": self._book.position.head,
            },
        )
        counted = history.shift_parts + 2
        self._book.seal_shift(person, {"plc_count": counted, "station": counted, "difference": 0, "note": ""})
        history.shifts += 1
        history.records = self._book.position.seq

    def _parts(self, shift: int, done: int, count: int) -> None:
        """A batch: part records first, since what follows names their hashes; then pictures and outcomes."""
        history = self.history
        batch: list[tuple[str, Fields]] = []
        for offset in range(count):
            history.parts += 1
            fields = self._part(history.parts, *self._rules(shift, done + offset))
            batch.append(("part", fields))
        self._clock.advance_ms(PART_MS * count)
        follow: list[tuple[str, Fields]] = []
        for (_, fields), appended in zip(batch, self._append(batch), strict=True):
            follow += what_follows(fields, appended.hash)
        self._append(follow)

    def _part(self, number: int, model: str, recipe: str) -> Fields:
        history, chance = self.history, self._random.random()
        failed = chance < FAIL_SHARE
        found = [self._random.choice(CLASSES)] if failed or chance > 1 - TOLERATED_SHARE else []
        verdict = "FAIL" if failed else "PASS"
        history.verdicts[verdict] = history.verdicts.get(verdict, 0) + 1
        history.scratches += found == ["scratch"]
        return _part_fields(number, verdict, found, model, recipe, f"SN-{number:09d}")

    def _rules(self, shift: int, position: int) -> tuple[str, str]:
        """The model changes after a third of the shifts, and once within a shift; the recipe after two thirds."""
        exchanged = shift == 1 and position >= self.history.shift_parts * 9 // 10
        model = MODELS[2] if exchanged else MODELS[shift >= self._shifts / 3]
        return model, RECIPES[shift >= self._shifts * 2 / 3]

    def _challenge(self, result: str) -> None:
        self._clock.advance_ms(PART_MS)
        start = self._one("challenge-start", {"started_by": "1" * 64, "set": "2" * 64, "parts": 1, "presentations": 1})
        self.history.parts += 1
        serial, number = "TEST-1", self.history.parts
        fields = {**_part_fields(number, "FAIL", ["dent"], MODELS[0], RECIPES[0], serial), "purpose": "challenge"}
        part = self._one("part", fields)
        for kind, more in what_follows(fields, part.hash):
            self._one(kind, more)
        found = {"part": part.hash, "serial": serial, "class": "dent", "found": True, "rejected": True}
        missing = [] if result == "passed" else ["TEST-2"]
        self._one(
            "challenge",
            {
                "start": start.hash,
                "result": result,
                "reason": f"the challenge {result}",
                "parts_in": 1,
                "parts_out": 1,
                "results": [found],
                "missing": missing,
                "passed_since": None,
            },
        )

    def _one(self, kind: str, fields: Fields) -> Appended:
        return self._append([(kind, fields)])[0]

    def _append(self, records: list[tuple[str, Fields]]) -> list[Appended]:
        made = []
        for result in self._book.append(records):
            if not isinstance(result, Appended):
                raise result
            made.append(result)
        return made


def _opening(number: int, shifts: int, person: str, prev_seal: str) -> Fields:
    serial = f"CAM-{1 if number < shifts / 2 else 2}"
    camera = {
        "name": "top",
        "vendor": "V",
        "model": "M",
        "serial": serial,
        "firmware": "1",
        "producer_sha256": "1" * 64,
        "settings_digest": "f6" * 32,
        "simulated": False,
    }
    return {
        "opened_by": person,
        "lot": f"LOT-{number + 1:04d}",
        "recipe": {"name": "disc", "digest": RECIPES[number >= shifts * 2 / 3]},
        "model": {"name": "disc-n", "digest": MODELS[number >= shifts / 3], "backend": "openvino", "precision": "f32"},
        "cameras": [camera],
        "line": {"backend": "plant", "simulated": False},
        "ledger_checkpoint": None,
        "prev_seal": prev_seal,
    }


def _part_fields(number: int, verdict: str, found: list[str], model: str, recipe: str, serial: str) -> Fields:
    reason = f"{found[0]} 0.83 in zone face" if verdict == "FAIL" else "no finding above the limits"
    digest = hashlib.sha256(number.to_bytes(8, "big")).hexdigest()
    view = {
        "camera": "top",
        "frame_id": number,
        "t_camera_us": number * PART_MS * 1_000,
        "image": {"alg": "pixels-sha256/1", "digest": digest, "width": 2448, "height": 2048, "pixel_format": "Mono8"},
        "gate": {"brightness_milli": 120_500, "sharpness_milli": 90_100, "failed": []},
        "verdict": verdict,
        "reason": reason,
        "detections": [{"class": name, "score_ppm": 830_000, "box_16": [160, 320, 480, 400]} for name in found],
    }
    return {
        "key": {"line_boot": LINE_BOOT, "part_seq": number},
        "plc_count": number,
        "purpose": "production",
        "verdict": verdict,
        "reason": reason,
        "t_edge_us": START_US,
        "serial": {"text": serial, "source": "image"},
        "views": [view],
        "model_digest": model,
        "recipe_digest": recipe,
        "latency_us": 34_000,
    }


def what_follows(part: Fields, part_hash: str) -> list[tuple[str, Fields]]:
    """The records that follow a part: its picture is stored, the line has done something with it."""
    view = part["views"][0]  # type: ignore[index]
    good = part["verdict"] == "PASS"
    stored = {
        "part": part_hash,
        "camera": "top",
        "image_digest": view["image"]["digest"],
        "file_sha256": "2" * 64,
        "size": 2_700_000,
        "codec": "png",
    }
    outcome = {
        "key": part["key"],
        "part": part_hash,
        "commanded": "accept" if good else "reject",
        "confirmed": "good" if good else "reject",
        "reason": "granted" if good else "rejected by the station",
    }
    return [("image-stored", stored), ("outcome", outcome)]


def build(station: Path, records: int, *, shift_parts: int | None = None, tell: bool = False) -> History:
    """Build a station directory with at least so many records, in whole shifts, all sealed."""
    parts = -(-records // RECORDS_PER_PART)
    builder = Builder(station, records, shift_parts or min(SHIFT_PARTS, max(1, parts // 4)))
    told = 0
    for done in builder.build():
        if tell and done - told >= 250_000:
            told = done
            print(f"{done} of {records} records", file=sys.stderr, flush=True)
    return builder.history


def main() -> None:
    """Build, and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("station", type=Path, help="directory to be made")
    parser.add_argument("--records", type=int, default=1_000_000)
    arguments = parser.parse_args()
    history = build(arguments.station, arguments.records, tell=True)
    print(f"{history.records} records, {history.parts} parts, {history.shifts} shifts: {arguments.station}")


if __name__ == "__main__":
    main()
