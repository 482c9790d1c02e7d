# SPDX-License-Identifier: AGPL-3.0-or-later
"""A long history for benchmarks: a station directory as a station leaves it, written through the record book itself.

Every part has its part record (nine of ten PASS, the others FAIL with three findings; one view, a serial), its
image-stored record and its outcome. A shift has 10,000 parts; a head is signed after every 100. There are no image
files: what a benchmark reads are records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from inspector.clock import SystemClock
from inspector.evidence.keys import SigningKey
from inspector.store.book import RecordBook

PARTS_PER_SHIFT = 10_000
PARTS_PER_HEAD = 100
RECORDS_PER_PART = 3
LINE_BOOT = "00000000000000a1"
_PERSON, _MODEL, _RECIPE, _SETTINGS = ("1" * 64, "2" * 64, "3" * 64, "4" * 64)
_EDGE_US = 1_790_000_000_000_000

Progress = Callable[[int], None]
"""Called with the number of records written so far."""


def build_history(station: Path, records: int, progress: Progress | None = None) -> SigningKey:
    """Write at least `records` records into a new station directory; returns the station's key.

    Raises:
        StoreError: The directory cannot be written.
    """
    key = SigningKey.generate()
    (station / "keys").mkdir(parents=True)
    (station / "keys" / "station.pub").write_text(key.public_key.hex() + "\n")
    book = RecordBook(station, "bench", key.public_key, "0" * 16, SystemClock())
    try:
        book.unlock(key)
        first = 1
        while book.position.seq < records:
            parts = min(PARTS_PER_SHIFT, -(-(records - book.position.seq) // RECORDS_PER_PART))
            _write_shift(book, first, parts, progress)
            first += parts
    finally:
        book.close()
    return key


def _write_shift(book: RecordBook, first: int, parts: int, progress: Progress | None) -> None:
    book.append([("shift-open", _shift_open(book.position.prev_seal))])
    for start in range(first, first + parts, PARTS_PER_HEAD):
        numbers = range(start, min(start + PARTS_PER_HEAD, first + parts))
        written = book.append([("part", part_fields(number)) for number in numbers])
        hashes = [one.hash for one in written if not isinstance(one, Exception)]
        book.append([record for pair in zip(numbers, hashes, strict=True) for record in _afterwards(*pair)])
        book.sign_head()
        if progress is not None:
            progress(book.position.seq)
    counted = {"plc_count": parts, "station": parts, "difference": 0, "note": ""}
    book.seal_shift(_PERSON, counted)


def part_fields(number: int) -> dict[str, object]:
    """A part record without its envelope, about 1 kB; every tenth is FAIL."""
    failed = number % 10 == 0
    verdict, reason = ("FAIL", "scratch 0.83 in zone face") if failed else ("PASS", "")
    detection = {"class": "scratch", "score_ppm": 830_000, "box_16": [160, 320, 480, 400]}
    view = {
        "camera": "cam1",
        "frame_id": number,
        "t_camera_us": number * 1_000,
        "image": {
            "alg": "pixels-sha256/1",
            "digest": _digest("pixels", number),
            "width": 2448,
            "height": 2048,
            "pixel_format": "Mono8",
        },
        "gate": {"brightness_milli": 120_500, "sharpness_milli": 90_100, "failed": []},
        "verdict": verdict,
        "reason": reason,
        "detections": [detection] * 3 if failed else [],
    }
    return {
        "key": {"line_boot": LINE_BOOT, "part_seq": number},
        "plc_count": number,
        "purpose": "production",
        "verdict": verdict,
        "reason": reason,
        "t_edge_us": _EDGE_US + number * 200_000,
        "serial": {"text": f"SN-{number:08d}", "source": "image"},
        "views": [view],
        "model_digest": _MODEL,
        "recipe_digest": _RECIPE,
        "latency_us": 34_000,
    }


def _afterwards(number: int, of: str) -> Iterator[tuple[str, dict[str, object]]]:
    """What follows a part: its image, its outcome."""
    failed = number % 10 == 0
    yield (
        "image-stored",
        {
            "part": of,
            "camera": "cam1",
            "image_digest": _digest("pixels", number),
            "file_sha256": _digest("file", number),
            "size": 3_000_000 + number % 1_000,
            "codec": "png",
        },
    )
    yield (
        "outcome",
        {
            "key": {"line_boot": LINE_BOOT, "part_seq": number},
            "part": of,
            "commanded": "reject" if failed else "accept",
            "confirmed": "reject" if failed else "good",
            "reason": "FAIL" if failed else "PASS",
        },
    )


def _shift_open(prev_seal: str) -> dict[str, object]:
    camera = {
        "name": "cam1",
        "vendor": "Acme Vision",
        "model": "AV-5",
        "serial": "12345678",
        "firmware": "2.1",
        "producer_sha256": _SETTINGS,
        "settings_digest": _SETTINGS,
        "simulated": False,
    }
    return {
        "opened_by": _PERSON,
        "lot": "L-42",
        "recipe": {"name": "disc", "digest": _RECIPE},
        "model": {"name": "disc-n", "digest": _MODEL, "backend": "openvino", "precision": "f32"},
        "cameras": [camera],
        "line": {"backend": "modbus", "simulated": False},
        "ledger_checkpoint": None,
        "prev_seal": prev_seal,
    }


def _digest(what: str, number: int) -> str:
    return hashlib.sha256(f"{what} {number}".encode()).hexdigest()
