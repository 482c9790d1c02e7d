# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small station directory, written from scratch: two sealed shifts, one open, images, a log with receipts."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from inspector.evidence import merkle, note, seal, tiles
from inspector.evidence.chain import Chain, Entry, Stamp
from inspector.evidence.keys import SigningKey
from inspector.evidence.proof import LogProof, format_proof
from tests.unit.evidence_samples import BOOT, FIELDS, LINE_BOOT, T0_US, VIEW

STATION_KEY = SigningKey.generate()
LOG_KEY = SigningKey.generate()
ORIGIN = "example.com/plant"
SCHEMA = """
CREATE TABLE record (seq INTEGER PRIMARY KEY, type TEXT, shift INTEGER, bytes BLOB, hash BLOB);
CREATE TABLE part_key (line_boot TEXT, part_seq INTEGER, seq INTEGER, PRIMARY KEY (line_boot, part_seq));
CREATE TABLE outcome_key (line_boot TEXT, part_seq INTEGER, seq INTEGER, PRIMARY KEY (line_boot, part_seq));
CREATE TABLE gap_key (line_boot TEXT, part_seq INTEGER, seq INTEGER, PRIMARY KEY (line_boot, part_seq));
CREATE TABLE seal (shift INTEGER PRIMARY KEY, bytes BLOB, signature BLOB);
CREATE TABLE seal_unsigned (shift INTEGER PRIMARY KEY, bytes BLOB);
CREATE TABLE head (shift INTEGER, count INTEGER, bytes BLOB, signature BLOB, PRIMARY KEY (shift, count));
"""


