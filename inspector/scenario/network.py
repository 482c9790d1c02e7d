# SPDX-License-Identifier: AGPL-3.0-or-later
"""The sockets between the processes, on the schedule's time: messages take a while, processes die, cables break."""

from __future__ import annotations

import json
import queue
from collections.abc import Callable

from inspector.ipc import Connections, Event, EventKind, Message, Sender
from inspector.scenario.schedule import Schedule

LATENCY_MS = 0.3
"""From one process to the next over loopback, with JSON on both ends."""
RECONNECT_MS = 50.0


class Network:
    """All connections of the composition.

    Args:
        schedule: Time.

    Attributes:
        latency_ms: How long a message takes.
        observe: Hears every message with its sender, before anything happens to it.
        lose: Asked for every message (from, to, message); True loses it, as no socket does but a wire may.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.latency_ms = LATENCY_MS
        self.observe: Callable[[str, Message], None] = lambda _sender, _message: None
        self.lose: Callable[[str, str, Message], bool] = lambda _sender, _receiver, _message: False
        self._hubs: dict[str, SimulatedHub] = {}
        self._last_ns: dict[tuple[str, str], int] = {}
        self._cut: set[frozenset[str]] = set()

    def hub(self, name: str, news: Callable[[], None], waits: Callable[[float], None]) -> SimulatedHub:
        """Connections of one process; see `SimulatedHub`."""
        hub = SimulatedHub(self, name, news, waits)
        self._hubs[name] = hub
        return hub

    def cut(self, one: str, other: str) -> None:
        """Break the connection between two processes, and let none come up."""
        self._cut.add(frozenset((one, other)))
        first, second = self._hubs.get(one), self._hubs.get(other)
        if first is not None and second is not None:
            first.lost(other)
            second.lost(one)

    def mend(self, one: str, other: str) -> None:
        """Let them connect again."""
        self._cut.discard(frozenset((one, other)))

    def try_to_connect(self, client: SimulatedHub, server: str) -> None:
        """One try; tries again for as long as the client lives."""
        target = self._hubs.get(server)
        passable = frozenset((client.name, server)) not in self._cut
        if target is not None and target.listening and passable and server not in client.peers():
            target.lost(client.name)
            client.connected(server, target)
            target.connected(client.name, client)
        if not client.dead:
            self.schedule.after_ms(RECONNECT_MS, lambda: self.try_to_connect(client, server))

    def deliver(self, sender: SimulatedHub, receiver: SimulatedHub, message: Message) -> None:
        """Bring a message over; it is lost with its connection."""
        self.observe(sender.name, message)
        if self.lose(sender.name, receiver.name, message):
            return
        copy = json.loads(json.dumps(message))  # what a socket carries, and nothing else
        link = sender.link_to(receiver.name)

        def arrive() -> None:
            if not receiver.dead and receiver.is_linked(sender, link):
                receiver.put(Event(EventKind.MESSAGE, sender.name, copy))

        # A stream keeps its order, also when the network has become faster.
        now_ns = self.schedule.now_ns()
        due_ns = max(now_ns + int(self.latency_ms * 1e6), self._last_ns.get((sender.name, receiver.name), 0))
        self._last_ns[sender.name, receiver.name] = due_ns
        self.schedule.at(due_ns, arrive)


class SimulatedHub(Connections):
    """`Connections` of one process on a `Network`.

    Args:
        network: The others.
        name: How this process introduces itself.
        news: Called when something is in the inbox.
        waits: Called with the seconds that the process has waited in vain.
    """

    def __init__(self, network: Network, name: str, news: Callable[[], None], waits: Callable[[float], None]) -> None:
        self.name = name
        self.listening = False
        self.dead = False
        self._network = network
        self._news = news
        self._waits = waits
        self._inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._peers: dict[str, tuple[SimulatedHub, int]] = {}
        self._links = 0

    def listen(self) -> None:
        """See `Connections`."""
        self.listening = True

    def connect(self, server: str) -> None:
        """See `Connections`."""
        self._network.try_to_connect(self, server)

    def receive(self, timeout_s: float) -> Event | None:
        """See `Connections`. Nobody else moves while a process waits here, except its own threads."""
        schedule = self._network.schedule
        try:
            if timeout_s > 0 and schedule.real:
                return self._inbox.get(timeout=timeout_s)
            if timeout_s > 0:
                schedule.settle()
            return self._inbox.get_nowait()
        except queue.Empty:
            if timeout_s > 0 and not schedule.real:
                self._waits(timeout_s)
            return None

    def send(self, peer: str, message: Message) -> bool:
        """See `Connections`."""
        found = self._peers.get(peer)
        if found is None or self.dead:
            return False
        self._network.deliver(self, found[0], message)
        return True

    def outbox(self, peer: str) -> Sender:
        """See `Connections`."""
        return _Outbox(self, peer)

    def post(self, message: Message, peer: str = "self") -> None:
        """See `Connections`."""
        self.put(Event(EventKind.MESSAGE, peer, message))

    def disconnect(self, peer: str) -> None:
        """See `Connections`."""
        found = self._peers.get(peer)
        if found is not None:
            self.lost(peer)
            found[0].lost(self.name)

    def peers(self) -> tuple[str, ...]:
        """See `Connections`."""
        return tuple(self._peers)

    def close(self) -> None:
        """See `Connections`; also what the operating system does for a process that was killed."""
        self.dead = True
        self.listening = False
        for peer in self.peers():
            self.disconnect(peer)

    # What the network does with it

    def connected(self, peer: str, hub: SimulatedHub) -> None:
        """A connection is there."""
        self._links += 1
        self._peers[peer] = (hub, self._links)
        self.put(Event(EventKind.CONNECTED, peer, {}))

    def lost(self, peer: str) -> None:
        """A connection is gone."""
        if self._peers.pop(peer, None) is not None:
            self.put(Event(EventKind.LOST, peer, {}))

    def link_to(self, peer: str) -> int:
        """Number of the connection, on the other end."""
        hub, _ = self._peers[peer]
        found = hub._peers.get(self.name)  # noqa: SLF001 - of the same class
        return 0 if found is None else found[1]

    def is_linked(self, sender: SimulatedHub, link: int) -> bool:
        """Whether the connection that a message was sent on is still the present one."""
        return self._peers.get(sender.name) == (sender, link)

    def put(self, event: Event) -> None:
        """Into the inbox; from any thread."""
        self._inbox.put(event)
        self._news()


class _Outbox(Sender):
    """Nothing waits for a simulated peer, so nothing is queued for it."""

    def __init__(self, hub: SimulatedHub, peer: str) -> None:
        self._hub = hub
        self._peer = peer

    def put(self, message: Message) -> bool:
        self._hub.send(self._peer, message)
        return True

    def clear(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing waits."""
