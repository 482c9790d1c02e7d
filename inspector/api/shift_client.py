# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions and commands of a client about alarms and the hand-over."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel

from inspector.api.answers import command, parsed
from inspector.api.command_schema import Statement
from inspector.api.shift_schema import (
    AlarmAnswered,
    AlarmList,
    AlarmSeen,
    AlarmShelve,
    Handover,
    TakenOver,
    TakeOver,
)

ANSWER_TIMEOUT_S = 20.0


class AlarmCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends; what is raised stands there."""

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    def alarms(self) -> AlarmList:
        """The alarms that stand, those that are shelved, and how many came."""
        return parsed(AlarmList, self._request("GET", "/v1/alarms", None, ANSWER_TIMEOUT_S))

    def handover(self, shift: int) -> Handover:
        """What who comes has to know of a shift, closed or open."""
        return parsed(Handover, self._request("GET", f"/v1/shift/{shift}/handover", None, ANSWER_TIMEOUT_S))

    def take_over_statement(self) -> Statement:
        """What is signed to take over the shift that was closed last. Raises as `open_shift`."""
        return parsed(Statement, self._request("POST", "/v1/shift/take-over/statement", None, ANSWER_TIMEOUT_S))

    def take_over(
        self, operator: str | None = None, *, statement: str | None = None, secret: str | None = None
    ) -> TakenOver:
        """Sign that it is taken over; at a station with users what was shown. Raises as `open_shift`."""
        body = command(TakeOver, operator=operator, statement=statement, secret=secret)
        return parsed(TakenOver, self._request("POST", "/v1/shift/take-over", body, ANSWER_TIMEOUT_S))

    def acknowledge_alarm(self, code: str, operator: str | None = None) -> AlarmAnswered:
        """Say that it was seen. Raises as `open_shift`."""
        return self._answer(code, "acknowledge", command(AlarmSeen, operator=operator))

    def shelve_alarm(self, code: str, minutes: int, reason: str, operator: str | None = None) -> AlarmAnswered:
        """Do not show it for at most so many minutes, nor longer than the shift. Raises as `open_shift`."""
        return self._answer(code, "shelve", command(AlarmShelve, operator=operator, minutes=minutes, reason=reason))

    def unshelve_alarm(self, code: str, operator: str | None = None) -> AlarmAnswered:
        """Show it again. Raises as `open_shift`."""
        return self._answer(code, "unshelve", command(AlarmSeen, operator=operator))

    def _answer(self, code: str, what: str, body: BaseModel) -> AlarmAnswered:
        return parsed(AlarmAnswered, self._request("POST", f"/v1/alarms/{code}/{what}", body, ANSWER_TIMEOUT_S))
