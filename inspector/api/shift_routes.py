# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints of alarms, and of the hand-over of a shift."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from pathlib import Path as Folder
from typing import Annotated

from fastapi import FastAPI, Path

from inspector.api.command_schema import Statement
from inspector.api.commands import OPEN_WITHIN_S, Session, checked
from inspector.api.history import History
from inspector.api.link import StationLink
from inspector.api.schema import AlarmsInfo, Status
from inspector.api.seal_places import seal_words
from inspector.api.shift_schema import (
    FLOOD_IN_TEN_MINUTES,
    AlarmAnswered,
    AlarmCount,
    AlarmList,
    AlarmRate,
    AlarmSeen,
    AlarmShelve,
    Handover,
    TakenOver,
    TakeOver,
)
from inspector.errors import NotFound
from inspector.store.queries.alarms import alarm_counts
from inspector.store.queries.handover import handover
from inspector.store.queries.reader import AuditReader

MOST_FREQUENT = 10
AlarmCode = Annotated[str, Path(pattern=r"^[A-Z][A-Z_]{1,63}$")]


def add_alarms(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Knows which stand.
        history: Knows how many came.
    """

    async def ask(command: str, code: str, body: AlarmSeen | AlarmShelve, session: str) -> AlarmAnswered:
        arguments: dict[str, object] = {"code": code, **body.model_dump(exclude_none=True)}
        answer = await link.call(command, arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(AlarmAnswered.model_validate, answer)

    @app.get("/v1/alarms")
    async def alarms() -> AlarmList:
        """The alarms that stand, those that are shelved, and how many came."""
        status = checked(Status.model_validate, await link.call("status", {}, "api", OPEN_WITHIN_S))
        return await asyncio.to_thread(alarm_list, history.station, status.alarms)

    @app.post("/v1/alarms/{code}/acknowledge")
    async def acknowledge(code: AlarmCode, body: AlarmSeen, session: Session = "") -> AlarmAnswered:
        """Somebody has seen it."""
        return await ask("alarm-acknowledge", code, body, session)

    @app.post("/v1/alarms/{code}/shelve")
    async def shelve(code: AlarmCode, body: AlarmShelve, session: Session = "") -> AlarmAnswered:
        """Do not show it for a while; whatever it keeps the station from stays so."""
        return await ask("alarm-shelve", code, body, session)

    @app.post("/v1/alarms/{code}/unshelve")
    async def unshelve(code: AlarmCode, body: AlarmSeen, session: Session = "") -> AlarmAnswered:
        """Show it again."""
        return await ask("alarm-unshelve", code, body, session)


def add_handover(app: FastAPI, link: StationLink, history: History) -> None:
    """Add the page of a shift, and the signature of who takes it over.

    Args:
        app: The application.
        link: Takes the signature.
        history: Records on the disk.
    """

    @app.post("/v1/shift/take-over/statement")
    async def statement(session: Session = "") -> Statement:
        """What who comes signs to take over the shift that was closed last, word for word."""
        return checked(Statement.model_validate, await link.call("take-over-statement", {}, "", OPEN_WITHIN_S, session))

    @app.post("/v1/shift/take-over")
    async def take_over(body: TakeOver, session: Session = "") -> TakenOver:
        """Sign that the shift which was closed last is taken over; never by who has closed it."""
        arguments = body.model_dump(exclude_none=True)
        answer = await link.call("take-over", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(TakenOver.model_validate, answer)

    @app.get("/v1/shift/{number}/handover")
    def page(number: Annotated[int, Path(ge=1, le=2**53 - 1)]) -> Handover:
        """What who comes has to know of a shift, closed or open, from the records."""
        return handover_page(history.station, number)


def handover_page(station: Folder, number: int) -> Handover:
    """The page of a shift.

    Args:
        station: Station directory.
        number: Of the shift.

    Raises:
        NotFound: There is no such shift.
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    with AuditReader(station) as reader:
        found = handover(reader, number)
        seal = None if found is None else found.summary.seal
        receipts = [] if seal is None else reader.receipts(seal)
    if found is None:
        raise NotFound(f"there is no shift {number}", "See the number in the status")
    fields = asdict(found)
    fields |= {
        "shift": number,
        "defects": [{"name": name, "count": count} for name, count in found.defects],
        "alarms": [{"code": code, "count": count} for code, count in found.alarms],
        "seal": None,
        "taken_over": None,
    }
    if found.taken_over is not None:
        fields["taken_over"] = dict(zip(("t_us", "role"), found.taken_over, strict=True))
    if seal is not None:
        fields["seal"] = seal_words(station, seal, signed=found.summary.signed, receipts=receipts)
    return Handover.model_validate(fields)


def alarm_list(station: Folder, standing: AlarmsInfo) -> AlarmList:
    """What stands, and how many alarms came.

    Args:
        station: Station directory.
        standing: What the station says.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    with AuditReader(station) as reader:
        counts = alarm_counts(reader, time.time_ns() // 1000)
    rate = AlarmRate(
        last_ten_minutes=counts.ten_minutes,
        last_hour=counts.hour,
        flood=counts.ten_minutes > FLOOD_IN_TEN_MINUTES,
    )
    week = tuple(AlarmCount(code=code, count=count) for code, count in counts.week[:MOST_FREQUENT])
    return AlarmList(active=standing.active, shelved=standing.shelved, rate=rate, week=week)
