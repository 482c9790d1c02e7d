# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whose session a client speaks in when one person goes and another comes at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from inspector.api.client import ApiClient
from inspector.api.command_schema import LoggedIn, Login


class Scripted(ApiClient):
    """Its api answers here; what `meanwhile` says happens while a log-out is under way."""

    def __init__(self, station: Path) -> None:
        super().__init__(station)
        self.meanwhile: str | None = None
        self.ended: list[str | None] = []

    def _request(
        self,
        method: str,
        path: str,
        command: BaseModel | None = None,
        timeout_s: float = 5.0,
        *,
        session: str | None = None,
    ) -> bytes:
        if path == "/v1/login":
            assert isinstance(command, Login)
            return (
                LoggedIn(session=f"s-{command.person}", user=command.person, role="operator", idle_s=60)
                .model_dump_json()
                .encode()
            )
        self.ended.append(session)
        if self.meanwhile is not None:
            self.login(self.meanwhile, "secret")
        return b'{"user": "ada"}'


@pytest.mark.parametrize(("meanwhile", "left"), [("eve", "s-eve"), (None, "")])
def test_a_log_out_ends_the_session_that_it_is_for(tmp_path: Path, meanwhile: str | None, left: str) -> None:
    with Scripted(tmp_path) as client:
        client.login("ada", "secret")
        client.meanwhile = meanwhile
        client.logout("s-ada")
        assert (client.ended, client._session) == (["s-ada"], left)


def test_a_log_out_that_comes_late_still_ends_the_one_before(tmp_path: Path) -> None:
    with Scripted(tmp_path) as client:
        client.login("ada", "secret")
        client.login("eve", "secret")
        client.logout("s-ada")
        assert (client.ended, client._session) == (["s-ada"], "s-eve")
        client.logout()
        assert (client.ended[-1], client._session) == ("s-eve", "")
