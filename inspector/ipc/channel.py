# SPDX-License-Identifier: AGPL-3.0-or-later
"""One authenticated connection: 4-byte big-endian length, then UTF-8 JSON, at most 4 MiB."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import socket
import struct
import threading
from typing import Any

from inspector.errors import ChannelError

Message = dict[str, Any]

MAXIMUM_BYTES = 4 << 20
HANDSHAKE_TIMEOUT_S = 2.0
SEND_TIMEOUT_S = 1.0


class Channel:
    """A connected socket that has shown that it knows the secret.

    `send` may be called from any thread; `receive` from one.
    """

    def __init__(self, connection: socket.socket, peer: str) -> None:
        self.peer = peer
        self._socket = connection
        self._send_lock = threading.Lock()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            ChannelError: The peer is gone, or has not read for a second. The channel is closed then, because a
                half-written message cannot be continued.
        """
        body = json.dumps(message, separators=(",", ":")).encode()
        if len(body) > MAXIMUM_BYTES:
            raise ChannelError(f"message of {len(body)} bytes to {self.peer} is over the limit")
        with self._send_lock:
            try:
                self._socket.sendall(struct.pack(">I", len(body)) + body)
            except OSError as error:
                self.close()
                raise ChannelError(f"{self.peer} does not read: {error}") from error

    def receive(self) -> Message | None:
        """Wait for one message; None when the peer has closed or broken the connection.

        Raises:
            ChannelError: The peer sent something that is not a message.
        """
        header = self._read_exactly(4)
        if header is None:
            return None
        (size,) = struct.unpack(">I", header)
        if size > MAXIMUM_BYTES:
            raise ChannelError(f"{self.peer} announced {size} bytes, over the limit")
        body = self._read_exactly(size)
        if body is None:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ChannelError(f"{self.peer} sent something that is not JSON") from error
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise ChannelError(f"{self.peer} sent a message without a type")
        return message

    def close(self) -> None:
        """Close; a thread in `receive` returns None."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected any more: closing is what was wanted
        self._socket.close()

    def _read_exactly(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            try:
                piece = self._socket.recv(size - len(data))
            except TimeoutError:
                continue  # the time limit is for sending; silence between messages is normal
            except OSError:
                return None
            if not piece:
                return None
            data += piece
        return bytes(data)


def _proof(secret: bytes, role: str, nonce: str, name: str) -> str:
    # What a stranger sends may hold lone surrogates, which have no UTF-8.
    return hmac.new(secret, f"{role}|{nonce}|{name}".encode("utf-8", "backslashreplace"), hashlib.sha256).hexdigest()


def _proves(answer: Message, expected: str) -> bool:
    given = str(answer.get("proof")).encode("utf-8", "backslashreplace")  # as text it would have to be ASCII
    return hmac.compare_digest(given, expected.encode())


def accept_channel(connection: socket.socket, secret: bytes) -> Channel:
    """Server side of the handshake: both ends show that they know the secret.

    Raises:
        ChannelError: The peer does not know it, or does not answer.
    """
    nonce = secrets.token_hex(16)
    channel = _fresh(connection)
    channel.send({"type": "challenge", "nonce": nonce})
    answer = _handshake_message(channel)
    name = str(answer.get("name", ""))
    if not _proves(answer, _proof(secret, "client", nonce, name)):
        channel.close()
        raise ChannelError("a local program without the secret of this run tried to connect")
    channel.send({"type": "welcome", "proof": _proof(secret, "server", str(answer.get("nonce")), name)})
    return _introduced(channel, connection, name)


def open_channel(port: int, name: str, server: str, secret: bytes) -> Channel:
    """Client side: connect to `server` on the loopback `port` and introduce ourselves as `name`.

    Raises:
        ChannelError: Nobody listens, or the listener does not know the secret.
    """
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=HANDSHAKE_TIMEOUT_S)
    except OSError as error:
        raise ChannelError(f"{server} does not answer on port {port}: {error}") from error
    channel = _fresh(connection)
    challenge = _handshake_message(channel)
    nonce = secrets.token_hex(16)
    proof = _proof(secret, "client", str(challenge.get("nonce")), name)
    channel.send({"type": "hello", "name": name, "nonce": nonce, "proof": proof})
    welcome = _handshake_message(channel)
    if not _proves(welcome, _proof(secret, "server", nonce, name)):
        channel.close()
        raise ChannelError(f"what listens on port {port} is not {server} of this run")
    return _introduced(channel, connection, server)


def _introduced(channel: Channel, connection: socket.socket, peer: str) -> Channel:
    try:
        connection.settimeout(SEND_TIMEOUT_S)
    except OSError as error:  # the handshake was over in the moment in which its time was
        channel.close()
        raise ChannelError(f"{peer} took too long to introduce itself") from error
    channel.peer = peer
    return channel


def _fresh(connection: socket.socket) -> Channel:
    connection.settimeout(HANDSHAKE_TIMEOUT_S)
    return Channel(connection, "unknown peer")


def _handshake_message(channel: Channel) -> Message:
    watchdog = threading.Timer(HANDSHAKE_TIMEOUT_S, channel.close)
    watchdog.start()
    try:
        message = channel.receive()
    except ChannelError:
        channel.close()
        raise
    finally:
        watchdog.cancel()
        watchdog.join()
    if message is None:
        channel.close()
        raise ChannelError("the peer closed the connection before it had introduced itself")
    return message
