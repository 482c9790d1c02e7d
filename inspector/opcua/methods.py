# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the methods do: look into the kept results, or ask the station (table in docs/integrator.md)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TypeVar

from inspector.api.link import StationLink
from inspector.errors import ApiError, StationAway, StationTimeout
from inspector.opcua import nodes
from inspector.opcua.results import Results, recipe_id

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10.0
CLOSE_WITHIN_S = 120.0
UNDEFINED = 0
"""ResultState of no result."""
PAGE_AT_MOST = 1_000
TEXT_AT_MOST = 200
LOT_AT_MOST = 64

T = TypeVar("T")

Inputs = Mapping[str, object]
Outputs = dict[str, object]


class Error(IntEnum):
    """Values of the output `Error`; those below 0 are the station's own, as OPC 40100-1 wants them."""

    NONE = 0
    REFUSED = -1
    AWAY = -2
    TIMEOUT = -3
    UNKNOWN_RESULT = -4
    ARGUMENT = -5


class Methods:
    """Answers method calls; the stack has looked at the right and at the types.

    Args:
        link: To the station.
        results: The kept results.
    """

    def __init__(self, link: StationLink, results: Results) -> None:
        self._link = link
        self._results = results
        self.last_refusal = ""
        self._closing: set[asyncio.Task[Error]] = set()
        self._methods = {
            f"{nodes.RESULTS}.GetResultById": self._result_by_id,
            f"{nodes.RESULTS}.GetResultComponentsById": self._result_components,
            f"{nodes.RESULTS}.GetResultListFiltered": self._result_list,
            f"{nodes.RECIPES}.GetRecipeListFiltered": self._recipe_list,
            f"{nodes.MACHINE}.Reset": self._reset,
            f"{nodes.AUTOMATIC_MODE}.StartContinuous": self._start,
            f"{nodes.AUTOMATIC_MODE}.Stop": self._stop,
        }

    async def answer(self, path: str, inputs: Inputs, user: str) -> Outputs:
        """Carry out a method.

        Args:
            path: Its node.
            inputs: Its inputs by name.
            user: Who has logged in.

        Returns:
            Its outputs by name.
        """
        return await self._methods[path](inputs, user)

    async def _result_by_id(self, inputs: Inputs, _user: str) -> Outputs:
        result = self._results.find(_id(inputs["ResultId"]))
        error = Error.UNKNOWN_RESULT if result is None else Error.NONE
        return {"ResultHandle": 0, "Result": None if result is None else result.fields, "Error": error}

    async def _result_components(self, inputs: Inputs, _user: str) -> Outputs:
        """What the station does not say of its results, such as a product, stays null."""
        result = self._results.find(_id(inputs["ResultId"]))
        (method,) = [each for each in nodes.METHODS if each.name == "GetResultComponentsById"]
        empty: Outputs = {field.name: None for field in method.outputs} | {"ResultState": UNDEFINED}
        if result is None:
            return empty | {"Error": Error.UNKNOWN_RESULT}
        return {**empty, **result.fields, "HasTransferableDataOnFile": False, "ResultHandle": 0, "Error": Error.NONE}

    async def _result_list(self, inputs: Inputs, _user: str) -> Outputs:
        never = _never(inputs, "MeasId", "ExternalRecipeId", "ExternalConfigurationId", "ProductId")
        found = [] if never else self._results.matching(_wanted(inputs))
        page, complete = _page(found, inputs)
        return {
            "IsComplete": complete,
            "ResultCount": len(page),
            "ResultHandle": 0,
            "ResultList": [result.fields for result in page],
            "Error": Error.NONE,
        }

    async def _recipe_list(self, inputs: Inputs, _user: str) -> Outputs:
        state = self._link.state()
        recipe = None if state is None else state.get("recipe")
        found: list[Mapping[str, object]] = []
        if isinstance(recipe, Mapping) and not _never(inputs, "ExternalId", "ProductId") and inputs["IsPrepared"] != 0:
            found.append(recipe_id(str(recipe["digest"]), str(recipe["name"])))
        page, complete = _page(found, inputs)
        return {
            "IsComplete": complete,
            "ResultCount": len(page),
            "RecipeHandle": 0,
            "RecipeList": page,
            "Error": Error.NONE if state is not None else Error.AWAY,
        }

    async def _reset(self, inputs: Inputs, user: str) -> Outputs:
        reason = str(inputs["CauseDescription"]).strip()
        if not 0 < len(reason) <= TEXT_AT_MOST or not reason.isprintable():
            return {"Error": Error.ARGUMENT}
        return {"Error": await self._ask("reset-stop", {"reason": reason}, user)}

    async def _start(self, inputs: Inputs, user: str) -> Outputs:
        lot = _lot(inputs["Parameters"])
        if lot is None or _never(inputs, "MeasId", "PartId", "RecipeId", "ProductId"):
            return {"JobId": {"Id": ""}, "Error": Error.ARGUMENT}
        error = await self._ask("shift-open", {"lot": lot}, user)
        return {"JobId": {"Id": lot if error is Error.NONE else ""}, "Error": error}

    async def _stop(self, inputs: Inputs, user: str) -> Outputs:
        """The station answers when the shift is closed and sealed, a client hears at once that it has begun."""
        note = str(inputs["CauseDescription"]).strip()
        if len(note) > TEXT_AT_MOST or not (note.isprintable() or not note):
            return {"Error": Error.ARGUMENT}
        task = asyncio.create_task(self._ask("shift-close", {"note": note}, user, within_s=CLOSE_WITHIN_S))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
        done, _ = await asyncio.wait({task}, timeout=1.0)
        return {"Error": task.result() if done else Error.NONE}

    async def _ask(
        self, command: str, arguments: dict[str, object], user: str, within_s: float = ANSWER_WITHIN_S
    ) -> Error:
        operator = f"opcua:{user}"
        try:
            await self._link.call(command, {**arguments, "operator": operator}, operator, within_s)
        except StationTimeout as error:
            log.warning("%s of %s: %s", command, operator, error)
            return Error.TIMEOUT
        except StationAway as error:
            log.warning("%s of %s: %s", command, operator, error)
            return Error.AWAY
        except ApiError as error:
            log.warning("%s of %s is refused: %s", command, operator, error)
            self.last_refusal = f"{command}: {error}"
            return Error.REFUSED
        log.info("%s of %s is done", command, operator)
        return Error.NONE


