# SPDX-License-Identifier: AGPL-3.0-or-later
"""A bundle of a station directory as the page describes it, also of one that was tampered with."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from inspector.evidence import bundle as form
from inspector.evidence.bundle import BundleWriter, Manifest, Scope
from inspector.evidence.record import document_hash, record_hash

_DIGESTS = re.compile(rb'"([0-9a-f]{64})"')


def bundle_of(station: Path, output: Path, first_shift: int = 1, last_shift: int = 2**40) -> Path:
    """Write the bundle of some shifts; where the tables say nonsense, so does the bundle."""
    with closing(sqlite3.connect(station / "records.sqlite")) as db:
        rows = db.execute("SELECT seq, shift, bytes FROM record ORDER BY seq").fetchall()
        seals = db.execute("SELECT shift, bytes, signature FROM seal ORDER BY shift").fetchall()
        heads = db.execute("SELECT shift, bytes, signature FROM head ORDER BY shift, count").fetchall()
    before = [(seq, data) for seq, shift, data in rows if shift < first_shift]
    inside = [(seq, shift, data) for seq, shift, data in rows if first_shift <= shift <= last_shift]
    records = [data for _, _, data in inside]
    seals_before = [data for shift, data, _ in seals if shift == first_shift - 1]
    kind = "all" if last_shift == 2**40 and first_shift == 1 else "shift"
    manifest = Manifest(
        json.loads(records[0])["station"],
        Scope(kind, "" if kind == "all" else str(first_shift)),
        inside[0][0],
        len(inside),
        first_shift,
        inside[-1][1],
        record_hash(before[-1][1]).hex() if before else "0" * 64,
        document_hash(seals_before[0]) if seals_before else "0" * 64,
        True,
    )
    seals = [(data, signature) for shift, data, signature in seals if shift >= first_shift]
    heads = [(data, signature) for shift, data, signature in heads if first_shift <= shift <= last_shift]
    with output.open("w+b") as stream, closing(BundleWriter(stream)) as writer:
        writer.add("bundle.json", manifest.encode())
        writer.add_lines("records.jsonl", (data + b"\n" for data in records))
        writer.add_lines("seals.txt", (form.signed_line(*seal) for seal in seals))
        writer.add_lines("heads.txt", (form.signed_line(*head) for head in heads))
        others = [data for seq, shift, data in rows if not first_shift <= shift <= last_shift]
        writer.add_lines("receipts.txt", _receipts(others, {document_hash(data) for data, _ in (*seals, *heads)}))
        for name, data in _files(station, records, [data for _, _, data in rows]):
            writer.add(name, data)
        writer.finish()
    return output


def _receipts(records: list[bytes], documents: set[str]) -> list[bytes]:
    found = []
    for data in records:
        fields: dict[str, Any] = json.loads(data)
        if fields["type"] == "receipt" and fields["seal"] in documents:
            found.append((fields["seal"], form.receipt_line(fields)))
    return [line for _, line in sorted(found)]


def _files(station: Path, records: list[bytes], everything: list[bytes]) -> Iterator[tuple[str, bytes]]:
    yield from _there(station / "keys" / "station.pub", "keys/station.pub")
    yield from _there(station / "ledger" / "log.vkey", "keys/log.vkey")
    named = {digest.decode() for data in records for digest in _DIGESTS.findall(data)}
    named |= {digest.decode() for data in everything if b'"key-' in data for digest in _DIGESTS.findall(data)}
    for folder in ("documents", "challenge"):
        files = sorted((station / folder).iterdir()) if (station / folder).is_dir() else []
        for path in files:
            if path.name in named or any(path.name.encode() in data for data in records):
                yield from _there(path, f"{folder}/{path.name}")
    digests = re.findall(rb'"image_digest":"([0-9a-f]{64})".*?"type":"image-stored"', b"\n".join(records))
    for digest in dict.fromkeys(digests):
        name = form.image_name(digest.decode())
        yield from _there(station / name, name)


def _there(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        yield name, path.read_bytes()
