# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector export reviews`: what people said of parts, with pictures and findings: input of the next training."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.cli.export_common import tell_station, write_file
from inspector.cli.output import Output, add_json
from inspector.store.queries.fields import Fields, items, serial_of, text, utc
from inspector.store.queries.reviews import Review, ReviewReader
from inspector.store.queries.serial import IMAGES
from inspector.store.read import StoredRecord

COLUMNS = (
    "part_record",
    "serial",
    "verdict",
    "model",
    "camera",
    "image_digest",
    "file",
    "width",
    "height",
    "detections",
    "finding",
    "class",
    "role",
    "note",
    "review_record",
    "review_utc",
)


def add_parser(things: Any) -> None:
    """Add `reviews`."""
    parser = things.add_parser("reviews", help="what people said of parts, with pictures and findings, for training")
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy of it")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("reviews.csv"), metavar="FILE", help="default: reviews.csv"
    )
    add_json(parser)
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Write the list; 1 if nobody has reviewed anything."""
    output = Output(as_json=arguments.json)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    parts, findings = 0, Counter[str]()
    with ReviewReader(arguments.station) as reader:
        for part in reader.reviewed():
            parts += 1
            for review in reader.counting(part.seq):
                findings[review.finding] += 1
                writer.writerows(_rows(part, review))
    digest = write_file(arguments.output, table.getvalue().encode("utf-8"))
    document = {
        "file": str(arguments.output),
        "sha256": digest,
        "parts": parts,
        "reviews": dict(sorted(findings.items())),
        "record": tell_station(arguments.station, "reviews", "all", arguments.output),
    }
    output.document(document)
    told = ", ".join(f"{number} {finding}" for finding, number in sorted(findings.items())) or "nobody reviewed any"
    output.say(f"{arguments.output}: {parts} parts; {told}")
    return 0 if parts else 1


def _rows(part: StoredRecord, review: Review) -> Iterator[tuple[object, ...]]:
    """A line for each picture of the part; no names."""
    fields = part.fields
    for view in items(fields, "views"):
        image = view.get("image")
        if isinstance(image, dict):
            yield (
                part.seq,
                serial_of(fields) or "",
                text(fields, "verdict"),
                fields.get("model_digest") or "",
                text(view, "camera"),
                *_picture(image),
                json.dumps(view.get("detections"), separators=(",", ":")),
                review.finding,
                review.class_name or "",
                review.role or "",
                review.note,
                review.seq,
                utc(review.t_us),
            )


def _picture(image: Fields) -> tuple[object, ...]:
    digest = text(image, "digest")
    return digest, f"{IMAGES}/{digest[:2]}/{digest}.png", image.get("width"), image.get("height")