def _id(value: object) -> str:
    """The "Id" of an identifier, empty for a null one."""
    return str(value.get("Id", "")) if isinstance(value, Mapping) else ""


def _never(inputs: Inputs, *names: str) -> bool:
    """Whether an identifier is given that nothing of this station has."""
    return any(_id(inputs[name]) for name in names)


def _wanted(inputs: Inputs) -> dict[str, object]:
    names = ("PartId", "InternalRecipeId", "InternalConfigurationId", "JobId")
    wanted: dict[str, object] = {name: _id(inputs[name]) for name in names if _id(inputs[name])}
    return wanted | ({"ResultState": inputs["ResultState"]} if inputs["ResultState"] else {})


def _page(found: Sequence[T], inputs: Inputs) -> tuple[list[T], bool]:
    """The part that was asked for, and whether it is the last one; MaxResults 0 asks for all."""
    first, most = inputs["StartIndex"], inputs["MaxResults"]
    if not isinstance(first, int) or not isinstance(most, int):
        raise TypeError("StartIndex or MaxResults")
    page = list(found[first : first + min(most or PAGE_AT_MOST, PAGE_AT_MOST)])
    return page, first + len(page) >= len(found)


def _lot(parameters: object) -> str | None:
    """The one parameter of StartContinuous, or None if it is no lot."""
    if not isinstance(parameters, list) or len(parameters) != 1 or not isinstance(parameters[0], str):
        return None
    lot = parameters[0].strip()
    return lot if 0 < len(lot) <= LOT_AT_MOST and lot.isprintable() else None
