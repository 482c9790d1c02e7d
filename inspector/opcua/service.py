# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeps the address space in step with the station: state, reasons, results, and the events between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from inspector.api.link import StationLink
from inspector.api.schema import Status
from inspector.opcua import nodes
from inspector.opcua.results import Result, Results, content_of, recipe_id
from inspector.opcua.stack.server import EventWords, OpcUaServer
from inspector.opcua.states import (
    CONTINUOUS,
    ERROR,
    MAIN,
    PREOPERATIONAL,
    READY,
    State,
    Transition,
    VisionState,
    vision_state,
    way,
)

GRAVE = 800
"""Severity of the events that say that the station does not work."""
OF_THE_STATION = ("Simulated", "Bypass", "Shift", "JobId", "ActiveRecipe")
"""Variables that say nothing while the station does not answer."""


@dataclass(frozen=True)
class Shown:
    """What clients have been shown last.

    Attributes:
        state: Of the state machines.
        job: Lot of the open shift, None without one.
        ended: Lot of a shift that has ended, until the Ready event has said so.
        recipe: Digest of the recipe.
    """

    state: VisionState
    job: str | None = None
    ended: str | None = None
    recipe: str | None = None


class Service:
    """Everything runs on the event loop of the server.

    Args:
        server: Listening, or about to.
        link: To the station.
        results: The last results.
        room: Result variables in the folder.
        refusal: What the station said to the last method that it refused.
        now: The time of day, UTC.
    """

    def __init__(
        self,
        server: OpcUaServer,
        link: StationLink,
        results: Results,
        room: int,
        refusal: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self._server = server
        self._link = link
        self._results = results
        self._room = room
        self._refusal = refusal
        self._now = now
        self._heard = False
        self._slots: dict[str, int] = {}
        self._last = ""
        self._written: dict[str, object] = {}
        self._shown = Shown(VisionState(PREOPERATIONAL, None, "starting"))

    async def begin(self) -> None:
        """Show what there is before the first client comes."""
        await self._show_state(nodes.MACHINE, PREOPERATIONAL)
        await self._show_state(nodes.AUTOMATIC_MODE, None)
        for result in self._results:
            await self._show_result(result)
        await self.step()

    async def step(self) -> None:
        """Look once at station and records.

        Raises:
            EvidenceError: A record is damaged.
            StoreError: The records cannot be read.
        """
        document, away = self._link.state(), self._link.away_reason()
        status = None if document is None else Status.model_validate(document)
        self._heard = self._heard or status is not None
        await self._show_status(status, away)
        await self._move(vision_state(status, away, self._heard))
        if status is not None:
            await self._tell_recipe(status)
            await self._tell_job(status)
        news = self._results.read_on()
        for result in (*news.followed, *news.fresh):
            await self._show_result(result)
        for result in news.fresh:
            await self._tell_result(result)

    async def _show_status(self, status: Status | None, away: str) -> None:
        await self._write("LastRefusal", self._refusal())
        reasons = [away or "the station has not said anything yet"] if status is None else _words(status, "reasons")
        await self._write("Ready", status is not None and status.ready)
        await self._write("Reasons", reasons)
        await self._write("Warnings", [] if status is None else _words(status, "warnings"))
        if status is None:
            for name in OF_THE_STATION:
                if self._written.get(name, 0) is not None:
                    self._written[name] = None
                    await self._server.write_gone(f"{nodes.SYSTEM}.{name}")
            return
        await self._write("Simulated", status.simulated)
        await self._write("Bypass", status.bypass is not None)
        await self._write("Shift", 0 if status.shift is None else status.shift.number)
        await self._write("JobId", {"Id": "" if status.shift is None else status.shift.lot})
        recipe = ("", "") if status.recipe is None else (status.recipe.digest, status.recipe.name)
        await self._write("ActiveRecipe", recipe_id(*recipe))

    async def _write(self, name: str, value: object) -> None:
        """Only what has changed: each write goes to every subscriber."""
        if name not in self._written or self._written[name] != value:
            self._written[name] = value
            await self._server.write(f"{nodes.SYSTEM}.{name}", value)

    async def _move(self, new: VisionState) -> None:
        for transition, state in way(self._shown.state, new):
            old, self._shown = self._shown.state, replace(self._shown, state=state)
            machine = nodes.MACHINE if transition.source in MAIN else nodes.AUTOMATIC_MODE
            await self._show_transition(machine, transition)
            if machine == nodes.MACHINE and state.automatic is not old.automatic:
                await self._show_state(nodes.AUTOMATIC_MODE, state.automatic)
            words = EventWords(f"{transition.source.name} -> {transition.target.name}: {new.why}".removesuffix(": "))
            await self._fire_transition("StateChangedEventType", words, machine, transition)
            if transition.target is ERROR:
                grave = EventWords(new.why, GRAVE)
                await self._fire_transition("ErrorEventType", grave, machine, transition)
            elif transition.source is ERROR:
                await self._fire_transition("ErrorResolvedEventType", words, machine, transition)
        self._shown = replace(self._shown, state=new)

    async def _fire_transition(self, name: str, words: EventWords, machine: str, transition: Transition) -> None:
        await self._server.fire(name, {}, words, self._now(), machine, transition)

    async def _show_transition(self, machine: str, transition: Transition) -> None:
        place = f"{machine}.LastTransition"
        await self._server.write(place, transition.name)
        await self._server.write(f"{place}.Id", transition.id)
        await self._server.write(f"{place}.Number", transition.number)
        await self._server.write(f"{place}.TransitionTime", self._now())
        await self._show_state(machine, transition.target)

    async def _show_state(self, machine: str, state: State | None) -> None:
        place = f"{machine}.CurrentState"
        if state is None:
            for below in (place, f"{place}.Id", f"{place}.Number"):
                await self._server.write_inactive(below)
            return
        await self._server.write(f"{place}.Id", state.id)
        await self._server.write(f"{place}.Number", state.number)
        await self._server.write(place, state.name)

    async def _tell_recipe(self, status: Status) -> None:
        if status.recipe is None or status.recipe.digest == self._shown.recipe:
            return
        self._shown = replace(self._shown, recipe=status.recipe.digest)
        fields = {"InternalId": recipe_id(status.recipe.digest, status.recipe.name)}
        words = EventWords(f"recipe {status.recipe.name} is loaded")
        await self._server.fire("RecipePreparedEventType", fields, words, self._now())

    async def _tell_job(self, status: Status) -> None:
        """A job begins when a lot's parts are judged, and has ended when another could begin."""
        shown, state = self._shown, self._shown.state.automatic
        job = None if status.shift is None else status.shift.lot
        if shown.job is not None and job is None:
            self._shown = shown = replace(shown, job=None, ended=shown.job)
        if shown.ended is not None and state is READY:
            await self._tell_of_job("ReadyEventType", shown.ended, f"lot {shown.ended} has ended")
            self._shown = shown = replace(shown, ended=None)
        if shown.job is None and job is not None and state is CONTINUOUS:
            self._shown = replace(shown, job=job, ended=None)
            await self._tell_of_job("JobStartedEventType", job, f"lot {job} has begun")

    async def _tell_of_job(self, name: str, lot: str, message: str) -> None:
        fields = {"JobId": {"Id": lot}}
        await self._server.fire(name, fields, EventWords(message), self._now(), nodes.AUTOMATIC_MODE)

    async def _show_result(self, result: Result) -> None:
        if result.id not in self._slots:
            self._slots[result.id] = len(self._slots) if len(self._slots) < self._room else self._oldest_slot()
            self._last = result.id
        path = f"{nodes.FOLDER}.Result{self._slots[result.id] + 1:04d}"
        for field in nodes.RESULT_FIELDS:
            await self._server.write(f"{path}.{field.name}", result.fields[field.name])
        await self._server.write(path, result.fields)
        if result.id == self._last:
            await self._server.write(f"{nodes.SYSTEM}.LastResult", result.fields)

    def _oldest_slot(self) -> int:
        return self._slots.pop(next(iter(self._slots)))

    async def _tell_result(self, result: Result) -> None:
        words = EventWords(f"record {result.seq}: {content_of(result)['Verdict']}")
        await self._server.fire("ResultReadyEventType", result.fields, words, self._now(), nodes.RESULTS)


def _words(status: Status, name: str) -> list[str]:
    problems = status.reasons if name == "reasons" else status.warnings
    return [f"{problem.code}: {problem.message}" for problem in problems]
