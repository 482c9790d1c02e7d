# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands of a person: where the station has users, each is given in a session of its own, which ends with it.

So nobody goes on in the name of who stood there before, and there is no log-in that an operator has to repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from inspector.api.client import ApiClient
from inspector.api.schema import ShiftClosed, Statement
from inspector.errors import InspectorError, LoginRefused

Command = Callable[[ApiClient, str | None], object]
"""Gets the client, and the staff id where no session says who it is."""


def as_person(operator: str, secret: str, command: Command) -> Callable[[ApiClient], object]:
    """A command in the name of somebody.

    Args:
        operator: Staff id or badge number.
        secret: Password or PIN; empty at a station without users.
        command: What to ask.
    """

    def ask(client: ApiClient) -> object:
        if not secret:
            return command(client, operator)
        client.login(operator, secret)
        try:
            return command(client, None)
        finally:
            _leave(client)

    return ask


def ask_statement(client: ApiClient, person: str, secret: str, note: str, removed_by_hand: int) -> Statement:
    """What is to be signed at the end of the shift; the session stays for the signature.

    Raises:
        InspectorError: Refused; nobody is logged in then.
    """
    client.login(person, secret)
    try:
        return client.shift_statement(note, removed_by_hand)
    except InspectorError:
        _leave(client)
        raise


def sign_statement(client: ApiClient, statement: str, secret: str) -> ShiftClosed:
    """Sign it; after a wrong secret the session stays, for another try.

    Raises:
        LoginRefused: The secret is wrong.
        InspectorError: Refused; nobody is logged in then.
    """
    try:
        closed = client.sign_shift(statement, secret)
    except LoginRefused:
        raise
    except InspectorError:
        _leave(client)
        raise
    _leave(client)
    return closed


def refuse_statement(client: ApiClient) -> None:
    """Do not sign: the shift goes on.

    Raises:
        InspectorError: Refused; nobody is logged in then.
    """
    try:
        client.resume_shift()
    finally:
        _leave(client)


def _leave(client: ApiClient) -> None:
    with suppress(InspectorError):  # the session may be over already
        client.logout()
