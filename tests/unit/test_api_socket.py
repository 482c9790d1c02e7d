# SPDX-License-Identifier: AGPL-3.0-or-later
"""The socket on which the api listens."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing

from inspector.api.process import _listen
from inspector.config import ApiSettings


def test_an_answer_in_two_pieces_waits_for_no_acknowledgement_of_the_first() -> None:
    """A session of many requests would otherwise wait 40 ms for each of them."""

    async def without_delay(listener: socket.socket) -> bool:
        found: list[socket.socket] = []

        def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.append(writer.get_extra_info("socket"))
            writer.write(b"x" if found[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) else b"")
            writer.close()

        async with await asyncio.start_server(take, sock=listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        return answer == b"x"

    (listener,) = _listen(ApiSettings())
    with closing(listener):
        assert asyncio.run(without_delay(listener))