class Log:
    """A C2SP log in a directory, as simple as it can be."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.entries: list[bytes] = []
        directory.mkdir(parents=True)
        (directory / "log.vkey").write_text(note.NoteKey(ORIGIN, LOG_KEY.public_key).vkey() + "\n")

    def add(self, entry: bytes) -> tuple[int, str]:
        """Append, publish and prove."""
        self.entries.append(entry)
        leaves = [merkle.leaf_hash(item) for item in self.entries]
        checkpoint = note.Checkpoint(ORIGIN, len(leaves), merkle.root(leaves))
        signed = note.sign_checkpoint(checkpoint, LOG_KEY, LOG_KEY.public_key)
        self.publish(leaves)
        (self.directory / "checkpoint").write_text(signed, encoding="utf-8", newline="")
        index = len(leaves) - 1
        return index, format_proof(LogProof(index, tuple(merkle.inclusion_proof(leaves, index)), signed))

    def publish(self, leaves: list[bytes]) -> None:
        """Write the last bundle and the tiles at the right edge."""
        start = (len(leaves) - 1) // 256 * 256
        width = len(leaves) - start
        self._write(str(tiles.entries_path(start // 256, width)), tiles.encode_entries(self.entries[start:]))
        level = 0
        while leaves:
            start = (len(leaves) - 1) // 256 * 256
            path = tiles.tile_path(level, start // 256, len(leaves) - start)
            self._write(str(path), b"".join(leaves[start:]))
            full = len(leaves) // 256 * 256
            leaves = [merkle.root(leaves[at : at + 256]) for at in range(0, full, 256)]
            level += 1

    def _write(self, path: str, data: bytes) -> None:
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


class StationBuilder:
    """Writes a valid station directory; tests then damage it."""

    def __init__(self, directory: Path, name: str = "demo") -> None:
        self.directory = directory
        self.name = name
        self.chain = Chain(name)
        self.key = STATION_KEY
        self.prev_seal = "0" * 64
        self.entries: list[Entry] = []
        self.part_seq = 0
        self.opened_us = 0
        self.ahead_us = 0
        directory.mkdir()
        (directory / "keys").mkdir()
        (directory / "keys" / "station.pub").write_text(STATION_KEY.public_key.hex() + "\n")
        self.log = Log(directory / "ledger")
        self.db = sqlite3.connect(directory / "records.sqlite", isolation_level=None)
        self.db.executescript(SCHEMA)

    def append(self, kind: str, fields: dict[str, object]) -> Entry:
        """One record, with its row in the key table of its type."""
        number = self.chain.seq + 1
        entry = self.chain.append(kind, fields, Stamp(self.time_of(number), number * 1000, BOOT))
        self.entries.append(entry)
        self.db.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            (entry.seq, entry.kind, entry.shift, entry.data, entry.digest),
        )
        table = {"part": "part_key", "outcome": "outcome_key", "gap": "gap_key"}.get(kind)
        key = fields.get("key")
        if table and isinstance(key, dict):
            boot, sequence = key.values()
            self.db.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (boot, sequence, entry.seq))
        return entry

    def time_of(self, number: int) -> int:
        """UTC of a record that is made now."""
        return T0_US + self.ahead_us + number * 1000

    def open_shift(self, **more: object) -> None:
        """A shift-open record that names the last seal."""
        document = b"camera settings"
        name = hashlib.sha256(document).hexdigest()
        (self.directory / "documents").mkdir(exist_ok=True)
        (self.directory / "documents" / name).write_bytes(document)
        cameras = FIELDS["shift-open"]["cameras"]
        assert isinstance(cameras, list)
        self.opened_us = self.time_of(self.chain.seq + 1)
        fields: dict[str, object] = {"prev_seal": self.prev_seal, "ledger_checkpoint": None}
        fields["cameras"] = [{**cameras[0], "settings_digest": name}]
        self.append("shift-open", {**FIELDS["shift-open"], **fields, **more})

    def part(
        self, verdict: str = "PASS", *, stored: bool = True, pixels: int | None = None, **more: object
    ) -> dict[str, str]:
        """A part with its image and its outcome; names part, camera and image."""
        self.part_seq += 1
        pixels = pixels or self.part_seq
        key = {"line_boot": LINE_BOOT, "part_seq": self.part_seq}
        file = b"not really a PNG %d" % pixels
        digest = hashlib.sha256(b"pixels %d" % pixels).hexdigest()
        image = VIEW["image"]
        assert isinstance(image, dict)
        view = {**VIEW, "verdict": verdict, "image": {**image, "digest": digest}}
        part = self.append("part", {**FIELDS["part"], "key": key, "verdict": verdict, "views": [view], **more})
        common = {"part": part.digest.hex(), "camera": "top", "image_digest": digest}
        if stored:
            path = self.directory / "images" / digest[:2] / f"{digest}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file)
            size, file_hash = len(file), hashlib.sha256(file).hexdigest()
            self.append("image-stored", {**common, "file_sha256": file_hash, "size": size, "codec": "png"})
        else:
            self.append("image-lost", {**common, "reason": "power loss"})
        good = verdict == "PASS"
        outcome = {"commanded": "accept" if good else "reject", "confirmed": "good" if good else "reject"}
        self.append("outcome", {"key": key, "part": part.digest.hex(), "reason": verdict, **outcome})
        return common

    def head(self) -> None:
        """A signed head over what is there, anchored."""
        data = seal.build_head(self.name, self.chain.span, *self._common())
        document = seal.sign_document(data, self.key)
        row = (self.chain.shift, self.chain.span.count, document.data, document.signature)
        self.db.execute("INSERT INTO head VALUES (?, ?, ?, ?)", row)
        self.anchor(document)

    def close_shift(
        self, *, anchor: bool = True, reconciliation: dict[str, object] | None = None, independent: object = "same"
    ) -> seal.SignedDocument:
        """Shift-close and seal, with the same independent counts if not told otherwise."""
        counts = self.chain.span.counts.as_dict()
        fields: dict[str, object] = {**FIELDS["shift-close"], "counts": counts}
        if reconciliation is not None:
            fields["reconciliation"] = reconciliation
        if independent == "same":
            independent = None if reconciliation is None else reconciliation.get("independent")
        closed = self.append("shift-close", fields)
        t_close_us = self.time_of(closed.seq)
        data = seal.build_seal(
            self.name,
            self.chain.span,
            *self._common(),
            t_open_us=self.opened_us,
            t_close_us=t_close_us,
            independent=independent,
        )
        document = seal.sign_document(data, self.key)
        row = (self.chain.shift, document.data, document.signature)
        self.db.execute("INSERT INTO seal VALUES (?, ?, ?)", row)
        self.prev_seal = document.digest
        self.chain.start_shift()
        if anchor:
            self.anchor(document)
        return document

    def anchor(self, document: seal.SignedDocument) -> None:
        """Log a document and record its receipt."""
        index, proof = self.log.add(document.leaf)
        ledger = {"kind": "tlog", "origin": ORIGIN}
        self.append("receipt", {"seal": document.digest, "ledger": ledger, "index": index, "proof": proof})

    def _common(self) -> tuple[str, int, str, bytes, bool]:
        t_us = self.time_of(self.chain.seq) + 500
        return self.chain.prev, t_us, self.prev_seal, self.key.public_key, True


@contextmanager
def building(directory: Path, name: str = "demo") -> Iterator[StationBuilder]:
    """A builder whose database is closed at the end."""
    builder = StationBuilder(directory, name)
    with closing(builder.db):
        yield builder


def build_station(directory: Path) -> list[Entry]:
    """The directory that most tests use; returns its records."""
    with building(directory) as builder:
        builder.append("station-start", FIELDS["station-start"])
        builder.open_shift()
        builder.append("state", FIELDS["state"])
        builder.part("PASS")
        builder.head()
        builder.part("FAIL")
        builder.part("NO_DECISION", stored=False)
        builder.append("gap", FIELDS["gap"])
        builder.append("signature", FIELDS["signature"])
        builder.close_shift()
        builder.open_shift()
        builder.part("PASS")
        builder.close_shift()
        builder.open_shift()
        builder.part("FAIL")
        builder.head()
        builder.part("PASS")
        return builder.entries
