# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints of trends: counted in a thread, two questions at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import FastAPI, Query

from inspector.api.history import History
from inspector.api.history_routes import Moment, Sought, normal
from inspector.api.trend_schema import DefectPositions, Trends
from inspector.errors import Overloaded
from inspector.store.queries.reader import LAST
from inspector.store.queries.trends import TrendQuery

AT_ONCE = 2


def add_trends(app: FastAPI, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        history: Records on the disk.
    """
    places = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def place() -> Iterator[None]:
        if not places.acquire(blocking=False):
            raise Overloaded("trends are being counted for others", "Try again in a few seconds")
        try:
            yield
        finally:
            places.release()

    @app.get("/v1/trends")
    def trends(
        since: Moment | None = None,
        until: Moment | None = None,
        lot: Sought | None = None,
        bucket: Annotated[Literal["hour", "shift"], Query()] = "hour",
    ) -> Trends:
        """Verdicts by hour or shift with the limits of a p' chart, and rejects by class of defects."""
        with place():
            return history.trends(_asked(since, until, lot), bucket)

    @app.get("/v1/trends/positions")
    def positions(
        since: Moment | None = None,
        until: Moment | None = None,
        lot: Sought | None = None,
        defect: Annotated[Sought | None, Query(alias="class")] = None,
    ) -> DefectPositions:
        """Where in the pictures rejects had their findings."""
        with place():
            return history.positions(_asked(since, until, lot), normal(defect))


def _asked(since: Moment | None, until: Moment | None, lot: str | None) -> TrendQuery:
    from_s = 0 if since is None else int(since.timestamp())
    to_s = LAST if until is None else int(until.timestamp())
    return TrendQuery(normal(lot), from_s, to_s)
