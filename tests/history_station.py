# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station directory with a history as the writer, the image store and the anchor leave it, without processes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from inspector.clock import SimulatedClock
from inspector.evidence.bundle import image_name
from inspector.evidence.keys import SigningKey
from inspector.evidence.record import pixel_digest
from inspector.evidence.retention import Retention
from inspector.part import PixelFormat
from inspector.store.documents import DocumentStore
from inspector.store.images import ImageStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor
from ledger_anchor.backends import open_ledger
from ledger_anchor.ledger import Receipt
from tests.store_station import CLOSE, NAME, make_writer, opening, outcome, part


class Station:
    """The store of a station and what happens to it, without processes."""

    def __init__(self, path: Path, key: SigningKey, clock: SimulatedClock, *, unlock: bool) -> None:
        self.path, self.clock = path, clock
        self.writer = make_writer(path, key, unlock=unlock, clock=self.clock)
        self.images, self.documents = ImageStore(path), DocumentStore(path)
        self.key = key
        self.stored: list[dict[str, str]] = []
        """Part, camera and digest of each stored image."""

    def shift(self, first: int, parts: int, *, lot: str = "L-42", retention: Retention | None = None) -> None:
        """A whole shift of so many parts, each with image, outcome and head."""
        person = self.writer.commit_operator("anna").result(10)
        fields = {**opening(self.writer), "opened_by": person, "lot": lot}
        digests = [self.documents.put(name.encode()) for name in ("recipe", "model", "camera")]
        fields["recipe"] = {"name": "disc", "digest": digests[0]}
        fields["model"] = {**fields["model"], "digest": digests[1]}
        fields["cameras"] = [{**fields["cameras"][0], "settings_digest": digests[2]}]
        if retention is not None:
            fields["retention"] = {"name": retention.name, "digest": self.documents.put(retention.data)}
        self.writer.append("shift-open", fields).result(10)
        for number in range(first, first + parts):
            self.clock.advance_ms(100)
            self._part(number, digests)
            self.writer.sign_head() if self.writer.unlocked else None
        close = {**CLOSE, "plc_count": parts, "station": parts, "difference": 0}
        self.writer.seal_shift(person, close).result(10)

    def _part(self, number: int, digests: list[str]) -> None:
        pixels = np.full((8, 9), number % 256, np.uint8)
        digest = pixel_digest("Mono8", pixels.data, 8, 9)
        fields = part(number, "FAIL", image=True)
        image = {**fields["views"][0]["image"], "digest": digest, "width": 9, "height": 8}
        fields["views"] = [{**fields["views"][0], "image": image}]
        fields |= {"recipe_digest": digests[0], "model_digest": digests[1]}
        appended = self.writer.append("part", fields).result(10)
        stored = self.images.submit(digest, PixelFormat.MONO8, pixels).result(10)
        about = {"part": appended.hash, "camera": "top", "image_digest": digest}
        file = {"file_sha256": stored.file_sha256, "size": stored.size, "codec": "png"}
        self.writer.append("image-stored", about | file).result(10)
        self.stored.append(about)
        self.writer.append("outcome", outcome(number, appended.hash)).result(10)

    def erase(self, number: int, retention: Retention, reason: str = "old enough") -> None:
        """Erase the so-manieth stored image: record and file."""
        about = self.stored[number]
        more = {"rule": retention.digest, "reason": reason, "erased_by": None}
        self.writer.append("image-erased", about | more).result(10)
        (self.path / image_name(about["image_digest"])).unlink()

    def anchor(self) -> list[Receipt]:
        """Show the log what it has not seen; its receipts are records."""
        sent: list[Receipt] = []

        def send(receipt: Receipt) -> bool:
            sent.append(receipt)
            ledger = {"kind": "tlog", "origin": receipt.origin}
            fields = {"seal": receipt.digest, "ledger": ledger, "index": receipt.index, "proof": receipt.proof}
            self.writer.append("receipt", fields).result(10)
            return True

        with RecordReader(self.path) as reader:
            ledger = open_ledger(self.path / "ledger", "inspector.local/log", NAME, self.key.public_key, reader)
            with closing(ledger):
                anchor = Anchor(reader, ledger, NAME, self.documents, send)
                anchor.work(1.0)
                anchor.work(2.0)
        return sent

    def close(self) -> None:
        """End its threads."""
        self.images.close()
        self.writer.close()


def build_history(path: Path, key: SigningKey) -> None:
    """Three shifts, one of them closed with a locked key, a step of the clock, heads and receipts; a fourth is open."""
    clock = SimulatedClock()
    station = Station(path, key, clock, unlock=True)
    station.shift(1, 3)
    assert len(station.anchor()) == 1
    station.close()
    station = Station(path, key, clock, unlock=False)
    station.shift(4, 3)
    assert station.anchor() == []
    station.writer.unlock(key).result(10)
    station.clock.step_utc_ms(-10_000)
    station.shift(7, 2, lot="L-43")
    assert [receipt.index for receipt in station.anchor()] == [1, 2]
    station.writer.append("shift-open", opening(station.writer)).result(10)
    for number in (9, 10):
        station.writer.append("part", part(number, "FAIL")).result(10)
        station.writer.sign_head().result(10)
        station.anchor()
    station.close()
