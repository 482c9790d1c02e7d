# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trends as their document: rates in parts per million, and limits beside them."""

from __future__ import annotations

from typing import Literal

from inspector.api.trend_schema import DefectCount, TrendBucket, TrendChart, Trends
from inspector.store.queries.p_chart import Point, chart
from inspector.store.queries.p_prime import ENOUGH_PARTS, ENOUGH_SUBGROUPS, Subgroup
from inspector.store.queries.trends import Bucket, Trend


def trends_document(trend: Trend, by: Literal["hour", "shift"]) -> Trends:
    """The document of a trend."""
    normal, points = chart([Subgroup(one.inspected, one.rejected) for one in trend.buckets])
    classes = sorted(trend.classes.items(), key=lambda one: (-one[1], one[0]))
    about = None
    if normal is not None:
        about = TrendChart(
            mean_ppm=_ppm(normal.mean), sigma_z_milli=round(1000 * normal.sigma_z), subgroups=normal.subgroups
        )
    return Trends(
        by=by,
        buckets=tuple(_bucket(one, point) for one, point in zip(trend.buckets, points, strict=True)),
        classes=tuple(DefectCount(name=name, parts=parts) for name, parts in classes),
        chart=about,
        enough=ENOUGH_SUBGROUPS,
        enough_parts=ENOUGH_PARTS,
        complete=trend.complete,
    )


def _bucket(one: Bucket, point: Point) -> TrendBucket:
    return TrendBucket(
        start_us=one.start_s * 1_000_000,
        shift=one.shift,
        verdicts=one.verdicts,
        inspected=one.inspected,
        rejected=one.rejected,
        rate_ppm=_ppm(one.rejected / one.inspected) if one.inspected else 0,
        low_ppm=None if point.low is None else _ppm(point.low),
        high_ppm=None if point.high is None else _ppm(point.high),
        beyond=point.beyond,
        run=point.run,
    )


def _ppm(rate: float) -> int:
    return round(1_000_000 * rate)
