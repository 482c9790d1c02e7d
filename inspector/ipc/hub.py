# SPDX-License-Identifier: AGPL-3.0-or-later
"""All connections of one process, read into one bounded inbox; lost ones are made again by themselves."""

from __future__ import annotations

import logging
import queue
import socket
import threading
from collections.abc import Callable

from inspector.errors import ChannelError
from inspector.ipc.channel import Channel, Message, accept_channel, open_channel
from inspector.ipc.connections import Event, EventKind, Sender
from inspector.ipc.outbox import Outbox
from inspector.ipc.rundir import RunDirectory

log = logging.getLogger(__name__)

INBOX_SIZE = 4096
RECONNECT_S = 0.05


class Hub:
    """Listens, connects, reconnects, and puts everything into one inbox.

    The inbox is bounded; when it is full the reading threads wait, so that back-pressure reaches the sender's
    socket and, after a second, its `send` fails. Nothing is dropped silently.

    Args:
        run: The run folder with the secret and the endpoints.
        name: How this process introduces itself, for example "line" or "camera:cam1".
    """

    def __init__(self, run: RunDirectory, name: str) -> None:
        self.name = name
        self._run = run
        self._secret = run.secret()
        self._inbox: queue.Queue[Event] = queue.Queue()
        self._channels: dict[str, Channel] = {}
        self._lock = threading.Lock()
        # A peer may be back before its former reader is done: whoever holds this tells the inbox about connections,
        # so that LOST of one never comes after CONNECTED of the next.
        self._order = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._listener: socket.socket | None = None

    def listen(self) -> None:
        """Accept other processes of this run on a loopback port, published in the run folder."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._run.publish(self.name, self._listener.getsockname()[1])
        self._spawn("accept", self._accept_loop)

    def connect(self, server: str) -> None:
        """Connect to `server` and keep connecting whenever the connection is lost."""
        self._spawn(f"connect-{server}", lambda: self._connect_loop(server))

    def receive(self, timeout_s: float) -> Event | None:
        """The next event, or None after `timeout_s` seconds without one."""
        try:
            return self._inbox.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None

    def send(self, peer: str, message: Message) -> bool:
        """Send to a connected peer; False when it is not connected or does not read (a LOST event follows)."""
        with self._lock:
            channel = self._channels.get(peer)
        if channel is None:
            return False
        try:
            channel.send(message)
        except ChannelError as error:
            log.warning("%s: %s", self.name, error)
            return False
        return True

    def outbox(self, peer: str) -> Sender:
        """A sender of its own, with a bounded queue, for a peer that may hang."""
        return Outbox(self, peer)

    def post(self, message: Message, peer: str = "self") -> None:
        """Put a message of this process into the inbox, as if from the peer `peer`; never waits.

        Such messages are results of messages that were read before, so the bound on those bounds these.
        """
        self._inbox.put(Event(EventKind.MESSAGE, peer, message))

    def disconnect(self, peer: str) -> None:
        """Drop the connection to a peer that does not behave; it may connect again (a LOST event follows)."""
        with self._lock:
            channel = self._channels.get(peer)
        if channel is not None:
            channel.close()

    def peers(self) -> tuple[str, ...]:
        """Names of the connected peers."""
        with self._lock:
            return tuple(self._channels)

    def close(self) -> None:
        """Close every connection and end every thread."""
        self._closing.set()
        if self._listener is not None:
            self._listener.close()
        with self._lock:
            channels = list(self._channels.values())
        for channel in channels:
            channel.close()
        for thread in self._threads:
            while thread.is_alive():
                self._drain()
                thread.join(0.05)

    def _drain(self) -> None:
        while True:
            try:
                self._inbox.get_nowait()
            except queue.Empty:
                return

    def _spawn(self, what: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"hub-{self.name}-{what}", daemon=True)
        with self._lock:
            self._threads = [t for t in self._threads if t.is_alive()]
            self._threads.append(thread)
        thread.start()

    def _accept_loop(self) -> None:
        listener = self._listener
        if listener is None:
            return
        listener.settimeout(0.2)
        while not self._closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if not self._closing.is_set():  # a client that gave up, or no more descriptors: the next may get in
                    log.warning("%s: a connection was not accepted: %s", self.name, error)
                    self._closing.wait(RECONNECT_S)
                continue
            self._spawn("peer", lambda c=connection: self._serve(c))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        try:
            channel = accept_channel(connection, self._secret)
        except ChannelError as error:
            log.warning("%s: %s", self.name, error)
            connection.close()
            return
        self._read(channel)

    def _connect_loop(self, server: str) -> None:
        while not self._closing.is_set():
            port = self._run.port_of(server)
            if port is not None:
                try:
                    # Read anew: a program that waits for a station has seen the secret of the run before.
                    channel = open_channel(port, self.name, server, self._run.secret())
                except ChannelError as error:
                    log.debug("%s: %s", self.name, error)
                else:
                    self._read(channel)
            self._closing.wait(RECONNECT_S)

    def _read(self, channel: Channel) -> None:
        self._enter(channel)
        try:
            while (message := channel.receive()) is not None:
                with self._order:
                    if not self._is_current(channel):
                        break  # its peer has connected anew and begins from the start
                    self._put(Event(EventKind.MESSAGE, channel.peer, message))
        except ChannelError as error:
            log.warning("%s: %s", self.name, error)
        channel.close()
        self._leave(channel)

    def _enter(self, channel: Channel) -> None:
        with self._order:
            with self._lock:
                previous = self._channels.get(channel.peer)
                self._channels[channel.peer] = channel
            if previous is not None:
                previous.close()
                self._put(Event(EventKind.LOST, channel.peer, {}))
            if self._closing.is_set():
                channel.close()
            self._put(Event(EventKind.CONNECTED, channel.peer, {}))

    def _leave(self, channel: Channel) -> None:
        with self._order:
            current = self._is_current(channel)
            if current:
                with self._lock:
                    del self._channels[channel.peer]
                self._put(Event(EventKind.LOST, channel.peer, {}))

    def _is_current(self, channel: Channel) -> bool:
        with self._lock:
            return self._channels.get(channel.peer) is channel

    def _put(self, event: Event) -> None:
        """What comes from a socket waits while the inbox is full."""
        while self._inbox.qsize() >= INBOX_SIZE and not self._closing.is_set():
            log.error("%s: inbox full, %s has to wait", self.name, event.peer)
            self._closing.wait(0.05)
        self._inbox.put(event)
