# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the small station directory that stays as a fixture of a release: `python -m tests.assets.stations.make`.

Every station directory that a release has left behind must open, migrate and verify with all later ones. The same
program makes the same records and pictures each time: time, keys and random numbers are given. A directory that was
made is never made again by a later release: what it holds is what that release wrote.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.evidence.retention import Retention, RetentionRule
from inspector.part import PixelFormat
from inspector.store.database import migrations
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt

FOLDER = Path(__file__).parent
NAME = "line-4"
PASSPHRASE = "a passphrase for tests"
BOOT, LINE_BOOT = "00000000000000b1", "00000000000000a1"
ORIGIN = "example.com/plant-log"
VERSION = "0.1.0"
RECIPE = b'name = "disc"\n'
SETTINGS = """\
recipe = "recipes/disc.toml"

[station]
name = "line-4"

[[cameras]]
name = "top"
producer = "simulator"
features = "cameras/simulated.toml"

[detector]
package = "models/disc"

[ledger]
kind = "directory"
origin = "example.com/plant-log"

[plant]
images = "pictures"
"""
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)


class _Given:
    """Stands for the operating system's random numbers."""

    def __init__(self) -> None:
        self._numbers = random.Random(4)

    def token_bytes(self, count: int = 32) -> bytes:
        return self._numbers.randbytes(count)

    def token_hex(self, count: int = 32) -> str:
        return self._numbers.randbytes(count).hex()


@contextmanager
def _given() -> Iterator[None]:
    """Random numbers, keys and file times that are the same each time."""
    numbers = _Given()
    seeds = (bytes([number]) * 32 for number in itertools.count(1))

    def generate() -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(next(seeds))

    with ExitStack() as stack:
        stack.enter_context(patch("secrets.token_bytes", numbers.token_bytes))
        stack.enter_context(patch("secrets.token_hex", numbers.token_hex))
        stack.enter_context(patch("time.time_ns", lambda: 1_790_000_000_000_000_000))
        stack.enter_context(patch.object(Ed25519PrivateKey, "generate", generate))
        yield


class Maker:
    """Writes one station directory through the store of this release."""

    def __init__(self, station: Path) -> None:
        self.station = station
        self.clock = SimulatedClock(start_us=1_790_000_000_000_000)
        self.documents = DocumentStore(station)
        self.images = ImageStore(station)
        self._parts = 0
        key = _make_files(station)
        self.writer = RecordWriter(station, NAME, key.public_key, boot=BOOT, clock=self.clock, reserve_mb=0)
        self.writer.unlock(key).result(10)
        self.reader = RecordReader(station)
        self.ledger = open_ledger(station / "ledger", ORIGIN, NAME, key.public_key, self.reader)
        self._receipts: list[Receipt] = []
        self.anchor = Anchor(self.reader, self.ledger, NAME, DocumentStore(station), self._send)

    def close(self) -> None:
        self.ledger.close()
        self.reader.close()
        self.images.close()
        self.writer.close()

    def _send(self, receipt: Receipt) -> bool:
        self._receipts.append(receipt)
        return True

    def append(self, kind: str, fields: Mapping[str, object]) -> str:
        """One record; its hash."""
        self.clock.advance_ms(1_000)
        return self.writer.append(kind, fields).result(10).hash

    def anchor_all(self) -> None:
        """Bring seals and heads to the log, and their receipts into the records."""
        self._receipts.clear()
        self.anchor.connected()
        self.anchor.work(0)
        for receipt in self._receipts:
            ledger = {"kind": "tlog", "origin": receipt.origin}
            fields = {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}
            self.append("receipt", fields)

    def open_shift(self, lot: str, **more: object) -> None:
        """Open a shift."""
        camera = dict.fromkeys(("vendor", "model", "serial", "firmware"), "simulated")
        settings = self.documents.put(b"ExposureTime = 100.0\n")
        fields = {
            "opened_by": self.writer.commit_operator("op-7").result(10),
            "lot": lot,
            "recipe": {"name": "disc", "digest": self.documents.put(RECIPE)},
            "model": {
                "name": "disc-n",
                "digest": self.documents.put(b'{"name":"disc-n"}'),
                "backend": "openvino",
                "precision": "f32",
            },
            "cameras": [
                {"name": "top", **camera, "producer_sha256": "1" * 64, "settings_digest": settings, "simulated": True}
            ],
            "line": {"backend": "plant", "simulated": True},
            "ledger_checkpoint": None,
            "prev_seal": self.writer.position.prev_seal,
        }
        self.append("shift-open", {**fields, **more})

    def part(self, verdict: str, pattern: int, *, lost: bool = False) -> tuple[str, str]:
        """A part with its picture and its outcome; hash of its record and digest of the picture."""
        self._parts += 1
        pixels = np.random.default_rng(pattern).integers(0, 255, (4, 6), np.uint8)
        digest = pixel_digest("Mono8", pixels.data, 4, 6)
        found = [] if verdict == "PASS" else [{"class": "scratch", "score_ppm": 830_000, "box_16": [16, 16, 48, 32]}]
        key = {"line_boot": LINE_BOOT, "part_seq": self._parts}
        part = self.append("part", {**_part(verdict, self._parts, digest, found), "key": key})
        common: dict[str, Any] = {"part": part, "camera": "top", "image_digest": digest}
        if lost:
            self.append("image-lost", {**common, "reason": "power loss"})
        else:
            stored = self.images.submit(digest, PixelFormat.MONO8, pixels).result(10)
            file = {"file_sha256": stored.file_sha256, "size": stored.size, "codec": "png"}
            self.append("image-stored", {**common, **file})
        good = verdict == "PASS"
        told = {"commanded": "accept" if good else "reject", "confirmed": "good" if good else "reject"}
        self.append("outcome", {"key": key, "part": part, "reason": verdict, **told})
        return part, digest

    def close_shift(self) -> None:
        """Close and seal the shift."""
        note = {"plc_count": None, "station": 0, "difference": None, "note": "no counter"}
        counts = self.writer.position.counts
        note["station"] = int(str(counts["parts"])) + int(str(counts["gap_parts"]))
        self.clock.advance_ms(1_000)
        person = self.writer.commit_operator("op-7").result(10)
        self.writer.seal_shift(person, note).result(10)


