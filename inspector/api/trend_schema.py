# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about trends. Rates are in parts per million."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inspector.api.schema import Count, Document, Sha256

Ppm = Annotated[int, Field(ge=0, le=1_000_000)]


class TrendBucket(Document):
    """The production parts of an hour or a shift; `rejected` and `rate_ppm` are of `inspected`: bypassed parts are not.

    `low_ppm` and `high_ppm` are its limits on the p' chart; `beyond` says on which side it lies outside of them, `run`
    that it is one of eight or more in a row on one side of the mean.
    """

    start_us: int
    shift: int | None = None
    verdicts: dict[str, Count]
    inspected: Count
    rejected: Count
    rate_ppm: Ppm
    low_ppm: Ppm | None = None
    high_ppm: Ppm | None = None
    beyond: Literal["above", "below"] | None = None
    run: bool = False


class DefectCount(Document):
    """On how many rejected parts a class was found."""

    name: str
    parts: Count


class TrendChart(Document):
    """What the limits come from: mean of the rates, and how much wider they scatter than by chance, in thousandths."""

    mean_ppm: Ppm
    sigma_z_milli: Count
    subgroups: Count


class Trends(Document):
    """How it went: buckets oldest first, classes by number of parts.

    `chart` is null when fewer than `enough` buckets have at least `enough_parts` parts, or nothing or everything was
    rejected. `complete` is false when only the newest of what was asked for was looked at.
    """

    by: Literal["hour", "shift"]
    buckets: tuple[TrendBucket, ...]
    classes: tuple[DefectCount, ...]
    chart: TrendChart | None
    enough: Count
    enough_parts: Count
    complete: bool


class CameraMap(Document):
    """Findings on the rejects of a camera by cell: rows from the top, cells from the left; `image` is of the newest."""

    camera: str
    width: Count
    height: Count
    image: Sha256
    cells: tuple[tuple[Count, ...], ...]
    findings: Count


class DefectPositions(Document):
    """Where rejects had their findings; `parts` of them were read, `complete` is false when there are older ones."""

    maps: tuple[CameraMap, ...]
    parts: Count
    complete: bool