def _part(verdict: str, number: int, digest: str, found: list[dict[str, Any]]) -> dict[str, object]:
    image = {"alg": "pixels-sha256/1", "digest": digest, "width": 6, "height": 4, "pixel_format": "Mono8"}
    view = {
        "camera": "top",
        "frame_id": number,
        "t_camera_us": number,
        "image": image,
        "gate": {"brightness_milli": 120_000, "sharpness_milli": 90_000, "failed": []},
        "verdict": verdict,
        "reason": "nothing found" if verdict == "PASS" else "scratch 0.83",
        "detections": found,
    }
    return {
        "plc_count": number,
        "purpose": "production",
        "verdict": verdict,
        "reason": view["reason"],
        "t_edge_us": 1_790_000_000_000_000,
        "serial": {"text": f"SN-{number:04d}", "source": "image"},
        "views": [view],
        "model_digest": hashlib.sha256(b'{"name":"disc-n"}').hexdigest(),
        "recipe_digest": hashlib.sha256(RECIPE).hexdigest(),
        "latency_us": 34_000,
    }


def _make_files(station: Path) -> SigningKey:
    (station / "keys").mkdir(parents=True)
    (station / "station.toml").write_text(SETTINGS, encoding="utf-8")
    key = SigningKey.generate()
    (station / "keys" / "station.key").write_bytes(key.encrypted_pem(PASSPHRASE))
    (station / "keys" / "station.pub").write_text(key.public_key.hex() + "\n", encoding="ascii")
    return key


def fill(maker: Maker) -> None:
    """Two sealed shifts and an open one."""
    software = {"version": VERSION, "python": "3.11"}
    maker.append("station-start", {"software": software, "reason": "start"})
    maker.open_shift("L-1")
    maker.part("PASS", 1)
    maker.part("FAIL", 2)
    maker.part("PASS", 3, lost=True)
    gap_key = {"line_boot": LINE_BOOT, "gap_seq": 1}
    gap = {"key": gap_key, "first_plc_count": 4, "count": 1, "source": "plc", "reason": "line process restarted"}
    maker.append("gap", gap)
    maker.writer.sign_head().result(10)
    maker.anchor_all()
    maker.close_shift()
    maker.anchor_all()
    retention = Retention("one day", (RetentionRule(1, "pass"),))
    named = {"name": retention.name, "digest": maker.documents.put(retention.data)}
    maker.open_shift("L-2", retention=named, customer="ACME")
    maker.part("PASS", 1)
    of, digest = maker.part("PASS", 6)
    maker.close_shift()
    maker.anchor_all()
    maker.open_shift("L-3")
    maker.part("FAIL", 4)
    maker.writer.sign_head().result(10)
    maker.anchor_all()
    maker.part("PASS", 5)
    maker.clock.advance_ms(2 * 86_400_000)
    erased = {"part": of, "camera": "top", "image_digest": digest, "rule": retention.digest}
    maker.append("image-erased", {**erased, "reason": "older than its rule keeps it", "erased_by": None})
    maker.images.path_of(digest).unlink()
    scope = {"lot": "L-1", "serial": None, "from_us": None, "to_us": None, "defect": "scratch"}
    by = maker.writer.commit_operator("QA-7").result(10)
    maker.append("hold", {"name": "complaint 4711", "scope": scope, "by": by, "reason": "complaint of ACME"})


def make(station: Path) -> None:
    """Write the station directory; it must not exist."""
    with _given():
        maker = Maker(station)
        try:
            fill(maker)
        finally:
            maker.close()
    for name in ("ledger/log.key", "ledger/lock", "records.sqlite-wal", "records.sqlite-shm"):
        (station / name).unlink(missing_ok=True)  # the log's key is nobody's business but the log's
    for scratch in ("ledger/incoming", "images/incoming"):
        shutil.rmtree(station / scratch, ignore_errors=True)


def pack(station: Path, archive: Path) -> None:
    """Pack a directory: empty pages of the database take no space then."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in station.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(path.relative_to(station).as_posix(), _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, path.read_bytes())


def name_now() -> str:
    """Name of the fixture that this program makes: its version, and the schema of its database."""
    return f"{VERSION}-schema{migrations()[-1].number}"


def main() -> int:
    """Make the fixture of this release, if it is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put it")
    archive = parser.parse_args().folder / f"{name_now()}.zip"
    if archive.exists():
        print(f"{archive} is there; what a release has made is not made again")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(scratch) / "station")
        pack(Path(scratch) / "station", archive)
    print(f"{archive}: {archive.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
